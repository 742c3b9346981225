import type { Clock } from '../core/clock.js';
import type { Log } from '../core/log.js';
import type { DtlsCertificate } from './transport/certificate.js';
import type { MediaPort } from './transport/port.js';

/** Counters of the packet work of all connections, since the start of the process. */
export interface MediaCounters {
  /** Packets asked for again from publishers, and got. */
  nacksSent: number;
  repaired: number;
  plisSent: number;
  /** Packets that subscribers asked for again, and those of them that were sent. */
  nacksReceived: number;
  retransmitted: number;
  plisReceived: number;
  /** Packets of streams that belong to no published section. */
  unknownSsrc: number;
}

/** What all connections share. */
export interface MediaContext {
  port: MediaPort;
  certificate: DtlsCertificate;
  clock: Clock;
  log: Log;
  counters: MediaCounters;
}

export function newCounters(): MediaCounters {
  return { nacksSent: 0, repaired: 0, plisSent: 0, nacksReceived: 0, retransmitted: 0, plisReceived: 0, unknownSsrc: 0 };
}

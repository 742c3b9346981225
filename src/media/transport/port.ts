import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock } from '../../core/clock.js';
import { AppError, messageOf } from '../../core/errors.js';
import type { Log } from '../../core/log.js';
import { LIMITS } from '../limits.js';
import type { HostAddresses } from './addresses.js';
import { parseBindingRequest } from './stun.js';
import type { PeerTransport } from './transport.js';

export interface RemoteAddress {
  address: string;
  port: number;
  /** Address and port as one string. */
  key: string;
}

/** Counters since the start of the process. */
export interface PortStats {
  packetsIn: number;
  packetsOut: number;
  bytesIn: number;
  bytesOut: number;
  droppedMalformed: number;
  droppedUnknownAddress: number;
  droppedHandshakes: number;
  sendErrors: number;
}

/** An address that passed a check with some transport's password. */
interface KnownAddress {
  transport: PeerTransport;
  nominated: boolean;
  /**
   * DTLS datagrams that came before the nomination, unread: browsers start the handshake one check
   * earlier, and would repeat it only after a second.
   */
  early: Uint8Array[];
}

const MAX_EARLY = 4;
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * The one UDP port of all media. Datagrams are told apart by their first byte (RFC 7983) and sent to
 * the transport that their username fragment or address belongs to; all else is dropped unread.
 */
export class MediaPort {
  readonly stats: PortStats = {
    packetsIn: 0,
    packetsOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    droppedMalformed: 0,
    droppedUnknownAddress: 0,
    droppedHandshakes: 0,
    sendErrors: 0,
  };
  readonly #socket: Socket;
  readonly #addresses: HostAddresses;
  readonly #clock: Clock;
  readonly #byFragment = new Map<string, PeerTransport>();
  readonly #byAddress = new Map<string, KnownAddress>();
  #closed = false;

  private constructor(socket: Socket, addresses: HostAddresses, clock: Clock) {
    this.#socket = socket;
    this.#addresses = addresses;
    this.#clock = clock;
  }

  /** Throws `AppError` `rtc_port_unavailable`. `port` 0 lets the system choose. */
  static async open(addresses: HostAddresses, port: number, clock: Clock, log: Log): Promise<MediaPort> {
    const socket = createSocket({ type: isIPv6(addresses.bind) ? 'udp6' : 'udp4' });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, addresses.bind, () => {
        socket.off('error', reject);
        resolve();
      });
    }).catch((error: unknown) => {
      socket.close();
      throw new AppError('rtc_port_unavailable', `The media port ${addresses.bind}:${port}/udp cannot be opened: ${messageOf(error)}.`, {
        audience: 'operator',
        cause: error,
      });
    });
    try {
      socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
      socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the socket buffers of the media port stay at the default size');
    }
    const mediaPort = new MediaPort(socket, addresses, clock);
    socket.on('message', (datagram, from) => mediaPort.receive(datagram, from.address, from.port));
    socket.on('error', (error) => log.error({ error: error.message }, 'media port'));
    return mediaPort;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** What session descriptions say of this port. */
  candidates(): { port: number; addresses: string[] } {
    return { port: this.port, addresses: this.#addresses.announced() };
  }

  receive(datagram: Uint8Array, address: string, port: number): void {
    this.stats.packetsIn += 1;
    this.stats.bytesIn += datagram.length;
    const first = datagram[0];
    if (first === undefined) return;
    const key = `${address}:${port}`;
    if (first < 4) {
      this.#binding(datagram, { address, port, key });
      return;
    }
    const known = this.#byAddress.get(key);
    if (known === undefined) {
      this.stats.droppedUnknownAddress += 1;
    } else if (!known.nominated) {
      if (isDtls(first) && known.early.length < MAX_EARLY) known.early.push(datagram);
      else this.stats.droppedUnknownAddress += 1;
    } else if (first >= 128 && first < 192 && datagram.length >= 12) {
      known.transport.srtp(datagram, this.#clock.monotonicUs());
    } else if (isDtls(first)) {
      known.transport.dtls(datagram, this.#clock.monotonicUs());
    } else {
      this.stats.droppedMalformed += 1;
    }
  }

  send(datagram: Uint8Array, to: RemoteAddress): void {
    if (this.#closed) return;
    this.stats.packetsOut += 1;
    this.stats.bytesOut += datagram.length;
    this.#socket.send(datagram, to.port, to.address, (error) => {
      // UDP may lose datagrams; an unreachable peer ends by its missing consent.
      if (error) this.stats.sendErrors += 1;
    });
  }

  /** `fragment`: one of the transport's own. */
  register(fragment: string, transport: PeerTransport): void {
    this.#byFragment.set(fragment, transport);
  }

  unregister(fragment: string): void {
    this.#byFragment.delete(fragment);
  }

  /** From now on this address is the transport's; its datagrams are read once it is nominated. */
  accept(address: RemoteAddress, transport: PeerTransport, nominated: boolean): void {
    const known = this.#byAddress.get(address.key);
    if (known?.transport !== transport) {
      this.#byAddress.set(address.key, { transport, nominated, early: [] });
      return;
    }
    if (known.nominated || !nominated) return;
    known.nominated = true;
    for (const datagram of known.early.splice(0)) transport.dtls(datagram, this.#clock.monotonicUs());
  }

  /** Ends `accept`, unless the address has gone over to another transport meanwhile. */
  forget(address: RemoteAddress, transport: PeerTransport): void {
    if (this.#byAddress.get(address.key)?.transport === transport) this.#byAddress.delete(address.key);
  }

  /** Whether one more DTLS handshake may begin. */
  mayHandshake(): boolean {
    let pending = 0;
    for (const transport of new Set(this.#byFragment.values())) if (transport.handshaking) pending += 1;
    if (pending < LIMITS.pendingHandshakes) return true;
    this.stats.droppedHandshakes += 1;
    return false;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  #binding(datagram: Uint8Array, from: RemoteAddress): void {
    const request = parseBindingRequest(datagram);
    if (request === null || !this.#addresses.accepts(from.address)) {
      this.stats.droppedMalformed += 1;
      return;
    }
    const transport = this.#byFragment.get(request.localFragment);
    if (transport === undefined || !transport.binding(datagram, request, from, this.#clock.monotonicUs())) {
      this.stats.droppedUnknownAddress += 1;
    }
  }
}

/** RFC 7983 section 7. */
function isDtls(first: number): boolean {
  return first >= 20 && first < 64;
}

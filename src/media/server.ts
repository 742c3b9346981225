import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { Events } from '../core/events.js';
import type { Log } from '../core/log.js';
import type { TrackDescription, TrackSink, TrackSubscription, WantedSize } from '../core/media.js';
import { Connection } from './connection.js';
import { newCounters, type MediaContext, type MediaCounters } from './context.js';
import { LIMITS } from './limits.js';
import type { PublishedTrack } from './published-track.js';
import { hostAddresses } from './transport/addresses.js';
import { createCertificate } from './transport/certificate.js';
import { MediaPort, type PortStats } from './transport/port.js';
import type { MediaConnection, MediaServer, MediaServerEvents } from './types.js';

export interface MediaServerOptions {
  host: string;
  /** UDP port of all media; 0 lets the system choose. */
  port: number;
  /** IP addresses for ICE candidates; empty: derived from `host`. */
  announcedAddresses: string[];
  clock: Clock;
  log: Log;
}

export interface MediaStats extends PortStats, MediaCounters {
  connections: number;
  tracks: number;
}

/** Time-outs, retransmission requests and reports are looked at this often. */
const TICK_MS = 20;

/** The SFU: publishers' tracks in, one stream per sink out, all on one UDP port. */
class Server implements MediaServer {
  readonly events = new Events<MediaServerEvents>();
  readonly #context: MediaContext;
  readonly #connections = new Set<Connection>();
  readonly #tracks = new Map<string, PublishedTrack>();
  readonly #timer: NodeJS.Timeout;
  #closed = false;

  constructor(context: MediaContext) {
    this.#context = context;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get port(): number {
    return this.#context.port.port;
  }

  /** Throws `AppError` `media_full`, `media_closed`. */
  openConnection(roomId: string, memberId: string): MediaConnection {
    if (this.#closed) throw new AppError('media_closed', 'The media server is stopping.', { status: 503 });
    if (this.#connections.size >= LIMITS.connections) {
      throw new AppError('media_full', 'The server takes no more participants now.', { status: 503 });
    }
    const connection = new Connection(
      {
        context: this.#context,
        roomTrack: (room, trackId) => {
          const track = this.#tracks.get(trackId);
          return track?.description.roomId === room ? track : undefined;
        },
        published: (track) => {
          this.#tracks.set(track.description.trackId, track);
          this.events.emit('track-published', track.description);
        },
        ended: (track) => this.#trackEnded(track),
        wantedHeight: ({ description: { trackId, roomId: room, memberId: member } }, heightPx) =>
          this.events.emit('wanted-height', { trackId, roomId: room, memberId: member, heightPx }),
        audioLevel: (member, levelDbov) => this.events.emit('audio-level', { ...member, levelDbov }),
        quality: (member, level) => this.events.emit('quality', { ...member, level }),
        closed: (closed) => this.#connections.delete(closed),
      },
      { roomId, memberId },
    );
    this.#connections.add(connection);
    return connection;
  }

  tracks(roomId: string): TrackDescription[] {
    return [...this.#tracks.values()].map((track) => track.description).filter((track) => track.roomId === roomId);
  }

  subscribe(trackId: string, sink: TrackSink, wanted: WantedSize): TrackSubscription {
    const track = this.#tracks.get(trackId);
    if (track === undefined) throw new AppError('track_unknown', 'There is no such track.', { status: 404 });
    return track.subscribe(sink, wanted, this.#context.clock.monotonicUs());
  }

  stats(): MediaStats {
    return {
      ...this.#context.port.stats,
      ...this.#context.counters,
      connections: this.#connections.size,
      tracks: this.#tracks.size,
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    const connections = [...this.#connections];
    // Nobody is offered less because the server stops.
    this.#connections.clear();
    for (const connection of connections) connection.close();
    this.events.removeAll();
    await this.#context.port.close();
  }

  #trackEnded(track: PublishedTrack): void {
    this.#tracks.delete(track.description.trackId);
    for (const connection of this.#connections) {
      if (connection.roomId === track.description.roomId) connection.trackEnded(track);
    }
    this.events.emit('track-ended', track.description);
  }

  #tick(): void {
    const nowUs = this.#context.clock.monotonicUs();
    for (const connection of this.#connections) connection.tick(nowUs);
  }
}

/** Opens the media port. Throws `AppError` `rtc_port_unavailable`. */
export async function createMediaServer(options: MediaServerOptions): Promise<MediaServer & { stats(): MediaStats }> {
  const { clock, log } = options;
  const certificate = await createCertificate();
  const addresses = hostAddresses(options.host, options.announcedAddresses);
  const port = await MediaPort.open(addresses, options.port, clock, log);
  return new Server({ port, certificate, clock, log, counters: newCounters() });
}

import type { AppError } from '../../../src/core/errors.js';
import { Events } from '../../../src/core/events.js';
import type { TrackSource } from '../../../src/core/media.js';
import { PathWatch } from './path-watch.js';
import { Publisher, type LocalSources } from './publisher.js';
import type { Platform } from './rtc.js';
import type { Requests } from './socket.js';
import type { RemoteTrack } from './state.js';
import { Subscriber, type SubscribeOffer } from './subscriber.js';

export interface MediaEvents {
  /** All tracks that are received now. */
  tracks: RemoteTrack[];
  /** The server refused what was to be published. */
  refused: AppError;
  /** Media of one direction gets through no more: where the server still answers, `restart` of it finds another way. */
  lost: Direction;
  /** Nothing helps: all of it is made anew. */
  failed: void;
}

export type Direction = 'publish' | 'subscribe';

/**
 * Both peer connections of a person. They outlive a socket that is lost: the person comes back with them, ICE is
 * restarted, and the streams go on.
 */
export class Media {
  readonly events = new Events<MediaEvents>();
  readonly #requests: Requests;
  readonly #publisher: Publisher;
  readonly #subscriber: Subscriber;
  readonly #watches: Readonly<Record<Direction, PathWatch>>;
  /** Something was given to the publisher. */
  #publishes = false;
  #closed = false;

  constructor(platform: Platform, requests: Requests) {
    this.#requests = requests;
    this.#publisher = new Publisher(platform, requests);
    this.#subscriber = new Subscriber(platform, requests);
    const watch = (direction: Direction, { connection }: Publisher | Subscriber): PathWatch =>
      new PathWatch(connection, { lost: () => this.events.emit('lost', direction), failed: () => this.events.emit('failed', undefined) });
    this.#watches = { publish: watch('publish', this.#publisher), subscribe: watch('subscribe', this.#subscriber) };
    this.#publisher.events.on('refused', (error) => this.events.emit('refused', error));
    this.#subscriber.events.on('failed', () => this.events.emit('failed', undefined));
    this.#subscriber.events.on('tracks', (tracks) => this.events.emit('tracks', tracks));
  }

  publish(wanted: LocalSources): void {
    if (wanted.size === 0 && !this.#publishes) return;
    this.#publishes = wanted.size > 0;
    void this.#publisher.publish(wanted);
  }

  setWantedHeight(source: TrackSource, heightPx: number): void {
    void this.#publisher.setWantedHeight(source, heightPx);
  }

  offered(offer: SubscribeOffer): void {
    void this.#subscriber.offered(offer);
  }

  /** Looks for another way in one direction. */
  restart(direction: Direction): void {
    if (this.#closed) return;
    if (direction === 'publish') void this.#publisher.restart();
    // The server's offer is what answers; whoever misses it asks again.
    else this.#requests.request({ type: 'subscribe-restart' }).catch(() => undefined);
  }

  /** The socket is lost. */
  hold(): void {
    for (const watch of Object.values(this.#watches)) watch.hold();
  }

  /** On another socket: the server offers anew by itself. */
  resume(): void {
    for (const watch of Object.values(this.#watches)) watch.restarted();
    this.restart('publish');
  }

  /** Twice is fine. Tracks stay their owner's. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.events.removeAll();
    for (const watch of Object.values(this.#watches)) watch.close();
    this.#publisher.close();
    this.#subscriber.close();
  }
}

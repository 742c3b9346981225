import { Events } from '../core/events.js';
import type { SizePx } from '../core/media.js';
import type { QualityLevel } from '../core/quality.js';
import type { MediaContext } from './context.js';
import type { PublishedTrack } from './published-track.js';
import { Publisher } from './publisher.js';
import { Subscriber } from './subscriber.js';
import type { MediaConnection, MediaConnectionEvents, PublishedSection } from './types.js';

/** What a connection needs of the server around it. */
export interface ConnectionHost {
  context: MediaContext;
  roomTrack(roomId: string, trackId: string): PublishedTrack | undefined;
  published(track: PublishedTrack): void;
  ended(track: PublishedTrack): void;
  wantedHeight(track: PublishedTrack, heightPx: number): void;
  audioLevel(member: { roomId: string; memberId: string }, levelDbov: number): void;
  quality(member: { roomId: string; memberId: string }, level: QualityLevel): void;
  closed(connection: Connection): void;
}

/** The media of one member: a publisher and a subscriber. */
export class Connection implements MediaConnection {
  readonly events = new Events<MediaConnectionEvents>();
  readonly roomId: string;
  readonly #host: ConnectionHost;
  readonly #publisher: Publisher;
  readonly #subscriber: Subscriber;
  #closed = false;

  constructor(host: ConnectionHost, member: { roomId: string; memberId: string }) {
    this.#host = host;
    this.roomId = member.roomId;
    this.#publisher = new Publisher(host.context, member, {
      published: (track) => host.published(track),
      ended: (track) => host.ended(track),
      wantedHeight: (track, heightPx) => host.wantedHeight(track, heightPx),
      audioLevel: (levelDbov) => host.audioLevel(member, levelDbov),
      quality: (level) => host.quality(member, level),
      state: (state) => this.events.emit('state', { direction: 'publish', state }),
    });
    this.#subscriber = new Subscriber(host.context, (trackId) => host.roomTrack(member.roomId, trackId), {
      offer: (offerId, sdp, sections) => this.events.emit('subscribe-offer', { offerId, sdp, sections }),
      state: (state) => this.events.emit('state', { direction: 'subscribe', state }),
    });
  }

  publish(offerSdp: string, sections: PublishedSection[]): string {
    return this.#publisher.publish(offerSdp, sections);
  }

  setMuted(trackId: string, muted: boolean): void {
    this.#publisher.tracks.find((track) => track.description.trackId === trackId)?.setMuted(muted);
  }

  setSubscriptions(trackIds: string[]): void {
    this.#subscriber.setSubscriptions(trackIds);
  }

  restartSubscriptions(): void {
    this.#subscriber.restart();
  }

  get alive(): boolean {
    return !this.#closed && this.#publisher.alive && this.#subscriber.alive;
  }

  resume(): void {
    this.#subscriber.resume();
    this.#publisher.tellWantedHeights();
  }

  acceptAnswer(offerId: number, answerSdp: string): void {
    this.#subscriber.acceptAnswer(offerId, answerSdp);
  }

  setView(trackId: string, view: SizePx | 'hidden'): void {
    this.#subscriber.setView(trackId, view);
  }

  tick(nowUs: number): void {
    this.#publisher.tick(nowUs);
    this.#subscriber.tick(nowUs);
  }

  trackEnded(track: PublishedTrack): void {
    this.#subscriber.trackEnded(track);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#subscriber.close();
    this.#publisher.close();
    this.events.removeAll();
    this.#host.closed(this);
  }
}

import type { MediaKind, SizePx, TrackDescription, TrackHub, TrackSource } from '../core/media.js';
import type { Events } from '../core/events.js';
import type { QualityLevel } from '../core/quality.js';

/** The SFU's face towards signaling. werift's types never appear in it (design D1). */

/** A media section of the publisher's offer that is to be published. */
export interface PublishedSection {
  mid: string;
  source: TrackSource;
}

/** A media section of the server's offer to a subscriber. */
export interface SubscribedSection {
  mid: string;
  trackId: string;
  memberId: string;
  kind: MediaKind;
  source: TrackSource;
}

export interface MediaServerEvents {
  'track-published': TrackDescription;
  'track-ended': TrackDescription;
  /** RFC 6464 level of a member's microphone, smoothed: 0 loudest to 127 silent, at most 5 a second. */
  'audio-level': { roomId: string; memberId: string; levelDbov: number };
  /** How well what a member sends arrives: the first level, and each change, at most every 2 s. */
  quality: { roomId: string; memberId: string; level: QualityLevel };
  /** The largest picture height that anybody wants of this track; publishers may stop larger layers. */
  'wanted-height': { trackId: string; roomId: string; memberId: string; heightPx: number };
}

export interface MediaConnectionEvents {
  /** An SDP offer for the client's receiving peer connection; the next one waits for its answer. */
  'subscribe-offer': { offerId: number; sdp: string; sections: SubscribedSection[] };
  /** `connected` once DTLS of that direction is up; `failed` after long silence or DTLS failure. */
  state: { direction: 'publish' | 'subscribe'; state: 'connecting' | 'connected' | 'failed' };
}

/** The media of one member: two peer connections of the browser, one to publish and one to subscribe. */
export interface MediaConnection {
  readonly events: Events<MediaConnectionEvents>;
  /** False where a transport has failed: only a new connection helps. */
  readonly alive: boolean;
  /**
   * Takes the publisher's full offer; `sections` says which of its media sections are published now
   * (a section left out is ended). An offer with other ICE credentials restarts ICE: tracks and packets go on.
   * Returns the answer's SDP.
   * Throws `AppError` `sdp_invalid`, `no_usable_codec`, `too_many_tracks`.
   */
  publish(offerSdp: string, sections: PublishedSection[]): string;
  /** Owner's mute: `track-ended` is not emitted, packets that come all the same are not forwarded. */
  setMuted(trackId: string, muted: boolean): void;
  /** Which tracks this member is to receive; leads to a `subscribe-offer` when that changes anything. */
  setSubscriptions(trackIds: string[]): void;
  /** The client lost the way to what it receives: leads to a `subscribe-offer` with new ICE credentials, if it receives anything. */
  restartSubscriptions(): void;
  /**
   * The client speaks through another socket, its peer connections being the same. Open offers count as lost; what it
   * receives is offered with new ICE credentials.
   */
  resume(): void;
  /** Throws `AppError` `sdp_invalid`, `offer_unknown`. */
  acceptAnswer(offerId: number, answerSdp: string): void;
  /** The size at which the client shows a track, or `hidden` (no video is forwarded). */
  setView(trackId: string, view: SizePx | 'hidden'): void;
  /** Ends all of the member's tracks and both transports. Twice is fine. */
  close(): void;
}

export interface MediaServer extends TrackHub {
  readonly events: Events<MediaServerEvents>;
  /** The UDP port that media is received on. */
  readonly port: number;
  openConnection(roomId: string, memberId: string): MediaConnection;
  close(): Promise<void>;
}

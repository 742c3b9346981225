import { AppError } from '../../../src/core/errors.js';
import { Events } from '../../../src/core/events.js';
import type { ServerMessage } from '../../../src/signaling/protocol.js';
import type { PeerConnection, Platform } from './rtc.js';
import type { Requests } from './socket.js';
import type { RemoteTrack } from './state.js';

export type SubscribeOffer = Extract<ServerMessage, { type: 'subscribe-offer' }>;

export interface SubscriberEvents {
  /** All tracks that are received now. */
  tracks: RemoteTrack[];
  /** An offer could not be answered; the whole connection is made anew. */
  failed: void;
}

/** The offer was overtaken: the server makes another one. */
const OVERTAKEN = new Set(['connection_lost', 'answer_late', 'offer_unknown']);

/** The receiving peer connection: answers the server's offers in their order. */
export class Subscriber {
  readonly events = new Events<SubscriberEvents>();
  readonly connection: PeerConnection;
  readonly #requests: Requests;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(platform: Platform, requests: Requests) {
    this.#requests = requests;
    this.connection = platform.createPeerConnection();
  }

  /** Resolves when the offer is answered, or given up because the connection closed. */
  offered(message: SubscribeOffer): Promise<void> {
    this.#last = this.#last.then(() => this.#answer(message));
    return this.#last;
  }

  /** Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.events.removeAll();
    this.connection.close();
  }

  async #answer(message: SubscribeOffer): Promise<void> {
    if (this.#closed) return;
    try {
      await this.connection.setRemoteDescription({ type: 'offer', sdp: message.offer });
      const answer = await this.connection.createAnswer();
      const sdp = answer.sdp ?? '';
      await this.connection.setLocalDescription({ type: 'answer', sdp });
      // A section's mid decides; a section that is used again for another track fires no `track` event.
      const byMid = new Map(this.connection.getTransceivers().map((transceiver) => [transceiver.mid, transceiver]));
      const tracks = message.sections.flatMap(({ mid, trackId, memberId, kind, source }) => {
        const transceiver = byMid.get(mid);
        return transceiver ? [{ trackId, memberId, kind, source, track: transceiver.receiver.track }] : [];
      });
      this.events.emit('tracks', tracks);
      await this.#requests.request({ type: 'subscribe-answer', offerId: message.offerId, answer: sdp });
    } catch (error) {
      if (error instanceof AppError && OVERTAKEN.has(error.code)) return;
      // Whatever went wrong, an offer without an answer leaves the receiving side dead.
      if (!this.#closed) this.events.emit('failed', undefined);
    }
  }
}

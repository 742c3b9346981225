import type { PublishedSection } from '../../../src/media/types.js';
import type { MediaConnection } from '../../../src/media/types.js';

export interface StreamStats {
  kind: string;
  /** Its MIME type; browsers only. */
  codec?: string;
  rid: string | null;
  packets: number;
  framesDecoded: number;
  framesEncoded: number;
  keyFramesDecoded: number;
  heightPx: number;
  audioEnergy: number;
  packetsLost: number;
  nacks: number;
  plis: number;
  bitrate: number;
  retransmitted: number;
  freezes: number;
}

export interface PeerStats {
  state: string;
  streams: StreamStats[];
}

export interface OfferOptions {
  widthPx?: number;
  heightPx?: number;
  simulcast?: boolean;
  audio?: boolean;
  /** Browsers only; default 30. */
  fps?: number;
  /** Browsers only: the one video codec that is offered, e.g. `H264`. */
  codec?: string;
  /** Browsers only: the offer begins with new ICE credentials. */
  iceRestart?: boolean;
  /** Part of its `fmtp`. */
  format?: string;
  /** Chromium only, e.g. `L3T3_KEY` (W3C, Scalable Video Coding Extension for WebRTC). */
  scalabilityMode?: string;
}

/** A client's two peer connections, wherever they run: a page, or a child process. */
export interface Peer {
  offer(options?: OfferOptions): Promise<{ sdp: string; sections: PublishedSection[] }>;
  answered(sdp: string): Promise<void>;
  answer(sdp: string): Promise<string>;
  stats(side: 'publisher' | 'subscriber'): Promise<PeerStats>;
  close(): Promise<void>;
}

/** A way to run an expression in a page. */
export function pagePeer(evaluate: (expression: string) => Promise<unknown>, close: () => Promise<void>): Peer {
  const call = (name: string, ...args: unknown[]): Promise<unknown> =>
    evaluate(`media.${name}(${args.map((arg) => JSON.stringify(arg)).join(',')})`);
  return {
    offer: async (options = {}) => (await call('offer', options)) as { sdp: string; sections: PublishedSection[] },
    answered: async (sdp) => void (await call('answered', sdp)),
    answer: async (sdp) => (await call('answer', sdp)) as string,
    stats: async (side) => (await call('stats', side)) as PeerStats,
    close,
  };
}

/** Publishes the peer's pictures and sound. */
export async function publish(connection: MediaConnection, peer: Peer, options?: OfferOptions, rewrite = (sdp: string): string => sdp): Promise<void> {
  const { sdp, sections } = await peer.offer(options);
  await peer.answered(rewrite(connection.publish(sdp, sections)));
}

/** Answers the server's offers with the peer's subscriber. The returned function stops that, and waits for the last answer. */
export function answerOffers(connection: MediaConnection, peer: Peer, rewrite = (sdp: string): string => sdp): () => Promise<void> {
  let answering = Promise.resolve();
  const stop = connection.events.on('subscribe-offer', ({ offerId, sdp }) => {
    answering = answering.then(async () => connection.acceptAnswer(offerId, await peer.answer(rewrite(sdp))));
  });
  return () => {
    stop();
    return answering;
  };
}

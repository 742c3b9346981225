import type { SenderReport } from '../core/media.js';
import type { ForwardPacket } from './published-track.js';
import { BitrateMeter } from './rtp/bitrate.js';
import { SendHistory } from './rtp/history.js';
import { KeyframeRequests } from './rtp/keyframe-requests.js';
import type { LayerFacts } from './rtp/layers.js';
import { NackGenerator } from './rtp/nack.js';
import { ReceiveStats } from './rtp/receive-stats.js';
import { SequenceUnwrapper } from './rtp/sequence.js';

/** A layer this far behind the newest packet of its track is taken for stopped. */
const INACTIVE_AFTER_US = 700_000;

/** One incoming encoding of a track: a simulcast layer, or all of a track that has none. */
export class IncomingLayer {
  /** Never used twice in a track, so that a restarted stream is not taken for its forerunner. */
  readonly id: number;
  readonly ssrc: number;
  readonly rid: string | null;
  readonly unwrapper = new SequenceUnwrapper();
  readonly history = new SendHistory<ForwardPacket>();
  readonly nack = new NackGenerator();
  readonly keyframes = new KeyframeRequests();
  readonly stats: ReceiveStats;
  readonly #meter = new BitrateMeter();
  widthPx = 0;
  heightPx = 0;
  /** The newest packet's times. */
  newest: { timestamp: number; arrivalUs: number } | null = null;
  report: { report: SenderReport; arrivalUs: number } | null = null;

  constructor(id: number, ssrc: number, rid: string | null, clockRateHz: number) {
    this.id = id;
    this.ssrc = ssrc;
    this.rid = rid;
    this.stats = new ReceiveStats(ssrc, clockRateHz);
  }

  countBytes(bytes: number, nowUs: number): void {
    this.#meter.add(bytes, nowUs);
  }

  /** `trackUs`: arrival of the track's newest packet. A still picture silences all layers alike, and stops none. */
  facts(nowUs: number, trackUs: number): LayerFacts {
    return {
      widthPx: this.widthPx,
      heightPx: this.heightPx,
      bitsPerSecond: this.#meter.bitsPerSecond(nowUs),
      active: this.newest !== null && trackUs - this.newest.arrivalUs < INACTIVE_AFTER_US,
    };
  }
}

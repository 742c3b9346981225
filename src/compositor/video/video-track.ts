import type { I420, VideoDecoder } from '../../../native/index.js';
import type { CodecName, SenderReport, TrackCodec, TrackSource } from '../../core/media.js';
import type { ColorSpace, Rotation } from '../../media/rtp/extensions.js';
import type { TrackClock } from '../clock/track-clock.js';
import { TrackDecoder } from './decoders.js';
import { FrameBuffer, type EncodedFrame } from './frame-buffer.js';
import { Upright, type Rotate } from './upright.js';

/**
 * Of the frames that are due within `EARLY_US` the newest is shown; where there is none, the next one if
 * it is due within `EARLIEST_US`. So a frame is shown between 22 ms before and 31 ms after its time, and a
 * source of 30 frames/s that runs unevenly along the edge of the frame clock is neither doubled nor skipped.
 */
const EARLY_US = 3_000;
const EARLIEST_US = 22_000;
/** V8: how long a picture stands for a stream that stalls. */
const FREEZE_US = 2_000_000;
/** A screen that does not change sends no frames; its sender reports say that it lives. */
const SILENT_SCREEN_US = 8_000_000;
/** Frames kept undecoded while a resumed movie is passed over; beyond it the oldest are decoded. */
const MAX_HELD = 600;

export interface VideoTools {
  /** May throw: then nothing of that codec is shown. */
  openDecoder: (codec: CodecName) => VideoDecoder;
  rotate: Rotate;
}

/**
 * One video track from packets to the picture of each moment. A function of what was pushed and asked,
 * in that order; time is an argument.
 */
export class VideoTrack {
  readonly #clock: TrackClock;
  readonly #decoder: TrackDecoder;
  readonly #isScreen: boolean;
  readonly #buffer = new FrameBuffer();
  /** Due and not yet shown, in decoding order. */
  #ready: EncodedFrame[] = [];
  #held: EncodedFrame[] = [];
  #picture: I420 | null = null;
  /** Decoded last, and still to be turned upright. */
  #decoded: I420 | null = null;
  /** Senders say these with their keyframes, and when they change. */
  #colorSpace: ColorSpace | null = null;
  #rotation: Rotation = 0;
  readonly #upright: Upright;
  #shownAtUs = -Infinity;
  #lastReportUs = -Infinity;
  #undecodableSinceShown = false;
  #lateFrames = 0;
  #errors = 0;
  #skewUs = 0;

  constructor(clock: TrackClock, tools: VideoTools, source: TrackSource) {
    this.#clock = clock;
    this.#decoder = new TrackDecoder(tools.openDecoder);
    this.#upright = new Upright(tools.rotate);
    this.#isScreen = source === 'screen';
  }

  /** From now on packets of the codec's payload type are of it. Others keep what they are. */
  setCodec(codec: TrackCodec): void {
    this.#buffer.setFormat(codec.payloadType, codec.name);
  }

  get stats(): { lateFrames: number; lostFrames: number; decodeErrors: number } {
    return { lateFrames: this.#lateFrames, lostFrames: this.#buffer.lostFrames, decodeErrors: this.#errors };
  }

  /** How far from its time the newest picture was when it was first shown, us; positive: shown late. */
  skewUs(): number {
    return this.#skewUs;
  }

  packet(data: Uint8Array, arrivalUs: number): void {
    const lateBefore = this.#buffer.latePackets;
    this.#buffer.push(data, arrivalUs, (timestamp) => this.#clock.packet(timestamp, arrivalUs));
    this.#lateFrames += this.#buffer.latePackets > lateBefore ? 1 : 0;
  }

  report(report: SenderReport, arrivalUs: number): void {
    this.#lastReportUs = arrivalUs;
    this.#clock.report(report, arrivalUs);
  }

  /**
   * Goes on to the moment `timeUs` of the journal's clock. With `decode` false the pictures are only
   * passed over, and what the next moment needs is kept.
   */
  advance(timeUs: number, decode: boolean): void {
    const journalUs = (frame: EncodedFrame): number => this.#clock.toJournalUs(frame.timestamp);
    const due = (timestamp: number): boolean => this.#clock.toJournalUs(timestamp) <= timeUs + EARLIEST_US;
    for (let frame = this.#buffer.next(due); frame; frame = this.#buffer.next(due)) this.#ready.push(frame);
    const newest = this.#ready.findLastIndex((frame) => journalUs(frame) <= timeUs + EARLY_US);
    const count = newest >= 0 ? newest + 1 : Math.min(1, this.#ready.length);
    const frames = this.#ready.splice(0, count);
    const last = frames.at(-1);
    if (last) {
      this.#shownAtUs = Math.max(this.#shownAtUs, Math.min(timeUs, journalUs(last)));
      this.#skewUs = timeUs - journalUs(last);
    }
    for (const frame of frames) this.#hold(frame);
    if (decode) this.#decodeHeld();
    this.#undecodableSinceShown = last ? false : this.#undecodableSinceShown || this.#buffer.broken;
  }

  /** The picture at the moment last advanced to, or null before the first one and where the stream stalls (V8). */
  shown(timeUs: number): I420 | null {
    const age = timeUs - this.#shownAtUs;
    const alive = this.#isScreen && !this.#undecodableSinceShown && timeUs - this.#lastReportUs < SILENT_SCREEN_US;
    return age > FREEZE_US && !alive ? null : this.#picture;
  }

  /** Size of the newest picture. */
  get size(): { widthPx: number; heightPx: number } | null {
    return this.#picture && { widthPx: this.#picture.width, heightPx: this.#picture.height };
  }

  close(): void {
    this.#picture = null;
    this.#decoded = null;
    this.#held = [];
    this.#decoder.close();
  }

  #hold(frame: EncodedFrame): void {
    if (frame.keyframe) this.#held = [];
    this.#held.push(frame);
    if (this.#held.length > MAX_HELD) this.#decode(this.#held.shift() as EncodedFrame);
  }

  #decodeHeld(): void {
    const held = this.#held;
    this.#held = [];
    for (const frame of held) this.#decode(frame);
    if (this.#decoded) this.#picture = this.#upright.turned(this.#decoded, this.#rotation);
    this.#decoded = null;
  }

  #decode(frame: EncodedFrame): void {
    try {
      const picture = this.#decoder.decode(frame);
      if (frame.keyframe || frame.colorSpace) this.#colorSpace = frame.colorSpace;
      if (frame.keyframe || frame.rotation !== null) this.#rotation = frame.rotation ?? 0;
      if (!picture) return;
      picture.matrix = this.#colorSpace?.matrix ?? picture.matrix;
      picture.range = this.#colorSpace?.range ?? picture.range;
      this.#decoded = picture;
    } catch {
      this.#errors++;
      this.#buffer.breakChain();
    }
  }
}

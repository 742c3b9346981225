import type { TrackCodec } from '../../core/media.js';
import type { TrackClock } from '../clock/track-clock.js';
import { LONGEST_WAIT_US } from '../format.js';
import { FrameBuffer, type EncodedFrame } from '../video/frame-buffer.js';
import type { PlaceOf } from './audio-export.js';

/**
 * The coded pictures of one track at their times, none encoded again. After a span in which nothing was
 * exported it goes on with a keyframe.
 */
export class VideoExport {
  readonly #clock: TrackClock;
  readonly #placeOf: PlaceOf;
  readonly #emit: (frame: EncodedFrame, atUs: number) => void;
  readonly #buffer = new FrameBuffer();
  #needsKeyframe = true;

  constructor(clock: TrackClock, placeOf: PlaceOf, emit: (frame: EncodedFrame, atUs: number) => void) {
    this.#clock = clock;
    this.#placeOf = placeOf;
    this.#emit = emit;
  }

  setCodec({ payloadType, name }: TrackCodec): void {
    this.#buffer.setFormat(payloadType, name);
  }

  packet(data: Uint8Array, arrivalUs: number): void {
    this.#buffer.push(data, arrivalUs, (timestamp) => this.#clock.packet(timestamp, arrivalUs));
  }

  /** Gives the frames that nothing can come before any more at `nowUs` of the journal's clock. */
  advance(nowUs: number): void {
    const due = (timestamp: number): boolean => this.#clock.toJournalUs(timestamp) + LONGEST_WAIT_US <= nowUs;
    for (let frame = this.#buffer.next(due); frame; frame = this.#buffer.next(due)) {
      const atUs = this.#placeOf(this.#clock.toJournalUs(frame.timestamp));
      if (atUs === null) this.#needsKeyframe = true;
      else if (frame.keyframe || !this.#needsKeyframe) {
        this.#needsKeyframe = false;
        this.#emit(frame, atUs);
      }
    }
  }
}

import { FRAME_RATE_HZ } from './format.js';

/**
 * Recorded time: the journal's clock with the pauses cut out. Pure.
 *
 * Pauses and resumptions are told in the journal's order; a frame's or a sample's place on the journal's
 * clock is known once the journal's clock has passed it.
 */
export class RecordedTime {
  /** Stretches that are recorded: from when, and the recorded time at that point. The last one is open. */
  readonly #stretches: { fromUs: number; recordedUs: number }[] = [{ fromUs: 0, recordedUs: 0 }];
  /** While paused: recorded time at which the next stretch goes on. */
  #pausedAtRecordedUs: number | null = null;

  get paused(): boolean {
    return this.#pausedAtRecordedUs !== null;
  }

  /** A stretch ends with its last whole frame, so that nothing said after the pause was pressed is heard. */
  pause(timeUs: number): void {
    if (this.paused) return;
    this.#pausedAtRecordedUs = frameTimeUs(lastFrameBy(this.recordedUs(timeUs)));
  }

  resume(timeUs: number): void {
    if (this.#pausedAtRecordedUs === null) return;
    this.#stretches.push({ fromUs: timeUs, recordedUs: this.#pausedAtRecordedUs });
    this.#pausedAtRecordedUs = null;
  }

  /** Recorded time at a point of the journal's clock; inside a pause that of the pause's beginning. */
  recordedUs(timeUs: number): number {
    let limit = this.#pausedAtRecordedUs ?? Infinity;
    for (let i = this.#stretches.length - 1; i >= 0; i--) {
      const { fromUs, recordedUs } = this.#stretches[i] as { fromUs: number; recordedUs: number };
      if (timeUs >= fromUs) return Math.min(recordedUs + timeUs - fromUs, limit);
      limit = recordedUs;
    }
    return 0;
  }

  /** The point of the journal's clock that is `recordedUs` into the recording; null where a pause still stands before it. */
  journalUs(recordedUs: number): number | null {
    if (this.#pausedAtRecordedUs !== null && recordedUs >= this.#pausedAtRecordedUs) return null;
    for (let i = this.#stretches.length - 1; i >= 0; i--) {
      const stretch = this.#stretches[i] as { fromUs: number; recordedUs: number };
      if (recordedUs >= stretch.recordedUs) return stretch.fromUs + recordedUs - stretch.recordedUs;
    }
    return 0;
  }
}

/** Recorded time at which frame `n` is shown, whole microseconds. */
export function frameTimeUs(n: number): number {
  return Math.round((n * 1_000_000) / FRAME_RATE_HZ);
}

/** The last frame with `frameTimeUs` at or before this recorded time; frame times are rounded, by half a microsecond at most. */
function lastFrameBy(recordedUs: number): number {
  return Math.floor(((recordedUs + 0.5) * FRAME_RATE_HZ) / 1_000_000);
}

/** Frames of a recording of this length: at least one, so that every recording is a movie. */
export function framesIn(recordedUs: number): number {
  return Math.max(1, Math.round((recordedUs * FRAME_RATE_HZ) / 1_000_000));
}

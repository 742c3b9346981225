/** How far a movie is, told to people. */
export interface MovieProgress {
  /** Recorded time, ms; null where it is not known, as after a crash. */
  recordedMs: number | null;
  /** Recorded time that the movie does not have yet, ms; null likewise. */
  behindMs: number | null;
  /** At the pace of the last seconds the movie is whole in so long, ms; null where that is not known. */
  leftMs: number | null;
  /** Others are composed first. */
  waits: boolean;
}

/** The pace is that of so long. */
const PACE_MS = 10_000;
/** Before that it says nothing. */
const FIRST_PACE_MS = 2_000;
/** Slower than this it is no pace to reckon with. */
const LEAST_PACE = 0.05;

/** Follows one movie that is being made. Pure: the time is an argument, any clock that never jumps. */
export class MovieWatch {
  #waits = false;
  #madeMs = 0;
  /** Oldest first. */
  #seen: { nowMs: number; madeMs: number }[] = [];

  saw({ madeMs, waits }: { madeMs: number; waits: boolean }, nowMs: number): void {
    // A worker that was started again makes some of it anew.
    if (waits || madeMs < this.#madeMs) this.#seen = [];
    this.#waits = waits;
    this.#madeMs = madeMs;
    if (waits) return;
    this.#seen.push({ nowMs, madeMs });
    while ((this.#seen[1]?.nowMs ?? Infinity) <= nowMs - PACE_MS) this.#seen.shift();
  }

  /** `recordedMs`: null where it is not known. */
  progress(recordedMs: number | null): MovieProgress {
    const behindMs = recordedMs === null ? null : Math.max(0, Math.round(recordedMs - this.#madeMs));
    const pace = this.#pace();
    const leftMs = behindMs === null || pace === null ? null : Math.round(behindMs / pace);
    return { recordedMs, behindMs, leftMs, waits: this.#waits };
  }

  /** Milliseconds of the movie that are made in one. */
  #pace(): number | null {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)];
    if (!first || !last || last.nowMs - first.nowMs < FIRST_PACE_MS) return null;
    const pace = (last.madeMs - first.madeMs) / (last.nowMs - first.nowMs);
    return pace >= LEAST_PACE ? pace : null;
  }
}

/** So long it has to be weak before a word is said of it, ms: most of what happens passes. */
const LASTS_MS = 3_000;
/** Who was told is told again only after the connection was well for so long, ms. */
const REST_MS = 60_000;

/** When a person is told that their own connection is weak, and when that is over. Pure. */
export class WeakConnection {
  #weakSinceMs: number | null = null;
  #wellSinceMs: number | null = null;
  #told = false;
  #rested = true;

  /** How it is at `nowMs` (monotonic); null: nothing is to be said or taken back. */
  look(weak: boolean, nowMs: number): 'tell' | 'over' | null {
    if (!weak) {
      this.#weakSinceMs = null;
      this.#wellSinceMs ??= nowMs;
      if (nowMs - this.#wellSinceMs >= REST_MS) this.#rested = true;
      const wasTold = this.#told;
      this.#told = false;
      return wasTold ? 'over' : null;
    }
    this.#wellSinceMs = null;
    this.#weakSinceMs ??= nowMs;
    if (this.#told || !this.#rested || nowMs - this.#weakSinceMs < LASTS_MS) return null;
    this.#told = true;
    this.#rested = false;
    return 'tell';
  }
}

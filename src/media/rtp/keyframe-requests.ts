/**
 * When to ask the sender of one stream for a keyframe: requests of many viewers are merged, sent at
 * most once per interval, and repeated until a keyframe comes. Pure; times in microseconds.
 */
const INTERVAL_US = 500_000;
/** Requests that one want leads to; a sender that does not answer is not asked for ever. */
const MAX_TRIES = 10;

export class KeyframeRequests {
  #wanted = false;
  #tries = 0;
  #sentUs = Number.NEGATIVE_INFINITY;

  request(): void {
    this.#wanted = true;
    this.#tries = 0;
  }

  /** A keyframe came in. */
  satisfied(): void {
    this.#wanted = false;
  }

  /** Whether to send a request now; counts it as sent. */
  due(nowUs: number): boolean {
    if (!this.#wanted || nowUs - this.#sentUs < INTERVAL_US) return false;
    this.#sentUs = nowUs;
    this.#tries += 1;
    if (this.#tries >= MAX_TRIES) this.#wanted = false;
    return true;
  }
}

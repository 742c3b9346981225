import { clamp } from './rtp-clock.js';

/**
 * The offset from a sender's clock to the journal's: the smallest of (arrival - sent time) of late, which
 * is that of the packets that waited least on their way. Followed smoothly. Pure.
 */

const BUCKET_US = 1_000_000;
/** Long enough to hold an undelayed packet, short enough to follow 200 ppm of drift to 4 ms. */
const WINDOW_BUCKETS = 20;
/** 5 ms a second: more than any drift, less than can be heard. */
const SLEW = 0.005;
/** Beyond this it is not drift: follow at once. */
const JUMP_US = 250_000;
/** At first every better packet is followed at once: nothing was heard yet. */
const SETTLING_US = 1_000_000;

export class OffsetEstimate {
  #buckets: { index: number; min: number }[] = [];
  #minimum = Infinity;
  #applied: number | null = null;
  #appliedAtUs = 0;
  #startedAtUs = 0;

  get known(): boolean {
    return this.#applied !== null;
  }

  /** A packet arrived at `arrivalUs` on the journal's clock and was sent at `sentUs` on the sender's. */
  observe(arrivalUs: number, sentUs: number): void {
    const offset = arrivalUs - sentUs;
    const index = Math.floor(arrivalUs / BUCKET_US);
    const last = this.#buckets.at(-1);
    if (last && last.index >= index) {
      last.min = Math.min(last.min, offset);
      this.#minimum = Math.min(this.#minimum, offset);
    } else {
      this.#buckets.push({ index, min: offset });
      while ((this.#buckets[0]?.index ?? index) <= index - WINDOW_BUCKETS) this.#buckets.shift();
      this.#minimum = Math.min(...this.#buckets.map((bucket) => bucket.min));
    }
    if (this.#applied === null) {
      this.#applied = offset;
      this.#startedAtUs = arrivalUs;
      this.#appliedAtUs = arrivalUs;
    }
    this.#follow(arrivalUs);
  }

  /** Journal time of `sentUs`; only where an offset is known. */
  toJournalUs(sentUs: number): number {
    return sentUs + (this.#applied ?? 0);
  }

  /** Forgets everything: the sender's clock has jumped. */
  reset(): void {
    this.#buckets = [];
    this.#minimum = Infinity;
    this.#applied = null;
  }

  #follow(nowUs: number): void {
    if (this.#applied === null) return;
    const difference = this.#minimum - this.#applied;
    const settling = nowUs - this.#startedAtUs < SETTLING_US;
    const elapsedUs = Math.max(0, nowUs - this.#appliedAtUs);
    this.#appliedAtUs = Math.max(this.#appliedAtUs, nowUs);
    if (settling || Math.abs(difference) > JUMP_US) this.#applied += difference;
    else this.#applied += clamp(difference, elapsedUs * SLEW);
  }
}

/**
 * How much later than their timestamps a track's packets came of late. Only differences mean anything: the
 * zero of timestamps is the sender's choice. Pure.
 */

/** As far back as anybody asks, and the longest that packets are looked at ahead of the movie. */
const KEPT_US = 10_000_000;
/** Some 10 s of 4 Mbit/s. Beyond it the oldest go. */
const MAX_KEPT = 4_096;

export class RecentDelays {
  #kept: { arrivalUs: number; delayUs: number }[] = [];

  observe(arrivalUs: number, delayUs: number): void {
    this.#kept.push({ arrivalUs, delayUs });
    if (this.#kept.length <= MAX_KEPT && (this.#kept[0]?.arrivalUs ?? 0) > arrivalUs - 2 * KEPT_US) return;
    this.#kept = this.#kept.slice(-MAX_KEPT / 2).filter((each) => each.arrivalUs > arrivalUs - KEPT_US);
  }

  /** The least of those that arrived from `fromUs` until before `toUs`, us; `Infinity` where none did. */
  least(fromUs: number, toUs: number): number {
    let least = Infinity;
    for (const { arrivalUs, delayUs } of this.#kept) {
      if (arrivalUs >= fromUs && arrivalUs < toUs && delayUs < least) least = delayUs;
    }
    return least;
  }

  /** By how much the middle one of those that arrived from `fromUs` on is above their least, us; 0 where none did. */
  spread(fromUs: number): number {
    const delays = this.#kept.filter(({ arrivalUs }) => arrivalUs >= fromUs).map(({ delayUs }) => delayUs).sort((a, b) => a - b);
    return (delays[delays.length >> 1] ?? 0) - (delays[0] ?? 0);
  }

  clear(): void {
    this.#kept = [];
  }
}

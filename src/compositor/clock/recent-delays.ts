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

  /** Of the one that arrived nearest to a moment, at most `withinUs` from it; null where none did. They were observed as they arrived. */
  beside(atUs: number, withinUs: number): number | null {
    let [low, high] = [0, this.#kept.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#kept[middle]?.arrivalUs ?? Infinity) < atUs) low = middle + 1;
      else high = middle;
    }
    const [before, after] = [this.#kept[low - 1], this.#kept[low]];
    const distance = (of: typeof before): number => Math.abs((of?.arrivalUs ?? Infinity) - atUs);
    const nearest = distance(before) < distance(after) ? before : after;
    return nearest && distance(nearest) <= withinUs ? nearest.delayUs : null;
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

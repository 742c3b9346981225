/**
 * Keeps a mix below the ceiling without clipping: the gain goes down before a peak comes and returns
 * slowly. Peaks between the samples count (ITU-R BS.1770-4 annex 2: four times the sampling rate). Delays by
 * `LIMITER_DELAY_SAMPLES`. Pure.
 */

/** -1.9 dBTP: AAC may add some 0.5 dB, and the movie is to stay below -1. */
export const CEILING = 0.8;
export const LIMITER_DELAY_SAMPLES = 120;
/** Samples before and after a place that its value is reckoned from. */
const REACH = 6;
const TAPS = 2 * REACH;
/** What is seen so much later is mended in so much less time. */
const WINDOW = LIMITER_DELAY_SAMPLES - REACH;
/** Between samples below this nothing reaches the ceiling: no row of weights sums up to more than 2.2 in size. */
const QUIET = CEILING / 2.2;
/** A quarter, a half and three quarters on the way from one sample to the next; windowed sinc. */
const BETWEEN: readonly Float64Array[] = [0.25, 0.5, 0.75].map((part) =>
  Float64Array.from({ length: TAPS }, (_, tap) => {
    const distance = tap - (REACH - 1) - part;
    return sinc(distance) * sinc(distance / REACH);
  }),
);

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
/** The gain returns by this share each sample: 63 % in 100 ms. */
const RELEASE = 1 / 4_800;

export class Limiter {
  readonly #delay = new Float32Array(LIMITER_DELAY_SAMPLES * 2);
  #delayAt = 0;
  #envelope = 1;
  /** Wanted gains of the last `WINDOW` + 1 samples, for their minimum. */
  readonly #wanted: SlidingMinimum = new SlidingMinimum(WINDOW + 1);
  readonly #minima = new Float64Array(WINDOW).fill(1);
  #minimaAt = 0;
  #sum = WINDOW;

  /** The last samples, each channel twice, so that any `TAPS` of them lie in a row. */
  readonly #recent = [new Float64Array(TAPS * 2), new Float64Array(TAPS * 2)] as const;
  #recentAt = 0;
  /** For so many samples more there may be a peak between them. */
  #loudFor = 0;

  /** Limits interleaved stereo in place; it comes out delayed. */
  process(samples: Float32Array): void {
    for (let i = 0; i < samples.length; i += 2) {
      const left = samples[i] as number;
      const right = samples[i + 1] as number;
      const peak = this.#peak(left, right);
      const needed = peak > CEILING ? CEILING / peak : 1;
      this.#envelope = Math.min(needed, this.#envelope + (1 - this.#envelope) * RELEASE);
      const minimum = this.#wanted.push(this.#envelope);
      // The mean of minima over a window reaches each minimum exactly when its sample comes out.
      this.#sum += minimum - (this.#minima[this.#minimaAt] as number);
      this.#minima[this.#minimaAt] = minimum;
      this.#minimaAt = (this.#minimaAt + 1) % WINDOW;
      const gain = Math.min(1, this.#sum / WINDOW);
      const at = this.#delayAt * 2;
      samples[i] = clip((this.#delay[at] as number) * gain);
      samples[i + 1] = clip((this.#delay[at + 1] as number) * gain);
      this.#delay[at] = left;
      this.#delay[at + 1] = right;
      this.#delayAt = (this.#delayAt + 1) % LIMITER_DELAY_SAMPLES;
    }
  }

  /** The largest value at and behind the sample that came `REACH` before this one. */
  #peak(left: number, right: number): number {
    const at = this.#recentAt;
    this.#recentAt = (at + 1) % TAPS;
    const [lefts, rights] = this.#recent;
    lefts[at] = left;
    lefts[at + TAPS] = left;
    rights[at] = right;
    rights[at + TAPS] = right;
    if (Math.max(Math.abs(left), Math.abs(right)) > QUIET) this.#loudFor = TAPS;
    if (this.#loudFor === 0) return 0;
    this.#loudFor--;
    let peak = 0;
    for (const recent of this.#recent) {
      peak = Math.max(peak, Math.abs(recent[this.#recentAt + REACH - 1] as number));
      for (const weights of BETWEEN) {
        let value = 0;
        for (let tap = 0; tap < TAPS; tap++) value += (weights[tap] as number) * (recent[this.#recentAt + tap] as number);
        peak = Math.max(peak, Math.abs(value));
      }
    }
    return peak;
  }
}

/** What is left between the points that are looked at, and rounding, can reach beyond the ceiling. */
function clip(value: number): number {
  return Math.max(-CEILING, Math.min(CEILING, value));
}

/** Minimum of the last `length` values, in constant time on average. */
class SlidingMinimum {
  readonly #length: number;
  #queue: { index: number; value: number }[] = [];
  #count = 0;

  constructor(length: number) {
    this.#length = length;
  }

  push(value: number): number {
    while (this.#queue.length > 0 && (this.#queue.at(-1) as { value: number }).value >= value) this.#queue.pop();
    this.#queue.push({ index: this.#count, value });
    if ((this.#queue[0] as { index: number }).index <= this.#count - this.#length) this.#queue.shift();
    this.#count++;
    return (this.#queue[0] as { value: number }).value;
  }
}

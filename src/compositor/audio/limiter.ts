/**
 * Keeps a mix below the ceiling without clipping: the gain goes down before a peak comes and returns
 * slowly. Delays by `LIMITER_DELAY_SAMPLES`. Pure.
 */

/** Of samples; what lies between them may be some 0.5 dB higher, so the true peak stays below -1 dBFS. */
export const CEILING = 0.8;
const WINDOW = 120;
export const LIMITER_DELAY_SAMPLES = WINDOW;
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

  /** Limits interleaved stereo in place; it comes out delayed. */
  process(samples: Float32Array): void {
    for (let i = 0; i < samples.length; i += 2) {
      const left = samples[i] as number;
      const right = samples[i + 1] as number;
      const peak = Math.max(Math.abs(left), Math.abs(right));
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
}

/** Only rounding of the running sum can reach beyond the ceiling. */
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

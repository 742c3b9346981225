/**
 * The last seconds of a track's decoded sound, addressed by RTP position (samples at 48 kHz). What was
 * never written reads as silence. Pure.
 */

const CAPACITY = 96_000;

export class PcmRing {
  readonly #samples = new Float32Array(CAPACITY * 2);
  /** Position behind the newest sample; null before the first one. */
  #end: number | null = null;
  #start = 0;

  get end(): number | null {
    return this.#end;
  }

  /** Writes interleaved stereo at `position`, which must not lie before `end`; the gap between becomes silence. */
  write(position: number, samples: Float32Array): void {
    if (this.#end === null || position - this.#end >= CAPACITY) {
      this.#samples.fill(0);
      this.#start = position;
    } else {
      for (let at = this.#end; at < position; at++) this.#put(at, 0, 0);
    }
    const frames = samples.length / 2;
    for (let i = 0; i < frames; i++) this.#put(position + i, samples[i * 2] as number, samples[i * 2 + 1] as number);
    this.#end = position + frames;
    this.#start = Math.max(this.#start, this.#end - CAPACITY);
  }

  /** Copies from `position` (whole) on; silence where nothing is. */
  read(position: number, target: Float32Array): void {
    const frames = target.length / 2;
    const end = this.#end ?? -Infinity;
    for (let i = 0; i < frames; i++) {
      const at = position + i;
      const there = at >= this.#start && at < end;
      const slot = (at % CAPACITY) * 2;
      target[i * 2] = there ? (this.#samples[slot] as number) : 0;
      target[i * 2 + 1] = there ? (this.#samples[slot + 1] as number) : 0;
    }
  }

  #put(at: number, left: number, right: number): void {
    const slot = (at % CAPACITY) * 2;
    this.#samples[slot] = left;
    this.#samples[slot + 1] = right;
  }
}

/** Bits per second over the last second, in slots of 100 ms. Pure; times in microseconds. */
const SLOT_US = 100_000;
const SLOTS = 10;

export class BitrateMeter {
  readonly #bytes = new Float64Array(SLOTS);
  #slot = 0;

  add(bytes: number, nowUs: number): void {
    this.#advance(nowUs);
    this.#bytes[this.#slot % SLOTS]! += bytes;
  }

  bitsPerSecond(nowUs: number): number {
    this.#advance(nowUs);
    return (this.#bytes.reduce((sum, bytes) => sum + bytes, 0) * 8 * 1e6) / (SLOT_US * SLOTS);
  }

  #advance(nowUs: number): void {
    const slot = Math.floor(nowUs / SLOT_US);
    if (slot <= this.#slot) return;
    for (let next = Math.max(this.#slot + 1, slot - SLOTS + 1); next <= slot; next += 1) this.#bytes[next % SLOTS] = 0;
    this.#slot = slot;
  }
}

/** Sliding window of indices that were accepted (RFC 3711 section 3.3.2); 128 wide. */
const WIDTH = 128;

export class ReplayWindow {
  #highest = -1;
  /** Index i of the window is accepted where `#seen[i % WIDTH] === i`. */
  readonly #seen = new Float64Array(WIDTH).fill(-1);

  /** Highest index accepted, or -1. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether the packet of this index is new and within the window. */
  isNew(index: number): boolean {
    if (index > this.#highest) return true;
    return this.#highest - index < WIDTH && this.#seen[index % WIDTH] !== index;
  }

  /** Call only once the packet is authenticated. */
  accept(index: number): void {
    this.#seen[index % WIDTH] = index;
    if (index > this.#highest) this.#highest = index;
  }
}

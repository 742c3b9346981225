/**
 * Arithmetic of RTP's wrapping counters. Inside the server sequence numbers are extended ("unwrapped")
 * to integers that never wrap, so that comparing, mapping and looking up are exact at the wrap.
 */

/** Shortest way from one 16-bit sequence number to another, -32768 to 32767. */
export function sequenceDelta(from: number, to: number): number {
  return ((to - from + 0x8000) & 0xffff) - 0x8000;
}

/** Shortest way from one 32-bit timestamp to another, -2^31 to 2^31-1 ticks. */
export function timestampDelta(from: number, to: number): number {
  return (to - from) | 0;
}

/** Extends 16-bit sequence numbers by their distance from the highest seen so far. */
export class SequenceUnwrapper {
  #highest: number | null = null;

  /** Highest extended number so far, or null before the first. */
  get highest(): number | null {
    return this.#highest;
  }

  /** The extended number of `sequence`; the first one is extended by 2^16, so that earlier ones stay positive. */
  unwrap(sequence: number): number {
    const extended = this.peek(sequence);
    if (this.#highest === null || extended > this.#highest) this.#highest = extended;
    return extended;
  }

  /** As `unwrap`, without moving the highest number. */
  peek(sequence: number): number {
    if (this.#highest === null) return sequence + 0x10000;
    return this.#highest + sequenceDelta(this.#highest & 0xffff, sequence);
  }
}

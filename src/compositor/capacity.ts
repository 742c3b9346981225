/**
 * How many recordings this machine composes at once in real time, by what they cost on it. Pure: costs are CPU
 * seconds for a recorded second, of the worker and its encoders, as they are measured while movies are made.
 */

/** The part of the machine that composing may take; the rest forwards media and writes journals. */
export const COMPOSING_SHARE = 0.85;

/** Before anything was measured: 1080p with a stage and webcams on a slow machine, with some room. */
const UNMEASURED_CORES = 0.6;
/** An empty room costs next to nothing, and fills as soon as it is recorded. */
const LEAST_CORES = 0.2;
/** A dear meeting counts soon, and is forgotten slowly: too many at once make all of them late. */
const UP = 0.3;
const DOWN = 0.01;
/** The first measurements say more than the guess before them. */
const FIRST_DOWN = 0.5;
/** A meeting that is cheap just now may be like others in a moment. */
const LEAST_PART_OF_EXPECTED = 0.5;

export class Capacity {
  readonly #cores: number;
  #expected: number;
  /** Measurements so far. */
  #learnt: number;

  /** `remembered`: what `expected` was when the machine was as it is. */
  constructor(cores: number, remembered: number | null = null) {
    this.#cores = cores;
    this.#expected = remembered ?? UNMEASURED_CORES;
    this.#learnt = remembered === null ? 0 : FIRST_DOWN / DOWN;
  }

  /** What a recording that begins is reckoned to cost. */
  get expected(): number {
    return this.#expected;
  }

  learn(cost: number): void {
    const towards = Math.max(LEAST_CORES, cost);
    const down = Math.max(DOWN, FIRST_DOWN / (this.#learnt + 1));
    this.#expected += (towards - this.#expected) * (towards > this.#expected ? UP : down);
    this.#learnt++;
  }

  /** Whether one more fits beside those that run; of each what it cost last, or null. One always does. */
  fits(running: readonly (number | null)[]): boolean {
    if (running.length === 0) return true;
    const taken = running.reduce<number>((sum, cost) => sum + Math.max(cost ?? this.#expected, this.#expected * LEAST_PART_OF_EXPECTED), 0);
    return taken + this.#expected <= this.#cores * COMPOSING_SHARE;
  }
}

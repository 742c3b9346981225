/** What a trial found: the value that its budget is about, and whatever else is worth a look. */
export interface Measurement {
  value: number;
  also: Record<string, number>;
}

/**
 * Budgets are of ratios, taken side by side in one run, of the 33.3 ms that a frame has, and of the seconds that
 * people wait for a movie: a slow machine does not fail them, a slow change does. Those of seconds take an idle one.
 */
export type Budget = { most: number } | { least: number };

/** One row of the table. */
export interface Trial {
  name: string;
  /** What it is run on, in words. */
  input: string;
  /** Of the value and its budget. `times X`: a ratio. */
  unit: string;
  /** Kept by every change; a run that misses it fails. */
  budget: Budget;
  /** What it is to come to, where it is not there yet. */
  goal?: Budget;
  /** Runs in a process of its own. */
  run(): Promise<Measurement>;
}

/** The machine lacks what a trial compares with; the message says how to get it. */
export class MissingProgram extends Error {}

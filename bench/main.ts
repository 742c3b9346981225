import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Budget, Measurement, Trial } from './trial.js';
import { TRIALS } from './trials.js';

/** Runs the trials one after the other, each in a process of its own, and prints what they found. */

export interface BenchRow {
  name: string;
  input: string;
  unit: string;
  budget: Budget;
  goal: Budget | null;
  value: number | null;
  also: Record<string, number>;
  passed: boolean;
  /** Why there is no value. */
  error: string | null;
}

const RUNNER = fileURLToPath(new URL('./run-trial.js', import.meta.url));

/** `--json` prints the rows as JSON, `--only NAME` runs one of them. Returns the exit code: 1 where a budget is not kept. */
export async function runBench(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    return 2;
  }
  const rows: BenchRow[] = [];
  for (const trial of options.trials) {
    const row = await rowOf(trial);
    rows.push(row);
    if (!options.json) process.stdout.write(`${rows.length === 1 ? HEADING : ''}${lineOf(row)}`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  return rows.every((row) => row.passed) ? 0 : 1;
}

function readOptions(args: readonly string[]): { json: boolean; trials: readonly Trial[] } | string {
  try {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' }, only: { type: 'string' } } });
    const trials = TRIALS.filter((trial) => values.only === undefined || trial.name === values.only);
    if (trials.length > 0) return { json: values.json ?? false, trials };
    return `There is no trial "${values.only}"; there are ${TRIALS.map((trial) => trial.name).join(', ')}.`;
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)} (bench takes --json and --only NAME)`;
  }
}

async function rowOf(trial: Trial): Promise<BenchRow> {
  const { name, input, unit, budget, goal = null } = trial;
  const child = spawn(process.execPath, ['--enable-source-maps', RUNNER, name], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code !== 0) {
    const error = errors.trim() || `ended by ${signal ?? `code ${code}`}`;
    return { name, input, unit, budget, goal, value: null, also: {}, passed: false, error };
  }
  const { value, also } = JSON.parse(output) as Measurement;
  return { name, input, unit, budget, goal, value, also, passed: isKept(budget, value), error: null };
}

function isKept(budget: Budget, value: number): boolean {
  return 'most' in budget ? value <= budget.most : value >= budget.least;
}

const WIDTHS = { name: 16, input: 66, value: 10, budget: 12, unit: 16 } as const;

const HEADING = `${'trial'.padEnd(WIDTHS.name)}${'input'.padEnd(WIDTHS.input)}${'value'.padStart(WIDTHS.value)}${'budget'.padStart(
  WIDTHS.budget,
)}  ${'unit'.padEnd(WIDTHS.unit)}\n`;

function lineOf(row: BenchRow): string {
  const bound = boundOf(row.budget);
  const isShort = row.passed && row.goal !== null && row.value !== null && !isKept(row.goal, row.value);
  const also = Object.entries(row.also).map(([name, value]) => `${name} ${figure(value)}`);
  return (
    row.name.padEnd(WIDTHS.name) +
    row.input.padEnd(WIDTHS.input) +
    (row.value === null ? '-' : figure(row.value)).padStart(WIDTHS.value) +
    `${bound.padStart(WIDTHS.budget)}  ${row.unit.padEnd(WIDTHS.unit)}${row.passed ? 'pass' : 'FAIL'}${isShort && row.goal ? `, short of ${boundOf(row.goal)}` : ''}\n` +
    `${''.padEnd(WIDTHS.name)}${row.error ?? also.join(', ')}\n`
  );
}

function boundOf(budget: Budget): string {
  return 'most' in budget ? `<= ${figure(budget.most)}` : `>= ${figure(budget.least)}`;
}

function figure(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toPrecision(3);
}

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Sorted copy's value at the share `part` (0 to 1) of its length. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Milliseconds that each of `rounds` calls took. */
export function timesMs(rounds: number, work: (round: number) => void): number[] {
  return Array.from({ length: rounds }, (_, round) => {
    const start = performance.now();
    work(round);
    return performance.now() - start;
  });
}

/** CPU milliseconds of this process for each of `rounds` calls: what else the machine does counts little. */
export function cpuMs(rounds: number, work: (round: number) => void): number[] {
  return Array.from({ length: rounds }, (_, round) => {
    const start = process.cpuUsage();
    work(round);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
}

/** Both in turn, so that what else the machine does meets both alike. */
export async function inTurn<A, B>(rounds: number, a: () => A | Promise<A>, b: () => B | Promise<B>): Promise<{ a: A[]; b: B[] }> {
  const results: { a: A[]; b: B[] } = { a: [], b: [] };
  for (let round = 0; round < rounds; round++) {
    results.a.push(await a());
    results.b.push(await b());
  }
  return results;
}

/** Linux counts a process's CPU in hundredths of a second (USER_HZ, proc(5)). */
const TICKS_PER_S = 100;

/** CPU seconds, user and system, of this process and of its children that have ended. */
export function cpuSeconds(): { own: number; children: number } {
  const { user, system } = process.cpuUsage();
  // The second field of the line, the program's name, may hold spaces; cutime and cstime are the 16th and 17th.
  const fields = readFileSync('/proc/self/stat', 'utf8').replace(/^.*\) /s, '').split(' ').map(Number);
  return { own: (user + system) / 1e6, children: ((fields[13] ?? 0) + (fields[14] ?? 0)) / TICKS_PER_S };
}

/** CPU seconds of `work`, its children included when they have ended by then. */
export async function cpuOf(work: () => void | Promise<void>): Promise<number> {
  const before = cpuSeconds();
  await work();
  const after = cpuSeconds();
  return after.own - before.own + after.children - before.children;
}

/** Runs a program to its end; its output is what `Error` says when it fails. */
export function runProgram(program: string, args: readonly string[]): void {
  const result = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (result.status !== 0) throw new Error(`${program} failed: ${result.error?.message ?? result.stderr}`);
}

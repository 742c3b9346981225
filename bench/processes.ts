import { readFileSync } from 'node:fs';
import { descendantsOf } from '../test/support/server.js';

/** What processes use, by proc(5). */

/** Bytes of memory of a process and all below it; what several of them share counts once, or by its part. */
export function memoryOfTree(pid: number): number {
  return sumOf([pid, ...descendantsOf(pid)], (each) => Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))?.[1]) * 1024);
}

/** Linux counts a process's CPU in hundredths of a second (USER_HZ). */
const TICKS_PER_S = 100;

/** CPU seconds, user and system, of processes and of their children that have ended. */
export function cpuOfAll(pids: readonly number[]): number {
  return sumOf(pids, (each) => {
    // The second field, the program's name, may hold spaces; utime, stime, cutime and cstime are the 14th to 17th.
    const fields = readFileSync(`/proc/${each}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ').map(Number);
    return fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) / TICKS_PER_S;
  });
}

function sumOf(pids: readonly number[], of: (pid: number) => number): number {
  let sum = 0;
  for (const each of pids) {
    try {
      sum += of(each);
    } catch {
      // It ended while its like were read.
    }
  }
  return sum;
}

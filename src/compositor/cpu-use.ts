import { readFileSync } from 'node:fs';

/** Ticks a second in /proc (USER_HZ), the same on every Linux. */
const TICKS_PER_S = 100;

/**
 * CPU seconds of the thread that asks and of the processes that it started (proc(5)): of a worker and its
 * encoders. Null where the kernel does not tell.
 */
export class CpuUse {
  #seconds = 0;
  /** By thread or process: what was seen last. */
  #seen = new Map<string, number>();

  constructor() {
    this.seconds();
  }

  /** Since the first call; what a process used between the last call and its end is not in it. */
  seconds(): number | null {
    const now = new Map<string, number>();
    try {
      now.set('thread', ticksIn('/proc/thread-self/stat'));
      for (const pid of readFileSync('/proc/thread-self/children', 'latin1').split(' ').filter(Boolean)) {
        try {
          now.set(pid, ticksIn(`/proc/${pid}/stat`));
        } catch {
          // It has ended.
        }
      }
    } catch {
      return null;
    }
    for (const [who, ticks] of now) this.#seconds += Math.max(0, ticks - (this.#seen.get(who) ?? (who === 'thread' ? ticks : 0))) / TICKS_PER_S;
    this.#seen = now;
    return this.#seconds;
  }
}

/** Fields 14 and 15, user and system time; the second field, a name in brackets, may hold spaces. */
function ticksIn(path: string): number {
  const fields = readFileSync(path, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

import { cpus } from 'node:os';

/** How much of the machine nobody uses. */
export class MachineIdle {
  #before = times();

  /** The idle part of all processors since the last call, 0 to 1. */
  share(): number {
    const now = times();
    const total = now.total - this.#before.total;
    const idle = now.idle - this.#before.idle;
    this.#before = now;
    return total > 0 ? Math.min(1, Math.max(0, idle / total)) : 0;
  }
}

function times(): { idle: number; total: number } {
  let [idle, total] = [0, 0];
  for (const { times: one } of cpus()) {
    idle += one.idle;
    total += one.user + one.nice + one.sys + one.irq + one.idle;
  }
  return { idle, total };
}

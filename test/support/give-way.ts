import { readFileSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { descendantsOf } from './server.js';

/**
 * Lets browsers go behind everything else on the machine. In life they run on other machines; here two
 * cores carry all of them, and a server that is not scheduled for a second loses datagrams in the kernel.
 * Where the kernel groups processes by session (autogroup), only the group's own niceness counts.
 */
export function letBrowsersGiveWay(): void {
  for (const pid of descendantsOf(process.pid)) {
    try {
      if (!/chromium|firefox/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '')) continue;
      setPriority(pid, NICE);
      writeFileSync(`/proc/${pid}/autogroup`, String(NICE));
    } catch {
      // It ended meanwhile, or the kernel has no such groups: then everything is as fair as before.
    }
  }
}

const NICE = 10;

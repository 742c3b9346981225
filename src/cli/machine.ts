import { availableParallelism, cpus } from 'node:os';
import { version } from './version.js';

/** What the cost of a recording depends on: where it changes, it is measured anew. */
export function machineName(): string {
  return [`Reelroom ${version()}`, `Node ${process.versions.node}`, `${availableParallelism()} x ${cpus()[0]?.model ?? process.arch}`].join('; ');
}

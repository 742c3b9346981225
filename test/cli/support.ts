import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/paths.js';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the compiled command line in a process of its own, with no settings but those given. */
export function reelroom(dataDir: string, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const program = join(packageRoot, 'dist', 'src', 'cli', 'index.js');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, ...args],
      { env: { PATH: process.env.PATH ?? '', REELROOM_DATA: dataDir, REELROOM_TIME_ZONE: 'UTC', ...env } },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    );
  });
}

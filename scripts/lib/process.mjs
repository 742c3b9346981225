import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Small helpers of the scripts: everything runs in the checkout, and what people read goes to standard error. */

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A failure whose sentence is all that the user needs. */
export class ScriptError extends Error {}

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a command in the checkout. Its output goes to standard error, so that standard output stays the
 * script's own; `quiet` shows it only when the command fails. Throws `ScriptError` when it fails.
 */
export function run(command, args, { quiet = false, env = {} } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['inherit', quiet ? 'pipe' : 2, quiet ? 'pipe' : 2],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return;
  if (quiet) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  if (result.error) throw new ScriptError(`"${command}" did not start: ${result.error.message}`);
  const how = result.signal ? `was ended by ${result.signal}` : `failed with code ${result.status}`;
  throw new ScriptError(`"${[command, ...args].join(' ')}" ${how}.`);
}

/** Runs a script's body; a `ScriptError` becomes its sentence and exit code 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    say(error.message);
    process.exit(1);
  }
}

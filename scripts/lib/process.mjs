import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Small helpers of the scripts: everything runs in the checkout, and what people read goes to standard error. */

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Signals that ask to end: Ctrl-C, a service manager, a terminal that is closed. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** A failure whose sentence is all that the user needs. */
export class ScriptError extends Error {}

/** A signal asked the script to end. */
export class Interrupted extends ScriptError {}

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a command in the checkout. Its output goes to standard error, so that standard output stays the
 * script's own; `quiet` shows it only when the command fails. Throws `ScriptError` when it fails, and when a
 * signal asks this process to end meanwhile: the command then ends first, with all that it started. One that
 * `asks` the user shares the terminal, which sends it Ctrl-C by itself.
 */
export async function run(command, args, { quiet = false, asks = false } = {}) {
  const out = quiet ? 'pipe' : 2;
  const child = spawn(command, args, { cwd: root, detached: !asks, stdio: [asks ? 'inherit' : 'ignore', out, out] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += data));
  let asked;
  const onSignal = (signal) => {
    asked = signal;
    if (asks) child.kill(signal);
    else endGroup(child, 'SIGTERM');
  };
  for (const signal of END_SIGNALS) process.on(signal, onSignal);
  try {
    const [code, signal] = await once(child, 'close');
    if (asked) throw new Interrupted(`Ended by ${asked}.`);
    if (code === 0) return;
    process.stderr.write(output);
    const how = signal ? `was ended by ${signal}` : `failed with code ${code}`;
    throw new ScriptError(`"${[command, ...args].join(' ')}" ${how}.`);
  } catch (error) {
    throw error instanceof ScriptError ? error : new ScriptError(`"${command}" did not start: ${error.message}`);
  } finally {
    for (const signal of END_SIGNALS) process.off(signal, onSignal);
  }
}

/** Sends a signal to a process that was started `detached`, and to all that it has started. */
export function endGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
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

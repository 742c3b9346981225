import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './lib/build.mjs';
import { CHECKS, passes } from './lib/checks.mjs';
import { END_SIGNALS, ScriptError, endGroup, main, root, say } from './lib/process.mjs';
import { filesBelow } from './lib/stamps.mjs';
import { TapCounter } from './lib/tap.mjs';

/**
 * `npm test`: sets up, builds, checks, and runs every test. The last line is `N passed, N failed`.
 *   --only TEXT  only test files whose path contains TEXT, without the checks
 *   --soak       the long tests (test/soak) instead of the others
 */

/** Tests of the first group share the machine; those with browsers, servers and kills have it for themselves. */
const GROUPS = [
  { folder: 'all others', jobs: 2, limitMs: 5 * 60_000, has: (file) => !/^test\/(e2e|soak)\//.test(file) },
  { folder: 'test/e2e', jobs: 1, limitMs: 10 * 60_000, has: (file) => file.startsWith('test/e2e/') },
];
const SOAK = [{ folder: 'test/soak', jobs: 1, limitMs: 4 * 3600_000, has: (file) => file.startsWith('test/soak/') }];

/** Time that a file gets to clean up after its limit, before it is killed. */
const GRACE_MS = 10_000;

const running = new Set();

await main(async () => {
  const { values: flags } = parseArgs({ options: { only: { type: 'string' }, soak: { type: 'boolean', default: false } } });
  const total = { passed: 0, failed: [] };
  try {
    await prepare({ forTests: true });
    endWithSignals();
    if (flags.only === undefined && !flags.soak) runChecks(total);
    for (const group of flags.soak ? SOAK : GROUPS) await runGroup(group, flags.only ?? '', total);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    say(error.message);
    total.failed.push('set-up');
  }
  report(total);
});

function runChecks(total) {
  for (const check of CHECKS) {
    if (passes(check)) total.passed += 1;
    else total.failed.push(`check: ${check.name}`);
  }
}

async function runGroup(group, only, total) {
  const files = filesBelow('test').filter((file) => file.endsWith('.test.ts') && group.has(file) && file.includes(only));
  const queue = [...files];
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const { counter, output, seconds } = await runFile(file, group.limitMs);
      total.passed += counter.passed;
      total.failed.push(...counter.failed.map((name) => `${file}: ${name}`));
      const bad = counter.failed.length > 0;
      console.log(`${bad ? 'FAILED' : 'ok    '}  ${file}: ${counter.passed} passed, ${counter.failed.length} failed (${seconds} s)`);
      if (bad) console.log(output.replace(/^/gm, '        '));
    }
  };
  await Promise.all(Array.from({ length: group.jobs }, worker));
}

/** Runs one file in a process group of its own, so that nothing that it started outlives it. */
function runFile(file, limitMs) {
  const compiled = join(root, 'dist', file.replace(/\.ts$/, '.js'));
  if (!existsSync(compiled)) throw new ScriptError(`${file} was not compiled.`);
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const child = spawn(process.execPath, ['--enable-source-maps', compiled], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Below the limit, so that a test that hangs is named by tap before its file is ended.
      env: { ...process.env, TAP_TIMEOUT: String(limitMs / 1000 - 10) },
    });
    running.add(child);
    const counter = new TapCounter();
    let output = '';
    let timedOut = false;
    let killer;
    const limit = setTimeout(() => {
      timedOut = true;
      endGroup(child, 'SIGTERM');
      killer = setTimeout(() => endGroup(child, 'SIGKILL'), GRACE_MS);
    }, limitMs);
    child.stdout.on('data', (data) => {
      counter.push(String(data));
      output = keepEnd(output + data);
    });
    child.stderr.on('data', (data) => {
      output = keepEnd(output + data);
    });
    child.on('exit', () => endGroup(child, 'SIGKILL'));
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      clearTimeout(killer);
      running.delete(child);
      counter.end({ code, signal, timedOut });
      resolve({ counter, output, seconds: ((performance.now() - startedMs) / 1000).toFixed(1) });
    });
  });
}

/** Lets a signal end the tests that run with this process. */
function endWithSignals() {
  for (const signal of END_SIGNALS) {
    process.on(signal, () => {
      for (const child of running) endGroup(child, 'SIGKILL');
      process.exit(130);
    });
  }
}

/** Of an endless output the end tells most. */
function keepEnd(text) {
  return text.length > 400_000 ? text.slice(-200_000) : text;
}

function report({ passed, failed }) {
  const count = Math.max(failed.length, passed === 0 ? 1 : 0);
  console.log();
  for (const name of failed) console.log(`failed: ${name}`);
  console.log(`${passed} passed, ${count} failed`);
  process.exitCode = count === 0 ? 0 : 1;
}

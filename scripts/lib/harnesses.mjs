import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { END_SIGNALS, Interrupted, ScriptError, endGroup, root, run } from './process.mjs';
import { hashOf, step } from './stamps.mjs';

/** The libFuzzer programs of native/fuzz: the addon's own sources behind an entry of their own, with sanitizers. */

const source = (name) => `native/src/${name}.cc`;

/** Each harness: the sources of the addon that it is built with, and their libraries. */
const HARNESSES = {
  vp8: { sources: ['vp8_decoder', 'image'].map(source), libraries: ['vpx'] },
  vp9: { sources: ['vp9_decoder', 'image'].map(source), libraries: ['vpx'] },
  av1: { sources: ['av1_decoder', 'image'].map(source), libraries: ['dav1d'] },
  h264: { sources: ['h264_decoder', 'image'].map(source), libraries: ['avcodec', 'avutil'] },
  opus: { sources: [source('opus_stereo_decoder')], libraries: ['opus'] },
  kernels: { sources: ['colour', 'crc32c', 'draw', 'rotate', 'scale', 'shrink'].map(source), libraries: ['yuv'] },
  x264: { sources: [], libraries: ['x264'] },
};

export const HARNESS_NAMES = Object.keys(HARNESSES);

const OUT = 'native/build/fuzz';
const FLAGS = ['-std=c++20', '-O1', '-g', '-Wall', '-Wextra', '-Wno-unknown-pragmas', '-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=undefined'];
/** One input may take this long, and the program this much memory: four times what the largest pictures need. */
const INPUT_S = 5;
const MEMORY_MB = 2048;
const MAX_INPUT_BYTES = 50_000;
/** addr2line comes with the compiler; without it a report has no lines. */
const ENVIRONMENT = { ASAN_OPTIONS: 'external_symbolizer_path=/usr/bin/addr2line:allow_addr2line=1', UBSAN_OPTIONS: 'print_stacktrace=1' };

/** Builds what is missing or stale. Throws `ScriptError` with what to install where there is no clang. */
export async function buildHarness(name) {
  const { sources, libraries } = HARNESSES[name];
  const inputs = hashOf(['native/fuzz', 'native/src', 'native/x264'], [process.arch, ...FLAGS]);
  await step({ stamp: `${OUT}/${name}.sha256`, inputs, outputs: [`${OUT}/${name}`] }, async () => {
    if (spawnSync('clang++', ['--version']).error) {
      throw new ScriptError('Fuzzing needs clang with its sanitizers. On Debian: scripts/setup --test, or apt-get install clang libclang-rt-dev');
    }
    mkdirSync(join(root, OUT), { recursive: true });
    await run('clang++', [...FLAGS, '-o', `${OUT}/${name}`, `native/fuzz/${name}.cc`, ...sources, ...libraries.map((library) => `-l${library}`)], { quiet: true });
  });
}

/**
 * Runs a harness for so many seconds, from its seeds and from what earlier runs have found. Throws `ScriptError` with the
 * report and the saved input where it fails; else says how many inputs there were.
 */
export async function runHarness(name, { seconds, seed, seeds, corpus }) {
  mkdirSync(corpus, { recursive: true });
  const failed = join(root, OUT, `failed-${name}-`);
  const args = [`-max_total_time=${seconds}`, `-seed=${seed}`, `-max_len=${MAX_INPUT_BYTES}`, `-timeout=${INPUT_S}`, `-rss_limit_mb=${MEMORY_MB}`,
    `-artifact_prefix=${failed}`, '-print_final_stats=1', corpus, seeds];
  const child = spawn(join(root, OUT, name), args, { cwd: root, detached: true, env: { ...process.env, ...ENVIRONMENT }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  let asked;
  child.stderr.on('data', (data) => (said = (said + data).slice(-40_000)));
  const onSignal = (signal) => {
    asked = signal;
    endGroup(child, 'SIGKILL');
  };
  for (const signal of END_SIGNALS) process.on(signal, onSignal);
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  for (const signal of END_SIGNALS) process.off(signal, onSignal);
  if (asked) throw new Interrupted(`Ended by ${asked}.`);
  if (code !== 0) throw new ScriptError(`${said}\n${name} failed (seed ${seed}). Once more: ${OUT}/${name} ${failed}...`);
  return Number(/number_of_executed_units:\s*(\d+)/.exec(said)?.[1] ?? 0);
}

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPOSING_SHARE } from '../../compositor/capacity.js';
import { findFfmpeg } from '../../compositor/encoders/ffmpeg-binary.js';
import type { EncoderName } from '../../core/encoder-names.js';
import { AppError } from '../../core/errors.js';
import { packageRoot } from '../../core/paths.js';
import { writeSampleJournal } from './sample-journal.js';

/** How much composing this machine does. */
export interface Capacity {
  /** Recordings (a shared screen and four webcams) composed at once in real time, with room left for the meetings. */
  recordings: number;
  /** CPU seconds for a recorded second, whatever else the machine does. */
  coresPerRecording: number;
  cores: number;
  /** Seconds of movie made in a second by one composing a core, beside whatever else the machine does now. */
  speed: number;
}

/** Long enough that starting programs counts little, as it does in a meeting. */
const SAMPLE_SECONDS = 10;
/** Clock ticks a second in /proc (USER_HZ), the same on every Linux. */
const TICKS_PER_S = 100;

/** Composes a sample on every core at once, some ten seconds in all, and looks at the CPU time and the wall time. */
export async function measureCapacity(ffmpegPath: string, encoder: EncoderName): Promise<Capacity> {
  const cores = availableParallelism();
  const { path } = await findFfmpeg(ffmpegPath);
  const dir = await mkdtemp(join(tmpdir(), 'reelroom-doctor-'));
  try {
    const journal = await writeSampleJournal(dir, path, SAMPLE_SECONDS);
    const before = cpuSecondsOfChildren();
    const speeds = await Promise.all(Array.from({ length: cores }, (_, at) => speedOf(journal, join(dir, `${at}.mp4`), encoder)));
    const coresPerRecording = (cpuSecondsOfChildren() - before) / (cores * SAMPLE_SECONDS);
    return {
      recordings: Math.floor((cores * COMPOSING_SHARE) / coresPerRecording),
      coresPerRecording: round(coresPerRecording),
      cores,
      speed: round(speeds.reduce((sum, one) => sum + one, 0)),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** CPU time of the children that have ended, and of theirs (proc(5), fields 16 and 17 of stat). */
function cpuSecondsOfChildren(): number {
  const afterName = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(afterName[13]) + Number(afterName[14])) / TICKS_PER_S;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Seconds of movie that a process of its own makes in a second. */
function speedOf(journal: string, movie: string, encoder: EncoderName): Promise<number> {
  const program = join(packageRoot, 'dist', 'src', 'cli', 'index.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, 'render', journal, movie, '--encoder', encoder, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => (output += String(data)));
    child.stderr.on('data', (data) => (errors += String(data)));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) return reject(new AppError('sample_failed', `The sample could not be composed: ${errors.trim()}`, { audience: 'operator' }));
      const { durationMs, elapsedMs } = JSON.parse(output) as { durationMs: number; elapsedMs: number };
      resolve(durationMs / elapsedMs);
    });
  });
}

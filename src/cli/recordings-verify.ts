import { Command } from 'commander';
import { findFfmpeg } from '../compositor/encoders/ffmpeg-binary.js';
import { AppError } from '../core/errors.js';
import { type Span, type Verification, verifyMovie } from '../recording/verify.js';
import { summaryOf } from '../storage/summary.js';
import type { RecordingEventRow } from '../storage/recordings.js';
import { dataOption, jsonOption, withStorage } from './data.js';
import { byteSize, print, printJson } from './output.js';
import { recordingOf } from './recordings-show.js';

export function recordingsVerifyCommand(): Command {
  return new Command('verify')
    .description('decode a movie and say what was found; exits 1 when something is wrong with it')
    .argument('<id>', 'id of the recording')
    .option('--quick', 'decode its first and last seconds only', false)
    .addOption(jsonOption())
    .addOption(dataOption())
    .action(verify);
}

async function verify(id: string, flags: { quick: boolean; json: boolean; data?: string }): Promise<void> {
  // The database is closed before the decoding, which may take minutes.
  const { path, wallMs, composedSkewMs, ffmpegPath } = await withStorage(flags, (storage, config) => {
    const row = recordingOf(storage, id);
    const summary = summaryOf(row, config.dataDir);
    if (summary.path === null) {
      throw new AppError('recording_not_available', `The recording ${id} is ${row.state}; it has no movie to verify.`, { status: 409 });
    }
    const wallMs = recordedWallMs(storage.recordings.events(id));
    return { path: summary.path, wallMs, composedSkewMs: row.report?.skewMs ?? null, ffmpegPath: config.ffmpegPath };
  });
  const ffmpeg = await findFfmpeg(ffmpegPath);
  const found = await verifyMovie(path, { ffmpegPath: ffmpeg.path, mode: flags.quick ? 'quick' : 'full', wallMs });
  if (flags.json) printJson({ id, path, ...found, composedSkewMs });
  else printFindings(path, found, composedSkewMs, flags.quick);
  if (!found.ok) throw new AppError('movie_has_problems', `The movie of ${id} is not as it should be.`, { audience: 'operator' });
}

/**
 * How long the recording ran by the clock, without pauses, from its changes of state. Null where it never
 * ran, and where a crash cut it short: then the clock tells when the server came back, not when it died.
 */
export function recordedWallMs(events: RecordingEventRow[]): number | null {
  let total = 0;
  let ran = false;
  for (const [at, event] of events.entries()) {
    const next = events[at + 1];
    if (event.toState !== 'recording' || !next) continue;
    if (next.detail?.recovered === true) return null;
    ran = true;
    total += next.atMs - event.atMs;
  }
  return ran ? total : null;
}

function printFindings(path: string, found: Verification, composedSkewMs: number | null, quick: boolean): void {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
  const spans = (list: Span[]): string => {
    if (quick) return 'not looked for';
    return list.length === 0 ? 'none' : list.map(({ startMs, durationMs }) => `${seconds(durationMs)} at ${seconds(startMs)}`).join(', ');
  };
  print(path);
  print(`  length         ${seconds(found.durationMs)}${found.wallMs === null ? '' : `, by the clock ${seconds(found.wallMs)}`}`);
  print(`  size           ${byteSize(found.bytes)}`);
  print(`  pictures       ${found.frames}`);
  print(`  black spans    ${spans(found.black)}`);
  print(`  silent spans   ${spans(found.silent)}`);
  print(`  sound longer than the picture by ${found.skewMs} ms`);
  if (composedSkewMs !== null) print(`  sound and picture of one person apart by ${composedSkewMs} ms at most, when they were composed`);
  print(found.ok ? '  no problem found' : found.problems.map((problem) => `  PROBLEM: ${problem}`).join('\n'));
}

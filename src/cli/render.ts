import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { LAYOUTS, type LayoutName } from '../core/layouts.js';
import { dirname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { composeJournal } from '../compositor/compose.js';
import { recallEncoder } from '../compositor/encoders/chooser.js';
import { findFfmpeg } from '../compositor/encoders/ffmpeg-binary.js';
import { openEncoders } from '../compositor/encoders/open.js';
import { FRAME_RATE_HZ } from '../compositor/format.js';
import { readConfig } from '../core/config.js';
import { ENCODER_CHOICES, PRESETS, type EncoderChoice } from '../core/encoder-names.js';
import { AppError } from '../core/errors.js';
import { DataPaths } from '../core/paths.js';
import type { RecordingReport } from '../core/recording.js';
import { segmentFileName } from '../journal/format.js';
import { jsonOption } from './data.js';
import { duration, print, printJson, tell } from './output.js';

interface RenderFlags {
  layout?: LayoutName;
  encoder?: EncoderChoice;
  preset: string;
  /** Commander's form of --no-transitions. */
  transitions: boolean;
  json: boolean;
}

export function renderCommand(): Command {
  return new Command('render')
    .description('make the movie of a journal, again or with another layout')
    .argument('<journal>', "a journal's folder, or the folder of a recording that has one")
    .argument('<movie>', 'the MP4 to write')
    .addOption(new Option('--layout <name>', 'layout of the whole movie; default: as it was recorded').choices(LAYOUTS))
    .option('--no-transitions', 'tiles jump to their places instead of moving there')
    .addOption(new Option('--encoder <name>', 'encoder of the pictures (REELROOM_ENCODER)').choices(ENCODER_CHOICES))
    .addOption(new Option('--preset <name>', 'preset of x264').choices(PRESETS).default('superfast'))
    .addOption(jsonOption())
    .action(render);
}

async function render(journal: string, movie: string, flags: RenderFlags): Promise<void> {
  const journalDir = journalFolder(resolve(journal));
  const moviePath = resolve(movie);
  if (!existsSync(dirname(moviePath))) throw new AppError('folder_missing', `There is no folder ${dirname(moviePath)}.`);
  const config = readConfig({ encoder: flags.encoder });
  const encoder = await recallEncoder(config.encoder, config.ffmpegPath, new DataPaths(config.dataDir).encoders);
  // Said before anything is made; a recording would go on with ffmpeg.
  await openEncoders(encoder, await findFfmpeg(config.ffmpegPath));
  // Beside the movie, so that it appears whole, under its name, and nothing else stays.
  const workDir = mkdtempSync(join(dirname(moviePath), '.reelroom-render-'));
  const abort = new AbortController();
  const onSignal = (): void => abort.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const startedMs = performance.now();
  try {
    const unfinished = join(workDir, 'movie.mp4');
    const report = await composeJournal(
      {
        journalDir,
        moviePath: unfinished,
        posterPath: join(workDir, 'poster.jpg'),
        live: false,
        resume: false,
        ffmpegPath: config.ffmpegPath,
        encoder,
        preset: flags.preset,
        ...(flags.transitions ? {} : { transitions: false }),
        ...(flags.layout === undefined ? {} : { layout: flags.layout }),
      },
      { signal: abort.signal, onProgress: ({ frames }) => showProgress(frames) },
    );
    renameSync(unfinished, moviePath);
    tellResult(report, moviePath, Math.round(performance.now() - startedMs), flags.json);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** Throws `AppError` `journal_missing`. */
function journalFolder(path: string): string {
  for (const folder of [path, join(path, 'journal')]) {
    if (existsSync(join(folder, segmentFileName(0)))) return folder;
  }
  throw new AppError('journal_missing', `${path} holds no journal; a journal is a folder with files such as ${segmentFileName(0)}.`);
}

function showProgress(frames: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${duration((frames * 1000) / FRAME_RATE_HZ)} composed`);
}

/** `elapsedMs` is what the composing took. */
function tellResult(report: RecordingReport, path: string, elapsedMs: number, json: boolean): void {
  if (process.stderr.isTTY) tell('');
  if (json) printJson({ path, elapsedMs, ...report });
  else print(`${path}: ${duration(report.durationMs)}, ${report.frames} frames, in ${(elapsedMs / 1000).toFixed(1)} s`);
}

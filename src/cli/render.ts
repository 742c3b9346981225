import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { LAYOUTS, type LayoutName } from '../core/layouts.js';
import { dirname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { composeJournal } from '../compositor/compose.js';
import { recallEncoder } from '../compositor/encoders/chooser.js';
import { findFfmpeg } from '../compositor/encoders/ffmpeg-binary.js';
import { openEncoders } from '../compositor/encoders/open.js';
import { FRAME_RATE_HZ } from '../compositor/format.js';
import { surveyJournal } from '../compositor/journal-survey.js';
import { exportTracks } from '../compositor/tracks/export-tracks.js';
import { readConfig } from '../core/config.js';
import { ENCODER_CHOICES, PRESETS, type EncoderChoice } from '../core/encoder-names.js';
import { AppError } from '../core/errors.js';
import { DataPaths } from '../core/paths.js';
import type { SizePx } from '../core/media.js';
import type { RecordingReport } from '../core/recording.js';
import { segmentFileName } from '../journal/format.js';
import { readPart, type Part } from '../recording/part.js';
import { jsonOption } from './data.js';
import { duration, print, printJson, tell } from './output.js';
import { leftOut, parseRange, parseSize, type TimeRange } from './render-options.js';

interface RenderFlags {
  layout?: LayoutName;
  size?: SizePx;
  range?: TimeRange;
  only?: string[];
  without?: string[];
  tracks?: string;
  encoder?: EncoderChoice;
  preset: string;
  /** Commander's form of --no-transitions. */
  transitions: boolean;
  json: boolean;
}

const HELP = `
RANGE is FROM-TO in the time of the movie, each in seconds or as [H:]MM:SS; one of them may be left out:
  reelroom render data/recordings/ID out.mp4 --range 10:00-12:30
NAMES are those that people had in the meeting. Who is left out is neither seen nor heard nor told of:
  reelroom render data/recordings/ID out.mp4 --without "Ann Smith" Bob
Tracks are written as they were received, one file for each camera, microphone and screen of each person;
all begin at 0 of the movie (docs/tracks.md). Without <movie> only they are written:
  reelroom render data/recordings/ID --tracks tracks`;

export function renderCommand(): Command {
  return new Command('render')
    .description('make the movie of a journal, again or with other options, or get the tracks of each person')
    .argument('<journal>', "a journal's folder, or the folder of a recording that has one")
    .argument('[movie]', 'the MP4 to write; with --tracks it may be left out')
    .addOption(new Option('--layout <name>', 'layout of the whole movie; default: as it was recorded').choices(LAYOUTS))
    .option('--size <WxH>', 'size of the movie, even numbers; default: 1920x1080, portrait 1080x1920', parseSize)
    .option('--range <FROM-TO>', 'only this part of the recording', parseRange)
    .option('--only <names...>', 'only these people')
    .option('--without <names...>', 'all but these people')
    .option('--tracks <folder>', 'write the tracks of each person into this folder, without encoding them again')
    .option('--no-transitions', 'tiles jump to their places instead of moving there')
    .addOption(new Option('--encoder <name>', 'encoder of the pictures (REELROOM_ENCODER)').choices(ENCODER_CHOICES))
    .addOption(new Option('--preset <name>', 'preset of x264').choices(PRESETS).default('superfast'))
    .addOption(jsonOption())
    .addHelpText('after', HELP)
    .action(render);
}

async function render(journal: string, movie: string | undefined, flags: RenderFlags, command: Command): Promise<void> {
  if (movie === undefined && flags.tracks === undefined) command.error("error: missing argument 'movie'; name the MP4 to write, or a folder with --tracks");
  const source = journalOf(resolve(journal));
  const span = await spanOf(source, flags);
  const startedMs = performance.now();
  const tracks = flags.tracks === undefined ? null : await exportTracks({ ...span, dir: resolve(flags.tracks) });
  const moviePath = movie === undefined ? null : resolve(movie);
  const report = moviePath === null ? null : await renderMovie(span, moviePath, flags);
  const elapsedMs = Math.round(performance.now() - startedMs);
  if (process.stderr.isTTY) tell('');
  if (flags.json) printJson({ path: moviePath, elapsedMs, ...report, ...(tracks && { tracks }) });
  else {
    for (const { path, name, source: what, codec } of tracks ?? []) print(`${path}: ${name}, ${what}, ${codec}`);
    if (report) print(`${moviePath}: ${duration(report.durationMs)}, ${report.frames} frames, in ${(elapsedMs / 1000).toFixed(1)} s`);
  }
}

async function renderMovie(span: Span, moviePath: string, flags: RenderFlags): Promise<RecordingReport> {
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
  try {
    const unfinished = join(workDir, 'movie.mp4');
    const report = await composeJournal(
      {
        ...span,
        moviePath: unfinished,
        posterPath: join(workDir, 'poster.jpg'),
        sidecarDir: workDir,
        live: false,
        resume: false,
        ffmpegPath: config.ffmpegPath,
        encoder,
        preset: flags.preset,
        ...(flags.layout === undefined ? {} : { layout: flags.layout }),
        ...(flags.size === undefined ? {} : { size: flags.size }),
        ...(flags.transitions ? {} : { transitions: false }),
      },
      { signal: abort.signal, onProgress: ({ frames }) => showProgress(frames) },
    );
    renameSync(unfinished, moviePath);
    return report;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** What of a journal is wanted. */
interface Span {
  journalDir: string;
  fromFrame: number;
  toFrame?: number;
  /** Ids of members. */
  without: string[];
}

/** Throws `AppError` `usage` for people and times that are not in the recording. */
async function spanOf({ journalDir, part }: JournalSource, { range, only, without }: RenderFlags): Promise<Span> {
  const fromFrame = part?.fromFrame ?? 0;
  const toFrame = part?.toFrame ?? Infinity;
  if (!range && !only && !without) return { journalDir, fromFrame, ...(toFrame < Infinity && { toFrame }), without: [] };
  const { people, recordedMs } = await surveyJournal(journalDir);
  const frameAt = (ms: number): number => fromFrame + Math.round((ms * FRAME_RATE_HZ) / 1000);
  const end = Math.min(toFrame, Math.max(1, Math.round((recordedMs * FRAME_RATE_HZ) / 1000)));
  const from = frameAt(range?.fromMs ?? 0);
  const to = Math.min(toFrame, frameAt(range?.toMs ?? Infinity));
  if (from >= end) {
    throw new AppError('usage', `The recording lasts ${duration(((end - fromFrame) * 1000) / FRAME_RATE_HZ)}; the range begins behind its end.`);
  }
  if (to <= from) throw new AppError('usage', 'The range is shorter than a frame.');
  const omitted = leftOut(people, { ...(only && { only }), ...(without && { without }) });
  return { journalDir, fromFrame: from, ...(to < Infinity && { toFrame: to }), without: omitted };
}

interface JournalSource {
  journalDir: string;
  /** R9: the folder is that of one part of a longer recording. */
  part: Part | null;
}

/** Throws `AppError` `journal_missing`. */
function journalOf(path: string): JournalSource {
  const part = readPart(join(path, 'part.json'));
  for (const folder of [path, join(path, 'journal'), ...(part ? [join(path, '..', part.journalOf, 'journal')] : [])]) {
    if (existsSync(join(folder, segmentFileName(0)))) return { journalDir: folder, part };
  }
  throw new AppError('journal_missing', `${path} holds no journal; a journal is a folder with files such as ${segmentFileName(0)}.`);
}

function showProgress(frames: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${duration((frames * 1000) / FRAME_RATE_HZ)} composed`);
}

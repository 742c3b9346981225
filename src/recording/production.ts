import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { FRAME_RATE_HZ } from '../compositor/format.js';
import type { EncoderName } from '../core/encoder-names.js';
import { AppError, messageOf } from '../core/errors.js';
import type { Log } from '../core/log.js';
import type { DataPaths } from '../core/paths.js';
import type { RecordingReport } from '../core/recording.js';
import type { RecordingRow, Storage } from '../storage/index.js';
import { fileMovie, recoverFiled, type FiledMovie } from './filing.js';
import type { RecordingLedger } from './ledger.js';
import { partOf, type Part } from './part.js';
import { MovieMaker, type Compositor, type Progress } from './movie-maker.js';
import { MovieWatch, type MovieProgress } from './movie-progress.js';
import { verifyMovie, type Verification } from './verify.js';

export interface ProductionParts {
  paths: DataPaths;
  recordings: Storage['recordings'];
  ledger: RecordingLedger;
  compositor: Compositor;
  /** Finds the ffmpeg that looks at the movie. */
  ffmpegPath: () => Promise<string>;
  /** As configured; empty: the compositor finds one. */
  configuredFfmpegPath: string;
  /** Of the pictures; asked for each movie that is begun. */
  encoder: () => EncoderName | undefined;
  preset: string;
  /** Any clock that never jumps, ms. */
  nowMs: () => number;
  log: Log;
}

/** How far the file may be from what the compositor said of it. */
const DURATION_TOLERANCE_MS = 100;

/**
 * From a journal to the file in its folder: compose, verify, file, each a state of the recording. Every
 * step finds what a killed process left of it, and does it again or goes on: the folder is the truth.
 */
export class Production {
  readonly #parts: ProductionParts;
  readonly #recordingId: string;
  readonly #roomId: string;
  readonly #part: Part;
  #maker: MovieMaker;
  /** The recording takes nothing up any more: its state may go on. */
  readonly #over: Promise<void>;
  #isOver: () => void = () => {};
  readonly #aborting = new AbortController();
  readonly #watch = new MovieWatch();

  /**
   * `live`: the journal still grows, until `journalEnded`. `part`: the frames that the movie has; its journal
   * may be another recording's.
   */
  constructor(parts: ProductionParts, recording: { recordingId: string; roomId: string; part: Part; live: boolean }) {
    this.#parts = parts;
    this.#recordingId = recording.recordingId;
    this.#roomId = recording.roomId;
    this.#part = recording.part;
    this.#over = recording.live ? new Promise((resolve) => (this.#isOver = resolve)) : Promise.resolve();
    this.#maker = this.#newMaker(recording.live);
  }

  grown(): void {
    this.#maker.grown();
  }

  /** The journal has all it will ever have, or all that is this part's. Twice is fine. */
  journalEnded(cut: boolean): void {
    this.#isOver();
    this.#maker.journalEnded(cut);
  }

  /** `recordedMs`: of the recording, null where that is not known. */
  progress(recordedMs: number | null): MovieProgress {
    return this.#watch.progress(recordedMs);
  }

  /** Writes the present picture of the movie; false where there is none. */
  still(): Promise<boolean> {
    return this.#maker.still();
  }

  /** Leaves everything as it is for the next start of the server. Twice is fine. */
  abort(): void {
    this.#aborting.abort();
    this.#isOver();
    this.#maker.abort();
  }

  /** Never rejects: the recording ends `available` or `failed`, or is left where `abort` found it. */
  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      if (this.#aborting.signal.aborted) return;
      this.#fail(error);
    }
  }

  async #run(): Promise<void> {
    const state = this.#parts.ledger.state(this.#recordingId);
    if (state !== 'storing') await this.#verified(state === 'verifying' ? this.#row().report : null);
    await this.#store();
  }

  /** Makes the movie and looks at it; one that is not what the compositor said is made anew, once. */
  async #verified(madeBefore: RecordingReport | null): Promise<void> {
    const { ledger } = this.#parts;
    let report = madeBefore ?? (await this.#compose());
    let seen = await this.#look(report);
    if (!seen.ok) {
      this.#parts.log.warn({ recordingId: this.#recordingId, problems: seen.problems }, 'the movie is made anew');
      await this.#removeMovie();
      if (ledger.state(this.#recordingId) === 'verifying') this.#step({ type: 'recovered' }, { detail: { problems: seen.problems } });
      this.#maker = this.#newMaker(false);
      report = await this.#compose();
      seen = await this.#look(report);
    }
    if (!seen.ok) throw new AppError('movie_broken', `The movie is not whole: ${seen.problems.join('; ')}.`, { audience: 'operator' });
    const { durationMs, bytes } = seen;
    this.#step({ type: 'verified' }, { set: { durationMs, bytes } });
  }

  async #compose(): Promise<RecordingReport> {
    const report = await this.#maker.make();
    // A movie that reached its cap may be made before its recording is over.
    await this.#over;
    this.#aborting.signal.throwIfAborted();
    const health = report.gaps.length > 0 ? 'gaps' : 'complete';
    this.#step({ type: 'composed' }, { set: { report, health, gaps: report.gaps } });
    return report;
  }

  async #look(report: RecordingReport): Promise<Verification> {
    const { paths, ffmpegPath } = this.#parts;
    const path = paths.unfinishedMovie(this.#recordingId);
    if (!existsSync(path)) return { ...NOT_THERE };
    const seen = await verifyMovie(path, { ffmpegPath: await ffmpegPath(), mode: 'quick', signal: this.#aborting.signal });
    const problems = [...seen.problems];
    if (Math.abs(seen.durationMs - report.durationMs) > DURATION_TOLERANCE_MS) {
      problems.push(`it lasts ${seen.durationMs} ms instead of ${report.durationMs} ms`);
    }
    return { ...seen, problems, ok: problems.length === 0 };
  }

  async #store(): Promise<void> {
    const { paths, recordings } = this.#parts;
    const row = this.#row();
    const movie = paths.unfinishedMovie(this.#recordingId);
    const folder = paths.recordingsFolder(this.#roomId);
    let filed: FiledMovie | null = null;
    if (existsSync(movie)) {
      const named = { part: this.#part.part, title: row.title, startedAtWallMs: row.startedAtMs ?? row.createdAtMs, timeZone: row.timeZone };
      filed = await fileMovie(movie, folder, named, (name) => recordings.note(this.#recordingId, { name }));
    } else if (row.name !== null) {
      filed = await recoverFiled(folder, row.name);
    }
    if (!filed) throw new AppError('movie_missing', 'The finished movie is gone.', { audience: 'operator' });
    const { name, path, bytes } = filed;
    this.#step({ type: 'stored' }, { set: { name, bytes, path: relative(paths.root, path) } });
    if (!row.keepJournal) await this.#removeJournal();
  }

  #step(step: { type: 'composed' | 'verified' | 'stored' | 'recovered' }, entry: Parameters<RecordingLedger['fact']>[2]): void {
    this.#parts.ledger.fact(this.#roomId, { ...step, recordingId: this.#recordingId }, entry);
  }

  #fail(error: unknown): void {
    const { ledger, log, paths } = this.#parts;
    const code = error instanceof AppError ? error.code : 'recording_failed';
    const kept = code === 'journal_empty' ? 'Nothing was received, so nothing is kept.' : keptSentence(paths.journal(this.#part.journalOf));
    const failure = { code, message: `${messageOf(error)} ${kept}` };
    log.error({ err: error, recordingId: this.#recordingId, code }, 'a recording failed');
    ledger.fact(this.#roomId, { type: 'failed', recordingId: this.#recordingId, failure });
  }

  #newMaker(live: boolean): MovieMaker {
    const { paths, compositor, configuredFfmpegPath, encoder, preset, nowMs, log } = this.#parts;
    const job = {
      journalDir: paths.journal(this.#part.journalOf),
      fromFrame: this.#part.fromFrame,
      ...(this.#part.toFrame !== null && { toFrame: this.#part.toFrame }),
      moviePath: paths.unfinishedMovie(this.#recordingId),
      posterPath: paths.poster(this.#recordingId),
      stillPath: paths.still(this.#recordingId),
      sidecarDir: paths.recording(this.#recordingId),
      ffmpegPath: configuredFfmpegPath,
      encoder: encoder(),
      preset,
    };
    const onProgress = ({ frames, waits }: Progress): void => this.#watch.saw({ madeMs: (frames * 1000) / FRAME_RATE_HZ, waits }, nowMs());
    return new MovieMaker({ compositor, job, resume: !live, log, onProgress }, live);
  }

  #row(): RecordingRow {
    const row = this.#parts.recordings.get(this.#recordingId);
    if (!row) throw new AppError('recording_unknown', 'There is no such recording.', { status: 404 });
    return row;
  }

  async #removeMovie(): Promise<void> {
    const movie = this.#parts.paths.unfinishedMovie(this.#recordingId);
    for (const path of [movie, `${movie}.index`, `${movie}.tiles`]) await rm(path, { force: true });
  }

  /** R9: the parts of a recording share their journal; the last one that is finished deletes it. */
  #isNeededByOthers(): boolean {
    const { paths, recordings } = this.#parts;
    const { journalOf } = this.#part;
    return recordings
      .list(this.#roomId)
      .some(({ id, state }) => id !== this.#recordingId && state !== 'available' && partOf(paths, id).journalOf === journalOf);
  }

  async #removeJournal(): Promise<void> {
    const { paths, log } = this.#parts;
    if (this.#isNeededByOthers()) return;
    try {
      await rm(paths.journal(this.#part.journalOf), { recursive: true, force: true });
    } catch (error) {
      log.warn({ err: error, recordingId: this.#recordingId }, 'the journal of a finished recording could not be deleted');
    }
  }
}

const NOT_THERE: Verification = {
  ok: false,
  durationMs: 0,
  wallMs: null,
  frames: 0,
  black: [],
  silent: [],
  skewMs: 0,
  bytes: 0,
  problems: ['it is not there'],
};

function keptSentence(journalDir: string): string {
  return `What was recorded is kept in ${journalDir}; when the cause is mended, restart the server and the movie is made from it.`;
}

import { AppError } from '../core/errors.js';
import type { RecordingReport } from '../core/recording.js';
import type { ComposeJob } from './messages.js';

/**
 * What a new start can mend: the encoder or the worker died or hung. The movie's whole chunks are kept, and
 * the journal has the rest. Anything else (no encoder, disk full, no addon) would fail again.
 */
const MENDABLE = new Set(['encoder_failed', 'encoder_stuck', 'compositor_failed', 'worker_died']);

/** What another encoder can mend. */
const MENDED_BY_FFMPEG = new Set(['encoder_failed', 'encoder_stuck']);

/** Starts in a row without progress after which ffmpeg takes over: a driver may refuse, or be busy with others. */
const MAX_FRUITLESS_WITH_ENCODER = 1;
/** Starts in a row that bring no new whole chunk before it counts as hopeless. */
const MAX_FRUITLESS = 3;

/** One attempt; `frames()` are the frames of the movie made so far by it. */
export interface Attempt {
  done: Promise<RecordingReport>;
  frames(): number;
}

/**
 * Runs a job, and again with `resume` after what a new start can mend; where the encoder does not come to life, or
 * is not there, by ffmpeg. The report counts the restarts.
 * `mayRestart` false ends it with the error as it is.
 */
export async function withRestarts(
  job: ComposeJob,
  start: (job: ComposeJob) => Attempt,
  mayRestart: () => boolean,
  onRestart: (error: AppError, restarts: number) => void,
): Promise<RecordingReport> {
  let fruitless = 0;
  let best = 0;
  let { encoder } = job;
  for (let restarts = 0; ; restarts++) {
    const attempt = start(restarts === 0 ? job : { ...job, encoder, resume: true });
    try {
      const report = await attempt.done;
      return { ...report, restarts: report.restarts + restarts };
    } catch (error) {
      const isMissing = error instanceof AppError && error.code === 'encoder_missing' && encoder !== undefined && encoder !== 'ffmpeg';
      if (!(error instanceof AppError) || !(MENDABLE.has(error.code) || isMissing) || !mayRestart()) throw error;
      fruitless = attempt.frames() > best ? 1 : fruitless + 1;
      best = Math.max(best, attempt.frames());
      if (fruitless > MAX_FRUITLESS) throw error;
      if (isMissing || (fruitless > MAX_FRUITLESS_WITH_ENCODER && MENDED_BY_FFMPEG.has(error.code))) encoder = 'ffmpeg';
      onRestart(error, restarts + 1);
    }
  }
}

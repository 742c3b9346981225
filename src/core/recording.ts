/** States of a recording, one vocabulary in UI, API, CLI and database (R12). */
export const RECORDING_STATES = [
  'starting',
  'recording',
  'paused',
  'finalising',
  'verifying',
  'storing',
  'available',
  'failed',
] as const;
export type RecordingState = (typeof RECORDING_STATES)[number];

/** Why a recording ends though nobody stops it: its longest (R9), or a disk that is nearly full. */
export const ENDING_REASONS = ['cap', 'disk-full'] as const;

/** What is foreseen of a recording that runs. */
export interface RecordingEnding {
  reason: (typeof ENDING_REASONS)[number];
  /** Of recorded time: a pause stops it. */
  leftMs: number;
}

/** Why a recording can fail (R12): stable, and what pages have words for. */
export const FAILURE_CODES = [
  'disk_full',
  'journal_write_failed',
  'journal_empty',
  'encoder_missing',
  'encoder_failed',
  'encoder_stuck',
  'encoder_closed',
  'native_missing',
  'worker_died',
  'compositor_closed',
  'movie_write_failed',
  'movie_broken',
  'movie_missing',
  'filing_failed',
  'recording_failed',
] as const;

/** Whether something of a failed recording is there still; one that never began has no journal. */
export function isKept(code: string, startedAtMs: number | null): boolean {
  return startedAtMs !== null && code !== 'journal_empty';
}

/** A span of the recording in which something that was received is not in the movie. */
export interface RecordingGap {
  startMs: number;
  durationMs: number;
  reason: string;
}

/** What the compositor says of a movie when it is done. */
export interface RecordingReport {
  /** Frames in the movie. */
  frames: number;
  /** Frames whose pictures were painted from media that came after its time. */
  late: number;
  /** Frames that the frame clock asked for and the movie does not have. */
  missing: number;
  /** Largest estimated skew between picture and sound of one person, ms. */
  skewMs: number;
  /** How far the compositor was behind the journal at its worst, ms. */
  lagMs: number;
  /** Encoder and its version, e.g. `ffmpeg 5.1.9 libx264`; where it changed each that was used, with commas. */
  encoder: string;
  /** Likewise. */
  preset: string;
  durationMs: number;
  bytes: number;
  gaps: RecordingGap[];
  /** Times the encoder or worker was started again. */
  restarts: number;
}

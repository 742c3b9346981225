import type { RecordingState } from '../core/recording.js';
import type { MovieProgress } from './movie-progress.js';

/** How a room's recording is, or could be, for those who may start one. */
export interface RecordingHealth {
  recordingId: string | null;
  state: RecordingState | null;
  recordedMs: number;
  /** Of the movie; null where none is being made. */
  progress: MovieProgress | null;
  disk: DiskRoom;
}

export interface DiskRoom {
  freeBytes: number;
  /** How long this disk can record at the usual rate, ms. */
  lastsMs: number;
  /** A recording cannot begin, or ends soon. */
  short: boolean;
}

/**
 * Of an hour of a screen and four webcams: the movie (3 to 4 Mbit/s) and, until it is verified, the journal (some
 * 5 Mbit/s). A still screen takes a quarter.
 */
const BYTES_PER_HOUR = 4_000_000_000;
const HOUR_MS = 3_600_000;
/** Then people are told. */
export const SHORT_MS = HOUR_MS / 2;

/** `reservedBytes` stay free, so that movies can be finished; so many recordings share the rest. Pure. */
export function diskRoom(freeBytes: number, reservedBytes: number, recordings = 1): DiskRoom {
  const lastsMs = Math.floor((Math.max(0, freeBytes - reservedBytes) / (BYTES_PER_HOUR * Math.max(1, recordings))) * HOUR_MS);
  return { freeBytes, lastsMs, short: lastsMs < SHORT_MS };
}

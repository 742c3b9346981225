import type { Events } from '../core/events.js';
import type { RecordingEnding, RecordingReport, RecordingState } from '../core/recording.js';
import type { EndReason } from '../journal/records.js';
import type { RecordingHealth } from './health.js';
import type { MovieProgress } from './movie-progress.js';
import type { Member, RoomView } from '../room/types.js';

/** A recording as people in the room see it. */
export interface RecordingView {
  recordingId: string;
  roomId: string;
  sessionId: string;
  /** R9: the part before this one. */
  previousId?: string | null;
  state: RecordingState;
  /** Wall time at which recording began; null while `starting`. */
  startedAtWallMs: number | null;
  /** Recorded time without pauses up to `asOfWallMs`. Runs on while the state is `recording`. */
  recordedMs: number;
  asOfWallMs: number;
  /** F1's file name, once known. */
  name: string | null;
  /** With `failed`: stable code, sentence, what was kept and what to do. */
  failure: { code: string; message: string } | null;
  report: RecordingReport | null;
}

export interface RecordingServiceEvents {
  /** Every change of state, in order. */
  changed: RecordingView;
  /** Of each movie that is being made, about every 2 s. */
  progress: { roomId: string; recordingId: string; progress: MovieProgress };
  /** The recording will end by itself, or, with null, it will not any more. */
  ending: { roomId: string; recordingId: string; ending: RecordingEnding | null };
}

/**
 * The service behind the button. Commands are idempotent (R10); one out of turn throws `AppError`
 * `recording_not_running`, `recording_already_paused`, ... and changes nothing. `forbidden` where the
 * member may not control recordings (P2) or is mobile (P3).
 */
export interface RecordingService {
  readonly events: Events<RecordingServiceEvents>;
  /** The recording of the room that is not yet `available` or `failed`, or null. */
  current(roomId: string): RecordingView | null;
  /** What was told last of how the room's recording will end by itself. */
  ending(roomId: string): { recordingId: string; ending: RecordingEnding } | null;
  start(room: RoomView, by: Member): Promise<RecordingView>;
  pause(roomId: string, by: Member): Promise<RecordingView>;
  resume(roomId: string, by: Member): Promise<RecordingView>;
  stop(roomId: string, by: Member): Promise<RecordingView>;
  /**
   * F8: makes a chapter of this moment, in the journal's timeline; `label` may be empty. Throws `AppError`
   * `forbidden`, `recording_not_running`, and `recording_already_paused` while nothing is recorded.
   */
  mark(roomId: string, by: Member, label: string): void;
  /** The session ended, or the server stops: ends the room's recording without asking who. */
  endForRoom(roomId: string, reason: EndReason): Promise<void>;
  /** Of the room's recording, or of what there could be. */
  health(roomId: string): Promise<RecordingHealth>;
  /** Path of a picture of what the recorder sees, at most some seconds old; null while there is none. */
  still(roomId: string): Promise<string | null>;
  /** How far the movie is that is being made of it; null where none is. */
  progress(recordingId: string): MovieProgress | null;
  /** R3's consent ledger. Idempotent for one member and recording. */
  confirm(recordingId: string, by: Member): void;
  /** At start: continues what an earlier process left unfinished. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

import { recordedMsAt, type RoomState } from '../client/index.js';
import { formatDuration, formatWait, text } from '../messages/index.js';

/** That something ends by itself (S2, S3, R9, a disk that fills): as it stands on the page, where it runs, and as it is read out. */
export interface Ending {
  shown: string;
  spoken: string;
  /** Another one is read out again. */
  key: string;
}

/** Before these are left it is read out once more, ms. */
const SPOKEN_AGAIN_MS = [5 * 60_000, 60_000];

/** What ends of the meeting and of its recording, at `nowMs` (monotonic). */
export function endings(state: RoomState, nowMs: number): { sessionEnds: Ending | null; recordingEnds: Ending | null } {
  return { sessionEnds: sessionEnding(state, nowMs), recordingEnds: recordingEnding(state, nowMs) };
}

function sessionEnding({ sessionRuns, sessionEndsAtMs, sessionEndReason }: RoomState, nowMs: number): Ending | null {
  if (!sessionRuns || sessionEndsAtMs === null) return null;
  const words = sessionEndReason === 'max-length' ? text.connection.longestIn : text.connection.endingIn;
  return ending(words, sessionEndsAtMs - nowMs, `session ${sessionEndReason}`);
}

function recordingEnding({ recording, recordingEnds }: RoomState, nowMs: number): Ending | null {
  if (!recording || !recordingEnds) return null;
  const leftMs = recordingEnds.atRecordedMs - recordedMsAt(recording, nowMs);
  if (recordingEnds.reason === 'cap') return ending(text.recording.longestIn, leftMs, 'cap');
  const words = text.recording.diskHolds(Math.max(1, Math.round(leftMs / 60_000)));
  return { shown: words, spoken: words, key: keyOf('disk', leftMs) };
}

function ending(words: (time: string) => string, leftMs: number, what: string): Ending {
  const left = Math.max(0, leftMs);
  return { shown: words(formatDuration(Math.ceil(left / 1000) * 1000)), spoken: words(formatWait(left)), key: keyOf(what, left) };
}

/** A message takes a moment to come: what was said of five minutes may find a little less of them left. */
function keyOf(what: string, leftMs: number): string {
  return `${what} ${SPOKEN_AGAIN_MS.filter((limitMs) => leftMs <= limitMs).length}`;
}

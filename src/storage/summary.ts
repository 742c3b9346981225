import { join } from 'node:path';
import type { RecordingGap, RecordingReport, RecordingState } from '../core/recording.js';
import type { RecordingRow } from './recordings.js';

/** A recording as `recordings list --json` and the API print it. Times ISO 8601 in UTC, durations ms. */
export interface RecordingSummary {
  id: string;
  roomId: string;
  sessionId: string;
  name: string | null;
  state: RecordingState;
  ownerId: string;
  /** R9: of a recording in several parts, from 1; the part before this one, and the first one. */
  part: number;
  previousId: string | null;
  firstId: string;
  startedAt: string | null;
  durationMs: number | null;
  bytes: number | null;
  /** Absolute, while the movie is on this machine. */
  path: string | null;
  health: 'complete' | 'gaps' | null;
  gaps: RecordingGap[];
  report: RecordingReport | null;
  failure: { code: string; message: string } | null;
}

/** `dataDir` is absolute; `rowOf` finds the parts before. */
export function summaryOf(row: RecordingRow, dataDir: string, rowOf: (id: string) => RecordingRow | null = () => null): RecordingSummary {
  const { id, roomId, sessionId, name, state, ownerId, durationMs, bytes, health, report } = row;
  return {
    id,
    roomId,
    sessionId,
    name,
    state,
    ownerId,
    ...placeOf(row, rowOf),
    startedAt: row.startedAtMs === null ? null : new Date(row.startedAtMs).toISOString(),
    durationMs,
    bytes,
    path: row.path === null ? null : join(dataDir, row.path),
    health,
    gaps: row.gaps ?? [],
    report,
    failure: row.failureCode === null ? null : { code: row.failureCode, message: row.failureMessage ?? '' },
  };
}

function placeOf(row: RecordingRow, rowOf: (id: string) => RecordingRow | null): Pick<RecordingSummary, 'part' | 'previousId' | 'firstId'> {
  let first = row;
  let part = 1;
  for (let before = row.previousId; before !== null; before = first.previousId) {
    part++;
    const found = rowOf(before);
    if (!found) return { part, previousId: row.previousId, firstId: before };
    first = found;
  }
  return { part, previousId: row.previousId, firstId: first.id };
}

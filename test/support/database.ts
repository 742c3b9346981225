import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { RecordingState } from '../../src/core/recording.js';

/** A row of `recordings` as an admin reads it beside the running server (A4, docs/storage.md). */
export interface RecordingRow {
  id: string;
  state: RecordingState;
  name: string | null;
  /** Below the data directory. */
  path: string | null;
  started_at_ms: number | null;
  duration_ms: number | null;
  failure_code: string | null;
  failure_message: string | null;
}

interface Sqlite {
  new (path: string, options: { readonly: boolean }): { prepare(sql: string): { all(): unknown[] }; close(): void };
}
const Database = createRequire(import.meta.url)('better-sqlite3') as Sqlite;

/** A row of `sessions`. */
export interface SessionRow {
  id: string;
  ended_at_ms: number | null;
}

/** All recordings, oldest first. */
export function recordingRows(dataDir: string): RecordingRow[] {
  const columns = 'id, state, name, path, started_at_ms, duration_ms, failure_code, failure_message';
  return rows(dataDir, `select ${columns} from recordings order by created_at_ms, id`) as RecordingRow[];
}

/** All sessions, oldest first. */
export function sessionRows(dataDir: string): SessionRow[] {
  return rows(dataDir, 'select id, ended_at_ms from sessions order by started_at_ms, id') as SessionRow[];
}

function rows(dataDir: string, sql: string): unknown[] {
  const database = new Database(join(dataDir, 'reelroom.db'), { readonly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

import { ApiKeys } from './api-keys.js';
import { guarded, openDatabase } from './database.js';
import { Recordings } from './recordings.js';
import { RoomFiles } from './room-files.js';
import { Rooms } from './rooms.js';
import { Sessions } from './sessions.js';

/** The index and the state of everything (design D7). Calls are synchronous; a change is on the disk when they return. */
export interface Storage {
  readonly rooms: Rooms;
  readonly sessions: Sessions;
  readonly recordings: Recordings;
  readonly roomFiles: RoomFiles;
  readonly apiKeys: ApiKeys;
  /** Twice is fine. */
  close(): void;
}

/**
 * Opens the database at `path`, in the data directory, making and migrating it where needed. Several processes may have it open.
 * Throws `AppError`: `database_corrupt`, `database_newer`, `database_unwritable`, `disk_full`, `database_failed`.
 */
export function openStorage(path: string): Storage {
  const { sqlite, db } = openDatabase(path);
  return {
    rooms: new Rooms(db),
    sessions: new Sessions(db),
    recordings: new Recordings(db),
    roomFiles: new RoomFiles(db),
    apiKeys: new ApiKeys(db),
    close: () => guarded(() => void sqlite.close(), path),
  };
}

export { FileShelf, type FileShelfOptions } from './file-shelf.js';
export type { ApiKeyRow } from './api-keys.js';
export { summaryOf, type RecordingSummary } from './summary.js';
export type { ConsentRow, RecordingChange, RecordingEventRow, RecordingRow } from './recordings.js';
export type { RoomFileRow } from './room-files.js';
export type { RoomRow } from './rooms.js';
export type { SessionRow } from './sessions.js';
export type { RoomSettings } from './schema.js';

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { AppError } from '../core/errors.js';
import { guarded } from './database.js';

export interface DataLock {
  /** Twice is fine. */
  release(): void;
}

/**
 * Makes this process the only server of a data directory: a second one would finish the recordings that
 * the first is still making. An open exclusive transaction is the lock, so that it ends with the process,
 * however that ends. Makes the directory where it is missing. Throws `AppError`: `data_in_use`, and
 * `database_unwritable` or `disk_full` where nothing can be written.
 */
export function lockData(path: string): DataLock {
  return guarded(() => {
    mkdirSync(dirname(path), { recursive: true });
    const sqlite = new Sqlite(path, { timeout: 0 });
    try {
      sqlite.exec('begin exclusive');
    } catch (cause) {
      sqlite.close();
      throw (cause as { code?: string }).code === 'SQLITE_BUSY' ? inUse(dirname(path), cause) : cause;
    }
    return { release: () => void sqlite.close() };
  }, path);
}

function inUse(folder: string, cause: unknown): AppError {
  const sentence = `Another Reelroom server uses ${folder}; stop it, or choose another folder with --data.`;
  return new AppError('data_in_use', sentence, { audience: 'operator', cause });
}

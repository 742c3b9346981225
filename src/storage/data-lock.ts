import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { AppError } from '../core/errors.js';

export interface DataLock {
  /** Twice is fine. */
  release(): void;
}

/**
 * Makes this process the only server of a data directory: a second one would finish the recordings that
 * the first is still making. An open exclusive transaction is the lock, so that it ends with the process,
 * however that ends. Throws `AppError` `data_in_use`.
 */
export function lockData(path: string): DataLock {
  mkdirSync(dirname(path), { recursive: true });
  const sqlite = new Sqlite(path, { timeout: 0 });
  try {
    sqlite.exec('begin exclusive');
  } catch (cause) {
    sqlite.close();
    if ((cause as { code?: string }).code !== 'SQLITE_BUSY') throw cause;
    throw new AppError('data_in_use', `Another Reelroom server uses ${dirname(path)}; stop it, or choose another folder with --data.`, {
      audience: 'operator',
      cause,
    });
  }
  return { release: () => void sqlite.close() };
}

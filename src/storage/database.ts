import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { AppError, messageOf } from '../core/errors.js';
import { programFiles } from '../core/paths.js';
import * as schema from './schema.js';

export type Database = BetterSQLite3Database<typeof schema>;

/** How long to wait for another process (the command line beside the server) that writes, ms. */
const BUSY_MS = 5000;

/**
 * Opens `path`, making and migrating it where needed. Every commit is on the disk when it returns.
 * Throws `AppError`: `database_corrupt`, `database_newer`, `database_unwritable`, `disk_full`, `database_failed`.
 */
export function openDatabase(path: string): { sqlite: Sqlite.Database; db: Database } {
  return guarded(() => {
    mkdirSync(dirname(path), { recursive: true });
    const sqlite = new Sqlite(path, { timeout: BUSY_MS });
    try {
      sqlite.pragma('journal_mode = WAL');
      sqlite.pragma('synchronous = FULL');
      sqlite.pragma('foreign_keys = ON');
      checkWhole(sqlite, path);
      migrate(sqlite, path);
      return { sqlite, db: drizzle(sqlite, { schema }) };
    } catch (error) {
      sqlite.close();
      throw error;
    }
  }, path);
}

function checkWhole(sqlite: Sqlite.Database, path: string): void {
  const result = sqlite.pragma('quick_check(1)', { simple: true });
  if (result !== 'ok') throw corrupt(path, String(result));
}

/** Drizzle's own migrator reads what was done before it locks, so that two processes at once would both migrate. */
function migrate(sqlite: Sqlite.Database, path: string): void {
  const migrations = readMigrationFiles({ migrationsFolder: programFiles.migrations });
  const newest = migrations.at(-1)?.folderMillis ?? 0;
  const lastDone = (): number => {
    const table = sqlite.prepare(`select 1 from sqlite_master where name = '__drizzle_migrations'`).get();
    if (!table) return 0;
    return Number(sqlite.prepare('select max(created_at) from __drizzle_migrations').pluck().get() ?? 0);
  };
  if (lastDone() > newest) throw newer(path);
  if (lastDone() === newest) return;
  sqlite
    .transaction(() => {
      sqlite.exec('create table if not exists __drizzle_migrations (id serial primary key, hash text not null, created_at numeric)');
      const done = lastDone();
      const remember = sqlite.prepare('insert into __drizzle_migrations (hash, created_at) values (?, ?)');
      for (const migration of migrations.filter(({ folderMillis }) => folderMillis > done)) {
        for (const statement of migration.sql) sqlite.exec(statement);
        remember.run(migration.hash, migration.folderMillis);
      }
    })
    .immediate();
}

/** Runs `work`, giving SQLite's errors stable codes. */
export function guarded<Result>(work: () => Result, path = 'the database'): Result {
  try {
    return work();
  } catch (cause) {
    throw cause instanceof AppError ? cause : storageError(cause, path);
  }
}

function storageError(cause: unknown, path: string): AppError {
  const code = String((cause as { code?: unknown } | null)?.code ?? '');
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) return corrupt(path, messageOf(cause), cause);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return operatorError('disk_full', `The disk is full: ${path} cannot be written.`, cause);
  }
  if (/^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|EACCES|EROFS|ENOTDIR|EEXIST)/.test(code)) {
    const sentence = `${path} cannot be written; the server needs write access to it and to its folder. (${messageOf(cause)})`;
    return operatorError('database_unwritable', sentence, cause);
  }
  return operatorError('database_failed', `${path}: ${messageOf(cause)}`, cause);
}

function corrupt(path: string, what: string, cause?: unknown): AppError {
  const sentence =
    `${path} is damaged (${what}). Move it away and start again: the movies in their folders are not touched. ` +
    'Or restore it from a backup.';
  return operatorError('database_corrupt', sentence, cause);
}

function newer(path: string): AppError {
  return operatorError('database_newer', `${path} was written by a newer Reelroom. Start that version, or a backup of the file.`);
}

function operatorError(code: string, message: string, cause?: unknown): AppError {
  return new AppError(code, message, { audience: 'operator', status: 500, cause });
}

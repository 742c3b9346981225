import { link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, messageOf } from '../core/errors.js';
import { recordingFileName, type NamedRecording } from '../room/naming.js';

/** A movie in its room's Recordings folder. */
export interface FiledMovie {
  name: string;
  path: string;
  bytes: number;
}

/** More recordings of one title within one second than this are not believed. */
const MAX_ATTEMPTS = 1000;

/**
 * Gives the finished movie its place in `folder`, under F1's name: the next one where that is taken,
 * never in another's place. The movie gets its new name before it loses the old one, so whenever the
 * server is killed, it is found again, and filing it again gives the same file.
 *
 * `reserved` is called with the name before a file has it: whoever keeps it finds a movie again that has
 * lost its old name, in `recoverFiled`. Throws `AppError` `disk_full`, `filing_failed`.
 */
export async function fileMovie(
  moviePath: string,
  folder: string,
  recording: NamedRecording,
  reserved: (name: string) => void,
): Promise<FiledMovie> {
  try {
    await mkdir(folder, { recursive: true });
    const filedAlready = await nameOfSameFile(moviePath, folder);
    const name = filedAlready ?? (await giveName(moviePath, folder, recording, reserved));
    if (filedAlready) reserved(name);
    await syncFolder(folder);
    await unlink(moviePath).catch(ignoreMissing);
    await syncFolder(dirname(moviePath));
    const path = join(folder, name);
    return { name, path, bytes: (await stat(path)).size };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new AppError(
      full ? 'disk_full' : 'filing_failed',
      `The movie cannot be put into ${folder}; it is kept at ${moviePath}. (${messageOf(cause)})`,
      { audience: 'operator', status: 507, cause },
    );
  }
}

/** The movie that was filed as `name` before the server was killed; null where it is not there. */
export async function recoverFiled(folder: string, name: string): Promise<FiledMovie | null> {
  const path = join(folder, name);
  const facts = await stat(path).catch(ignoreMissing);
  return facts ? { name, path, bytes: facts.size } : null;
}

async function giveName(
  moviePath: string,
  folder: string,
  recording: NamedRecording,
  reserved: (name: string) => void,
): Promise<string> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const name = recordingFileName(recording, attempt);
    if (await exists(join(folder, name))) continue;
    reserved(name);
    if (await moveUnlessTaken(moviePath, join(folder, name))) return name;
  }
  throw new AppError('filing_failed', `No name is free in ${folder}; the movie is kept at ${moviePath}.`, { audience: 'operator' });
}

/** False where `to` is taken. */
async function moveUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error;
  }
  // A file system without hard links. Nobody else writes into this folder, and the name was free just now.
  await rename(from, to);
  return true;
}

/** The name that the file has in `folder` already, by a link made before the server was killed. */
async function nameOfSameFile(moviePath: string, folder: string): Promise<string | null> {
  const movie = await stat(moviePath);
  if (movie.nlink < 2) return null;
  for (const name of await readdir(folder)) {
    const facts = await stat(join(folder, name)).catch(ignoreMissing);
    if (facts && facts.ino === movie.ino && facts.dev === movie.dev) return name;
  }
  return null;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(ignoreMissing)) !== undefined;
}

/** Makes names in the folder survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

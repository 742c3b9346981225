import { mkdir, open, readdir, rename, rm, statfs, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { AppError } from '../core/errors.js';
import { FILE_TYPES, fileTypeOf, TELLING_BYTES, type FileType } from '../core/file-types.js';
import type { DataPaths } from '../core/paths.js';
import { newId } from './ids.js';
import type { RoomFileRow, RoomFiles } from './room-files.js';

/** Written at once. */
const MAX_UPLOADS = 8;
/** Of one room. */
const MAX_FILES = 500;
/** More files of one name than this are not believed. */
const MAX_ATTEMPTS = 1000;
/** Stays free for recordings, which end by themselves where there is less than a quarter of it. */
const KEPT_FREE_BYTES = 1 << 30;
const PART = '.part';

export interface FileShelfOptions {
  maxBytes: number;
  /** Free space where the data are. */
  freeBytes?: () => Promise<number>;
}

/** The name for an attempt, from 1; the next one where it is taken. */
export type NameOf = (endings: readonly [string, ...string[]], attempt: number) => string;

export interface Upload {
  roomId: string;
  /** As announced; another length is no whole file. */
  bytes: number;
  nameOf: NameOf;
  /** Identity. */
  addedBy: string;
  nowMs: number;
}

/**
 * The files that people put into rooms' Media and Files. A file has its row before it has its place: killed between the
 * two, the next start puts it there. One that is not whole has no row, and is swept away.
 */
export class FileShelf {
  readonly maxBytes: number;
  readonly #paths: DataPaths;
  readonly #rows: RoomFiles;
  readonly #freeBytes: () => Promise<number>;
  readonly #writing = new Map<Promise<unknown>, Upload>();
  /** Of what is being written: counted as if none of it was there yet. */
  #comingBytes = 0;

  constructor({ paths, rows, options }: { paths: DataPaths; rows: RoomFiles; options: FileShelfOptions }) {
    this.#paths = paths;
    this.#rows = rows;
    this.maxBytes = options.maxBytes;
    this.#freeBytes = options.freeBytes ?? (() => freeBytesAt(paths.root));
  }

  /** Of a file of that room; throws `AppError` `file_unknown`. */
  get(roomId: string, fileId: string): RoomFileRow {
    const row = this.#rows.get(fileId);
    if (row?.roomId === roomId) return row;
    throw new AppError('file_unknown', 'There is no such file.', { status: 404 });
  }

  /** Newest first. */
  list(roomId: string): RoomFileRow[] {
    return this.#rows.list(roomId);
  }

  /** Where its bytes are. */
  pathOf({ path }: RoomFileRow): string {
    return join(this.#paths.root, path);
  }

  /**
   * Keeps what `content` gives; it is on the disk when this resolves. Rejects with `AppError` `file_empty`, `file_too_long`,
   * `file_type_refused`, `upload_incomplete`, `room_files_full`, `server_busy`, `file_no_space`, and with what `content` throws;
   * nothing is left of it then.
   */
  async add(upload: Upload, content: AsyncIterable<Uint8Array>): Promise<RoomFileRow> {
    this.#refuse(upload);
    const writing = this.#add(upload, content);
    this.#writing.set(writing, upload);
    try {
      return await writing;
    } finally {
      this.#writing.delete(writing);
    }
  }

  /** Throws `AppError` `name_taken` where no name is free. */
  rename(row: RoomFileRow, nameOf: NameOf): RoomFileRow {
    const endings = FILE_TYPES[row.type];
    if (nameOf(endings, 1) === row.name) return row;
    return withFreeName((attempt) => this.#rows.rename(row.id, nameOf(endings, attempt))) ?? row;
  }

  /** The row goes last: whoever is killed between can remove it again. */
  async remove(row: RoomFileRow): Promise<void> {
    await rm(this.pathOf(row), { force: true });
    this.#rows.remove(row.id);
  }

  /** At the start of the server: what a kill has left half done. */
  async recover(): Promise<void> {
    for (const roomId of await namesIn(this.#paths.rooms)) {
      const folder = this.#paths.storedFiles(roomId);
      for (const name of await namesIn(folder)) {
        if (!name.endsWith(PART)) continue;
        const row = this.#rows.get(basename(name, PART));
        if (row) await rename(join(folder, name), this.pathOf(row));
        else await rm(join(folder, name), { force: true });
      }
    }
  }

  /** When what is being written has ended, which its senders' sockets decide. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#writing.keys());
  }

  #refuse({ roomId, bytes }: Upload): void {
    if (bytes === 0) throw new AppError('file_empty', 'The file is empty.');
    if (bytes > this.maxBytes) throw new AppError('file_too_long', `A file has at most ${this.maxBytes} bytes.`, { status: 413 });
    if (this.#writing.size >= MAX_UPLOADS) throw new AppError('server_busy', 'Too many files are sent at once; try again.', { status: 503 });
    const coming = [...this.#writing.values()].filter((other) => other.roomId === roomId).length;
    if (this.#rows.count(roomId) + coming < MAX_FILES) return;
    throw new AppError('room_files_full', `A room has at most ${MAX_FILES} files; delete some first.`, { status: 409 });
  }

  async #add(upload: Upload, content: AsyncIterable<Uint8Array>): Promise<RoomFileRow> {
    const id = newId();
    const part = this.#paths.storedFile(upload.roomId, id, PART);
    await mkdir(dirname(part), { recursive: true });
    // Read first, so that what is asked and what is taken are one step.
    const free = await this.#freeBytes();
    if (free - this.#comingBytes - upload.bytes < KEPT_FREE_BYTES) throw noSpace();
    this.#comingBytes += upload.bytes;
    try {
      const type = await writeWhole(part, upload.bytes, content);
      return await this.#file(id, part, type, upload);
    } catch (cause) {
      await rm(part, { force: true });
      if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') throw noSpace(cause);
      throw cause;
    } finally {
      this.#comingBytes -= upload.bytes;
    }
  }

  async #file(id: string, part: string, type: FileType, { roomId, bytes, nameOf, addedBy, nowMs }: Upload): Promise<RoomFileRow> {
    const endings = FILE_TYPES[type];
    const place = this.#paths.storedFile(roomId, id, endings[0]);
    const path = relative(this.#paths.root, place);
    const row = withFreeName((attempt) => this.#rows.create({ id, roomId, name: nameOf(endings, attempt), type, bytes, path, addedBy, createdAtMs: nowMs }));
    try {
      await rename(part, place);
    } catch (error) {
      this.#rows.remove(id);
      throw error;
    }
    await syncFolder(dirname(place));
    return row;
  }
}

/** Writes and syncs a new file; its type is looked at before anything is written. */
async function writeWhole(path: string, bytes: number, content: AsyncIterable<Uint8Array>): Promise<FileType> {
  let file: FileHandle | null = null;
  let type: FileType | null = null;
  let head: Uint8Array = new Uint8Array(0);
  let written = 0;
  try {
    for await (const chunk of content) {
      const rest = file ? chunk : Buffer.concat([head, chunk]);
      if (!file) {
        head = rest;
        if (head.byteLength < Math.min(bytes, TELLING_BYTES)) continue;
        type = fileTypeOf(head);
        if (!type) throw new AppError('file_type_refused', 'Only PNG, JPEG and WebP pictures, PDF, MP4 and WebM can be added.', { status: 415 });
        file = await open(path, 'wx');
      }
      written += rest.byteLength;
      if (written > bytes) throw incomplete();
      await file.writeFile(rest);
    }
    if (!file || !type || written !== bytes) throw incomplete();
    await file.sync();
    return type;
  } finally {
    await file?.close();
  }
}

function withFreeName<T>(write: (attempt: number) => T): T {
  for (let attempt = 1; ; attempt++) {
    try {
      return write(attempt);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'name_taken') || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

function incomplete(): AppError {
  return new AppError('upload_incomplete', 'The file has another length than was announced.');
}

function noSpace(cause?: unknown): AppError {
  return new AppError('file_no_space', 'There is too little space on the disk for this file.', { status: 507, cause });
}

/** Empty where there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/** Makes a name in the folder survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function freeBytesAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

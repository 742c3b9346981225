import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Whether the file system that `path` lies on inserts room into a file (btrfs, ZFS, tmpfs and NFS do not). `path` is
 * made and removed.
 */
export async function canInsertRoom(path: string): Promise<boolean> {
  try {
    const { blksize } = await stat(dirname(path));
    await writeFile(path, new Uint8Array(2 * blksize));
    return (await insertRoom(path, blksize, blksize, blksize)) > 0;
  } finally {
    await rm(path, { force: true });
  }
}

/**
 * Inserts zeros inside the zeros that begin at byte `from` of the file and reach to `to`, without copying
 * it: ext4 and XFS move the extents behind (fallocate(2), FALLOC_FL_INSERT_RANGE; through util-linux's
 * program, since Node has no call for it). Returns the bytes inserted, at least `bytes`, or 0 where the file system cannot.
 */
export async function insertRoom(path: string, from: number, to: number, bytes: number): Promise<number> {
  const { blksize } = await stat(path);
  const at = Math.ceil(from / blksize) * blksize;
  const length = Math.ceil(bytes / blksize) * blksize;
  if (at > to) return 0;
  try {
    await run('fallocate', ['--insert-range', '--offset', `${at}`, '--length', `${length}`, path]);
    return length;
  } catch {
    return 0;
  }
}

/**
 * Replaces what is in front of byte `mediaAt` of the file by `head`, by way of a copy beside it. A kill
 * in the middle leaves the old file.
 */
export async function copyBehind(path: string, head: Uint8Array, mediaAt: number): Promise<void> {
  const copy = `${path}.moved`;
  try {
    const target = createWriteStream(copy, { highWaterMark: 1 << 20 });
    target.write(head);
    await pipeline(createReadStream(path, { start: mediaAt, highWaterMark: 1 << 20 }), target);
    const handle = await open(copy, 'r+');
    await handle.sync();
    await handle.close();
    await rename(copy, path);
  } catch (error) {
    await rm(copy, { force: true });
    throw error;
  }
}

import { open, readFile, type FileHandle } from 'node:fs/promises';
import { native } from '../../../native/index.js';
import { chunkBytes, type Chunk } from './chunks.js';
import { writeAll } from './write-all.js';

/**
 * The list of finished chunks beside an unfinished movie, append-only. A record is the length of its
 * body (u32), the CRC-32C of the body (u32), and the body; all numbers are little-endian.
 */

const MAGIC = Buffer.from('RRMX0001', 'latin1');
const RECORD_HEAD_BYTES = 8;
const MAX_RECORD_BYTES = 1 << 20;

export class IndexFile {
  readonly #handle: FileHandle;
  #position: number;

  private constructor(handle: FileHandle, position: number) {
    this.#handle = handle;
    this.#position = position;
  }

  static async create(path: string): Promise<IndexFile> {
    const handle = await open(path, 'w+');
    await writeAll(handle, MAGIC, 0);
    return new IndexFile(handle, MAGIC.length);
  }

  /**
   * Reads what was written and cuts it behind the last chunk that `accept` takes. Null where there is
   * no index of this form.
   */
  static async reopen(
    path: string,
    accept: (chunk: Chunk, before: readonly Chunk[]) => boolean,
  ): Promise<{ index: IndexFile; chunks: Chunk[] } | null> {
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (!bytes || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
    const chunks: Chunk[] = [];
    let at = MAGIC.length;
    for (;;) {
      const record = readRecord(bytes, at);
      if (!record || !accept(record.chunk, chunks)) break;
      chunks.push(record.chunk);
      at = record.next;
    }
    const handle = await open(path, 'r+');
    await handle.truncate(at);
    return { index: new IndexFile(handle, at), chunks };
  }

  async append(chunk: Chunk): Promise<void> {
    const record = encodeRecord(chunk);
    await writeAll(this.#handle, record, this.#position);
    this.#position += record.length;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function encodeRecord(chunk: Chunk): Buffer {
  const { videoSizes, audioSizes, sps, pps } = chunk;
  const bodyBytes = 16 + (videoSizes.length + audioSizes.length) * 4 + sps.length + pps.length;
  const record = Buffer.alloc(RECORD_HEAD_BYTES + bodyBytes);
  let at = record.writeUInt32LE(bodyBytes, 0) + 4;
  at = record.writeBigUInt64LE(BigInt(chunk.offset), at);
  for (const count of [videoSizes.length, audioSizes.length, sps.length, pps.length]) at = record.writeUInt16LE(count, at);
  for (const size of [...videoSizes, ...audioSizes]) at = record.writeUInt32LE(size, at);
  record.set(sps, at);
  record.set(pps, at + sps.length);
  record.writeUInt32LE(native().crc32c(record.subarray(RECORD_HEAD_BYTES)), 4);
  return record;
}

/** The record at `start`; null where it is not whole or not what was written. */
function readRecord(bytes: Buffer, start: number): { chunk: Chunk; next: number } | null {
  if (bytes.length - start < RECORD_HEAD_BYTES) return null;
  const bodyBytes = bytes.readUInt32LE(start);
  const next = start + RECORD_HEAD_BYTES + bodyBytes;
  if (bodyBytes > MAX_RECORD_BYTES || bodyBytes < 16 || next > bytes.length) return null;
  const body = bytes.subarray(start + RECORD_HEAD_BYTES, next);
  if (native().crc32c(body) !== bytes.readUInt32LE(start + 4)) return null;
  const [videoCount, audioCount, spsBytes, ppsBytes] = [8, 10, 12, 14].map((at) => body.readUInt16LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  let at = 16;
  if (16 + (videoCount + audioCount) * 4 + spsBytes + ppsBytes !== bodyBytes) return null;
  const sizes = (count: number): Uint32Array =>
    Uint32Array.from({ length: count }, () => {
      at += 4;
      return body.readUInt32LE(at - 4);
    });
  const videoSizes = sizes(videoCount);
  const audioSizes = sizes(audioCount);
  const sps = body.slice(at, at + spsBytes);
  const pps = body.slice(at + spsBytes, at + spsBytes + ppsBytes);
  return { chunk: { offset: Number(body.readBigUInt64LE(0)), videoSizes, audioSizes, sps, pps }, next };
}

/** Whether all of a chunk's bytes are in a file of `fileBytes`, right behind the chunks before it. */
export function chunkIsThere(chunk: Chunk, before: readonly Chunk[], firstOffset: number, fileBytes: number): boolean {
  const last = before.at(-1);
  const expected = last ? last.offset + chunkBytes(last) : firstOffset;
  return chunk.offset === expected && chunk.offset + chunkBytes(chunk) <= fileBytes;
}

import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { AppError, messageOf } from '../../core/errors.js';
import type { AccessUnit, ParameterSets } from '../encoders/encoder.js';
import { ascii, box, u32, u64 } from './boxes.js';
import {
  CHUNK_FRAMES,
  aacFramesFor,
  chunkBytes,
  countFrames,
  type Chunk,
  type MovieFormat,
} from './chunks.js';
import { IndexFile, chunkIsThere } from './index-file.js';
import { FTYP, buildMoov, textSamples } from './moov.js';
import type { MovieText } from './text-tracks.js';
import { copyBehind, insertRoom } from './make-room.js';
import { writeAll } from './write-all.js';

export interface MovieWriterOptions {
  /** The movie's path; `<path>.index` lies beside it until the movie is finished. */
  path: string;
  format: MovieFormat;
  /** Wall time of the recording's start, ms since 1970. */
  createdAtMs: number;
  /** Room kept for the `moov`, enough for some 50 minutes. For a longer one room is inserted at the end. */
  reservedBytes?: number;
  /** False: as on a file system that cannot insert; the file is copied. */
  insertRange?: boolean;
}

const DEFAULT_RESERVED_BYTES = 1 << 20;
const MDAT_HEADER_BYTES = 16;
const BOX_HEADER_BYTES = 8;

/**
 * Writes an MP4 whose finished chunks survive a kill: `ftyp`, room for the `moov`, one `mdat` of chunks,
 * and an index beside it. Bounded by what the encoders hand over ahead of each other: a chunk is
 * written once its pictures and its sound are there.
 *
 * Errors: `AppError` `disk_full` or `movie_write_failed`, kept and thrown by every later call.
 */
export class MovieWriter {
  readonly #options: Required<MovieWriterOptions>;
  readonly #handle: FileHandle;
  readonly #index: IndexFile;
  readonly #chunks: Chunk[];
  #position: number;
  #video: AccessUnit[] = [];
  #audio: Uint8Array[] = [];
  #parameterSets: ParameterSets | null = null;
  /** AAC frames in the chunks written or being written. */
  #audioStored: number;
  #framesStored: number;
  #writing: Promise<void> = Promise.resolve();
  #failure: AppError | null = null;
  #closed = false;

  /** Makes the file anew, or with `resume` goes on behind its last whole chunk where there is one. */
  static async open(options: MovieWriterOptions, resume: boolean): Promise<MovieWriter> {
    const complete = { reservedBytes: DEFAULT_RESERVED_BYTES, insertRange: true, ...options };
    try {
      const resumed = resume ? await reopen(complete) : null;
      return resumed ?? (await create(complete));
    } catch (error) {
      throw writeFailure(error);
    }
  }

  constructor(options: Required<MovieWriterOptions>, handle: FileHandle, index: IndexFile, chunks: Chunk[]) {
    this.#options = options;
    this.#handle = handle;
    this.#index = index;
    this.#chunks = chunks;
    this.#framesStored = countFrames(chunks);
    this.#audioStored = chunks.reduce((sum, chunk) => sum + chunk.audioSizes.length, 0);
    const last = chunks.at(-1);
    this.#position = last ? last.offset + chunkBytes(last) : firstChunkOffset(options.reservedBytes);
  }

  /** Pictures in whole chunks, where a resumed movie goes on. */
  get framesStored(): number {
    return this.#framesStored;
  }

  /** Pictures in whole chunks and those that wait for theirs to be whole. */
  get framesToStore(): number {
    return this.#framesStored + this.#video.length;
  }

  /** AAC frames in whole chunks, the priming one included. */
  get audioFramesStored(): number {
    return this.#audioStored;
  }

  get failure(): AppError | null {
    return this.#failure;
  }

  addAccessUnit(unit: AccessUnit): void {
    if (this.#video.length === 0 && !unit.keyframe) {
      this.#failure ??= new AppError('encoder_failed', 'The encoder began a chunk without a keyframe.', { audience: 'operator' });
    }
    this.#parameterSets = unit.parameterSets ?? this.#parameterSets;
    this.#video.push(unit);
    this.#storeWholeChunks();
  }

  addAudioFrame(frame: Uint8Array): void {
    this.#audio.push(frame);
    this.#storeWholeChunks();
  }

  /** Waits until the chunks that are complete are written. Throws what went wrong. */
  async settle(): Promise<void> {
    await this.#writing;
    if (this.#failure) throw this.#failure;
  }

  /** Writes what is left and the `moov`, with `text` in it, and removes the index. Returns the file's length. */
  async finish(text?: MovieText): Promise<number> {
    await this.settle();
    // The sound of the last frames, and what the encoder kept back, may be a chunk of its own.
    if (this.#video.length > 0 || this.#audio.length > 0) this.#storeChunk(this.#video.length, this.#audio.length);
    await this.settle();
    try {
      await this.#writeHead(text);
      await this.#index.close();
      await rm(`${this.#options.path}.index`, { force: true });
    } catch (error) {
      throw writeFailure(error);
    }
    this.#closed = true;
    return (await stat(this.#options.path)).size;
  }

  /** Leaves the movie as it is, for a later resume. Twice is fine. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing;
    await this.#handle.close();
    await this.#index.close();
  }

  #storeWholeChunks(): void {
    while (this.#video.length >= CHUNK_FRAMES) {
      const audioFrames = aacFramesFor(this.#framesStored + CHUNK_FRAMES) - this.#audioStored;
      if (this.#audio.length < audioFrames) return;
      this.#storeChunk(CHUNK_FRAMES, audioFrames);
    }
  }

  #storeChunk(videoFrames: number, audioFrames: number): void {
    const video = this.#video.splice(0, videoFrames);
    const audio = this.#audio.splice(0, audioFrames);
    const sets = this.#parameterSets;
    if (!sets) {
      this.#failure ??= new AppError('encoder_failed', 'The encoder gave no parameter sets.', { audience: 'operator' });
      return;
    }
    const chunk: Chunk = {
      offset: this.#position,
      videoSizes: Uint32Array.from(video, (unit) => unit.data.length),
      audioSizes: Uint32Array.from(audio, (frame) => frame.length),
      sps: sets.sps,
      pps: sets.pps,
    };
    this.#position += chunkBytes(chunk);
    this.#framesStored += videoFrames;
    this.#audioStored += audioFrames;
    this.#chunks.push(chunk);
    const bytes = Buffer.concat([...video.map((unit) => unit.data), ...audio]);
    this.#writing = this.#writing.then(() => this.#writeChunk(chunk, bytes));
  }

  async #writeChunk(chunk: Chunk, bytes: Buffer): Promise<void> {
    if (this.#failure) return;
    try {
      await writeAll(this.#handle, bytes, chunk.offset);
      // The index must never speak of bytes that a loss of power could still take away.
      await this.#handle.datasync();
      await this.#index.append(chunk);
    } catch (error) {
      this.#failure ??= writeFailure(error);
    }
  }

  async #writeHead(text: MovieText | undefined): Promise<void> {
    const { path, reservedBytes, insertRange } = this.#options;
    const mdatAt = FTYP.length + reservedBytes;
    await this.#handle.truncate(this.#position);
    await writeAll(this.#handle, u64(this.#position - mdatAt), mdatAt + 8);
    // Its length is the same for every shift, so that the shift can be told from it.
    const { length } = this.#head(0, text);
    let inserted = 0;
    if (!fits(length, reservedBytes)) {
      await this.#handle.sync();
      const missing = length + BOX_HEADER_BYTES - reservedBytes;
      inserted = insertRange ? await insertRoom(path, FTYP.length + BOX_HEADER_BYTES, mdatAt, missing) : 0;
      if (inserted === 0) {
        await this.#handle.close();
        await copyBehind(path, Buffer.concat([FTYP, this.#head(length - reservedBytes, text)]), mdatAt);
        return;
      }
    }
    const left = reservedBytes + inserted - length;
    const padding = left > 0 ? [u32(left), ascii('free')] : [];
    await writeAll(this.#handle, Buffer.concat([this.#head(inserted, text), ...padding]), FTYP.length);
    await this.#handle.sync();
    await this.#handle.close();
  }

  /**
   * The `moov`, and behind it in an `mdat` of its own the text that it speaks of, so that players find
   * chapters without a look at the file's end. `shift`: bytes that the media will have been moved by.
   */
  #head(shift: number, text: MovieText | undefined): Uint8Array {
    const { format, createdAtMs } = this.#options;
    const chunks = this.#chunks;
    if (!text) return buildMoov({ format, chunks, createdAtMs, shift });
    const { length } = buildMoov({ format, chunks, createdAtMs, shift, text });
    const textAt = FTYP.length + length + BOX_HEADER_BYTES;
    const samples = textSamples(text, this.#framesStored);
    return Buffer.concat([
      buildMoov({ format, chunks, createdAtMs, shift, text, textAt }),
      ...(samples.length > 0 ? [box('mdat', samples)] : []),
    ]);
  }
}

/** What is left of the room must be nothing, or hold a `free` box. */
function fits(bytes: number, room: number): boolean {
  return bytes === room || bytes + BOX_HEADER_BYTES <= room;
}

function firstChunkOffset(reservedBytes: number): number {
  return FTYP.length + reservedBytes + MDAT_HEADER_BYTES;
}

async function create(options: Required<MovieWriterOptions>): Promise<MovieWriter> {
  const { path, reservedBytes } = options;
  const index = await IndexFile.create(`${path}.index`);
  const handle = await open(path, 'w+');
  const head = Buffer.concat([FTYP, u32(reservedBytes), ascii('free')]);
  await writeAll(handle, head, 0);
  const mdat = Buffer.concat([u32(1), ascii('mdat'), u64(0)]);
  await writeAll(handle, mdat, FTYP.length + reservedBytes);
  return new MovieWriter(options, handle, index, []);
}

async function reopen(options: Required<MovieWriterOptions>): Promise<MovieWriter | null> {
  const { path, reservedBytes } = options;
  const size = await stat(path).then((found) => found.size, () => 0);
  const first = firstChunkOffset(reservedBytes);
  if (size < first) return null;
  const reopened = await IndexFile.reopen(`${path}.index`, (chunk, before) => {
    // A short chunk ends a movie; it is made again, for the movie may go on behind it.
    return chunk.videoSizes.length === CHUNK_FRAMES && chunkIsThere(chunk, before, first, size);
  });
  if (!reopened) return null;
  const handle = await open(path, 'r+');
  const header = Buffer.alloc(8);
  await handle.read(header, 0, 8, first - MDAT_HEADER_BYTES);
  if (header.toString('latin1', 4) === 'mdat') return new MovieWriter(options, handle, reopened.index, reopened.chunks);
  // It was killed between the insertion of room and the end: nothing is where the index says.
  await handle.close();
  await reopened.index.close();
  return null;
}

function writeFailure(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const full = (error as NodeJS.ErrnoException).code === 'ENOSPC';
  return new AppError(full ? 'disk_full' : 'movie_write_failed', `The movie cannot be written: ${messageOf(error)}`, {
    audience: 'operator',
    status: 507,
    cause: error,
  });
}

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
import { canInsertRoom, copyBehind, insertRoom } from './make-room.js';
import { writeAll } from './write-all.js';

export interface MovieWriterOptions {
  /** The movie's path; `<path>.index` lies beside it until the movie is finished. */
  path: string;
  format: MovieFormat;
  /** Wall time of the recording's start, ms since 1970. */
  createdAtMs: number;
  /** Room kept for the `moov` at first; left out: what the file system asks for. */
  reservedBytes?: number;
  /** False: as on a file system that cannot insert room into a file; left out: it is tried. */
  insertRange?: boolean;
}

/** Enough for the `moov` of some 45 minutes. */
const RESERVED_BYTES = 1 << 20;
/** Where no more can be inserted: enough for a day, its chapters and speakers. It is a hole, which takes no room on the disk. */
const RESERVED_FOR_A_DAY_BYTES = 32 << 20;
/** Before the room for the `moov` is filled by more than this, as much again is inserted; the rest is for text. */
const MOST_FILLED = 7 / 8;
/** The most that a chunk's own entries in `stco`, `stsc` (of two tracks) and `stss` take. */
const TABLE_BYTES_PER_CHUNK = 44;
/** Room is doubled at most so often. */
const MOST_DOUBLINGS = 6;
/** Room that is left over stays where it is less than this part of the file; else so little is copied that it takes no time. */
const MOST_LEFT_OVER = 1 / 8;
const MDAT_HEADER_BYTES = 16;
const BOX_HEADER_BYTES = 8;
/** Of a box whose length takes 64 bits. */
const MDAT_HEAD = Buffer.concat([u32(1), ascii('mdat')]);

/** What is before the chunks of an unfinished movie. */
interface Front {
  /** Room for the `moov` when the movie was begun; the offsets of chunks are those that they had with it. */
  firstRoom: number;
  room: number;
}

/**
 * Writes an MP4 whose finished chunks survive a kill: `ftyp`, room for the `moov`, one `mdat` of chunks,
 * and an index beside it. The room grows with the movie, while that is composed, so that its end has nothing to move. Bounded by what the encoders hand over ahead of each other: a chunk is
 * written once its pictures and its sound are there.
 *
 * Errors: `AppError` `disk_full` or `movie_write_failed`, kept and thrown by every later call.
 */
export class MovieWriter {
  readonly #options: Opened;
  readonly #front: Front;
  readonly #handle: FileHandle;
  readonly #index: IndexFile;
  readonly #chunks: Chunk[];
  /** Of the next chunk, with the first room. */
  #position: number;
  /** What the room will be when all is written that waits. */
  #roomAsked: number;
  #canGrow: boolean;
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
    try {
      const insertRange = options.insertRange ?? (await canInsertRoom(`${options.path}.probe`));
      const resumed = resume ? await reopen({ ...options, insertRange }, options.reservedBytes) : null;
      return resumed ?? (await create({ ...options, insertRange }, options.reservedBytes ?? (insertRange ? RESERVED_BYTES : RESERVED_FOR_A_DAY_BYTES)));
    } catch (error) {
      throw writeFailure(error);
    }
  }

  constructor(options: Opened, front: Front, { handle, index, chunks }: { handle: FileHandle; index: IndexFile; chunks: Chunk[] }) {
    this.#options = options;
    this.#front = front;
    this.#roomAsked = front.room;
    this.#canGrow = options.insertRange;
    this.#handle = handle;
    this.#index = index;
    this.#chunks = chunks;
    this.#framesStored = countFrames(chunks);
    this.#audioStored = chunks.reduce((sum, chunk) => sum + chunk.audioSizes.length, 0);
    const last = chunks.at(-1);
    this.#position = last ? last.offset + chunkBytes(last) : firstChunkOffset(front.firstRoom);
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
    if (unit.parameterSets) this.#keepSets(unit.parameterSets);
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

  /** Copies: an encoder's are views of a whole keyframe, which would stay in memory as long as the movie is made. */
  #keepSets({ sps, pps }: ParameterSets): void {
    const kept = this.#parameterSets;
    const same = kept && Buffer.compare(kept.sps, sps) === 0 && Buffer.compare(kept.pps, pps) === 0;
    if (!same) this.#parameterSets = { sps: Uint8Array.from(sps), pps: Uint8Array.from(pps) };
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
    if (this.#canGrow && this.#tableBytes() > this.#roomAsked * MOST_FILLED && this.#roomAsked < this.#front.firstRoom * 2 ** MOST_DOUBLINGS) {
      this.#roomAsked *= 2;
      this.#writing = this.#writing.then(() => this.#doubleRoom());
    }
    const bytes = Buffer.concat([...video.map((unit) => unit.data), ...audio]);
    this.#writing = this.#writing.then(() => this.#writeChunk(chunk, bytes));
  }

  async #writeChunk(chunk: Chunk, bytes: Buffer): Promise<void> {
    if (this.#failure) return;
    try {
      await writeAll(this.#handle, bytes, chunk.offset + this.#inserted);
      // The index must never speak of bytes that a loss of power could still take away.
      await this.#handle.datasync();
      await this.#index.append(chunk);
    } catch (error) {
      this.#failure ??= writeFailure(error);
    }
  }

  /** By how much the chunks lie behind where they would with the first room. */
  get #inserted(): number {
    return this.#front.room - this.#front.firstRoom;
  }

  #tableBytes(): number {
    return (this.#framesStored + this.#audioStored) * 4 + this.#chunks.length * TABLE_BYTES_PER_CHUNK;
  }

  /** The kernel forgets what it has cached of a file that it inserts into: the sooner, the less is waited for. */
  async #doubleRoom(): Promise<void> {
    if (this.#failure) return;
    const { room } = this.#front;
    try {
      const inserted = await insertRoom(this.#options.path, FTYP.length + BOX_HEADER_BYTES, FTYP.length + room, room);
      this.#canGrow &&= inserted === room;
      this.#front.room += inserted;
      await writeAll(this.#handle, u32(this.#front.room), FTYP.length);
    } catch (error) {
      this.#failure ??= writeFailure(error);
    }
  }

  async #writeHead(text: MovieText | undefined): Promise<void> {
    const { path, insertRange } = this.#options;
    const mdatAt = FTYP.length + this.#front.room;
    const end = this.#position + this.#inserted;
    await this.#handle.truncate(end);
    await writeAll(this.#handle, u64(end - mdatAt), mdatAt + 8);
    const moovBytes = this.#moov({ shift: 0, text }).length;
    const textBox = this.#textBox(text);
    const textAt = FTYP.length + moovBytes + BOX_HEADER_BYTES;
    const head = (shift: number): Uint8Array => Buffer.concat([this.#moov({ shift, text, textAt }), textBox]);
    // The same for every shift, so that the shift can be told from it.
    const length = moovBytes + textBox.length;
    if (!fits(length, this.#front.room) && insertRange) {
      await this.#handle.sync();
      const missing = length + BOX_HEADER_BYTES - this.#front.room;
      this.#front.room += await insertRoom(path, FTYP.length + BOX_HEADER_BYTES, mdatAt, missing);
    }
    const { room, firstRoom } = this.#front;
    if (!fits(length, room) || (room > RESERVED_BYTES && room - length > end * MOST_LEFT_OVER)) {
      await this.#handle.close();
      await copyBehind(path, Buffer.concat([FTYP, head(length - firstRoom)]), FTYP.length + room);
      return;
    }
    const left = room - length;
    const padding = left > 0 ? [u32(left), ascii('free')] : [];
    await writeAll(this.#handle, Buffer.concat([head(this.#inserted), ...padding]), FTYP.length);
    await this.#handle.sync();
    await this.#handle.close();
  }

  /** `shift`: bytes that the media will have been moved by. `textAt`: where the text's bytes lie. */
  #moov(where: { shift: number; text: MovieText | undefined; textAt?: number }): Uint8Array {
    const { format, createdAtMs } = this.#options;
    return buildMoov({ format, chunks: this.#chunks, createdAtMs, ...where });
  }

  /** An `mdat` of its own, behind the `moov`, so that players find chapters without a look at the file's end. */
  #textBox(text: MovieText | undefined): Uint8Array {
    const samples = text ? textSamples(text, this.#framesStored) : new Uint8Array();
    return samples.length > 0 ? box('mdat', samples) : samples;
  }
}

/** What is left of the room must be nothing, or hold a `free` box. */
function fits(bytes: number, room: number): boolean {
  return bytes === room || bytes + BOX_HEADER_BYTES <= room;
}

function firstChunkOffset(reservedBytes: number): number {
  return FTYP.length + reservedBytes + MDAT_HEADER_BYTES;
}

type Opened = Omit<Required<MovieWriterOptions>, 'reservedBytes'>;

async function create(options: Opened, room: number): Promise<MovieWriter> {
  const { path } = options;
  const index = await IndexFile.create(`${path}.index`);
  const handle = await open(path, 'w+');
  const head = Buffer.concat([FTYP, u32(room), ascii('free')]);
  await writeAll(handle, head, 0);
  await writeAll(handle, Buffer.concat([MDAT_HEAD, u64(0)]), FTYP.length + room);
  return new MovieWriter(options, { firstRoom: room, room }, { handle, index, chunks: [] });
}

/** Null where there is nothing to go on with. `firstRoom`: of the movie; left out: one of those that movies are begun with. */
async function reopen(options: Opened, firstRoom: number | undefined): Promise<MovieWriter | null> {
  const { path } = options;
  const handle = await open(path, 'r+').catch(() => null);
  if (!handle) return null;
  const { size } = await handle.stat();
  const rooms = firstRoom === undefined ? [RESERVED_BYTES, RESERVED_FOR_A_DAY_BYTES] : [firstRoom];
  const room = await roomOf(handle, rooms);
  let begun = 0;
  const reopened = await IndexFile.reopen(`${path}.index`, (chunk, before) => {
    if (before.length === 0) begun = chunk.offset - firstChunkOffset(0);
    // A short chunk ends a movie; it is made again, for the movie may go on behind it.
    return room >= begun && rooms.includes(begun) && chunk.videoSizes.length === CHUNK_FRAMES && chunkIsThere(chunk, before, firstChunkOffset(begun), size - (room - begun));
  });
  if (reopened && reopened.chunks.length > 0) return new MovieWriter(options, { firstRoom: begun, room }, { handle, ...reopened });
  await handle.close();
  await reopened?.index.close();
  return null;
}

/**
 * The room before the chunks, by the head of their box, for a kill may have come between an insertion of room and
 * the note of it. 0 where they are in none of the places: it was killed between the last insertion and the end.
 */
async function roomOf(handle: FileHandle, rooms: readonly number[]): Promise<number> {
  const head = Buffer.alloc(MDAT_HEAD.length);
  for (const room of rooms.flatMap((first) => Array.from({ length: MOST_DOUBLINGS + 1 }, (_, doubled) => first * 2 ** doubled))) {
    await handle.read(head, 0, head.length, FTYP.length + room);
    if (head.equals(MDAT_HEAD)) return room;
  }
  return 0;
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

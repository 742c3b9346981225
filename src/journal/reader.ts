import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { SegmentDecoder, segmentFileName } from './format.js';
import type { EndReason, JournalHeader, JournalRecord } from './records.js';

export interface JournalReaderOptions {
  /**
   * The journal still grows: at its present end the reader waits for `notify()`, until the `end` record
   * or `finish()`.
   */
  live?: boolean;
}

/** How a journal ends. */
export type JournalEnd =
  | { end: 'clean'; timeUs: number; reason: EndReason }
  /** It was never closed: the bytes stop in this place. */
  | { end: 'truncated'; timeUs: number; segment: number; atByte: number }
  /** From this place on nothing could be read. */
  | { end: 'damaged'; timeUs: number; segment: number; atByte: number; reason: string };

/** A damaged or missing part in the middle. Reading went on with a later segment. */
export interface JournalGap {
  segment: number;
  atByte: number;
  reason: string;
  /** Time of the last record before it and of the first one behind it. */
  fromUs: number;
  toUs: number;
}

interface Lost {
  segment: number;
  atByte: number;
  reason: string;
  truncated: boolean;
}

const CHUNK_BYTES = 256 << 10;
const SEGMENT_NAME = /^(\d{6,})\.rrj$/;

/**
 * Reads a journal from its beginning, a finished one and one that is being written by the same code.
 * Never gives a record that was not written, nor one twice, nor two in another order.
 */
export class JournalReader implements AsyncIterable<JournalRecord> {
  readonly #dir: string;
  #live: boolean;
  #segment = 0;
  #handle: FileHandle | null = null;
  #position = 0;
  #decoder = new SegmentDecoder();
  #header: JournalHeader | null = null;
  #lastUs = 0;
  #end: JournalEnd | null = null;
  /** What could not be read, until a record behind it was. */
  #lost: Lost | null = null;
  readonly #gaps: JournalGap[] = [];
  #grown = false;
  #wake: (() => void) | null = null;
  #closed = false;
  /** A `nextBatch` is under way; it closes the file itself. */
  #busy = false;

  constructor(dir: string, options: JournalReaderOptions = {}) {
    this.#dir = dir;
    this.#live = options.live ?? false;
  }

  /** The first segment's header that could be read; null before. */
  get header(): JournalHeader | null {
    return this.#header;
  }

  /** Null until everything was read. */
  get end(): JournalEnd | null {
    return this.#end;
  }

  get gaps(): readonly JournalGap[] {
    return this.#gaps;
  }

  /** The journal has grown. */
  notify(): void {
    this.#grown = true;
    this.#wake?.();
  }

  /** Nothing more will be written: what is there is read to its end. */
  finish(): void {
    this.#live = false;
    this.notify();
  }

  /** Ends reading: a pending and every later `nextBatch` gives null. Twice is fine. */
  close(): void {
    this.#closed = true;
    this.notify();
    // What was only read cannot fail to be closed in a way that matters.
    if (!this.#busy) void this.#closeFile().catch(() => undefined);
  }

  /** The next records, at least one; null at the end (`end` says which) and after `close`. */
  async nextBatch(): Promise<JournalRecord[] | null> {
    this.#busy = true;
    try {
      while (!this.#closed && !this.#end) {
        this.#grown = false;
        const batch = await this.#read();
        if (batch.length > 0) return batch;
      }
    } catch (error) {
      await this.#closeFile();
      throw error;
    } finally {
      this.#busy = false;
    }
    await this.#closeFile();
    return null;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<JournalRecord, void, undefined> {
    try {
      for (let batch = await this.nextBatch(); batch; batch = await this.nextBatch()) yield* batch;
    } finally {
      await this.#closeFile();
    }
  }

  /** Records of the next chunk; none where one had to wait, or where the journal goes on elsewhere or ends. */
  async #read(): Promise<JournalRecord[]> {
    if (!this.#handle && !(await this.#openSegment())) return [];
    const live = this.#live;
    const chunk = await this.#readChunk();
    if (chunk) this.#decoder.feed(chunk);
    const records = this.#drain();
    const { header } = this.#decoder;
    if (header && !this.#belongs(header)) {
      await this.#leaveSegment({ atByte: 0, reason: 'it belongs to another journal', truncated: false });
      return [];
    }
    this.#take(header, records);
    const end = this.#decoder.end(!chunk && !live);
    if (!end) {
      if (!chunk) await this.#waitForMore();
    } else if (end.end === 'damaged') {
      await this.#leaveSegment({ atByte: end.atByte, reason: end.reason, truncated: false });
    } else if (end.end === 'truncated') {
      await this.#leaveSegment({ atByte: end.atByte, reason: 'it is cut short', truncated: true });
    } else {
      await this.#leaveSegment(null);
      const last = records.at(-1);
      if (last?.type === 'end') this.#end = { end: 'clean', timeUs: last.timeUs, reason: last.reason };
    }
    return records;
  }

  #drain(): JournalRecord[] {
    const records: JournalRecord[] = [];
    for (let record = this.#decoder.next(); record; record = this.#decoder.next()) records.push(record);
    return records;
  }

  #belongs(header: JournalHeader): boolean {
    if (header.segment !== this.#segment) return false;
    return this.#header === null || header.recordingId === this.#header.recordingId;
  }

  #take(header: JournalHeader | null, records: JournalRecord[]): void {
    this.#header ??= header;
    const [first] = records;
    if (!first) return;
    if (this.#lost) {
      const { segment, atByte, reason } = this.#lost;
      this.#gaps.push({ segment, atByte, reason, fromUs: this.#lastUs, toUs: first.timeUs });
      this.#lost = null;
    }
    this.#lastUs = records.at(-1)?.timeUs ?? this.#lastUs;
  }

  /** False where the segment is not there; then reading waits, goes on behind it, or has ended. */
  async #openSegment(): Promise<boolean> {
    const live = this.#live;
    try {
      this.#handle = await open(join(this.#dir, segmentFileName(this.#segment)), 'r');
      this.#decoder = new SegmentDecoder();
      this.#position = 0;
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    const later = await this.#nextSegmentThere();
    if (later !== null) {
      this.#lost ??= { segment: this.#segment, atByte: 0, reason: 'it is missing', truncated: false };
      this.#segment = later;
    } else if (live) {
      await this.#waitForMore();
    } else {
      this.#endHere();
    }
    return false;
  }

  #endHere(): void {
    const timeUs = this.#lastUs;
    const lost = this.#lost ?? { segment: this.#segment, atByte: 0, reason: '', truncated: true };
    const { segment, atByte, reason } = lost;
    this.#end = lost.truncated
      ? { end: 'truncated', timeUs, segment, atByte }
      : { end: 'damaged', timeUs, segment, atByte, reason };
  }

  /** Goes on with the segment behind this one; `lost` says what could not be read of this one. */
  async #leaveSegment(lost: Omit<Lost, 'segment'> | null): Promise<void> {
    if (lost) this.#lost ??= { segment: this.#segment, ...lost };
    await this.#closeFile();
    this.#segment++;
  }

  async #readChunk(): Promise<Uint8Array | null> {
    const handle = this.#handle as FileHandle;
    const { size } = await handle.stat();
    if (size <= this.#position) return null;
    // Records keep views of the chunk, so each one has memory of its own.
    const chunk = new Uint8Array(Math.min(size - this.#position, CHUNK_BYTES));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, this.#position);
    this.#position += bytesRead;
    return bytesRead > 0 ? chunk.subarray(0, bytesRead) : null;
  }

  async #nextSegmentThere(): Promise<number | null> {
    const names = await readdir(this.#dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const later = names
      .map((name) => Number(SEGMENT_NAME.exec(name)?.[1] ?? -1))
      .filter((segment) => segment > this.#segment);
    return later.length > 0 ? Math.min(...later) : null;
  }

  /** Returns at once where `notify` came since the last look at the file. */
  async #waitForMore(): Promise<void> {
    if (this.#grown) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }

  async #closeFile(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}

/** Reads the journal in `dir`: `for await (const record of readJournal(dir))`. Errors other than a missing file reject. */
export function readJournal(dir: string, options: JournalReaderOptions = {}): JournalReader {
  return new JournalReader(dir, options);
}

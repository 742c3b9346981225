import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, messageOf } from '../core/errors.js';
import { encodeHeader, encodeRecord, prepareRecord, segmentFileName, type PreparedRecord } from './format.js';
import type { EndReason, JournalRecord } from './records.js';

export interface JournalWriterOptions {
  /** Made if it is not there; must hold no journal yet. */
  dir: string;
  recordingId: string;
  startedAtWallMs: number;
  /** The journal's clock: microseconds since the recording's start. */
  nowUs(): number;
  /** Something was written: a reader that follows may read on. Called once for each write. */
  onFlushed?: () => void;
  /** Nothing more will be written: `disk_full` or `journal_write_failed`. Called at most once. */
  onFailed?: (error: AppError) => void;
  /** Longest time that a record waits in memory, ms. */
  flushEveryMs?: number;
  batchBytes?: number;
  /** Above this, packets are dropped instead of kept waiting for a slow disk. */
  maxPendingBytes?: number;
  segmentBytes?: number;
  segmentMs?: number;
  /** Makes a segment's file, which is not there yet. */
  openFile?: (path: string) => Promise<FileHandle>;
}

export interface JournalWriterStats {
  records: number;
  bytesWritten: number;
  droppedPackets: number;
  pendingBytes: number;
}

/** Bytes of one segment, in their order. */
interface Batch {
  segment: number;
  buffer: Uint8Array;
  length: number;
  /** The segment ends with this batch. */
  closes: boolean;
}

type Written = PreparedRecord['record'];

/** Room above `maxPendingBytes` that only events and the end may use. */
const RESERVED_BYTES = 2 << 20;
const SPARE_BUFFERS = 4;

/**
 * Writes a journal. `append` copies and returns at once; one write at a time runs behind it. A disk that
 * is slow costs packets (counted, and said in the journal by a `dropped` event), a disk that fails ends
 * the journal where it is; neither is ever felt by the caller.
 */
export class JournalWriter {
  readonly #options: Required<JournalWriterOptions>;
  readonly #timer: NodeJS.Timeout;
  /** Batches that wait to be written. */
  #queue: Batch[] = [];
  #batch: Batch | null = null;
  #spare: Uint8Array[] = [];
  #crc = 0;
  #segment = -1;
  #segmentLength = 0;
  #segmentStartUs = 0;
  #lastUs = 0;
  #droppedUnsaid = 0;
  #stats: JournalWriterStats = { records: 0, bytesWritten: 0, droppedPackets: 0, pendingBytes: 0 };
  #pump: Promise<void> | null = null;
  #file: { segment: number; handle: FileHandle } | null = null;
  /** Segments that are being synced and closed behind the writing. */
  readonly #closing = new Set<Promise<void>>();
  #failure: AppError | null = null;
  #closed: Promise<void> | null = null;

  /** Throws `AppError` `journal_write_failed` or `disk_full` where the folder cannot be made. */
  static async create(options: JournalWriterOptions): Promise<JournalWriter> {
    try {
      await mkdir(options.dir, { recursive: true });
    } catch (cause) {
      throw writeFailure(cause);
    }
    return new JournalWriter(options);
  }

  private constructor(options: JournalWriterOptions) {
    this.#options = {
      onFlushed: () => {},
      onFailed: () => {},
      flushEveryMs: 50,
      batchBytes: 256 << 10,
      maxPendingBytes: 16 << 20,
      segmentBytes: 32 << 20,
      segmentMs: 60_000,
      // A file that is there already is another recording's: it is never written into.
      openFile: (path) => open(path, 'wx'),
      ...options,
    };
    this.#startSegment(0);
    this.#timer = setInterval(() => this.#onTimer(), this.#options.flushEveryMs);
    // From its first moment a journal says whose it is and when it began.
    void this.flush();
  }

  get failure(): AppError | null {
    return this.#failure;
  }

  get stats(): JournalWriterStats {
    return { ...this.#stats };
  }

  /**
   * Takes a record; its bytes are copied before the call returns. False where it was dropped. Times
   * never run backwards in a journal: an earlier one is raised to that of the record before it.
   */
  append(record: JournalRecord): boolean {
    if (this.#closed || this.#failure) return this.#drop(record);
    let prepared: PreparedRecord;
    try {
      prepared = prepareRecord(this.#inOrder(record));
    } catch {
      return this.#drop(record);
    }
    const limit = this.#options.maxPendingBytes + (record.type === 'event' || record.type === 'end' ? RESERVED_BYTES : 0);
    if (this.#stats.pendingBytes + prepared.sizeBytes > limit) return this.#drop(record);
    this.#sayDropped(prepared.record.timeUs);
    this.#write(prepared);
    this.#stats.records++;
    if (record.type !== 'end' && this.#segmentIsFull()) this.#rollOver();
    return true;
  }

  /** Writes what is pending and waits until the operating system has it. */
  async flush(): Promise<void> {
    this.#seal(false);
    this.#startPump();
    await this.#pump;
  }

  /** Ends the journal with an `end` record and syncs it to the disk. Twice is fine; never rejects. */
  close(reason: EndReason): Promise<void> {
    this.#closed ??= this.#close(reason);
    return this.#closed;
  }

  async #close(reason: EndReason): Promise<void> {
    clearInterval(this.#timer);
    this.append({ type: 'end', timeUs: this.#options.nowUs(), reason });
    this.#seal(true);
    this.#startPump();
    await this.#pump;
    if (this.#file) this.#closeBehind(this.#file.handle);
    this.#file = null;
    await Promise.all(this.#closing);
  }

  #onTimer(): void {
    this.append({ type: 'tick', timeUs: this.#options.nowUs() });
    this.#seal(false);
    this.#startPump();
  }

  #inOrder(record: Written): Written {
    return record.timeUs < this.#lastUs ? { ...record, timeUs: this.#lastUs } : record;
  }

  #drop(record: JournalRecord): false {
    if (record.type === 'packet') {
      this.#stats.droppedPackets++;
      this.#droppedUnsaid++;
    }
    return false;
  }

  #sayDropped(timeUs: number): void {
    if (this.#droppedUnsaid === 0) return;
    const event = { kind: 'dropped', packets: this.#droppedUnsaid, reason: 'the disk is too slow' } as const;
    this.#droppedUnsaid = 0;
    this.#write(prepareRecord({ type: 'event', timeUs, event }));
  }

  #segmentIsFull(): boolean {
    const { segmentBytes, segmentMs } = this.#options;
    return this.#segmentLength >= segmentBytes || this.#lastUs - this.#segmentStartUs >= segmentMs * 1000;
  }

  #rollOver(): void {
    this.#write(prepareRecord({ type: 'segment-end', timeUs: this.#lastUs }));
    this.#seal(true);
    this.#startSegment(this.#segment + 1);
    this.#startPump();
  }

  #startSegment(segment: number): void {
    const { recordingId, startedAtWallMs } = this.#options;
    const { bytes, crc } = encodeHeader({ recordingId, startedAtWallMs, segment });
    this.#segment = segment;
    this.#segmentLength = 0;
    this.#segmentStartUs = this.#lastUs;
    this.#crc = crc;
    this.#room(bytes.length, (buffer, at) => buffer.set(bytes, at));
  }

  #write(prepared: PreparedRecord): void {
    this.#lastUs = prepared.record.timeUs;
    this.#room(prepared.sizeBytes, (buffer, at) => {
      this.#crc = encodeRecord(prepared, buffer, at, this.#crc);
    });
  }

  /** Lets `fill` write `sizeBytes` at the end of the batch. */
  #room(sizeBytes: number, fill: (buffer: Uint8Array, at: number) => void): void {
    if (this.#batch && this.#batch.length + sizeBytes > this.#batch.buffer.length) {
      this.#seal(false);
      this.#startPump();
    }
    this.#batch ??= { segment: this.#segment, buffer: this.#buffer(sizeBytes), length: 0, closes: false };
    fill(this.#batch.buffer, this.#batch.length);
    this.#batch.length += sizeBytes;
    this.#segmentLength += sizeBytes;
    this.#stats.pendingBytes += sizeBytes;
  }

  #buffer(sizeBytes: number): Uint8Array {
    const { batchBytes } = this.#options;
    if (sizeBytes > batchBytes) return new Uint8Array(sizeBytes);
    return this.#spare.pop() ?? new Uint8Array(batchBytes);
  }

  #seal(closes: boolean): void {
    if (!this.#batch) return;
    this.#batch.closes = closes;
    this.#queue.push(this.#batch);
    this.#batch = null;
  }

  #startPump(): void {
    if (this.#queue.length === 0 || this.#failure) return;
    this.#pump ??= this.#writeQueue().finally(() => {
      this.#pump = null;
    });
  }

  async #writeQueue(): Promise<void> {
    for (let batch = this.#queue.shift(); batch; batch = this.#queue.shift()) {
      try {
        await this.#writeBatch(batch);
      } catch (cause) {
        this.#fail(cause);
        return;
      }
      this.#stats.pendingBytes -= batch.length;
      this.#stats.bytesWritten += batch.length;
      if (batch.buffer.length === this.#options.batchBytes && this.#spare.length < SPARE_BUFFERS) {
        this.#spare.push(batch.buffer);
      }
      this.#options.onFlushed();
    }
  }

  async #writeBatch(batch: Batch): Promise<void> {
    if (this.#file?.segment !== batch.segment) {
      const handle = await this.#options.openFile(join(this.#options.dir, segmentFileName(batch.segment)));
      this.#file = { segment: batch.segment, handle };
    }
    const { handle } = this.#file;
    for (let at = 0; at < batch.length; ) {
      const { bytesWritten } = await handle.write(batch.buffer, at, batch.length - at);
      at += bytesWritten;
    }
    if (batch.closes) {
      this.#file = null;
      this.#closeBehind(handle);
    }
  }

  /** Syncing takes as long as the disk likes, so the next segment is not kept waiting for it. */
  #closeBehind(handle: FileHandle): void {
    const done = (async () => {
      try {
        await handle.datasync();
      } catch (cause) {
        this.#fail(cause);
      } finally {
        await handle.close().catch(() => {});
      }
    })();
    this.#closing.add(done);
    void done.then(() => this.#closing.delete(done));
  }

  #fail(cause: unknown): void {
    if (this.#failure) return;
    this.#failure = writeFailure(cause);
    this.#queue = [];
    this.#batch = null;
    this.#spare = [];
    this.#stats.pendingBytes = 0;
    clearInterval(this.#timer);
    this.#options.onFailed(this.#failure);
  }
}

function writeFailure(cause: unknown): AppError {
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const sentence = full
    ? 'The disk is full, so the recording ends here; what was written is kept.'
    : `The journal cannot be written, so the recording ends here; what was written is kept. (${messageOf(cause)})`;
  return new AppError(full ? 'disk_full' : 'journal_write_failed', sentence, { audience: 'operator', status: 507, cause });
}

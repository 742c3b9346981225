import { AppError } from '../core/errors.js';
import { crc32c } from './crc32c.js';
import { timelineEventOf } from './events.js';
import type { EndReason, JournalHeader, JournalRecord } from './records.js';

/**
 * The journal's bytes (docs/journal.md is the specification). Pure: bytes in, records out, and back.
 *
 * A segment is a header and then records. Each record's CRC continues from the one before it, so a
 * record is only ever accepted in the place where it was written, after all that was written before it.
 */

/** Major version; a reader refuses others. Minor versions only add record types, event kinds and header fields. */
export const JOURNAL_VERSION = 1;
const MINOR_VERSION = 1;

/** "RRJ" and a control byte that stops a text viewer. */
const MAGIC = [0x52, 0x52, 0x4a, 0x1a] as const;
const HEADER_FIXED_BYTES = 21;
const CRC_BYTES = 4;
/** No header of this major version is longer. */
const MAX_HEADER_BYTES = 1024;

/** CRC (4), body length (3), type (1), time (6). */
export const RECORD_HEAD_BYTES = 14;
/** Longest body of a record. */
export const MAX_BODY_BYTES = 1 << 20;
/** Longest packet that a journal takes: what fits a UDP datagram. */
export const MAX_PACKET_BYTES = 0xffff;
const MAX_TIME_US = 2 ** 48 - 1;
const MAX_TRACK = 0xffff;

const TYPE = { packet: 1, senderReport: 2, event: 3, tick: 4, end: 5, segmentEnd: 6 } as const;
const END_REASONS: readonly EndReason[] = ['stopped', 'session-ended', 'cap', 'disk-full'];

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Why the records of a segment end where they do. */
export type SegmentEnd =
  /** The segment was closed; `last` where it closed the journal, too. */
  | { end: 'clean'; atByte: number; last: boolean }
  /** The bytes stop before the segment was closed, perhaps inside a record, which begins at `atByte`. */
  | { end: 'truncated'; atByte: number }
  /** What begins at `atByte` was never written like this. */
  | { end: 'damaged'; atByte: number; reason: string };

/** The header's bytes and the CRC that the first record continues from. */
export function encodeHeader(header: Omit<JournalHeader, 'version'>): { bytes: Uint8Array; crc: number } {
  const id = utf8.encode(header.recordingId);
  if (id.length > 255) throw new AppError('journal_header_invalid', 'A recording id has at most 255 bytes.');
  const bytes = new Uint8Array(HEADER_FIXED_BYTES + id.length + CRC_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC, 0);
  bytes[4] = JOURNAL_VERSION;
  bytes[5] = MINOR_VERSION;
  view.setUint16(6, bytes.length, true);
  view.setUint32(8, header.segment, true);
  view.setFloat64(12, header.startedAtWallMs, true);
  bytes[20] = id.length;
  bytes.set(id, HEADER_FIXED_BYTES);
  const crc = crc32c(bytes, 0, 0, bytes.length - CRC_BYTES);
  view.setUint32(bytes.length - CRC_BYTES, crc, true);
  return { bytes, crc };
}

type DecodedHeader =
  | { header: JournalHeader; sizeBytes: number; crc: number }
  | { needBytes: number }
  | { damaged: string };

function decodeHeader(bytes: Uint8Array): DecodedHeader {
  for (let at = 0; at < Math.min(bytes.length, MAGIC.length); at++) {
    if (bytes[at] !== MAGIC[at]) return { damaged: 'this is not a journal segment' };
  }
  if (bytes.length < 8) return { needBytes: 8 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sizeBytes = view.getUint16(6, true);
  if (sizeBytes < HEADER_FIXED_BYTES + CRC_BYTES || sizeBytes > MAX_HEADER_BYTES) {
    return { damaged: 'the header has an impossible length' };
  }
  if (bytes.length < sizeBytes) return { needBytes: sizeBytes };
  const crc = crc32c(bytes, 0, 0, sizeBytes - CRC_BYTES);
  if (view.getUint32(sizeBytes - CRC_BYTES, true) !== crc) return { damaged: 'the header does not match its CRC' };
  const version = bytes[4] as number;
  if (version !== JOURNAL_VERSION) return { damaged: `the format's version is ${version}, this reader's ${JOURNAL_VERSION}` };
  const idBytes = bytes[20] as number;
  if (HEADER_FIXED_BYTES + idBytes + CRC_BYTES > sizeBytes) return { damaged: 'the recording id is longer than the header' };
  const header = {
    version,
    recordingId: new TextDecoder().decode(bytes.subarray(HEADER_FIXED_BYTES, HEADER_FIXED_BYTES + idBytes)),
    startedAtWallMs: view.getFloat64(12, true),
    segment: view.getUint32(8, true),
  };
  return { header, sizeBytes, crc };
}

/** A record ready to be written: its length is known before a byte is. */
export interface PreparedRecord {
  record: JournalRecord | { type: 'segment-end'; timeUs: number };
  sizeBytes: number;
  /** The event's JSON. */
  text: Uint8Array | null;
}

/**
 * Throws `AppError` `journal_record_invalid` for what the format cannot say: a packet above 64 KiB, an
 * event above 1 MiB, a time or track number out of range.
 */
export function prepareRecord(record: PreparedRecord['record']): PreparedRecord {
  if (!(record.timeUs >= 0 && record.timeUs <= MAX_TIME_US)) throw invalid(`the time ${record.timeUs} us`);
  let bodyBytes = 0;
  let text: Uint8Array | null = null;
  switch (record.type) {
    case 'packet':
      if (record.data.length > MAX_PACKET_BYTES) throw invalid(`a packet of ${record.data.length} bytes`);
      if (!isTrack(record.track)) throw invalid(`the track number ${record.track}`);
      bodyBytes = 2 + record.data.length;
      break;
    case 'sender-report':
      if (!isTrack(record.track)) throw invalid(`the track number ${record.track}`);
      bodyBytes = 14;
      break;
    case 'event':
      text = utf8.encode(JSON.stringify(record.event));
      if (text.length > MAX_BODY_BYTES) throw invalid(`an event of ${text.length} bytes`);
      bodyBytes = text.length;
      break;
    case 'end':
      bodyBytes = 1;
      break;
    case 'tick':
    case 'segment-end':
      break;
  }
  return { record, sizeBytes: RECORD_HEAD_BYTES + bodyBytes, text };
}

function isTrack(track: number): boolean {
  return Number.isInteger(track) && track >= 0 && track <= MAX_TRACK;
}

function invalid(what: string): AppError {
  return new AppError('journal_record_invalid', `A journal cannot hold ${what}.`);
}

/** Writes `prepared` at `at` of `target`, which has room for it. Returns its CRC, which the next one continues from. */
export function encodeRecord(prepared: PreparedRecord, target: Uint8Array, at: number, crcBefore: number): number {
  const { record, sizeBytes, text } = prepared;
  const view = new DataView(target.buffer, target.byteOffset + at, sizeBytes);
  const body = RECORD_HEAD_BYTES;
  view.setUint16(4, (sizeBytes - body) & 0xffff, true);
  view.setUint8(6, (sizeBytes - body) >>> 16);
  const timeUs = Math.floor(record.timeUs);
  view.setUint32(8, timeUs >>> 0, true);
  view.setUint16(12, Math.floor(timeUs / 2 ** 32), true);
  switch (record.type) {
    case 'packet':
      view.setUint8(7, TYPE.packet);
      view.setUint16(body, record.track, true);
      target.set(record.data, at + body + 2);
      break;
    case 'sender-report':
      view.setUint8(7, TYPE.senderReport);
      view.setUint16(body, record.track, true);
      view.setUint32(body + 2, record.report.ntpSeconds, true);
      view.setUint32(body + 6, record.report.ntpFraction, true);
      view.setUint32(body + 10, record.report.rtpTimestamp, true);
      break;
    case 'event':
      view.setUint8(7, TYPE.event);
      target.set(text as Uint8Array, at + body);
      break;
    case 'tick':
      view.setUint8(7, TYPE.tick);
      break;
    case 'end':
      view.setUint8(7, TYPE.end);
      view.setUint8(body, END_REASONS.indexOf(record.reason));
      break;
    case 'segment-end':
      view.setUint8(7, TYPE.segmentEnd);
      break;
  }
  const crc = crc32c(target, crcBefore, at + 4, at + sizeBytes);
  view.setUint32(0, crc, true);
  return crc;
}

const EMPTY = new Uint8Array(0);

/**
 * Reads one segment from bytes that come in pieces of any size. Records' `data` are views of the pieces
 * given to `feed`, which therefore must not be used for anything else afterwards.
 */
export class SegmentDecoder {
  #rest: Uint8Array = EMPTY;
  /** Position in the segment of the first byte of `#rest`. */
  #atByte = 0;
  #crc = 0;
  #header: JournalHeader | null = null;
  #end: SegmentEnd | null = null;

  /** Null until its bytes were there. */
  get header(): JournalHeader | null {
    return this.#header;
  }

  feed(bytes: Uint8Array): void {
    if (this.#rest.length === 0) {
      this.#rest = bytes;
      return;
    }
    const joined = new Uint8Array(this.#rest.length + bytes.length);
    joined.set(this.#rest);
    joined.set(bytes, this.#rest.length);
    this.#rest = joined;
  }

  /** The next record, or null where its bytes are not all there, or none can follow (`end()` tells). */
  next(): JournalRecord | null {
    if (this.#end) return null;
    if (!this.#header && !this.#readHeader()) return null;
    for (;;) {
      const bytes = this.#rest;
      if (bytes.length < RECORD_HEAD_BYTES) return null;
      const bodyBytes = (bytes[4] as number) | ((bytes[5] as number) << 8) | ((bytes[6] as number) << 16);
      if (bodyBytes > MAX_BODY_BYTES) return this.#damaged('a record has an impossible length');
      const sizeBytes = RECORD_HEAD_BYTES + bodyBytes;
      if (bytes.length < sizeBytes) return null;
      const view = new DataView(bytes.buffer, bytes.byteOffset, sizeBytes);
      const crc = crc32c(bytes, this.#crc, 4, sizeBytes);
      if (view.getUint32(0, true) !== crc) return this.#damaged('a record does not match its CRC');
      const type = view.getUint8(7);
      const timeUs = view.getUint32(8, true) + view.getUint16(12, true) * 2 ** 32;
      const record = decodeBody(type, timeUs, bytes.subarray(RECORD_HEAD_BYTES, sizeBytes));
      if (record === 'malformed') return this.#damaged('a record of a known type has another form');
      this.#crc = crc;
      this.#rest = bytes.subarray(sizeBytes);
      this.#atByte += sizeBytes;
      if (type === TYPE.segmentEnd || type === TYPE.end) this.#closed(type === TYPE.end);
      if (record || this.#end) return record;
    }
  }

  /**
   * Why no further record comes, where that is settled already. With `complete`, no byte will follow
   * what was fed, and the answer is never null.
   */
  end(complete: true): SegmentEnd;
  end(complete: boolean): SegmentEnd | null;
  end(complete: boolean): SegmentEnd | null {
    if (this.#end) {
      if (this.#end.end === 'clean' && this.#rest.length > 0) {
        return { end: 'damaged', atByte: this.#atByte, reason: 'bytes follow the end' };
      }
      return this.#end;
    }
    return complete ? { end: 'truncated', atByte: this.#atByte } : null;
  }

  #readHeader(): boolean {
    const result = decodeHeader(this.#rest);
    if ('needBytes' in result) return false;
    if ('damaged' in result) {
      this.#damaged(result.damaged);
      return false;
    }
    this.#header = result.header;
    this.#crc = result.crc;
    this.#atByte = result.sizeBytes;
    this.#rest = this.#rest.subarray(result.sizeBytes);
    return true;
  }

  #closed(last: boolean): void {
    this.#end = { end: 'clean', atByte: this.#atByte, last };
  }

  #damaged(reason: string): null {
    this.#end = { end: 'damaged', atByte: this.#atByte, reason };
    return null;
  }
}

/** The record, null where this version does not know it or hides it, `malformed` where it cannot be. */
function decodeBody(type: number, timeUs: number, body: Uint8Array): JournalRecord | null | 'malformed' {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  switch (type) {
    case TYPE.packet:
      if (body.length < 2) return 'malformed';
      return { type: 'packet', timeUs, track: view.getUint16(0, true), data: body.subarray(2) };
    case TYPE.senderReport:
      if (body.length !== 14) return 'malformed';
      return {
        type: 'sender-report',
        timeUs,
        track: view.getUint16(0, true),
        report: {
          ntpSeconds: view.getUint32(2, true),
          ntpFraction: view.getUint32(6, true),
          rtpTimestamp: view.getUint32(10, true),
        },
      };
    case TYPE.event: {
      const event = decodeEvent(body);
      return event === 'malformed' ? event : event && { type: 'event', timeUs, event };
    }
    case TYPE.tick:
      return body.length === 0 ? { type: 'tick', timeUs } : 'malformed';
    case TYPE.end: {
      const reason = END_REASONS[view.byteLength === 1 ? view.getUint8(0) : -1];
      return reason ? { type: 'end', timeUs, reason } : 'malformed';
    }
    case TYPE.segmentEnd:
      return body.length === 0 ? null : 'malformed';
    default:
      return null;
  }
}

function decodeEvent(body: Uint8Array): ReturnType<typeof timelineEventOf> | 'malformed' {
  try {
    return timelineEventOf(JSON.parse(fromUtf8.decode(body)));
  } catch {
    return 'malformed';
  }
}

/** Name of a segment's file. */
export function segmentFileName(segment: number): string {
  return `${String(segment).padStart(6, '0')}.rrj`;
}

import { closeSync, openSync, writeSync } from 'node:fs';
import type { SizePx } from '../../core/media.js';

/**
 * Writes a Matroska file (RFC 9559) of one track, as WebM where its codec is one of WebM's. Coded frames go
 * in as they are, at their times; the file is a whole one when it is closed.
 */

export interface MatroskaTrack {
  /** `A_OPUS`, `V_VP8`, ... */
  codecId: string;
  codecPrivate: Uint8Array | null;
  /** Null: sound, 48 kHz stereo. */
  size: SizePx | null;
  name: string;
  webm: boolean;
}

const ID = {
  ebml: 0x1a45dfa3, ebmlVersion: 0x4286, ebmlReadVersion: 0x42f7, maxIdLength: 0x42f2, maxSizeLength: 0x42f3,
  docType: 0x4282, docTypeVersion: 0x4287, docTypeReadVersion: 0x4285, segment: 0x18538067,
  seekHead: 0x114d9b74, seek: 0x4dbb, seekId: 0x53ab, seekPosition: 0x53ac,
  info: 0x1549a966, timestampScale: 0x2ad7b1, duration: 0x4489, muxingApp: 0x4d80, writingApp: 0x5741,
  tracks: 0x1654ae6b, trackEntry: 0xae, trackNumber: 0xd7, trackUid: 0x73c5, trackType: 0x83, flagLacing: 0x9c,
  language: 0x22b59c, codecId: 0x86, codecPrivate: 0x63a2, name: 0x536e, codecDelay: 0x56aa, seekPreRoll: 0x56bb,
  video: 0xe0, pixelWidth: 0xb0, pixelHeight: 0xba, audio: 0xe1, samplingFrequency: 0xb5, channels: 0x9f,
  cluster: 0x1f43b675, timestamp: 0xe7, simpleBlock: 0xa3,
  cues: 0x1c53bb6b, cuePoint: 0xbb, cueTime: 0xb3, cueTrackPositions: 0xb7, cueTrack: 0xf7, cueClusterPosition: 0xf1,
} as const;

const TRACK = 1;
const MS_IN_NS = 1_000_000;
/** A cluster is kept in memory until it has as much. */
const CLUSTER_MS = 1_000;
const CLUSTER_BYTES = 1 << 20;
/** A place to seek to at most so often. */
const CUE_EVERY_MS = 5_000;
/** Opus needs so much before a place to be right there (RFC 7845 section 4.6), ns. */
const OPUS_PRE_ROLL_NS = 80 * MS_IN_NS;

export class MatroskaFile {
  readonly #file: number;
  /** Where the segment's contents begin, and the things in it that are known at the end. */
  readonly #segmentAt: number;
  readonly #durationAt: number;
  readonly #seekAt: number;
  #position: number;
  #cluster: { startMs: number; blocks: Buffer[]; bytes: number; seekable: boolean } | null = null;
  #cues: Buffer[] = [];
  #lastCueMs = -Infinity;
  #closed = false;

  /** Throws what the file system does, `EEXIST` where the file is there already. */
  constructor(path: string, track: MatroskaTrack) {
    const head = header(track.webm);
    const seek = seekHead(0);
    const information = info(0);
    const entry = trackEntry(track);
    this.#segmentAt = head.length + 12;
    this.#seekAt = this.#segmentAt;
    this.#durationAt = this.#segmentAt + seek.length + information.length - 8;
    this.#file = openSync(path, 'wx');
    const bytes = Buffer.concat([head, segmentHead(0), seek, information, entry]);
    writeSync(this.#file, bytes, 0, bytes.length, 0);
    this.#position = bytes.length;
  }

  /** Frames come in the order of their times. */
  write(timeMs: number, data: Uint8Array, keyframe: boolean): void {
    const open = this.#cluster;
    const full = open && (timeMs - open.startMs >= CLUSTER_MS || open.bytes >= CLUSTER_BYTES);
    if (full) this.#flush();
    const cluster = (this.#cluster ??= { startMs: timeMs, blocks: [], bytes: 0, seekable: keyframe });
    const head = Buffer.alloc(4);
    head.writeUInt8(0x80 | TRACK, 0);
    head.writeInt16BE(timeMs - cluster.startMs, 1);
    head.writeUInt8(keyframe ? 0x80 : 0, 3);
    const block = element(ID.simpleBlock, head, data);
    cluster.blocks.push(block);
    cluster.bytes += block.length;
  }

  /** Twice is fine. */
  close(durationMs: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#flush();
    const cuesAt = this.#position - this.#segmentAt;
    this.#append(element(ID.cues, ...this.#cues));
    const duration = Buffer.alloc(8);
    duration.writeDoubleBE(durationMs);
    this.#patch(duration, this.#durationAt);
    this.#patch(seekHead(cuesAt), this.#seekAt);
    this.#patch(segmentHead(this.#position - this.#segmentAt), this.#segmentAt - 12);
    closeSync(this.#file);
  }

  #flush(): void {
    const cluster = this.#cluster;
    if (!cluster) return;
    this.#cluster = null;
    if (cluster.seekable && cluster.startMs - this.#lastCueMs >= CUE_EVERY_MS) {
      this.#lastCueMs = cluster.startMs;
      const place = element(ID.cueTrackPositions, unsigned(ID.cueTrack, TRACK), unsigned(ID.cueClusterPosition, this.#position - this.#segmentAt));
      this.#cues.push(element(ID.cuePoint, unsigned(ID.cueTime, cluster.startMs), place));
    }
    this.#append(element(ID.cluster, unsigned(ID.timestamp, cluster.startMs), ...cluster.blocks));
  }

  #append(bytes: Buffer): void {
    this.#patch(bytes, this.#position);
    this.#position += bytes.length;
  }

  #patch(bytes: Buffer, at: number): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done, bytes.length - done, at + done);
  }
}

function header(webm: boolean): Buffer {
  return element(
    ID.ebml,
    unsigned(ID.ebmlVersion, 1),
    unsigned(ID.ebmlReadVersion, 1),
    unsigned(ID.maxIdLength, 4),
    unsigned(ID.maxSizeLength, 8),
    text(ID.docType, webm ? 'webm' : 'matroska'),
    unsigned(ID.docTypeVersion, 4),
    unsigned(ID.docTypeReadVersion, 2),
  );
}

/** Its length in eight bytes: 12 bytes in all. */
function segmentHead(length: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(ID.segment, 0);
  bytes.writeBigUInt64BE(BigInt(length) | (1n << 56n), 4);
  return bytes;
}

function seekHead(cuesAt: number): Buffer {
  const id = Buffer.alloc(4);
  id.writeUInt32BE(ID.cues);
  const position = Buffer.alloc(8);
  position.writeBigUInt64BE(BigInt(cuesAt));
  return element(ID.seekHead, element(ID.seek, element(ID.seekId, id), element(ID.seekPosition, position)));
}

/** The duration is the last eight bytes of it. */
function info(durationMs: number): Buffer {
  const app = 'Reelroom';
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(durationMs);
  return element(ID.info, unsigned(ID.timestampScale, MS_IN_NS), text(ID.muxingApp, app), text(ID.writingApp, app), element(ID.duration, bytes));
}

function trackEntry({ codecId, codecPrivate, size, name }: MatroskaTrack): Buffer {
  const rate = Buffer.alloc(8);
  rate.writeDoubleBE(48_000);
  const media = size
    ? [element(ID.video, unsigned(ID.pixelWidth, size.widthPx), unsigned(ID.pixelHeight, size.heightPx))]
    : [unsigned(ID.codecDelay, 0), unsigned(ID.seekPreRoll, OPUS_PRE_ROLL_NS), element(ID.audio, element(ID.samplingFrequency, rate), unsigned(ID.channels, 2))];
  return element(
    ID.tracks,
    element(
      ID.trackEntry,
      unsigned(ID.trackNumber, TRACK),
      unsigned(ID.trackUid, TRACK),
      unsigned(ID.trackType, size ? 1 : 2),
      unsigned(ID.flagLacing, 0),
      text(ID.language, 'und'),
      text(ID.name, name),
      text(ID.codecId, codecId),
      ...(codecPrivate ? [element(ID.codecPrivate, codecPrivate)] : []),
      ...media,
    ),
  );
}

function element(id: number, ...contents: Uint8Array[]): Buffer {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([idBytes(id), sizeBytes(length), ...contents]);
}

function unsigned(id: number, value: number): Buffer {
  const hex = value.toString(16);
  return element(id, Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex'));
}

function text(id: number, value: string): Buffer {
  return element(id, Buffer.from(value, 'utf8'));
}

function idBytes(id: number): Buffer {
  return Buffer.from(id.toString(16), 'hex');
}

/** The shortest form (RFC 8794 section 4) that is not the one for "unknown". */
function sizeBytes(length: number): Buffer {
  let bytes = 1;
  while (length >= 2 ** (7 * bytes) - 1) bytes++;
  const hex = (BigInt(length) | (1n << BigInt(7 * bytes))).toString(16);
  return Buffer.from(hex.padStart(bytes * 2, '0'), 'hex');
}

import type { SizePx } from '../../core/media.js';
import { BitReader } from './bits.js';
import { readU16 } from './bytes.js';

/** H.264 in RTP (RFC 6184) and the heads of its NAL units (ITU-T H.264 section 7.3). */

/** ITU-T H.264 table 7-1. */
export const NAL = { slice: 1, partitionA: 2, idrSlice: 5, supplement: 6, sps: 7, pps: 8, delimiter: 9, prefix: 14, reserved: 18 } as const;
/** RFC 6184 table 1: what packetization modes 0 and 1 have besides single NAL units. */
const STAP_A = 24;
const FU_A = 28;
const MOST_SINGLE = 23;

/** A NAL unit, or the piece of one that a packet holds. */
export interface NalPiece {
  /** Its first byte: importance and type. */
  header: number;
  type: number;
  /** What follows the header. */
  body: Uint8Array;
  /** The unit begins here, and ends here. */
  first: boolean;
  last: boolean;
}

/**
 * The NAL units of a payload: a single one (RFC 6184 section 5.6), several (STAP-A, 5.7.1) or a piece of one
 * (FU-A, 5.8). Null where a length goes beyond the payload, or it is of the interleaved mode.
 */
export function nalPieces(payload: Uint8Array): NalPiece[] | null {
  if (payload.length < 2) return null;
  const header = payload[0]!;
  const type = header & 0x1f;
  if (type >= 1 && type <= MOST_SINGLE) return [whole(payload)];
  if (type === STAP_A) return aggregated(payload);
  if (type !== FU_A || payload.length < 3) return null;
  const fragment = payload[1]!;
  return [
    {
      header: (header & 0xe0) | (fragment & 0x1f),
      type: fragment & 0x1f,
      body: payload.subarray(2),
      first: (fragment & 0x80) !== 0,
      last: (fragment & 0x40) !== 0,
    },
  ];
}

function aggregated(payload: Uint8Array): NalPiece[] | null {
  const pieces: NalPiece[] = [];
  for (let at = 1; at < payload.length; ) {
    if (at + 2 > payload.length) return null;
    const length = readU16(payload, at);
    at += 2;
    if (length === 0 || at + length > payload.length) return null;
    pieces.push(whole(payload.subarray(at, at + length)));
    at += length;
  }
  return pieces;
}

function whole(unit: Uint8Array): NalPiece {
  return { header: unit[0]!, type: unit[0]! & 0x1f, body: unit.subarray(1), first: true, last: true };
}

/**
 * Whether a picture can begin with this unit (ITU-T H.264 section 7.4.1.2.3): what stands before its slices, or
 * the slice with its first macroblock.
 */
export function beginsPicture({ type, body, first }: NalPiece): boolean {
  if (!first) return false;
  if (type === NAL.slice || type === NAL.partitionA || type === NAL.idrSlice) return ((body[0] ?? 0) & 0x80) !== 0;
  return (type >= NAL.supplement && type <= NAL.delimiter) || (type >= NAL.prefix && type <= NAL.reserved);
}

/** A keyframe for the SFU: a stream can be entered where its sequence parameter set is, for an IDR picture follows. */
export interface H264Keyframe {
  /** Null where the parameter set is not all there or not understood. */
  size: SizePx | null;
}

/** Null where the payload holds no sequence parameter set. RFC 7742 section 6.2: senders repeat it in the stream. */
export function h264Keyframe(pieces: readonly NalPiece[]): H264Keyframe | null {
  const sps = pieces.find(({ type, first }) => type === NAL.sps && first);
  return sps ? { size: sps.last ? spsSize(sps.body) : null } : null;
}

/** Above every parameter set of a browser; a scaling matrix of High takes some 300. */
const MOST_SPS_BYTES = 1_024;
/** Profiles whose parameter sets tell of chroma and depth (section 7.3.2.1.1). */
const WITH_CHROMA_FORMAT: readonly number[] = [44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244];

/** The size of the pictures after cropping, from a sequence parameter set behind its NAL header (section 7.3.2.1.1); null where it makes no sense. */
export function spsSize(body: Uint8Array): SizePx | null {
  const reader = new BitReader(withoutEmulation(body.subarray(0, MOST_SPS_BYTES)));
  const profile = reader.bits(8);
  reader.bits(16);
  reader.unsigned();
  let chromaFormat = 1;
  if (WITH_CHROMA_FORMAT.includes(profile)) {
    chromaFormat = reader.unsigned();
    if (chromaFormat === 3) reader.flag();
    reader.unsigned();
    reader.unsigned();
    reader.flag();
    if (reader.flag()) skipScalingLists(reader, chromaFormat === 3 ? 12 : 8);
  }
  reader.unsigned();
  skipOrder(reader);
  reader.unsigned();
  reader.flag();
  const macroblocksWide = reader.unsigned() + 1;
  const mapUnitsHigh = reader.unsigned() + 1;
  const framesOnly = reader.flag();
  if (!framesOnly) reader.flag();
  reader.flag();
  const fieldsHigh = framesOnly ? 1 : 2;
  const [left, right, top, bottom] = reader.flag() ? [reader.unsigned(), reader.unsigned(), reader.unsigned(), reader.unsigned()] : [0, 0, 0, 0];
  const stepX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const stepY = (chromaFormat === 1 ? 2 : 1) * fieldsHigh;
  const widthPx = macroblocksWide * 16 - (left + right) * stepX;
  const heightPx = mapUnitsHigh * 16 * fieldsHigh - (top + bottom) * stepY;
  const plausible = widthPx > 0 && heightPx > 0 && widthPx <= 0xffff && heightPx <= 0xffff;
  return reader.overrun || !plausible ? null : { widthPx, heightPx };
}

function skipOrder(reader: BitReader): void {
  const kind = reader.unsigned();
  if (kind === 0) reader.unsigned();
  if (kind !== 1) return;
  reader.flag();
  reader.signed();
  reader.signed();
  const cycle = reader.unsigned();
  for (let i = 0; i < cycle && !reader.overrun; i++) reader.signed();
}

/** Section 7.3.2.1.1.1. */
function skipScalingLists(reader: BitReader, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (!reader.flag()) continue;
    let [last, next] = [8, 8];
    for (let i = 0; i < (list < 6 ? 16 : 64) && next !== 0; i++) {
      next = (last + reader.signed() + 256) % 256;
      last = next === 0 ? last : next;
    }
  }
}

/** Section 7.4.1: a 3 behind two zeros is no part of the content. */
function withoutEmulation(bytes: Uint8Array): Uint8Array {
  const content = new Uint8Array(bytes.length);
  let [length, zeros] = [0, 0];
  for (const byte of bytes) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    content[length++] = byte;
  }
  return content.subarray(0, length);
}

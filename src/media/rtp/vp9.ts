import type { SizePx } from '../../core/media.js';
import { BitReader } from './bits.js';
import { readU16 } from './bytes.js';

/** VP9 in RTP (RFC 9628) and the head of VP9 frames (VP9 bitstream specification, section 6.2). */

export interface Vp9Descriptor {
  /** Length of the payload descriptor; VP9 data follows. */
  headerBytes: number;
  /** The packet holds the first bytes of a layer's frame. */
  startOfFrame: boolean;
  /** Other pictures are needed for this one (P). */
  interPicture: boolean;
  /** The layer below of the same picture is needed (D). */
  interLayer: boolean;
  /** 7 or 15 bits, see `pictureIdBits`; null where absent. */
  pictureId: number | null;
  pictureIdBits: 0 | 7 | 15;
  /** Where the picture id stands in the payload; -1 where absent. */
  pictureIdAt: number;
  tl0PicIdx: number | null;
  tl0PicIdxAt: number;
  temporalId: number | null;
  spatialId: number | null;
  switchUp: boolean;
  /** The packet holds the first bytes of a keyframe. */
  keyframe: boolean;
  /** Size of that keyframe's largest layer, where it is told. */
  size: SizePx | null;
}

const MOST_REFERENCES = 3;

/** Reads the payload descriptor of RFC 9628 section 4.2; null where it goes beyond the payload or nothing follows it. */
export function parseVp9Descriptor(payload: Uint8Array): Vp9Descriptor | null {
  if (payload.length < 2) return null;
  const flags = payload[0]!;
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const flexible = has(0x10);
  const interPicture = has(0x40);
  let at = 1;
  let [pictureId, pictureIdAt]: [number | null, number] = [null, -1];
  let pictureIdBits: 0 | 7 | 15 = 0;
  if (has(0x80)) {
    if (at + 2 > payload.length) return null;
    pictureIdAt = at;
    const long = (payload[at]! & 0x80) !== 0;
    pictureId = long ? readU16(payload, at) & 0x7fff : payload[at]!;
    pictureIdBits = long ? 15 : 7;
    at += long ? 2 : 1;
  }
  let [temporalId, spatialId, tl0PicIdx]: (number | null)[] = [null, null, null];
  let tl0PicIdxAt = -1;
  let [switchUp, interLayer] = [false, false];
  if (has(0x20)) {
    if (at + 2 > payload.length) return null;
    const layer = payload[at++]!;
    temporalId = layer >> 5;
    switchUp = (layer & 0x10) !== 0;
    spatialId = (layer >> 1) & 7;
    interLayer = (layer & 1) !== 0;
    if (!flexible) {
      tl0PicIdxAt = at;
      tl0PicIdx = payload[at++]!;
    }
  }
  if (flexible && interPicture) {
    for (let count = 1, more = true; more; count++) {
      if (count > MOST_REFERENCES || at >= payload.length) return null;
      more = (payload[at++]! & 1) !== 0;
    }
  }
  let size: SizePx | null = null;
  if (has(0x02)) {
    const structure = scalability(payload, at);
    if (structure === null) return null;
    at = structure.end;
    size = structure.size;
  }
  if (at >= payload.length) return null;
  const startOfFrame = has(0x08);
  const keyframe = startOfFrame && !interPicture && (spatialId ?? 0) === 0;
  return {
    headerBytes: at,
    startOfFrame,
    interPicture,
    interLayer,
    pictureId,
    pictureIdBits,
    pictureIdAt,
    tl0PicIdx: tl0PicIdx ?? null,
    tl0PicIdxAt,
    temporalId: temporalId ?? null,
    spatialId: spatialId ?? null,
    switchUp,
    keyframe,
    size: keyframe ? (size ?? keyframeSize(payload.subarray(at))) : null,
  };
}

/** The scalability structure of section 4.2.1: where it ends, and the largest layer's size. */
function scalability(payload: Uint8Array, from: number): { end: number; size: SizePx | null } | null {
  if (from >= payload.length) return null;
  const flags = payload[from]!;
  const layers = (flags >> 5) + 1;
  let at = from + 1;
  let size: SizePx | null = null;
  if (flags & 0x10) {
    if (at + layers * 4 > payload.length) return null;
    at += layers * 4;
    size = { widthPx: readU16(payload, at - 4), heightPx: readU16(payload, at - 2) };
  }
  if (flags & 0x08) {
    if (at >= payload.length) return null;
    for (let pictures = payload[at++]!; pictures > 0; pictures--) {
      if (at >= payload.length) return null;
      at += 1 + ((payload[at]! >> 2) & 3);
    }
  }
  return { end: at, size };
}

const SYNC_CODE = 0x498342;
const RGB = 7;

/** From the uncompressed header of a keyframe; null where it is none, or is cut off. */
export function keyframeSize(frame: Uint8Array): SizePx | null {
  const reader = new BitReader(frame.subarray(0, 16));
  if (reader.bits(2) !== 2) return null;
  const profile = reader.bits(1) + 2 * reader.bits(1);
  if (profile === 3) reader.bits(1);
  // Shows an older frame again, or refers to one.
  if (reader.flag() || reader.flag()) return null;
  reader.bits(2);
  if (reader.bits(24) !== SYNC_CODE) return null;
  if (profile >= 2) reader.bits(1);
  const subsampled = profile === 1 || profile === 3;
  if (reader.bits(3) !== RGB) reader.bits(subsampled ? 4 : 1);
  else if (subsampled) reader.bits(1);
  const [widthPx, heightPx] = [reader.bits(16) + 1, reader.bits(16) + 1];
  return reader.overrun ? null : { widthPx, heightPx };
}

/** VP8 in RTP (RFC 7741) and the head of VP8 frames (RFC 6386 section 9.1). */

export interface Vp8Descriptor {
  /** Length of the payload descriptor; VP8 data follows. */
  headerBytes: number;
  startOfPartition: boolean;
  partitionIndex: number;
  /** No other frame depends on this one. */
  nonReference: boolean;
  /** 7 or 15 bits, see `pictureIdBits`; null where absent. */
  pictureId: number | null;
  pictureIdBits: 0 | 7 | 15;
  /** Where the picture id stands in the payload; -1 where absent. */
  pictureIdAt: number;
  tl0PicIdx: number | null;
  tl0PicIdxAt: number;
  temporalId: number | null;
  layerSync: boolean;
  keyIdx: number | null;
  /** The packet holds the first bytes of a keyframe. */
  keyframe: boolean;
  /** Size of that keyframe, where the packet is long enough to tell. */
  widthPx: number | null;
  heightPx: number | null;
}

const KEYFRAME_START = [0x9d, 0x01, 0x2a] as const;

/** Reads the payload descriptor of RFC 7741 section 4.2; null where it goes beyond the payload or nothing follows it. */
export function parseVp8Descriptor(payload: Uint8Array): Vp8Descriptor | null {
  if (payload.length < 2) return null;
  const first = payload[0]!;
  let at = 1;
  let pictureId: number | null = null;
  let pictureIdBits: 0 | 7 | 15 = 0;
  let pictureIdAt = -1;
  let tl0PicIdx: number | null = null;
  let tl0PicIdxAt = -1;
  let temporalId: number | null = null;
  let layerSync = false;
  let keyIdx: number | null = null;
  if (first & 0x80) {
    const flags = payload[at++]!;
    if (flags & 0x80) {
      if (at >= payload.length) return null;
      pictureIdAt = at;
      if (payload[at]! & 0x80) {
        if (at + 2 > payload.length) return null;
        pictureId = ((payload[at]! & 0x7f) << 8) | payload[at + 1]!;
        pictureIdBits = 15;
        at += 2;
      } else {
        pictureId = payload[at]!;
        pictureIdBits = 7;
        at += 1;
      }
    }
    if (flags & 0x40) {
      if (at >= payload.length) return null;
      tl0PicIdxAt = at;
      tl0PicIdx = payload[at++]!;
    }
    if (flags & 0x30) {
      if (at >= payload.length) return null;
      const byte = payload[at++]!;
      if (flags & 0x20) {
        temporalId = byte >> 6;
        layerSync = (byte & 0x20) !== 0;
      }
      if (flags & 0x10) keyIdx = byte & 0x1f;
    }
  }
  if (at >= payload.length) return null;
  const startOfPartition = (first & 0x10) !== 0;
  const partitionIndex = first & 0x07;
  const keyframe = startOfPartition && partitionIndex === 0 && (payload[at]! & 0x01) === 0;
  const sized = keyframe && at + 10 <= payload.length && KEYFRAME_START.every((byte, i) => payload[at + 3 + i] === byte);
  return {
    headerBytes: at,
    startOfPartition,
    partitionIndex,
    nonReference: (first & 0x20) !== 0,
    pictureId,
    pictureIdBits,
    pictureIdAt,
    tl0PicIdx,
    tl0PicIdxAt,
    temporalId,
    layerSync,
    keyIdx,
    keyframe,
    widthPx: sized ? ((payload[at + 7]! & 0x3f) << 8) | payload[at + 6]! : null,
    heightPx: sized ? ((payload[at + 9]! & 0x3f) << 8) | payload[at + 8]! : null,
  };
}

/** Whether an RTP payload starts a VP8 keyframe. */
export function isVp8Keyframe(payload: Uint8Array): boolean {
  return parseVp8Descriptor(payload)?.keyframe ?? false;
}

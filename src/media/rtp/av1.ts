import type { SizePx } from '../../core/media.js';
import { BitReader } from './bits.js';

/** AV1 in RTP (AOMedia, "RTP Payload Format For AV1", version 1.0) and the heads of its OBUs (AV1 specification, section 5). */

/** OBU types (AV1 specification section 6.2.2). */
export const OBU = { sequenceHeader: 1, temporalDelimiter: 2, tileList: 8, padding: 15 } as const;

export interface Av1Payload {
  /** The first element goes on with the last one of the packet before (Z), and the last one goes on in the next (Y). */
  continues: boolean;
  continued: boolean;
  /** The first packet of a coded video sequence, which begins with a keyframe (N). */
  newSequence: boolean;
  elements: Uint8Array[];
}

/** Reads the aggregation header and what it describes (section 4.3 to 4.4); null where a length goes beyond the payload. */
export function parseAv1Payload(payload: Uint8Array): Av1Payload | null {
  if (payload.length < 2) return null;
  const header = payload[0]!;
  const count = (header >> 4) & 3;
  const elements: Uint8Array[] = [];
  for (let at = 1; at < payload.length; ) {
    let length = payload.length - at;
    // The last of a known number of elements has no length of its own.
    if (count === 0 || elements.length < count - 1) {
      const size = leb128(payload, at);
      if (size === null || size.value > length - size.bytes) return null;
      at += size.bytes;
      length = size.value;
    }
    elements.push(payload.subarray(at, at + length));
    at += length;
  }
  if (elements.length === 0 || (count > 0 && elements.length !== count)) return null;
  return { continues: (header & 0x80) !== 0, continued: (header & 0x40) !== 0, newSequence: (header & 0x08) !== 0, elements };
}

/** AV1 specification section 4.10.5, up to 32 bits. */
function leb128(bytes: Uint8Array, at: number): { value: number; bytes: number } | null {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if ((byte & 0x80) === 0) return value > 0xffff_ffff ? null : { value, bytes: i + 1 };
  }
  return null;
}

function writeLeb128(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

export interface Obu {
  type: number;
  /** One byte, or two with an extension; it says that no size follows. */
  header: Uint8Array;
  body: Uint8Array;
}

/** One OBU, its own size field taken off where it has one; null where it is cut short. */
export function parseObu(element: Uint8Array): Obu | null {
  if (element.length < 1) return null;
  const first = element[0]!;
  if (first & 0x80) return null;
  const headerBytes = first & 0x04 ? 2 : 1;
  if (element.length < headerBytes) return null;
  const header = element.slice(0, headerBytes);
  header[0] = first & ~0x02;
  let body = element.subarray(headerBytes);
  if (first & 0x02) {
    const size = leb128(body, 0);
    if (size === null || size.value > body.length - size.bytes) return null;
    body = body.subarray(size.bytes, size.bytes + size.value);
  }
  return { type: (first >> 3) & 0x0f, header, body };
}

/** An OBU's header with its size behind it, as byte streams have it (section 5.2, the low-overhead format). */
export function sizedHeader({ header, body }: Obu): Uint8Array {
  const [first = 0, ...extension] = header;
  return Uint8Array.from([first | 0x02, ...extension, ...writeLeb128(body.length)]);
}

/** What the header of a coded video sequence says of it (AV1 specification section 5.5). */
export interface Av1Sequence {
  profile: number;
  /** Of the first operating point. */
  level: number;
  highTier: boolean;
  /** The largest of its pictures. */
  size: SizePx;
  depth: 8 | 10 | 12;
  monochrome: boolean;
}

/** The largest size of a sequence's pictures, from the body of its header; null where it is cut short. */
export function sequenceSize(body: Uint8Array): SizePx | null {
  const reader = new BitReader(body);
  const { size } = readHead(reader);
  return reader.overrun ? null : size;
}

/** From the body of a sequence header; null where it is cut short. */
export function parseSequence(body: Uint8Array): Av1Sequence | null {
  const reader = new BitReader(body);
  const { profile, reduced, level, highTier, size } = readHead(reader);
  skipTools(reader, reduced);
  const high = reader.flag();
  const twelve = high && profile === 2 && reader.flag();
  const monochrome = profile !== 1 && reader.flag();
  return reader.overrun ? null : { profile, level, highTier, size, depth: twelve ? 12 : high ? 10 : 8, monochrome };
}

function readHead(reader: BitReader): Omit<Av1Sequence, 'depth' | 'monochrome'> & { reduced: boolean } {
  const profile = reader.bits(3);
  reader.flag();
  const reduced = reader.flag();
  const { level, highTier } = reduced ? { level: reader.bits(5), highTier: false } : readOperatingPoints(reader);
  const [widthBits, heightBits] = [reader.bits(4) + 1, reader.bits(4) + 1];
  return { profile, reduced, level, highTier, size: { widthPx: reader.bits(widthBits) + 1, heightPx: reader.bits(heightBits) + 1 } };
}

/** What stands between the sizes and the colours. */
function skipTools(reader: BitReader, reduced: boolean): void {
  if (!reduced && reader.flag()) reader.bits(7);
  reader.bits(3);
  if (!reduced) {
    reader.bits(4);
    const orderHint = reader.flag();
    if (orderHint) reader.bits(2);
    const screenContent = reader.flag() || reader.flag();
    if (screenContent && !reader.flag()) reader.bits(1);
    if (orderHint) reader.bits(3);
  }
  reader.bits(3);
}

function readOperatingPoints(reader: BitReader): { level: number; highTier: boolean } {
  let delayBits: number | null = null;
  if (reader.flag()) {
    // timing_info, and with it perhaps decoder_model_info.
    reader.bits(32);
    reader.bits(32);
    if (reader.flag()) reader.unsigned();
    if (reader.flag()) {
      delayBits = reader.bits(5) + 1;
      reader.bits(32);
      reader.bits(10);
    }
  }
  const displayDelay = reader.flag();
  let first: { level: number; highTier: boolean } | null = null;
  for (let points = reader.bits(5) + 1; points > 0; points--) {
    reader.bits(12);
    const level = reader.bits(5);
    const highTier = level > 7 && reader.flag();
    first ??= { level, highTier };
    if (delayBits !== null && reader.flag()) {
      reader.bits(delayBits);
      reader.bits(delayBits);
      reader.bits(1);
    }
    if (displayDelay && reader.flag()) reader.bits(4);
  }
  return first ?? { level: 0, highTier: false };
}

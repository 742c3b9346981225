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

/** The largest size of a sequence's pictures, from the body of its header (section 5.5); null where it is cut short. */
export function sequenceSize(body: Uint8Array): SizePx | null {
  const reader = new BitReader(body);
  reader.bits(3);
  reader.flag();
  if (reader.flag()) reader.bits(5);
  else skipOperatingPoints(reader);
  const [widthBits, heightBits] = [reader.bits(4) + 1, reader.bits(4) + 1];
  const [widthPx, heightPx] = [reader.bits(widthBits) + 1, reader.bits(heightBits) + 1];
  return reader.overrun ? null : { widthPx, heightPx };
}

function skipOperatingPoints(reader: BitReader): void {
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
  for (let points = reader.bits(5) + 1; points > 0; points--) {
    reader.bits(12);
    if (reader.bits(5) > 7) reader.bits(1);
    if (delayBits !== null && reader.flag()) {
      reader.bits(delayBits);
      reader.bits(delayBits);
      reader.bits(1);
    }
    if (displayDelay && reader.flag()) reader.bits(4);
  }
}

/** ISO/IEC 14496-12 boxes as bytes. Numbers are big-endian. */

export type Bytes = Uint8Array;

export function u8(...values: number[]): Bytes {
  return Uint8Array.from(values);
}

export function u16(...values: number[]): Bytes {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => bytes.writeUInt16BE(value & 0xffff, i * 2));
  return bytes;
}

export function u32(...values: number[]): Bytes {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32BE(value >>> 0, i * 4));
  return bytes;
}

export function u64(...values: number[]): Bytes {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => bytes.writeBigUInt64BE(BigInt(value), i * 8));
  return bytes;
}

export function ascii(text: string): Bytes {
  return Buffer.from(text, 'latin1');
}

/** A box (section 4.2): 32-bit size, type, contents. */
export function box(type: string, ...contents: Bytes[]): Bytes {
  const size = contents.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(size), ascii(type), ...contents], size);
}

/** A full box: with version and flags. */
export function fullBox(type: string, version: number, flags: number, ...contents: Bytes[]): Bytes {
  return box(type, u32(version * 2 ** 24 + flags), ...contents);
}

/** An MPEG-4 descriptor (ISO/IEC 14496-1 section 8.3.3), its size in the four-byte form. */
export function descriptor(tag: number, ...contents: Bytes[]): Bytes {
  const size = contents.reduce((sum, part) => sum + part.length, 0);
  const sizeBytes = u8(0x80 | (size >> 21), 0x80 | ((size >> 14) & 0x7f), 0x80 | ((size >> 7) & 0x7f), size & 0x7f);
  return Buffer.concat([u8(tag), sizeBytes, ...contents]);
}

/**
 * Reads a sequence parameter set (ITU-T H.264 section 7.3.2.1.1 and annex E) of our own encoders, and gives it
 * the colours of V1. Throws an `Error` where it ends too early.
 */
export interface SpsFacts {
  /** 100: High. */
  profileIdc: number;
  /** Ten times the level: 40 is 4.0. */
  levelIdc: number;
  /** 1: 4:2:0. */
  chromaFormatIdc: number;
  bitDepth: number;
  widthPx: number;
  heightPx: number;
  progressive: boolean;
  /** Null where the stream does not say. 1 is BT.709 in each of the three. */
  colour: { primaries: number; transfer: number; matrix: number; fullRange: boolean } | null;
}

export function readSps(nal: Uint8Array): SpsFacts {
  return parse(new Bits(withoutEmulation(nal))).facts;
}

/**
 * The same parameter set with BT.709, limited range. Encoders in hardware leave it out, though players go by it
 * where they look past the container. Where nothing was said of reordering, it says that there is none: without
 * B-frames a picture is shown as soon as it is decoded.
 */
export function withColour(nal: Uint8Array): Uint8Array {
  const source = withoutEmulation(nal);
  const { vuiAt, signal, referenceFrames } = parse(new Bits(source));
  const out = new BitWriter();
  if (signal) {
    out.copy(source, 0, signal.from);
    out.put(BT709, BT709_BITS);
    out.copy(source, signal.to, lastBitOf(source));
  } else {
    out.copy(source, 0, vuiAt);
    // vui_parameters_present, no aspect ratio, no overscan.
    out.put(0b100, 3);
    out.put(BT709, BT709_BITS);
    // No chroma location, timing, HRD (twice) or pic_struct; then the restrictions of the bit stream.
    out.put(0b00000_1, 6);
    out.put(1, 1);
    for (const value of [0, 0, 15, 15, 0, referenceFrames]) out.ue(value);
  }
  return withEmulation(out.finish());
}

/** video_signal_type_present, format unspecified, limited range, colour described: primaries, transfer, matrix. */
const BT709 = 0b1_101_0_1 * 2 ** 24 + 0x010101;
const BT709_BITS = 30;
const EXTENDED_SAR = 255;
/** Profiles that tell of chroma and depth (section 7.3.2.1.1). */
const HIGH_PROFILES = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

interface Parsed {
  facts: SpsFacts;
  /** Bit of vui_parameters_present_flag. */
  vuiAt: number;
  /** Bits of the part that tells of the video signal, its flag included; null where there is no VUI. */
  signal: { from: number; to: number } | null;
  referenceFrames: number;
}

function parse(bits: Bits): Parsed {
  bits.skip(8);
  const profileIdc = bits.u(8);
  bits.skip(8);
  const levelIdc = bits.u(8);
  bits.ue();
  let [chromaFormatIdc, bitDepth] = [1, 8];
  if (HIGH_PROFILES.has(profileIdc)) {
    chromaFormatIdc = bits.ue();
    if (chromaFormatIdc === 3) bits.skip(1);
    bitDepth = 8 + Math.max(bits.ue(), bits.ue());
    bits.skip(1);
    if (bits.u(1) === 1) skipScalingLists(bits, chromaFormatIdc === 3 ? 12 : 8);
  }
  bits.ue();
  skipPictureOrder(bits);
  const referenceFrames = bits.ue();
  bits.skip(1);
  const widthPx = (bits.ue() + 1) * 16;
  const mapUnits = bits.ue() + 1;
  const progressive = bits.u(1) === 1;
  if (!progressive) bits.skip(1);
  bits.skip(1);
  // Of 4:2:0, in pixels.
  const crop = bits.u(1) === 1 ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()].map((units) => units * 2) : [0, 0, 0, 0];
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const vuiAt = bits.at;
  const { colour, signal } = bits.u(1) === 1 ? readSignal(bits) : { colour: null, signal: null };
  const size = { widthPx: widthPx - left - right, heightPx: mapUnits * 16 * (progressive ? 1 : 2) - top - bottom };
  return { facts: { profileIdc, levelIdc, chromaFormatIdc, bitDepth, ...size, progressive, colour }, vuiAt, signal, referenceFrames };
}

function readSignal(bits: Bits): { colour: SpsFacts['colour']; signal: { from: number; to: number } } {
  if (bits.u(1) === 1 && bits.u(8) === EXTENDED_SAR) bits.skip(32);
  if (bits.u(1) === 1) bits.skip(1);
  const from = bits.at;
  let colour: SpsFacts['colour'] = null;
  if (bits.u(1) === 1) {
    bits.skip(3);
    const fullRange = bits.u(1) === 1;
    if (bits.u(1) === 1) colour = { primaries: bits.u(8), transfer: bits.u(8), matrix: bits.u(8), fullRange };
  }
  return { colour, signal: { from, to: bits.at } };
}

function skipScalingLists(bits: Bits, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (bits.u(1) === 0) continue;
    let [last, next] = [8, 8];
    for (let i = 0; i < (list < 6 ? 16 : 64); i++) {
      if (next !== 0) next = (last + bits.se() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

function skipPictureOrder(bits: Bits): void {
  const type = bits.ue();
  if (type === 0) bits.ue();
  if (type !== 1) return;
  bits.skip(1);
  bits.se();
  bits.se();
  for (let left = bits.ue(); left > 0; left--) bits.se();
}

class Bits {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  skip(count: number): void {
    this.at += count;
  }

  u(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + this.#bit();
    return value;
  }

  ue(): number {
    let zeros = 0;
    while (this.#bit() === 0) zeros++;
    return 2 ** zeros - 1 + this.u(zeros);
  }

  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  #bit(): number {
    const byte = this.#bytes[this.at >> 3];
    if (byte === undefined) throw new Error('the sequence parameter set ends too early');
    return (byte >> (7 - (this.at++ & 7))) & 1;
  }
}

class BitWriter {
  readonly #bits: number[] = [];

  put(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) this.#bits.push(Math.floor(value / 2 ** i) % 2);
  }

  ue(value: number): void {
    const length = Math.floor(Math.log2(value + 1));
    this.put(0, length);
    this.put(value + 1, length + 1);
  }

  copy(bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at++) this.#bits.push(((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
  }

  /** With rbsp_trailing_bits. */
  finish(): Uint8Array {
    this.#bits.push(1);
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    this.#bits.forEach((bit, at) => (bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (bit << (7 - (at & 7)))));
    return bytes;
  }
}

/** Bits before rbsp_stop_one_bit. */
function lastBitOf(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  const last = bytes[end - 1] ?? 0;
  return end * 8 - 1 - Math.log2(last & -last);
}

/** Takes the emulation prevention bytes out (section 7.4.1). */
function withoutEmulation(nal: Uint8Array): Uint8Array {
  return Uint8Array.from(nal).filter((byte, at, all) => !(byte === 3 && at >= 2 && all[at - 1] === 0 && all[at - 2] === 0));
}

function withEmulation(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const byte of bytes) {
    if (byte <= 3 && out.at(-1) === 0 && out.at(-2) === 0) out.push(3);
    out.push(byte);
  }
  return Uint8Array.from(out);
}

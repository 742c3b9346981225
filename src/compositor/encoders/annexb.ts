import type { AccessUnit, ParameterSets } from './encoder.js';

/**
 * Cuts an H.264 byte stream (ITU-T H.264 annex B) into access units at its access unit delimiters.
 * The stream comes from our own encoder with `aud=1`; it is not a parser of foreign input.
 */
export class AnnexBSplitter {
  readonly #onUnit: (unit: AccessUnit) => void;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(onUnit: (unit: AccessUnit) => void) {
    this.#onUnit = onUnit;
  }

  push(chunk: Buffer): void {
    // The last three bytes are looked at again: a delimiter may lie across two chunks.
    const tail = this.#tail(4);
    const scan = tail.length > 0 ? Buffer.concat([tail, chunk]) : chunk;
    const scanStart = this.#pendingBytes - tail.length;
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    const cuts: number[] = [];
    for (let at = scan.indexOf(DELIMITER); at >= 0; at = scan.indexOf(DELIMITER, at + 4)) {
      const leadingZero = at > 0 && scan[at - 1] === 0 ? 1 : 0;
      const position = scanStart + at - leadingZero;
      if (position > 0) cuts.push(position);
    }
    if (cuts.length === 0) return;
    const all = Buffer.concat(this.#pending, this.#pendingBytes);
    let start = 0;
    for (const cut of cuts) {
      this.#emit(all.subarray(start, cut));
      start = cut;
    }
    this.#pending = [all.subarray(start)];
    this.#pendingBytes = all.length - start;
  }

  /** The stream ended: what is left is the last access unit. */
  flush(): void {
    if (this.#pendingBytes > 0) this.#emit(Buffer.concat(this.#pending, this.#pendingBytes));
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #tail(bytes: number): Buffer {
    const last = this.#pending.at(-1);
    if (!last) return Buffer.alloc(0);
    if (last.length >= bytes || this.#pending.length === 1) return last.subarray(-bytes);
    return Buffer.concat(this.#pending, this.#pendingBytes).subarray(-bytes);
  }

  #emit(stream: Buffer): void {
    const unit = toAccessUnit(stream);
    if (unit) this.#onUnit(unit);
  }
}

const DELIMITER = Buffer.from([0, 0, 1, 9]);

const NAL_IDR = 5;
const NAL_SPS = 7;
const NAL_PPS = 8;
const NAL_DELIMITER = 9;

/** Turns the NAL units of one access unit to length-prefixed form; null where it holds no picture. */
export function toAccessUnit(stream: Uint8Array): AccessUnit | null {
  let sps: Uint8Array | null = null;
  let pps: Uint8Array | null = null;
  let keyframe = false;
  let bytes = 0;
  const kept: Uint8Array[] = [];
  for (const nal of nalUnits(stream)) {
    const type = (nal[0] ?? 0) & 0x1f;
    if (type === NAL_SPS) sps = nal.slice();
    else if (type === NAL_PPS) pps = nal.slice();
    else if (type !== NAL_DELIMITER) {
      keyframe ||= type === NAL_IDR;
      kept.push(nal);
      bytes += 4 + nal.length;
    }
  }
  if (bytes === 0) return null;
  const data = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const nal of kept) {
    at = data.writeUInt32BE(nal.length, at);
    data.set(nal, at);
    at += nal.length;
  }
  const parameterSets: ParameterSets | null = sps && pps ? { sps, pps } : null;
  return { data, keyframe, parameterSets };
}

/** The byte stream of access units again, their parameter sets in front of them. */
export function annexBOf(units: readonly AccessUnit[]): Buffer {
  const startCode = Buffer.from([0, 0, 0, 1]);
  return Buffer.concat(
    units.flatMap(({ data, parameterSets }) => {
      const parts: Uint8Array[] = parameterSets ? [startCode, parameterSets.sps, startCode, parameterSets.pps] : [];
      const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      for (let at = 0; at < view.length; at += 4 + view.readUInt32BE(at)) parts.push(startCode, view.subarray(at + 4, at + 4 + view.readUInt32BE(at)));
      return parts;
    }),
  );
}

function* nalUnits(stream: Uint8Array): Generator<Uint8Array> {
  const buffer = Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength);
  const startCode = Buffer.from([0, 0, 1]);
  let start = buffer.indexOf(startCode);
  while (start >= 0) {
    const from = start + 3;
    const next = buffer.indexOf(startCode, from);
    let to = next < 0 ? buffer.length : next;
    // Zero bytes before a start code belong to it (trailing_zero_8bits).
    while (to > from && buffer[to - 1] === 0) to--;
    if (to > from) yield buffer.subarray(from, to);
    start = next;
  }
}

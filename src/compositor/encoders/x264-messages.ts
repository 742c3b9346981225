import type { RectPx } from '../../../native/index.js';
import type { AccessUnit } from './encoder.js';

/** What is said to and by `reelroom-x264` (native/x264/main.cc). Pure. */

/** More rectangles than this are told as "anything may have changed". */
const MAX_RECTS = 256;
const ANYTHING = 2 ** 32 - 1;
const HEADER_BYTES = 16;
/** A message that says it is longer is none of ours. An uncompressed 8K picture has 50 MB. */
const MAX_MESSAGE_BYTES = 100_000_000;

export const x264Messages = {
  /** The canvas in `slot`; `changed`: where it differs from the one before, undefined where that is unknown. */
  frame(slot: number, changed?: readonly RectPx[]): Uint8Array {
    const rects = changed && changed.length <= MAX_RECTS ? changed : null;
    const message = new DataView(new ArrayBuffer(8 + (rects?.length ?? 0) * 8));
    message.setUint32(0, slot, true);
    message.setUint32(4, rects?.length ?? ANYTHING, true);
    rects?.forEach(({ x, y, width, height }, index) => {
      [x, y, width, height].forEach((value, part) => message.setUint16(8 + index * 8 + part * 2, value, true));
    });
    return new Uint8Array(message.buffer);
  },
};

/** Puts access units together from what the program writes, however it is cut. Throws on what it never writes. */
export class X264Splitter {
  readonly #onAccessUnit: (unit: AccessUnit) => void;
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Of the message that is under way, the header included. */
  #wanted = HEADER_BYTES;

  constructor(onAccessUnit: (unit: AccessUnit) => void) {
    this.#onAccessUnit = onAccessUnit;
  }

  push(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes >= this.#wanted) {
      const all = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
      const wanted = HEADER_BYTES + lengthsOf(all).reduce((sum, length) => sum + length, 0);
      if (wanted > MAX_MESSAGE_BYTES) throw new Error('The encoder wrote what is no message.');
      this.#wanted = wanted;
      this.#parts = [all];
      if (all.length < wanted) return;
      const rest = all.subarray(wanted);
      this.#parts = rest.length > 0 ? [rest] : [];
      this.#bytes = rest.length;
      this.#wanted = HEADER_BYTES;
      this.#onAccessUnit(accessUnit(all.subarray(0, wanted)));
    }
  }
}

/** Bytes of the sequence parameter set, the picture parameter set and the NAL units. */
function lengthsOf(message: Buffer): [number, number, number] {
  return [message.readUInt32LE(8), message.readUInt32LE(12), message.readUInt32LE(0)];
}

function accessUnit(message: Buffer): AccessUnit {
  const [spsBytes, ppsBytes, dataBytes] = lengthsOf(message);
  const sps = message.subarray(HEADER_BYTES, HEADER_BYTES + spsBytes);
  const pps = message.subarray(HEADER_BYTES + spsBytes, HEADER_BYTES + spsBytes + ppsBytes);
  const from = HEADER_BYTES + spsBytes + ppsBytes;
  return {
    data: message.subarray(from, from + dataBytes),
    keyframe: message.readUInt32LE(4) === 1,
    parameterSets: spsBytes > 0 && ppsBytes > 0 ? { sps, pps } : null,
  };
}

import type { I420 } from '../../native/index.js';

/** A picture that owns its memory: the three planes lie one after the other in `bytes`, without gaps. */
export interface PackedPicture extends I420 {
  /** Y, U and V as an encoder takes raw `yuv420p`. */
  readonly bytes: Uint8Array;
}

/** Zeroed memory, which is no colour of the limited range: paint all of it. */
export function createPicture(width: number, height: number): PackedPicture {
  return wrapPicture(new Uint8Array(packedBytes(width, height)), width, height);
}

/** A view of raw `yuv420p` bytes. Throws `RangeError` where the length is not that of the size. */
export function wrapPicture(bytes: Uint8Array, width: number, height: number): PackedPicture {
  if (bytes.length !== packedBytes(width, height)) {
    throw new RangeError(`${bytes.length} bytes are no I420 picture of ${width}x${height}`);
  }
  const halfWidth = Math.ceil(width / 2);
  const luma = width * height;
  const chroma = halfWidth * Math.ceil(height / 2);
  return {
    width,
    height,
    bytes,
    y: bytes.subarray(0, luma),
    u: bytes.subarray(luma, luma + chroma),
    v: bytes.subarray(luma + chroma),
    strideY: width,
    strideU: halfWidth,
    strideV: halfWidth,
  };
}

function packedBytes(width: number, height: number): number {
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
}

/** Limited range: luma 16 to 235, chroma 16 to 240. */
export interface Yuv {
  y: number;
  u: number;
  v: number;
}

/** An sRGB colour (0 to 255 each) in BT.709 limited range (ITU-R BT.709-6 sections 3 and 4, 8 bits). */
export function bt709(red: number, green: number, blue: number): Yuv {
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return {
    y: Math.round(16 + (luma * 219) / 255),
    u: Math.round(128 + (((blue - luma) / 1.8556) * 224) / 255),
    v: Math.round(128 + (((red - luma) / 1.5748) * 224) / 255),
  };
}

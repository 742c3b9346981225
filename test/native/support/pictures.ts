import type { I420, RectPx } from '../../../native/index.js';

/** A small fast source of numbers that a test can name by its seed (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A picture whose rows have `spare` bytes after them; the last row ends where its samples end. */
export function picture(width: number, height: number, spare = 0): I420 {
  const halfWidth = Math.ceil(width / 2);
  const halfHeight = Math.ceil(height / 2);
  const plane = (w: number, h: number): Uint8Array => new Uint8Array((w + spare) * (h - 1) + w);
  return {
    width,
    height,
    y: plane(width, height),
    u: plane(halfWidth, halfHeight),
    v: plane(halfWidth, halfHeight),
    strideY: width + spare,
    strideU: halfWidth + spare,
    strideV: halfWidth + spare,
  };
}

export interface PlaneView {
  data: Uint8Array;
  stride: number;
  width: number;
  height: number;
}

export function planes(of: I420): [PlaneView, PlaneView, PlaneView] {
  const width = Math.ceil(of.width / 2);
  const height = Math.ceil(of.height / 2);
  return [
    { data: of.y, stride: of.strideY, width: of.width, height: of.height },
    { data: of.u, stride: of.strideU, width, height },
    { data: of.v, stride: of.strideV, width, height },
  ];
}

/** Sets each sample by its plane's number and its place. */
export function paint(target: I420, value: (plane: number, x: number, y: number) => number): I420 {
  planes(target).forEach((plane, index) => {
    for (let y = 0; y < plane.height; y++) {
      for (let x = 0; x < plane.width; x++) plane.data[y * plane.stride + x] = value(index, x, y);
    }
  });
  return target;
}

/** All samples of a rectangle in the order Y, U, V, without what lies between rows. */
export function samples(of: I420, rect: RectPx = { x: 0, y: 0, width: of.width, height: of.height }): Uint8Array {
  const parts: Uint8Array[] = [];
  planes(of).forEach((plane, index) => {
    const shift = index === 0 ? 0 : 1;
    const [left, right] = [rect.x >> shift, (rect.x + rect.width + shift) >> shift];
    const [top, bottom] = [rect.y >> shift, (rect.y + rect.height + shift) >> shift];
    for (let y = top; y < bottom; y++) parts.push(plane.data.slice(y * plane.stride + left, y * plane.stride + right));
  });
  return Uint8Array.from(Buffer.concat(parts));
}

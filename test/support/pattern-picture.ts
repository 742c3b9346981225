import { onCanvas, type Placement } from './movie-frames.js';
import { CAMERA, type RectPx } from './pattern.js';

/** Draws the camera's pattern without a browser, planar 4:2:0. */
export interface PlanarPicture {
  widthPx: number;
  heightPx: number;
  /** Y, U and V without gaps; both sides are even. */
  planes: Uint8Array;
}

export type Yuv = [number, number, number];

/** A black picture. */
export function planarPicture(widthPx: number, heightPx: number): PlanarPicture {
  const planes = new Uint8Array((widthPx * heightPx * 3) / 2).fill(128);
  planes.fill(16, 0, widthPx * heightPx);
  return { widthPx, heightPx, planes };
}

/** Draws one frame of the camera at its placement, which is given in the picture's own pixels. */
export function drawCamera(picture: PlanarPicture, placement: Placement, colour: Yuv, frame: number, flash: boolean): void {
  fill(picture, onCanvas(placement, { x: 0, y: 0, widthPx: CAMERA.widthPx, heightPx: CAMERA.heightPx }), colour);
  if (flash) fill(picture, onCanvas(placement, CAMERA.flash), WHITE);
  const { mark } = CAMERA;
  const value = frame % 2 ** mark.bits;
  let parity = 0;
  for (let block = 0; block < mark.bits + 3; block++) {
    const bit = block === 0 ? 1 : block <= mark.bits ? (value >> (mark.bits - block)) & 1 : block === mark.bits + 1 ? parity : 0;
    if (block > 0) parity ^= bit;
    const at = { x: mark.x + block * mark.blockPx, y: mark.y, widthPx: mark.blockPx, heightPx: mark.heightPx };
    fill(picture, onCanvas(placement, at), bit ? WHITE : BLACK);
  }
}

const WHITE: Yuv = [235, 128, 128];
const BLACK: Yuv = [16, 128, 128];

function fill({ widthPx, heightPx, planes }: PlanarPicture, rect: RectPx, [y, u, v]: Yuv): void {
  const even = (value: number): number => Math.round(value / 2) * 2;
  const x0 = even(rect.x);
  const y0 = even(rect.y);
  const x1 = even(rect.x + rect.widthPx);
  const y1 = even(rect.y + rect.heightPx);
  for (let row = y0; row < y1; row++) planes.fill(y, row * widthPx + x0, row * widthPx + x1);
  const size = widthPx * heightPx;
  for (const [start, value] of [[size, u], [(size * 5) / 4, v]] as const) {
    for (let row = y0 / 2; row < y1 / 2; row++) {
      planes.fill(value, start + (row * widthPx) / 2 + x0 / 2, start + (row * widthPx) / 2 + x1 / 2);
    }
  }
}

/** Limited-range luma and chroma of `#rrggbb`: BT.709 as in movies, BT.601 as WebRTC sends. */
export function yuvOf(colour: string, matrix: 'bt709' | 'bt601'): Yuv {
  const number = Number.parseInt(colour.slice(1), 16);
  const [r = 0, g = 0, b = 0] = [16, 8, 0].map((shift) => ((number >> shift) & 255) / 255);
  const [kr, kb] = matrix === 'bt709' ? [0.2126, 0.0722] : [0.299, 0.114];
  const luma = kr * r + (1 - kr - kb) * g + kb * b;
  const chroma = (value: number, k: number): number => Math.round(128 + (224 * (value - luma)) / (2 * (1 - k)));
  return [Math.round(16 + 219 * luma), chroma(b, kb), chroma(r, kr)];
}

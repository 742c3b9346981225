import { blocksOf } from './media-tools.js';
import { CAMERA, type MarkGeometry, type RectPx } from './pattern.js';

/** Pictures are looked at in this size, half of the canvas: the smallest blocks of a mark are then still 8 pixels wide. */
export const LOOK_WIDTH = 960;
export const LOOK_HEIGHT = 540;
/** The canvas that rectangles are given in. */
const CANVAS_WIDTH = 1920;
const SCALE = LOOK_WIDTH / CANVAS_WIDTH;

/** One frame of the movie, planar 4:2:0 in half size; valid until the next one. */
export interface MovieFrame {
  index: number;
  /** Time in the movie, ms. */
  timeMs: number;
  planes: Uint8Array;
}

/** Frames of the whole movie in order, as a player shows them on its 30 Hz grid. */
export async function* framesOf(path: string): AsyncGenerator<MovieFrame> {
  let index = 0;
  const args = ['-v', 'error', '-threads', '1', '-i', path, '-map', '0:v:0', '-fps_mode', 'passthrough', '-vf',
    `scale=${LOOK_WIDTH}:${LOOK_HEIGHT}:flags=area`, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'];
  for await (const planes of blocksOf('ffmpeg', args, (LOOK_WIDTH * LOOK_HEIGHT * 3) / 2)) {
    yield { index, timeMs: (index * 1000) / 30, planes };
    index++;
  }
}

/** Mean luma, 16 (black) to 235 (white), of a rectangle in canvas pixels. */
export function lumaIn(frame: MovieFrame, rect: RectPx): number {
  return mean(frame.planes, 0, LOOK_WIDTH, LOOK_HEIGHT, rect, SCALE);
}

/** Mean colour of a rectangle in canvas pixels as red, green, blue (0-255), read as BT.709 limited range. */
export function colourIn(frame: MovieFrame, rect: RectPx): [number, number, number] {
  const y = ((lumaIn(frame, rect) - 16) * 255) / 219;
  const size = LOOK_WIDTH * LOOK_HEIGHT;
  const u = ((mean(frame.planes, size, LOOK_WIDTH / 2, LOOK_HEIGHT / 2, rect, SCALE / 2) - 128) * 255) / 224;
  const v = ((mean(frame.planes, (size * 5) / 4, LOOK_WIDTH / 2, LOOK_HEIGHT / 2, rect, SCALE / 2) - 128) * 255) / 224;
  const clip = (value: number): number => Math.max(0, Math.min(255, Math.round(value)));
  return [clip(y + 1.5748 * v), clip(y - 0.1873 * u - 0.4681 * v), clip(y + 1.8556 * u)];
}

function mean(planes: Uint8Array, start: number, width: number, height: number, rect: RectPx, scale: number): number {
  const x0 = Math.max(0, Math.ceil(rect.x * scale));
  const y0 = Math.max(0, Math.ceil(rect.y * scale));
  const x1 = Math.min(width, Math.max(x0 + 1, Math.floor((rect.x + rect.widthPx) * scale)));
  const y1 = Math.min(height, Math.max(y0 + 1, Math.floor((rect.y + rect.heightPx) * scale)));
  let sum = 0;
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) sum += planes[start + y * width + x] ?? 0;
  const count = (x1 - x0) * (y1 - y0);
  return count > 0 ? sum / count : 0;
}

/**
 * Share of pixels of a rectangle (canvas pixels) whose luma is further than `tolerance` from the
 * rectangle's most frequent luma: text or a drawing on what should be plain.
 */
export function unevenness(frame: MovieFrame, rect: RectPx, tolerance: number, leaveOut: RectPx[] = []): number {
  const counts = new Uint32Array(256);
  const within = (x: number, y: number, { x: left, y: top, widthPx, heightPx }: RectPx): boolean =>
    x >= left * SCALE && x < (left + widthPx) * SCALE && y >= top * SCALE && y < (top + heightPx) * SCALE;
  let total = 0;
  for (let y = Math.ceil(rect.y * SCALE); y < Math.floor((rect.y + rect.heightPx) * SCALE); y++) {
    for (let x = Math.ceil(rect.x * SCALE); x < Math.floor((rect.x + rect.widthPx) * SCALE); x++) {
      if (leaveOut.some((other) => within(x, y, other))) continue;
      const luma = frame.planes[y * LOOK_WIDTH + x] ?? 0;
      counts[luma] = (counts[luma] ?? 0) + 1;
      total++;
    }
  }
  const usual = counts.indexOf(Math.max(...counts));
  const near = counts.slice(Math.max(0, usual - tolerance), usual + tolerance + 1).reduce((sum, count) => sum + count, 0);
  return total === 0 ? 0 : 1 - near / total;
}

/** Where a source's whole picture lies on the canvas; its edges may lie outside the tile where it is cropped. */
export interface Placement {
  source: { widthPx: number; heightPx: number };
  on: RectPx;
}

/** A rectangle of the source's picture in canvas pixels. */
export function onCanvas({ source, on }: Placement, rect: RectPx): RectPx {
  const x = on.widthPx / source.widthPx;
  const y = on.heightPx / source.heightPx;
  return { x: on.x + rect.x * x, y: on.y + rect.y * y, widthPx: rect.widthPx * x, heightPx: rect.heightPx * y };
}

export interface MarkReading {
  /** The frame's number modulo 2^bits. */
  value: number;
  blackLuma: number;
  whiteLuma: number;
}

/** The number in the mark, or null where no mark can be read beyond doubt. */
export function readMark(frame: MovieFrame, placement: Placement, mark: MarkGeometry): MarkReading | null {
  const block = (index: number): number =>
    lumaIn(frame, onCanvas(placement, {
      x: mark.x + (index + 0.25) * mark.blockPx,
      y: mark.y + mark.heightPx / 4,
      widthPx: mark.blockPx / 2,
      heightPx: mark.heightPx / 2,
    }));
  const whiteLuma = block(0);
  const blackLuma = block(mark.bits + 2);
  const span = whiteLuma - blackLuma;
  if (span < 80) return null;
  let value = 0;
  let parity = 0;
  for (let index = 1; index <= mark.bits + 1; index++) {
    const level = (block(index) - blackLuma) / span;
    if (level > 0.35 && level < 0.65) return null;
    const bit = level > 0.5 ? 1 : 0;
    parity ^= bit;
    if (index <= mark.bits) value = value * 2 + bit;
  }
  return parity === 0 ? { value, blackLuma, whiteLuma } : null;
}

/** Whether the camera's patch is white, judged by the mark's own black and white. */
export function seesFlash(frame: MovieFrame, placement: Placement, reading: MarkReading): boolean {
  const { x, y, widthPx, heightPx } = CAMERA.flash;
  const inner = { x: x + widthPx / 8, y: y + heightPx / 4, widthPx: widthPx * 0.75, heightPx: heightPx / 2 };
  const luma = lumaIn(frame, onCanvas(placement, inner));
  return (luma - reading.blackLuma) / (reading.whiteLuma - reading.blackLuma) > 0.8;
}

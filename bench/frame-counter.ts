import { execFileSync } from 'node:child_process';
import type { Tile } from '../src/compositor/layout.js';

/** A number in the picture of each frame, as black and white boxes, so that a movie tells which of them it shows. */

const BITS = 10;
const BOX_PX = 32;
/** Inside of what tiles crop. */
const LEFT_PX = 160;

/** A filter of ffmpeg that draws it. */
export function countedFrames(): string {
  const box = (x: number, width: number, colour: string): string => `drawbox=x=${x}:y=0:w=${width}:h=${BOX_PX}:color=${colour}:t=fill`;
  const bits = Array.from({ length: BITS }, (_, bit) => `${box(LEFT_PX + bit * BOX_PX, BOX_PX, 'white')}:enable='gte(mod(n\\,${2 ** (bit + 1)})\\,${2 ** bit})'`);
  return [box(LEFT_PX, BITS * BOX_PX, 'black'), ...bits].join(',');
}

/** How many different numbers a part of a movie shows in this tile. */
export function distinctFrames(movie: string, { rect, crop }: Tile, [fromS, seconds]: [number, number]): number {
  const scale = rect.width / crop.width;
  const [width, height] = [BITS, 1].map((boxes) => Math.round(boxes * BOX_PX * scale));
  const place = `crop=${width}:${height}:${Math.round(rect.x + (LEFT_PX - crop.x) * scale)}:${rect.y}`;
  const shown = execFileSync('ffmpeg', [
    ...['-v', 'error', '-nostdin', '-ss', String(fromS), '-t', String(seconds), '-i', movie],
    ...['-vf', `${place},scale=${BITS}:1:flags=area,format=gray`, '-f', 'rawvideo', '-'],
  ]);
  const numbers = new Set<number>();
  for (let at = 0; at + BITS <= shown.length; at += BITS) {
    numbers.add(shown.subarray(at, at + BITS).reduce((number, level, bit) => number + (level > 127 ? 2 ** bit : 0), 0));
  }
  return numbers.size;
}

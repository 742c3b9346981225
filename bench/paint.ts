import { native, type I420 } from '../native/index.js';
import { layoutTiles, type Tile } from '../src/compositor/layout.js';
import { Painter } from '../src/compositor/painter.js';
import { createPicture } from '../src/compositor/picture.js';
import { cpuMs, median, percentile } from './measure.js';
import type { Measurement } from './trial.js';

const ROUNDS = 600;

/** A stage and four webcams, two pictures of each to change between. */
function scene(): { tiles: Tile[]; pictures: Map<string, I420>[] } {
  const sizes: [string, number, number][] = [['screen', 1920, 1080], ...['a', 'b', 'c', 'd'].map((id) => [id, 1280, 720] as [string, number, number])];
  const pictures = [0, 1].map((shade) => new Map(sizes.map(([id, width, height]) => [id, noisy(width, height, shade)])));
  const people = sizes.slice(1).map(([trackId, widthPx, heightPx], joinedOrder) => ({
    ...{ memberId: trackId, trackId, widthPx, heightPx, joinedOrder, highlighted: false },
  }));
  const tiles = layoutTiles({ layout: 'stage', content: { trackId: 'screen', widthPx: 1920, heightPx: 1080 }, people });
  return { tiles, pictures };
}

function noisy(width: number, height: number, shade: number): I420 {
  const picture = createPicture(width, height);
  picture.bytes.forEach((_, index) => (picture.bytes[index] = (index * 31 + shade * 90) & 255));
  return picture;
}

/** `p99`: CPU milliseconds of the slowest in a hundred. `ratio`: median next to the kernel called on the same tiles. */
export function paintAll(value: 'p99' | 'ratio'): Measurement {
  const { tiles, pictures } = scene();
  const painter = new Painter();
  const canvas = createPicture(1920, 1080);
  const copy = new Uint8Array(canvas.bytes.length);
  const addon = native();
  const pictureOf = (round: number, id: string): I420 => pictures[round % 2]?.get(id) as I420;
  const painted: number[] = [];
  const scaled: number[] = [];
  const copied: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    painted.push(...cpuMs(1, () => painter.paint(tiles, (id) => pictureOf(round, id), null)));
    scaled.push(
      ...cpuMs(1, () => {
        for (const { trackId, rect, crop } of tiles) addon.scale(canvas, rect, pictureOf(round, trackId), crop, true);
      }),
    );
    copied.push(...cpuMs(1, () => copy.set(canvas.bytes)));
  }
  const ratio = median(painted) / median(scaled);
  return {
    value: value === 'p99' ? percentile(painted, 0.99) : ratio,
    also: { medianMs: median(painted), kernelMs: median(scaled), canvasCopyMs: median(copied) },
  };
}

export function paintNothing(): Measurement {
  const { tiles, pictures } = scene();
  const painter = new Painter();
  const [current] = pictures;
  const paint = (): boolean => painter.paint(tiles, (id) => current?.get(id) ?? null, null);
  paint();
  const copy = new Uint8Array(painter.canvas.bytes.length);
  const painted = cpuMs(ROUNDS, paint);
  const copied = cpuMs(ROUNDS, () => copy.set(painter.canvas.bytes));
  return {
    value: median(painted) / median(copied),
    also: { medianMs: median(painted), p99Ms: percentile(painted, 0.99), canvasCopyMs: median(copied) },
  };
}

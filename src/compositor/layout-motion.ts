import type { RectPx } from '../../native/index.js';
import { cropped, evenDown, withBars } from './layout-boxes.js';
import type { Tile } from './layout-scene.js';

/**
 * How tiles move when the layout changes: in 200 ms, eased. Each stands at the weighted mean of the places
 * that it was to have in the frames of those 200 ms, which is a pure function of them: a change while another
 * is under way bends the way without a jump, and a movie that is resumed needs no more than those frames.
 */

/** Frames that a picture depends on: its own, and those of the 200 ms before. */
export const MOTION_FRAMES = 7;

/** Newest first: the steps of an eased way (smoothstep) from 0 to 1. */
const WEIGHTS = Array.from({ length: MOTION_FRAMES }, (_, age) => eased((age + 1) / MOTION_FRAMES) - eased(age / MOTION_FRAMES));

/** A tile that was not there before grows from this part of its size. */
const NEW_TILE_SCALE = 0.8;

export interface MovedTiles {
  tiles: Tile[];
  /** They may lie over one another. */
  moving: boolean;
}

/** Keeps the places of the last frames. */
export class Motion {
  /** Newest first. */
  #wanted: Tile[][] = [];
  /** Frames in a row that wanted the same places. */
  #steady = 0;

  /** The places that this frame's tiles are to have; returns those that they have. */
  next(wanted: Tile[]): MovedTiles {
    const before = this.#wanted[0];
    this.#steady = before && samePlaces(before, wanted) ? this.#steady + 1 : 1;
    this.#wanted = [wanted, ...this.#wanted.slice(0, MOTION_FRAMES - 1)];
    // After the title card people come within a moment of each other: that is no change of what was there.
    const begins = this.#wanted.some((tiles) => tiles.length === 0);
    if (begins || this.#steady >= this.#wanted.length) return { tiles: wanted, moving: false };
    return { tiles: movedTiles(this.#wanted), moving: true };
  }
}

/**
 * Where the newest frame's tiles are, from the places wanted in it and in the frames before it. Who comes is
 * below those who make room.
 */
export function movedTiles(wanted: readonly (readonly Tile[])[]): Tile[] {
  const [newest = []] = wanted;
  const oldest = wanted.at(-1) ?? [];
  const wasThere = (tile: Tile): number => (oldest.some(({ trackId }) => trackId === tile.trackId) ? 1 : 0);
  return newest.toSorted((a, b) => wasThere(a) - wasThere(b)).map((tile) => {
    const rects = wanted.map((tiles) => earlierRect(tile, tiles));
    // Before the first frame everything was where it was then.
    const oldest = rects.at(-1) ?? tile.rect;
    const mean = (side: keyof RectPx): number => WEIGHTS.reduce((sum, weight, age) => sum + weight * (rects[age] ?? oldest)[side], 0);
    const rect = evenRect(mean('x'), mean('y'), mean('width'), mean('height'));
    if (sameRect(rect, tile.rect)) return tile;
    return { ...tile, ...(tile.kind === 'content' ? withBars(tile.source, rect) : cropped(tile.source, rect)) };
  });
}

function earlierRect(tile: Tile, tiles: readonly Tile[]): RectPx {
  const earlier = tiles.find(({ trackId }) => trackId === tile.trackId);
  if (!earlier) return scaled(tile.rect, NEW_TILE_SCALE);
  // A shared window that takes another size just has it.
  return tile.kind === 'content' && !sameShape(tile, earlier) ? tile.rect : earlier.rect;
}

function scaled({ x, y, width, height }: RectPx, scale: number): RectPx {
  return { x: x + (width * (1 - scale)) / 2, y: y + (height * (1 - scale)) / 2, width: width * scale, height: height * scale };
}

/** Rounding the edges rather than the sides keeps an edge that does not move where it is. */
function evenRect(x: number, y: number, width: number, height: number): RectPx {
  const nearest = (value: number): number => evenDown(value + 1);
  const [left, top] = [nearest(x), nearest(y)];
  return { x: left, y: top, width: Math.max(2, nearest(x + width) - left), height: Math.max(2, nearest(y + height) - top) };
}

function eased(part: number): number {
  return part * part * (3 - 2 * part);
}

function samePlaces(a: readonly Tile[], b: readonly Tile[]): boolean {
  return a.length === b.length && a.every((tile, index) => tile.trackId === b[index]?.trackId && sameRect(tile.rect, b[index].rect));
}

function sameShape(a: Tile, b: Tile): boolean {
  return a.source.widthPx === b.source.widthPx && a.source.heightPx === b.source.heightPx;
}

function sameRect(a: RectPx, b: RectPx): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

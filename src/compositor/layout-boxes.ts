import type { SizePx } from '../core/media.js';
import type { RectPx } from '../../native/index.js';

/** Even rectangles and what fits into them. Even, because a chroma sample of 4:2:0 covers two by two pixels. */

/** Between tiles, and between the main tile and the strip. */
export const GAP_PX = 8;

/** V4: the part of a camera's area that may be cut off to fill its tile. */
export const MOST_CROPPED = 0.25;

/** Cells are never wider than this, so that a 4:3 camera that is cut to fill one loses a quarter at most. */
export const WIDEST = 16 / 9;

/**
 * Nor narrower than this, so that a 16:9 camera loses less than a quarter; a layer of simulcast, whose sides
 * are rounded, too.
 */
export const NARROWEST = 1.36;

export interface CellSize {
  width: number;
  height: number;
}

export function evenDown(value: number): number {
  return Math.floor(value / 2) * 2;
}

export function evenUp(value: number): number {
  return Math.ceil(value / 2) * 2;
}

export function area(size: { width: number; height: number }): number {
  return size.width * size.height;
}

/** A rectangle of the given even size in the middle of the box. */
export function centred(box: RectPx, width: number, height: number): RectPx {
  return {
    x: box.x + evenDown((box.width - width) / 2),
    y: box.y + evenDown((box.height - height) / 2),
    width,
    height,
  };
}

/** The largest rectangle of the source's aspect in the middle of the box. */
export function fitted(source: SizePx, box: RectPx): RectPx {
  const scale = Math.min(box.width / source.widthPx, box.height / source.heightPx);
  const side = (sourcePx: number, limit: number): number =>
    Math.min(limit, Math.max(2, Math.round((sourcePx * scale) / 2) * 2));
  return centred(box, side(source.widthPx, box.width), side(source.heightPx, box.height));
}

/** The largest cell of an aspect from `narrowest` to `WIDEST` of which `columns` by `rows` fit, gaps between them. */
export function largestCell(columns: number, rows: number, width: number, height: number, narrowest: number): CellSize {
  const widest = evenDown((width - (columns - 1) * GAP_PX) / columns);
  const highest = evenDown((height - (rows - 1) * GAP_PX) / rows);
  const cellWidth = Math.min(widest, evenDown(highest * WIDEST));
  const most = narrowest < WIDEST ? evenDown(cellWidth / narrowest) : evenUp(cellWidth / WIDEST);
  return { width: cellWidth, height: Math.min(highest, most) };
}

/** The number of columns, `fewest` at least, that makes `count` cells largest in a box; the smallest such number. */
export function largestCells(count: number, box: RectPx, fewest = 1): { columns: number; cell: CellSize } {
  const choices = Array.from({ length: Math.max(1, count - fewest + 1) }, (_, index) => {
    const columns = index + fewest;
    return { columns, cell: largestCell(columns, Math.ceil(count / columns), box.width, box.height, NARROWEST) };
  });
  const none = { columns: 1, cell: { width: 0, height: 0 } };
  return choices.reduce((best, next) => (area(next.cell) > area(best.cell) ? next : best), none);
}

/** `count` cells in rows of `columns`, in the middle of the box; the last row is centred. */
export function cells(count: number, columns: number, cell: CellSize, box: RectPx): RectPx[] {
  const rows = Math.ceil(count / columns);
  const span = (number: number, size: number): number => number * size + (number - 1) * GAP_PX;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const x = evenDown((box.width - span(inRow, cell.width)) / 2) + (index % columns) * (cell.width + GAP_PX);
    const y = evenDown((box.height - span(rows, cell.height)) / 2) + row * (cell.height + GAP_PX);
    return { x: box.x + x, y: box.y + y, ...cell };
  });
}

/** What of a source is shown, and where. */
export interface Placement {
  rect: RectPx;
  crop: RectPx;
}

/** The whole source in the middle of the box, with bars. */
export function withBars(source: SizePx, box: RectPx): Placement {
  return { rect: fitted(source, box), crop: whole(source) };
}

/** The source cut to fill the box where that costs a quarter of its area at most, else with bars (V4). */
export function cropped(source: SizePx, box: RectPx): Placement {
  const crop = whole(source);
  if (source.widthPx * box.height > source.heightPx * box.width) {
    crop.width = Math.min(source.widthPx, evenUp((source.heightPx * box.width) / box.height));
    crop.x = evenDown((source.widthPx - crop.width) / 2);
  } else {
    crop.height = Math.min(source.heightPx, evenUp((source.widthPx * box.height) / box.width));
    crop.y = evenDown((source.heightPx - crop.height) / 2);
  }
  const kept = area(crop) / (source.widthPx * source.heightPx);
  return kept >= 1 - MOST_CROPPED ? { rect: { ...box }, crop } : withBars(source, box);
}

/**
 * A camera alone in its box, which has the tile's shape to itself: cut only as far as that makes it larger,
 * by a quarter at most, and without bars inside its tile (V4).
 */
export function roomiest(source: SizePx, box: RectPx): Placement {
  const filling = cropped(source, box);
  if (area(filling.rect) === area(box)) return filling;
  const aspect = source.widthPx / source.heightPx;
  // A little less than the most, which rounding to even numbers would go beyond.
  const most = 1 - 0.96 * MOST_CROPPED;
  const wanted = Math.min(aspect / most, Math.max(aspect * most, box.width / box.height));
  const width = Math.min(box.width, evenDown(box.height * wanted));
  const height = Math.min(box.height, evenDown(box.width / wanted));
  const tile = centred(box, Math.max(2, width), Math.max(2, height));
  const placement = cropped(source, tile);
  return area(placement.rect) === area(tile) ? placement : withBars(source, box);
}

/**
 * The whole source, pixel for pixel where it fits the box and is at least two thirds of the size that
 * would fill it; else scaled. Of an odd side one line is left out, for the canvas has no half chroma sample.
 */
export function sharp(source: SizePx, box: RectPx): Placement {
  const fits = source.widthPx <= box.width && source.heightPx <= box.height;
  const share = Math.max(source.widthPx / box.width, source.heightPx / box.height);
  const width = evenDown(source.widthPx);
  const height = evenDown(source.heightPx);
  if (!fits || share < 2 / 3 || width === 0 || height === 0) return withBars(source, box);
  return { rect: centred(box, width, height), crop: { x: 0, y: 0, width, height } };
}

function whole(source: SizePx): RectPx {
  return { x: 0, y: 0, width: source.widthPx, height: source.heightPx };
}

import type { SizePx } from '../core/media.js';
import type { Tile } from './layout.js';

/** Tiles of one canvas on another: the whole picture in its middle, as large as it fits, sides even. */
export function scaledTiles(tiles: readonly Tile[], canvas: SizePx, to: SizePx): readonly Tile[] {
  if (canvas.widthPx === to.widthPx && canvas.heightPx === to.heightPx) return tiles;
  const scale = Math.min(to.widthPx / canvas.widthPx, to.heightPx / canvas.heightPx);
  const leftPx = (to.widthPx - canvas.widthPx * scale) / 2;
  const topPx = (to.heightPx - canvas.heightPx * scale) / 2;
  return tiles.map((tile) => {
    const { x, y, width, height } = tile.rect;
    const [left, right] = edges(leftPx + x * scale, leftPx + (x + width) * scale, to.widthPx);
    const [top, bottom] = edges(topPx + y * scale, topPx + (y + height) * scale, to.heightPx);
    return { ...tile, rect: { x: left, y: top, width: right - left, height: bottom - top } };
  });
}

/** Edges that two tiles share stay shared. */
function edges(from: number, to: number, limit: number): [number, number] {
  const even = (value: number): number => Math.round(value / 2) * 2;
  const start = Math.min(even(from), limit - 2);
  return [start, Math.min(limit, Math.max(start + 2, even(to)))];
}

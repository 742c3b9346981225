import type { RectPx } from '../../native/index.js';
import {
  GAP_PX,
  NARROWEST,
  WIDEST,
  area,
  cells,
  centred,
  cropped,
  evenDown,
  fitted,
  largestCell,
  largestCells,
  roomiest,
  sharp,
  type CellSize,
} from './layout-boxes.js';
import type { Source, Tile } from './layout-scene.js';

/** The arrangements that layouts are made of: a grid, and a main tile with the others beside, above or below it. */

/**
 * A strip takes less than a quarter of the canvas, so that a 16:9 camera fills what is left beside it, and a
 * tile in it at most a fifth of the canvas's width.
 */
const MOST_STRIP_WIDTH_PX = 440;
const MOST_STRIP_HEIGHT_PX = 270;
const MOST_TILE_WIDTH_PX = 384;
const MOST_STRIP_LINES = 3;

/** A lead takes the strip's whole width; the others below it are half as wide at most. */
const LEAD: CellSize = { width: MOST_STRIP_WIDTH_PX, height: 248 };
const FEWEST_BELOW_LEAD = 2;

/** The strip goes above only where that makes the main tile this much larger; else two near sizes would flip it about. */
const ABOVE_ADVANTAGE = 1.1;

/** Of an upright canvas at least this share is the others'. */
const LEAST_BELOW = 0.25;

export function onlyTile(source: Source, canvas: RectPx): Tile {
  return canvas.height > canvas.width ? inRoom(source, canvas) : inBox(source, canvas);
}

export function gridTiles(sources: Source[], canvas: RectPx): Tile[] {
  const [only] = sources;
  if (only && sources.length === 1) return [onlyTile(only, canvas)];
  const { columns, cell } = largestCells(sources.length, canvas);
  return inCells(sources, cells(sources.length, columns, cell, canvas));
}

/** The main tile first, then the lead, then the others in their order. */
export function mainTiles(main: Source, lead: Source | undefined, others: Source[], canvas: RectPx): Tile[] {
  if (others.length === 0) return [onlyTile(main, canvas)];
  if (canvas.height > canvas.width) return stackedTiles(main, lead, others, canvas);
  if (lead) return leadTiles(main, lead, others, canvas);
  const beside = stripBeside(others.length, canvas);
  // A camera fills what the strip leaves, whatever its shape.
  const above = main.kind === 'content' ? stripAbove(others.length, canvas) : beside;
  const gain = area(fitted(main, above.mainBox)) / area(fitted(main, beside.mainBox));
  const chosen = gain >= ABOVE_ADVANTAGE ? above : beside;
  return [inBox(main, chosen.mainBox), ...inCells(others, chosen.boxes)];
}

interface Strip {
  /** What the strip leaves of the canvas. */
  mainBox: RectPx;
  boxes: RectPx[];
}

function stripBeside(count: number, canvas: RectPx): Strip {
  const { cell, lines } = stripCell(count, (columns, rows) => {
    const widthPx = columns === 1 ? MOST_TILE_WIDTH_PX : MOST_STRIP_WIDTH_PX;
    return largestCell(columns, rows, widthPx, canvas.height, NARROWEST);
  });
  const width = lines * cell.width + (lines - 1) * GAP_PX;
  const box = { ...canvas, x: canvas.width - width, width };
  return { mainBox: { ...canvas, width: canvas.width - width - GAP_PX }, boxes: cells(count, lines, cell, box) };
}

function stripAbove(count: number, canvas: RectPx): Strip {
  const { cell, lines } = stripCell(count, (rows, columns) => {
    const widthPx = columns * (MOST_TILE_WIDTH_PX + GAP_PX) - GAP_PX;
    return largestCell(columns, rows, Math.min(canvas.width, widthPx), MOST_STRIP_HEIGHT_PX, WIDEST);
  });
  const height = lines * cell.height + (lines - 1) * GAP_PX;
  return {
    mainBox: { ...canvas, y: height + GAP_PX, height: canvas.height - height - GAP_PX },
    boxes: cells(count, Math.ceil(count / lines), cell, { ...canvas, height }),
  };
}

/** The number of lines that makes the strip's tiles largest; the smallest such number. */
function stripCell(count: number, cellOf: (lines: number, lineLength: number) => CellSize): { cell: CellSize; lines: number } {
  const choices = Array.from({ length: MOST_STRIP_LINES }, (_, index) => {
    const lines = index + 1;
    return { lines, cell: cellOf(lines, Math.ceil(count / lines)) };
  });
  return choices.reduce((best, next) => (area(next.cell) > area(best.cell) ? next : best));
}

/** The lead on top of the strip in its full width, the others smaller below it. */
function leadTiles(main: Source, lead: Source, others: Source[], canvas: RectPx): Tile[] {
  const strip = { ...canvas, x: canvas.width - LEAD.width, width: LEAD.width };
  const { columns, cell } = largestCells(others.length, { ...strip, height: strip.height - LEAD.height - GAP_PX }, FEWEST_BELOW_LEAD);
  const below = Math.ceil(others.length / columns) * (cell.height + GAP_PX);
  const group = centred(strip, LEAD.width, LEAD.height + below);
  return [
    inBox(main, { ...canvas, width: canvas.width - LEAD.width - GAP_PX }),
    inBox(lead, { ...group, height: LEAD.height }),
    ...inCells(others, cells(others.length, columns, cell, { ...group, y: group.y + LEAD.height + GAP_PX, height: below - GAP_PX })),
  ];
}

/** The main tile in the canvas's full width, the lead below it, and a grid of the others below both. */
function stackedTiles(main: Source, lead: Source | undefined, others: Source[], canvas: RectPx): Tile[] {
  const most = evenDown(canvas.height * (1 - LEAST_BELOW));
  const large = lead ? [main, lead] : [main];
  const each = evenDown((most - (large.length - 1) * GAP_PX) / large.length);
  const rows = large.map((source) => ({ source, heightPx: inRoom(source, { ...canvas, height: each }).rect.height }));
  const used = rows.reduce((sum, { heightPx }) => sum + heightPx + GAP_PX, 0);
  const { columns, cell } = largestCells(others.length, { ...canvas, height: canvas.height - used });
  const lines = Math.ceil(others.length / columns);
  const gridHeight = lines * cell.height + (lines - 1) * GAP_PX;
  let y = canvas.y + evenDown((canvas.height - used - gridHeight) / 2);
  const tiles = rows.map(({ source, heightPx }) => {
    const made = inRoom(source, { ...canvas, y, height: heightPx });
    y += heightPx + GAP_PX;
    return made;
  });
  return [...tiles, ...inCells(others, cells(others.length, columns, cell, { ...canvas, y, height: gridHeight }))];
}

function inCells(sources: Source[], boxes: RectPx[]): Tile[] {
  return sources.flatMap((source, index) => {
    const box = boxes[index];
    return box ? [inBox(source, box)] : [];
  });
}

function inBox(source: Source, box: RectPx): Tile {
  return tile(source, source.kind === 'content' ? sharp(source, box) : cropped(source, box));
}

/** As large as the box allows; in an upright canvas a camera's tile need not have the box's shape. */
function inRoom(source: Source, box: RectPx): Tile {
  return tile(source, source.kind === 'content' ? sharp(source, box) : roomiest(source, box));
}

function tile(source: Source, placement: { rect: RectPx; crop: RectPx }): Tile {
  const { trackId, kind, widthPx, heightPx } = source;
  const letters = source.kind === 'camera' && source.letters !== undefined ? { letters: source.letters } : {};
  return { trackId, ...placement, source: { widthPx, heightPx }, kind, ...letters };
}


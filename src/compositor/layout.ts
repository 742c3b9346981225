import type { RectPx } from '../../native/index.js';
import type { SizePx } from '../core/media.js';
import type { LayoutName } from '../journal/records.js';
import { GAP_PX, area, cells, cropped, fitted, largestCell, sharp, withBars } from './layout-boxes.js';

/** Where everybody is in the picture (V2, V4): a pure function of the scene, so the same scene always looks the same. */

export const CANVAS: RectPx = { x: 0, y: 0, width: 1920, height: 1080 };

/** P4: people on stage. Of more only the first are shown. */
export const MOST_PEOPLE = 25;

export interface SceneContent extends SizePx {
  trackId: string;
}

/** A person whose camera is shown; sizes are those of the picture that was decoded last. */
export interface ScenePerson extends SizePx {
  memberId: string;
  trackId: string;
  /** Order of coming on stage. Tiles keep this order, so that nobody jumps when somebody else leaves. */
  joinedOrder: number;
  highlighted: boolean;
}

export interface Scene {
  layout: LayoutName;
  content: SceneContent | null;
  people: readonly ScenePerson[];
}

export interface Tile {
  trackId: string;
  /** On the canvas; even numbers. */
  rect: RectPx;
  /** In the source. Even numbers, but for the full width or height of an odd source. */
  crop: RectPx;
  kind: 'content' | 'camera';
}

type Source = (SceneContent & { kind: 'content' }) | (ScenePerson & { kind: 'camera' });

/** The strip takes at most a quarter of the canvas, and a tile in it at most a fifth of the canvas on each side. */
const MOST_STRIP_WIDTH_PX = 480;
const MOST_STRIP_HEIGHT_PX = 270;
const MOST_STRIP_TILE_WIDTH_PX = 384;
const MOST_STRIP_TILE_HEIGHT_PX = 216;
const MOST_STRIP_LINES = 3;

/** The strip goes below only where that makes the main tile this much larger; else two near sizes would flip it about. */
const BELOW_ADVANTAGE = 1.1;

/**
 * Tiles of a scene, the main one first. In `stage` the main tile is the stage content, or without any the
 * highlighted person; in `grid` content is a tile like others and only a highlighted person is large. The
 * others are in a strip beside the main tile, or below it where its aspect leaves more room there; without
 * a main tile all fill a grid. A highlighted person beside content comes first in the strip.
 */
export function layoutTiles(scene: Scene): Tile[] {
  const people = shownPeople(scene.people);
  const content: Source[] = scene.content ? [{ ...scene.content, kind: 'content' }] : [];
  const all = [...content, ...people];
  const main = (scene.layout === 'stage' ? content[0] : undefined) ?? people.find((person) => person.highlighted);
  const others = all.filter((source) => source !== main);
  return main ? mainTiles(main, others) : gridTiles(all);
}

function shownPeople(people: readonly ScenePerson[]): (ScenePerson & { kind: 'camera' })[] {
  return people
    .map((person) => ({ ...person, kind: 'camera' as const }))
    .sort(
      (a, b) =>
        Number(b.highlighted) - Number(a.highlighted) ||
        a.joinedOrder - b.joinedOrder ||
        (a.trackId < b.trackId ? -1 : 1),
    )
    .slice(0, MOST_PEOPLE);
}

function gridTiles(sources: Source[]): Tile[] {
  // Cells and canvas have one aspect, so the largest cells are in a square of as many columns as rows.
  const columns = Math.ceil(Math.sqrt(sources.length));
  const rows = Math.ceil(sources.length / columns);
  const cell = sources.length === 1 ? CANVAS : largestCell(columns, rows, CANVAS.width, CANVAS.height);
  const boxes = cells(sources.length, columns, { width: cell.width, height: cell.height }, CANVAS, false);
  return sources.map((source, index) => tileIn(source, boxes[index] ?? CANVAS));
}

function mainTiles(main: Source, others: Source[]): Tile[] {
  if (others.length === 0) return [mainTile(main, CANVAS)];
  const beside = stripBeside(others.length);
  const below = stripBelow(others.length);
  const gain = area(fitted(main, below.mainBox)) / area(fitted(main, beside.mainBox));
  const chosen = gain >= BELOW_ADVANTAGE ? below : beside;
  return [
    mainTile(main, chosen.mainBox),
    ...others.map((source, index) => tileIn(source, chosen.boxes[index] ?? chosen.mainBox)),
  ];
}

interface Strip {
  /** What the strip leaves of the canvas. */
  mainBox: RectPx;
  boxes: RectPx[];
}

function stripBeside(count: number): Strip {
  const { cell, lines } = stripCell(count, (columns, rows) =>
    largestCell(columns, rows, MOST_STRIP_WIDTH_PX, CANVAS.height),
  );
  const width = lines * cell.width + (lines - 1) * GAP_PX;
  const box = { ...CANVAS, x: CANVAS.width - width, width };
  return {
    mainBox: { ...CANVAS, width: CANVAS.width - width - GAP_PX },
    boxes: cells(count, Math.ceil(count / lines), cell, box, true),
  };
}

function stripBelow(count: number): Strip {
  const { cell, lines } = stripCell(count, (rows, columns) =>
    largestCell(columns, rows, CANVAS.width, MOST_STRIP_HEIGHT_PX),
  );
  const height = lines * cell.height + (lines - 1) * GAP_PX;
  const box = { ...CANVAS, y: CANVAS.height - height, height };
  return {
    mainBox: { ...CANVAS, height: CANVAS.height - height - GAP_PX },
    boxes: cells(count, Math.ceil(count / lines), cell, box, false),
  };
}

/** The number of lines that makes the strip's tiles largest; the smallest such number. */
function stripCell(
  count: number,
  cellOf: (lines: number, lineLength: number) => { width: number; height: number },
): { cell: { width: number; height: number }; lines: number } {
  const capped = { width: MOST_STRIP_TILE_WIDTH_PX, height: MOST_STRIP_TILE_HEIGHT_PX };
  const choices = Array.from({ length: MOST_STRIP_LINES }, (_, index) => {
    const lines = index + 1;
    const cell = cellOf(lines, Math.ceil(count / lines));
    return { lines, cell: area(cell) > area(capped) ? capped : cell };
  });
  return choices.reduce((best, next) => (area(next.cell) > area(best.cell) ? next : best));
}

function mainTile(source: Source, box: RectPx): Tile {
  const placement = source.kind === 'content' ? sharp(source, box) : cropped(source, box);
  return { trackId: source.trackId, ...placement, kind: source.kind };
}

function tileIn(source: Source, box: RectPx): Tile {
  const placement = source.kind === 'content' ? withBars(source, box) : cropped(source, box);
  return { trackId: source.trackId, ...placement, kind: source.kind };
}

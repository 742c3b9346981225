import type { RectPx } from '../../native/index.js';
import { canvasSize, type LayoutName } from '../core/layouts.js';
import { gridTiles, mainTiles, onlyTile } from './layout-arrange.js';
import type { Scene, ScenePerson, Source, Tile } from './layout-scene.js';

export type { Scene, SceneContent, ScenePerson, Tile } from './layout-scene.js';

/** Where everybody is in the picture (V2, V4): a pure function of the scene, so the same scene always looks the same. */

/** P4: people on stage. Of more only the first are shown. */
export const MOST_PEOPLE = 25;

/** Its left upper corner is 0, 0. */
export type Canvas = RectPx;

export function canvasOf(layout: LayoutName): Canvas {
  const { widthPx, heightPx } = canvasSize(layout);
  return { x: 0, y: 0, width: widthPx, height: heightPx };
}

/**
 * Tiles of a scene, the main one first; none: the title card. A layout may come to a canvas that is not its
 * own, when it was changed during a recording: an upright canvas is always filled from top to bottom.
 */
export function layoutTiles(scene: Scene, canvas: Canvas = canvasOf(scene.layout)): Tile[] {
  const people = shownPeople(scene.people);
  const content: Source | undefined = scene.content ? { ...scene.content, kind: 'content' } : undefined;
  const speaker = people.find((person) => person.memberId === scene.speaker);
  const { main, lead, alone } = roles(scene.layout, content, people, speaker);
  if (alone) return main ? [onlyTile(main, canvas)] : [];
  const tiles = tilesAround(main, lead, content ? [content, ...people] : people, canvas);
  // Who is large, or the only one, needs no outline to be told from others.
  if (!scene.speaking || !speaker || speaker === main || people.length < 2) return tiles;
  return tiles.map((tile) => (tile.trackId === speaker.trackId ? { ...tile, outlined: true } : tile));
}

interface Roles {
  main?: Source | undefined;
  lead?: Source | undefined;
  /** Nobody is shown beside the main one. */
  alone?: true;
}

function roles(layout: LayoutName, content: Source | undefined, people: Person[], speaker: Person | undefined): Roles {
  const highlighted = people.find((person) => person.highlighted);
  switch (layout) {
    case 'stage':
    case 'portrait':
      return content ? { main: content, lead: highlighted } : { main: highlighted };
    case 'grid':
      return { main: highlighted };
    case 'speaker': {
      const large = highlighted ?? speaker ?? people[0];
      return content ? { main: content, lead: large } : { main: large };
    }
    case 'content-only':
      return { main: content ?? highlighted, alone: true };
  }
}

/** `main` is large, `lead` next to it, the others small; without a main one all are alike. */
function tilesAround(main: Source | undefined, lead: Source | undefined, all: Source[], canvas: RectPx): Tile[] {
  if (!main) return gridTiles(all, canvas);
  const others = all.filter((source) => source !== main && source !== lead);
  // One alone beside content needs no others to stand out from.
  return others.length > 0 ? mainTiles(main, lead, others, canvas) : mainTiles(main, undefined, lead ? [lead] : [], canvas);
}

type Person = ScenePerson & { kind: 'camera' };

function shownPeople(people: readonly ScenePerson[]): Person[] {
  const shown = people.map((person) => ({ ...person, kind: 'camera' as const })).sort(byOrder);
  if (shown.length <= MOST_PEOPLE) return shown;
  const first = shown.filter(({ highlighted }) => highlighted);
  return [...first, ...shown.filter(({ highlighted }) => !highlighted)].slice(0, MOST_PEOPLE).sort(byOrder);
}

function byOrder(a: ScenePerson, b: ScenePerson): number {
  return a.joinedOrder - b.joinedOrder || (a.trackId < b.trackId ? -1 : 1);
}

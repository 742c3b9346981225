import type { RectPx } from '../../native/index.js';
import type { LayoutName } from '../core/layouts.js';
import type { SizePx } from '../core/media.js';

/** What a layout is a function of, and what it gives. */

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
  /** V3: instead of a camera's picture, these letters on a dark one of this size. */
  letters?: string;
}

export interface Scene {
  layout: LayoutName;
  content: SceneContent | null;
  people: readonly ScenePerson[];
  /** Who spoke last of those who have a tile; the layout `speaker` makes them large. */
  speaker?: string | null;
  /** Whether that person speaks now. */
  speaking?: boolean;
}

/** One of a scene's pictures. */
export type Source = (SceneContent & { kind: 'content' }) | (ScenePerson & { kind: 'camera' });

export interface Tile {
  trackId: string;
  /** On the canvas; even numbers. */
  rect: RectPx;
  /** In the source. Even numbers, but for the full width or height of an odd source. */
  crop: RectPx;
  source: SizePx;
  kind: 'content' | 'camera';
  /** The active speaker among others. */
  outlined?: true;
  /** V3: drawn instead of a decoded picture. */
  letters?: string;
}

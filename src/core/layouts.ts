import type { SizePx } from './media.js';

/** How a movie is laid out (V2); docs/layouts.md describes each. One vocabulary in journal, API, CLI and protocol. */
export const LAYOUTS = ['stage', 'grid', 'speaker', 'content-only', 'portrait'] as const;
export type LayoutName = (typeof LAYOUTS)[number];

export const DEFAULT_LAYOUT: LayoutName = 'stage';

/** What is set per room of its movies' picture. */
export interface PictureSettings {
  layout: LayoutName;
  /** Tiles move to their places rather than jump. */
  transitions: boolean;
  /** V3: who has no camera and speaks, or is highlighted, is shown by initials. */
  initials: boolean;
}

export const DEFAULT_PICTURE: PictureSettings = { layout: DEFAULT_LAYOUT, transitions: true, initials: false };

const WIDE: SizePx = { widthPx: 1920, heightPx: 1080 };
const UPRIGHT: SizePx = { widthPx: 1080, heightPx: 1920 };

/** The size of a movie that begins with this layout; it stays the same to its end. */
export function canvasSize(layout: LayoutName): SizePx {
  return layout === 'portrait' ? UPRIGHT : WIDE;
}

import { layoutTiles, MOST_PEOPLE, type Canvas } from '../compositor/layout.js';
import type { LayoutName } from '../core/layouts.js';
import type { TrackDescription, WantedSize } from '../core/media.js';

/** What is on the canvas as the room knows it: no picture has been decoded, so sizes are not known yet. */
export interface CanvasFacts {
  layout: LayoutName;
  canvas: Canvas;
  /** Video tracks that are seen (not muted), in the order of their members' places. */
  videos: readonly TrackDescription[];
  highlighted: string | null;
  /** Who spoke, newest first. */
  recentSpeakers: readonly string[];
}

/** What most cameras and screens send; only the shape matters much. */
const ASSUMED = { widthPx: 1280, heightPx: 720 };
/** A camera that has no tile now is kept ready at its smallest layer. */
const NO_TILE: WantedSize = { widthPx: 160, heightPx: 90 };

/**
 * The size at which each video track is wanted: that of its tile for a camera, so that nothing larger is
 * journalled and decoded than is seen; stage content always at its best (design, section 1).
 */
export function wantedSizes({ layout, canvas, videos, highlighted, recentSpeakers }: CanvasFacts): Map<string, WantedSize> {
  const cameras = videos.filter(({ source }) => source === 'camera').slice(0, MOST_PEOPLE);
  const screen = videos.findLast(({ source }) => source === 'screen');
  const scene = {
    layout,
    content: screen ? { trackId: screen.trackId, ...ASSUMED } : null,
    people: cameras.map(({ trackId, memberId }, joinedOrder) => ({
      trackId,
      memberId,
      joinedOrder,
      highlighted: memberId === highlighted,
      ...ASSUMED,
    })),
    speaker: recentSpeakers.find((speaker) => cameras.some(({ memberId }) => memberId === speaker)) ?? null,
  };
  const tiles = layoutTiles(scene, canvas);
  const tileOf = new Map(tiles.map(({ trackId, rect }) => [trackId, { widthPx: rect.width, heightPx: rect.height }]));
  return new Map(
    videos.map(({ trackId, source }) => [trackId, source === 'screen' ? 'best' : (tileOf.get(trackId) ?? NO_TILE)]),
  );
}

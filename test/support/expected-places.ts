import { layoutTiles, type Scene } from '../../src/compositor/layout.js';
import type { LayoutName } from '../../src/core/layouts.js';
import type { Placement } from './movie-frames.js';
import { CAMERA, SCREEN, type RectPx } from './pattern.js';

/** Where the layout puts patterns: cameras by name in their order on stage, and the screen as `screen`. */
export function expectedPlaces(layout: LayoutName, names: string[], shared: boolean, highlighted: string | null = null): Map<string, Placement & { tile: RectPx }> {
  const scene: Scene = {
    layout,
    content: shared ? { trackId: 'screen', widthPx: SCREEN.widthPx, heightPx: SCREEN.heightPx } : null,
    people: names.map((name, joinedOrder) => ({
      memberId: name,
      trackId: name,
      joinedOrder,
      highlighted: name === highlighted,
      widthPx: CAMERA.widthPx,
      heightPx: CAMERA.heightPx,
    })),
  };
  return new Map(
    layoutTiles(scene).map(({ trackId, rect, crop, kind }) => {
      const source = kind === 'content' ? SCREEN : CAMERA;
      const x = rect.width / crop.width;
      const y = rect.height / crop.height;
      const on = { x: rect.x - crop.x * x, y: rect.y - crop.y * y, widthPx: source.widthPx * x, heightPx: source.heightPx * y };
      return [trackId, { source, on, tile: { x: rect.x, y: rect.y, widthPx: rect.width, heightPx: rect.height } }];
    }),
  );
}

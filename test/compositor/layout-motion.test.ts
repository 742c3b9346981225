import fc from 'fast-check';
import t from 'tap';
import { LAYOUTS } from '../../src/core/layouts.js';
import { canvasOf, layoutTiles, type Scene, type Tile } from '../../src/compositor/layout.js';
import { Motion, MOTION_FRAMES } from '../../src/compositor/layout-motion.js';

const CANVAS = canvasOf('stage');
const SIZES = [[1280, 720], [640, 480], [360, 640], [854, 480]] as const;

const scene: fc.Arbitrary<Scene> = fc.record({
  layout: fc.constantFrom(...LAYOUTS),
  content: fc.option(fc.constantFrom({ widthPx: 1920, heightPx: 1080 }, { widthPx: 1024, heightPx: 767 }).map((size) => ({ trackId: 'screen', ...size })), { nil: null }),
  people: fc.uniqueArray(fc.nat(24), { maxLength: 25 }).chain((present) =>
    fc.nat(24).map((highlighted) =>
      present.map((index) => {
        const [widthPx, heightPx] = SIZES[index % SIZES.length] ?? SIZES[0];
        return { memberId: `${index}`, trackId: `${index}`, joinedOrder: index, highlighted: index === highlighted, widthPx, heightPx };
      }),
    ),
  ),
});

const tilesOf = (of: Scene): Tile[] => layoutTiles(of, CANVAS);

/** From one scene to the other: what is shown in the frames after the change. */
function way(from: Scene, to: Scene): Tile[][] {
  const motion = new Motion();
  for (let frame = 0; frame < MOTION_FRAMES; frame++) motion.next(tilesOf(from));
  return Array.from({ length: MOTION_FRAMES + 1 }, () => motion.next(tilesOf(to)).tiles);
}

t.test('on the way every tile keeps the rules of V4, inside the canvas and on even pixels', async (t) => {
  const property = fc.property(scene, scene, (from, to) =>
    way(from, to).every((tiles) =>
      tiles.every(({ rect, crop, source, kind }) => {
        const scales = [rect.width / crop.width, rect.height / crop.height] as const;
        const unstretched = scales.some((scale) =>
          [crop.width * scale - rect.width, crop.height * scale - rect.height].every((off) => Math.abs(off) <= 2 * Math.max(1, scale)),
        );
        const kept = (crop.width * crop.height) / (source.widthPx * source.heightPx);
        const even = [rect.x, rect.y, rect.width, rect.height].every((value) => value % 2 === 0 && value >= 0);
        const inside = rect.x + rect.width <= CANVAS.width && rect.y + rect.height <= CANVAS.height;
        const whole = crop.width >= source.widthPx - 1 && crop.height >= source.heightPx - 1;
        return unstretched && even && inside && (kind === 'content' ? whole : kept >= 0.75);
      }),
    ),
  );
  t.doesNotThrow(() => fc.assert(property, { seed: 20_261_124, numRuns: 300 }));
});

t.test('after 200 ms they are there, and what does not change costs nothing', async (t) => {
  const property = fc.property(scene, scene, (from, to) => JSON.stringify(way(from, to).at(-1)) === JSON.stringify(tilesOf(to)));
  t.doesNotThrow(() => fc.assert(property, { seed: 20_261_124, numRuns: 200 }));
  const motion = new Motion();
  const tiles = tilesOf({ layout: 'grid', content: null, people: [] });
  t.same(motion.next(tiles), { tiles, moving: false });
  const same = tilesOf({ layout: 'grid', content: null, people: [] });
  t.equal(motion.next(same).tiles, same, 'the very tiles, nothing computed');
});

const person = (index: number) => ({ memberId: `${index}`, trackId: `${index}`, joinedOrder: index, highlighted: false, widthPx: 1280, heightPx: 720 });
const grid = (...present: number[]): Scene => ({ layout: 'grid', content: null, people: present.map(person) });

t.test('a tile goes its way in one direction, slowly at first and at the end', async (t) => {
  const xs = way(grid(0, 1), grid(0, 1, 2, 3)).map((tiles) => tiles.find(({ trackId }) => trackId === '1')?.rect.y ?? -1);
  t.same([xs[0], xs.at(-1)].map((y) => y !== undefined && y >= 0), [true, true]);
  t.same(xs, [...xs].sort((a, b) => b - a), 'upwards all the way');
  const steps = xs.slice(1).map((y, index) => (xs[index] ?? 0) - y);
  t.ok(Math.max(...steps) === steps[2] || Math.max(...steps) === steps[3] || Math.max(...steps) === steps[1], `fastest in the middle: ${steps}`);
});

t.test('who comes grows in their place; the first ones after the title card are just there', async (t) => {
  const [first] = way(grid(0), grid(0, 1));
  const target = tilesOf(grid(0, 1))[1]?.rect;
  t.same(first?.map(({ trackId }) => trackId), ['1', '0'], 'below who makes room');
  const shown = first?.[0]?.rect;
  t.ok(shown && target && shown.width < target.width && shown.width > target.width * 0.75);
  t.same(way(grid(), grid(0, 1))[0], tilesOf(grid(0, 1)));
  const motion = new Motion();
  for (const present of [[], [0], [0, 1], [0, 1], [0, 1, 2]]) {
    t.same(motion.next(tilesOf(grid(...present))), { tiles: tilesOf(grid(...present)), moving: false }, 'nor do they move when others follow at once');
  }
});

t.test('a change during another one bends the way without a jump', async (t) => {
  const motion = new Motion();
  const at = (of: Scene): number => motion.next(tilesOf(of)).tiles.find(({ trackId }) => trackId === '1')?.rect.x ?? -1;
  for (let frame = 0; frame < MOTION_FRAMES; frame++) at(grid(0, 1));
  const xs = [at(grid(0, 1)), at(grid(1)), at(grid(1)), at(grid(1)), ...Array.from({ length: 9 }, () => at(grid(0, 1)))];
  const jumps = xs.slice(1).map((x, index) => Math.abs(x - (xs[index] ?? 0)));
  t.ok(Math.max(...jumps) < 964 * 0.3, `${xs}`);
  t.equal(xs.at(-1), 964);
});

import fc from 'fast-check';
import t, { type Test } from 'tap';
import { canvasOf, layoutTiles, type Scene, type ScenePerson, type Tile } from '../../src/compositor/layout.js';
import type { RectPx } from '../../native/index.js';
import { LAYOUTS } from '../../src/core/layouts.js';

function person(number: number, more: Partial<ScenePerson> = {}): ScenePerson {
  return {
    memberId: `member-${number}`,
    trackId: `camera-${number}`,
    widthPx: 1280,
    heightPx: 720,
    joinedOrder: number,
    highlighted: false,
    ...more,
  };
}

function people(count: number, more: Partial<ScenePerson> = {}): ScenePerson[] {
  return Array.from({ length: count }, (_, index) => person(index, more));
}

function scene(count: number, content: [number, number] | null = null, more: Partial<ScenePerson> = {}): Scene {
  return {
    layout: 'stage',
    content: content && { trackId: 'screen', widthPx: content[0], heightPx: content[1] },
    people: people(count, more),
  };
}

const CANVAS = canvasOf('stage');
const UPRIGHT = canvasOf('portrait');

const size = fc.record({ widthPx: fc.integer({ min: 16, max: 4096 }), heightPx: fc.integer({ min: 16, max: 4096 }) });

const anyScene: fc.Arbitrary<Scene> = fc.record({
  layout: fc.constantFrom(...LAYOUTS),
  speaker: fc.option(fc.nat(24).map((index) => `member-${index}`), { nil: null }),
  content: fc.option(size.map((of) => ({ trackId: 'screen', ...of })), { nil: null }),
  people: fc
    .tuple(fc.array(size, { maxLength: 25 }), fc.option(fc.nat(24), { nil: null }))
    .map(([sizes, highlighted]) => sizes.map((of, index) => person(index, { ...of, highlighted: index === highlighted }))),
});

function overlap(a: RectPx, b: RectPx): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function inside(rect: RectPx, box: RectPx): boolean {
  return rect.x >= box.x && rect.y >= box.y && rect.x + rect.width <= box.x + box.width && rect.y + rect.height <= box.y + box.height;
}

function sourceSize(of: Scene, tile: Tile): { width: number; height: number } {
  const source = [of.content, ...of.people].find((each) => each?.trackId === tile.trackId);
  if (!source) throw new Error(`no source for ${tile.trackId}`);
  return { width: source.widthPx, height: source.heightPx };
}

/** Runs the property from a fixed seed, so that a failure is the same on every machine. */
function holds<Values>(t: Test, property: fc.IProperty<Values>): void {
  t.doesNotThrow(() => fc.assert(property, { seed: 20_261_123, numRuns: 300 }));
}

const rects = (tiles: Tile[]): number[][] => tiles.map(({ rect }) => [rect.x, rect.y, rect.width, rect.height]);

/** Any scene on any canvas, its own or, after a change during a recording, the other one. */
const anyPicture = fc.record({ of: anyScene, canvas: fc.constantFrom(CANVAS, UPRIGHT) });

t.test('of any scene', async (t) => {
  t.test('everybody has one tile, inside the canvas and over nobody else', async (t) => {
    holds(
      t,
      fc.property(anyPicture, ({ of, canvas }) => {
        const tiles = layoutTiles(of, canvas);
        const ids = new Set(tiles.map((tile) => tile.trackId));
        const all = of.people.length + (of.content ? 1 : 0);
        const only = of.content || of.people.some(({ highlighted }) => highlighted) ? 1 : 0;
        if (ids.size !== (of.layout === 'content-only' ? only : all) || ids.size !== tiles.length) return false;
        return tiles.every(
          (tile, index) => inside(tile.rect, canvas) && tiles.slice(index + 1).every((other) => !overlap(tile.rect, other.rect)),
        );
      }),
    );
  });

  t.test('rectangles are even, and crops lie inside their source', async (t) => {
    holds(
      t,
      fc.property(anyPicture, ({ of, canvas }) =>
        layoutTiles(of, canvas).every((tile) => {
          const { x, y, width, height } = tile.rect;
          const source = sourceSize(of, tile);
          const { crop } = tile;
          return (
            [x, y, width, height, crop.x, crop.y].every((value) => value % 2 === 0) &&
            width >= 2 &&
            height >= 2 &&
            (crop.width % 2 === 0 || crop.width === source.width) &&
            (crop.height % 2 === 0 || crop.height === source.height) &&
            inside(crop, { x: 0, y: 0, ...source })
          );
        }),
      ),
    );
  });

  t.test('nothing is stretched by more than the rounding to even numbers', async (t) => {
    holds(
      t,
      fc.property(anyPicture, ({ of, canvas }) =>
        layoutTiles(of, canvas).every(({ rect, crop }) => {
          // One scale explains both sides, two pixels more or less on the canvas or in the source.
          return [rect.width / crop.width, rect.height / crop.height].some((scale) =>
            [crop.width * scale - rect.width, crop.height * scale - rect.height].every(
              (off) => Math.abs(off) <= 2 * Math.max(1, scale),
            ),
          );
        }),
      ),
    );
  });

  t.test('content is whole, and a camera loses a quarter at most', async (t) => {
    holds(
      t,
      fc.property(anyPicture, ({ of, canvas }) =>
        layoutTiles(of, canvas).every((tile) => {
          const source = sourceSize(of, tile);
          const lost = [source.width - tile.crop.width, source.height - tile.crop.height] as const;
          if (tile.kind === 'content') return Math.max(...lost) <= 1;
          return tile.crop.width * tile.crop.height >= 0.75 * source.width * source.height;
        }),
      ),
    );
  });

  t.test('the order of people in the list does not matter, and those who stay keep their order', async (t) => {
    holds(
      t,
      fc.property(anyPicture, fc.nat(24), ({ of, canvas }, leaves) => {
        const tiles = layoutTiles(of, canvas);
        const mixed = layoutTiles({ ...of, people: [...of.people].reverse() }, canvas);
        if (JSON.stringify(mixed) !== JSON.stringify(tiles)) return false;
        const gone = of.people[leaves];
        // Who was large leaves their place to somebody else.
        const large = tiles.slice(0, of.content ? 2 : 1).some(({ trackId }) => trackId === gone?.trackId);
        if (!gone || gone.highlighted || (of.layout === 'speaker' && large)) return true;
        const after = layoutTiles({ ...of, people: of.people.filter((each) => each !== gone) }, canvas);
        const order = tiles.map((tile) => tile.trackId).filter((id) => id !== gone.trackId);
        return JSON.stringify(after.map((tile) => tile.trackId)) === JSON.stringify(order);
      }),
    );
  });

  t.test('content alone is pixel for pixel where it fits and is two thirds of the canvas, else it fills it', async (t) => {
    holds(
      t,
      fc.property(size, fc.constantFrom(CANVAS, UPRIGHT), (of, canvas) => {
        const [tile] = layoutTiles({ layout: 'content-only', content: { trackId: 'screen', ...of }, people: people(3) }, canvas);
        if (!tile) return false;
        const { rect, crop } = tile;
        const share = Math.max(of.widthPx / canvas.width, of.heightPx / canvas.height);
        const exact = rect.width === crop.width && rect.height === crop.height;
        return share <= 1 && share >= 2 / 3 ? exact : rect.width === canvas.width || rect.height === canvas.height;
      }),
    );
  });

  t.test('a pair of scenes that differ in one person: the others keep their order, and all of them their rules', async (t) => {
    holds(
      t,
      fc.property(anyPicture, size, ({ of, canvas }, comes) => {
        if (of.people.length >= 25 || of.layout === 'content-only') return true;
        const more = { ...of, people: [...of.people, person(99, comes)] };
        const order = (scene: Scene): string[] => layoutTiles(scene, canvas).map(({ trackId }) => trackId);
        const after = order(more);
        return JSON.stringify(after.filter((id) => id !== 'camera-99')) === JSON.stringify(order(of)) && (of.people.length === 0 || after.at(-1) === 'camera-99');
      }),
    );
  });

  t.test('who is highlighted is larger than everybody else', async (t) => {
    const cameras = fc.nat(24).map((count) => people(count + 1));
    const layouts = fc.constantFrom(...LAYOUTS);
    holds(
      t,
      fc.property(layouts, cameras, fc.nat(24), fc.boolean(), (layout, all, chosen, shares) => {
        const content = shares && layout !== 'content-only' ? { trackId: 'screen', widthPx: 1920, heightPx: 1080 } : null;
        const highlighted = all.map((each, index) => ({ ...each, highlighted: index === chosen % all.length }));
        const cameraTiles = layoutTiles({ layout, content, people: highlighted }).filter(({ kind }) => kind === 'camera');
        const [first, ...others] = cameraTiles.map(({ trackId, rect }) => ({ trackId, area: rect.width * rect.height }));
        return first?.trackId === `camera-${chosen % all.length}` && others.every(({ area }) => area < first.area);
      }),
    );
  });
});

t.test('nobody and nothing make no tiles', async (t) => {
  t.same(layoutTiles(scene(0)), []);
});

t.test('one person fills the canvas', async (t) => {
  t.same(layoutTiles(scene(1)), [
    { trackId: 'camera-0', rect: CANVAS, crop: { x: 0, y: 0, width: 1280, height: 720 }, source: { widthPx: 1280, heightPx: 720 }, kind: 'camera' },
  ]);
});

t.test('grids have equal cells a gap apart, the last row centred', async (t) => {
  t.same(rects(layoutTiles(scene(2))), [[0, 188, 956, 702], [964, 188, 956, 702]]);
  t.same(rects(layoutTiles(scene(3))), [[4, 0, 952, 536], [964, 0, 952, 536], [484, 544, 952, 536]]);
  for (let count = 2; count <= 25; count++) {
    const tiles = layoutTiles(scene(count));
    t.equal(new Set(tiles.map(({ rect }) => `${rect.width}x${rect.height}`)).size, 1, `${count} equal tiles`);
    const rows = new Map<number, RectPx[]>();
    for (const { rect } of tiles) rows.set(rect.y, [...(rows.get(rect.y) ?? []), rect]);
    for (const row of rows.values()) {
      const left = Math.min(...row.map((rect) => rect.x));
      const right = CANVAS.width - Math.max(...row.map((rect) => rect.x + rect.width));
      t.ok(Math.abs(left - right) <= 2, `${count}: a row of ${row.length} is centred`);
    }
  }
  t.equal(layoutTiles(scene(25))[24]?.rect.width, 368, 'twenty-five in five rows');
});

t.test('more than twenty-five people: the first are shown, a highlighted one among them', async (t) => {
  const crowd = people(40).map((each) => ({ ...each, highlighted: each.joinedOrder === 39 }));
  const tiles = layoutTiles({ layout: 'stage', content: null, people: crowd });
  t.equal(tiles.length, 25);
  t.equal(tiles[0]?.trackId, 'camera-39');
});

t.test('cameras of 4:3 fill their cell, in every grid and strip; upright ones get bars', async (t) => {
  for (let count = 1; count <= 25; count++) {
    for (const content of [null, [1920, 1080] as [number, number]]) {
      const wide = layoutTiles(scene(count, content)).filter((tile) => tile.kind === 'camera');
      const narrow = layoutTiles(scene(count, content, { widthPx: 640, heightPx: 480 })).filter((tile) => tile.kind === 'camera');
      t.same(rects(narrow), rects(wide), `${count} cameras`);
    }
  }
  const [upright] = layoutTiles(scene(1, null, { widthPx: 720, heightPx: 1280 }));
  t.same(upright?.rect, { x: 656, y: 0, width: 608, height: 1080 });
  t.same(upright?.crop, { x: 0, y: 0, width: 720, height: 1280 });
});

t.test('content of 16:9 is large, with webcams in a column to its right', async (t) => {
  const tiles = layoutTiles(scene(4, [1920, 1080]));
  t.same(rects(tiles), [
    [0, 110, 1528, 860],
    [1536, 0, 384, 264],
    [1536, 272, 384, 264],
    [1536, 544, 384, 264],
    [1536, 816, 384, 264],
  ]);
  t.equal(tiles[0]?.kind, 'content');
});

t.test('many webcams share two and three columns, and content stays large', async (t) => {
  for (const [count, columns] of [[5, 1], [6, 1], [12, 2], [25, 3]] as const) {
    const tiles = layoutTiles(scene(count, [1920, 1080]));
    t.equal(new Set(tiles.slice(1).map(({ rect }) => rect.x)).size, columns, `${count} webcams`);
    t.ok((tiles[0]?.rect.width ?? 0) >= 1400);
  }
});

t.test('content that is wider than the canvas has its webcams above', async (t) => {
  const tiles = layoutTiles(scene(3, [3440, 1440]));
  t.same(rects(tiles), [
    [0, 250, 1920, 804],
    [376, 0, 384, 216],
    [768, 0, 384, 216],
    [1160, 0, 384, 216],
  ]);
});

t.test('content is drawn pixel for pixel where it fits and is large enough', async (t) => {
  for (const [count, width, height] of [[0, 1920, 1080], [0, 1366, 767], [2, 1280, 720], [2, 1024, 768]] as const) {
    const [tile] = layoutTiles(scene(count, [width, height]));
    t.same([tile?.rect.width, tile?.rect.height], [tile?.crop.width, tile?.crop.height], `${width}x${height}`);
  }
  const [small] = layoutTiles(scene(2, [640, 360]));
  t.same([small?.rect.width, small?.rect.height], [1528, 860], 'a small picture is made larger');
});

t.test('a highlighted person is large among the others, and leads them beside content', async (t) => {
  const of = scene(4);
  const highlighted = of.people.map((each) => ({ ...each, highlighted: each.joinedOrder === 2 }));
  const alone = layoutTiles({ ...of, people: highlighted });
  t.same(alone.map((tile) => tile.trackId), ['camera-2', 'camera-0', 'camera-1', 'camera-3']);
  t.ok((alone[0]?.rect.width ?? 0) > 1500);
  t.same(rects(alone)[1], [1536, 108, 384, 282]);
  const beside = layoutTiles({ ...scene(4, [1920, 1080]), people: highlighted });
  t.same(beside.map((tile) => tile.trackId), ['screen', 'camera-2', 'camera-0', 'camera-1', 'camera-3']);
  t.same(rects(beside), [
    [0, 126, 1472, 828],
    [1480, 250, 440, 248],
    [1480, 506, 216, 158],
    [1704, 506, 216, 158],
    [1592, 672, 216, 158],
  ]);
});

t.test('in the speaker layout who spoke last is large, the first one while nobody did', async (t) => {
  const ids = (speaker: string | null, content: [number, number] | null = null): string[] =>
    layoutTiles({ ...scene(3, content), layout: 'speaker', speaker }).map((tile) => tile.trackId);
  t.same(ids('member-2'), ['camera-2', 'camera-0', 'camera-1']);
  t.same(ids(null), ['camera-0', 'camera-1', 'camera-2']);
  t.same(ids('member-9'), ['camera-0', 'camera-1', 'camera-2'], 'who has no tile is nobody');
  t.same(ids('member-1', [1280, 720]), ['screen', 'camera-1', 'camera-0', 'camera-2']);
});

t.test('the active speaker is outlined where others stand beside', async (t) => {
  const outlined = (layout: Scene['layout'], count: number, content: [number, number] | null = null, speaking = true): string[] =>
    layoutTiles({ ...scene(count, content), layout, speaker: 'member-1', speaking }).filter((tile) => tile.outlined).map((tile) => tile.trackId);
  t.same(outlined('grid', 4), ['camera-1']);
  t.same(outlined('stage', 4, [1920, 1080]), ['camera-1']);
  t.same(outlined('speaker', 4, [1920, 1080]), ['camera-1'], 'the larger of the small ones');
  t.same(outlined('speaker', 4), [], 'who is large is seen to speak');
  t.same(outlined('grid', 4, null, false), [], 'in silence nobody is');
  t.same(outlined('content-only', 4, [1920, 1080]), []);
  const two = people(2).slice(1);
  t.same(layoutTiles({ layout: 'grid', content: null, people: two, speaker: 'member-1', speaking: true }).filter((tile) => tile.outlined), []);
});

t.test('content only: neither webcams beside it nor instead of it, but for who is highlighted', async (t) => {
  const only = { ...scene(3, [1920, 1080]), layout: 'content-only' as const };
  t.same(rects(layoutTiles(only)), [[0, 0, 1920, 1080]]);
  t.same(layoutTiles({ ...only, content: null }), []);
  const highlighted = only.people.map((each) => ({ ...each, highlighted: each.joinedOrder === 1 }));
  t.same(layoutTiles({ ...only, content: null, people: highlighted }).map((tile) => tile.trackId), ['camera-1']);
});

t.test('an upright canvas: content in its full width, the webcams below, all of it in the middle', async (t) => {
  const portrait = (count: number, content: [number, number] | null, more: Partial<ScenePerson> = {}): number[][] =>
    rects(layoutTiles({ ...scene(count, content, more), layout: 'portrait' }));
  t.same(portrait(2, [1920, 1080]), [
    [0, 0, 1080, 608],
    [0, 616, 1080, 648],
    [0, 1272, 1080, 648],
  ]);
  t.same(portrait(2, null), [
    [0, 162, 1080, 794],
    [0, 964, 1080, 794],
  ]);
  t.same(portrait(1, null, { widthPx: 720, heightPx: 1280 }), [[0, 0, 1080, 1920]], 'a phone fills it');
  t.same(portrait(1, null).map(([, , width]) => width), [1080]);
  t.equal(portrait(25, [1920, 1080]).length, 26);
});

t.test('in the grid layout content is one of the cells, never cropped', async (t) => {
  const tiles = layoutTiles({ ...scene(3, [1024, 768]), layout: 'grid' });
  t.same(tiles.map((tile) => tile.trackId), ['screen', 'camera-0', 'camera-1', 'camera-2']);
  t.same(tiles[0]?.crop, { x: 0, y: 0, width: 1024, height: 768 });
  t.equal(tiles[0]?.rect.height, tiles[1]?.rect.height);
});

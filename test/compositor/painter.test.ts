import fc from 'fast-check';
import t from 'tap';
import type { I420, RectPx } from '../../native/index.js';
import { layoutTiles, type Scene, type Tile } from '../../src/compositor/layout.js';
import { Painter } from '../../src/compositor/painter.js';
import { bt709, createPicture, wrapPicture, type Yuv } from '../../src/compositor/picture.js';

const BACKGROUND = bt709(12, 13, 16);
const PLACEHOLDER = bt709(32, 34, 40);

function plain(width: number, height: number, colour: Yuv): I420 {
  const picture = createPicture(width, height);
  picture.y.fill(colour.y);
  picture.u.fill(colour.u);
  picture.v.fill(colour.v);
  return picture;
}

/** Every sample differs from its neighbours, so that a shift by one shows. */
function pattern(width: number, height: number, seed: number): I420 {
  const picture = createPicture(width, height);
  picture.bytes.forEach((_, index) => {
    picture.bytes[index] = 16 + ((index * 37 + (index >> 7) * 11 + seed * 53) % 200);
  });
  return picture;
}

function colourAt(picture: I420, x: number, y: number): Yuv {
  const chroma = (y >> 1) * picture.strideU + (x >> 1);
  return { y: picture.y[y * picture.strideY + x] ?? -1, u: picture.u[chroma] ?? -1, v: picture.v[chroma] ?? -1 };
}

function middle(picture: I420, rect: RectPx): Yuv {
  return colourAt(picture, rect.x + (rect.width >> 1), rect.y + (rect.height >> 1));
}

function sceneOf(pictures: Map<string, I420>, screen: string | null = null): Scene {
  const people = [...pictures]
    .filter(([trackId]) => trackId !== screen)
    .map(([trackId, { width, height }], joinedOrder) => ({
      ...{ memberId: trackId, trackId, joinedOrder, highlighted: false },
      ...{ widthPx: width, heightPx: height },
    }));
  const shared = screen ? pictures.get(screen) : undefined;
  const content = screen && shared ? { trackId: screen, widthPx: shared.width, heightPx: shared.height } : null;
  return { layout: 'stage', content, people };
}

const lookUp =
  (pictures: Map<string, I420>) =>
  (trackId: string): I420 | null =>
    pictures.get(trackId) ?? null;

/** Averaging boxes of an odd number of samples loses a level by rounding down (libyuv). */
function isNear(colour: Yuv, expected: Yuv = BACKGROUND): boolean {
  return [colour.y - expected.y, colour.u - expected.u, colour.v - expected.v].every((off) => Math.abs(off) <= 1);
}

const COLOURS: Yuv[] = [bt709(255, 0, 0), bt709(0, 255, 0), bt709(0, 0, 255), bt709(255, 255, 0), bt709(0, 255, 255)];

t.test('everybody is where the layout says, on the background', async (t) => {
  const pictures = new Map([
    ['screen', plain(1280, 720, COLOURS[0] ?? BACKGROUND)],
    ['a', plain(640, 360, COLOURS[1] ?? BACKGROUND)],
    ['b', plain(640, 480, COLOURS[2] ?? BACKGROUND)],
    ['c', plain(360, 640, COLOURS[3] ?? BACKGROUND)],
  ]);
  const tiles = layoutTiles(sceneOf(pictures, 'screen'));
  const painter = new Painter();
  t.equal(painter.paint(tiles, lookUp(pictures), null), true);
  tiles.forEach((tile, index) => {
    const { x, y, width, height } = tile.rect;
    for (const [atX, atY] of [[x, y], [x + width - 1, y + height - 1], [x + width / 2, y + height / 2]] as const) {
      t.ok(isNear(colourAt(painter.canvas, atX, atY), COLOURS[index]), `tile ${index} at ${atX}, ${atY}`);
    }
  });
  t.same(colourAt(painter.canvas, 0, 0), BACKGROUND);
  const upright = tiles[3]?.rect;
  t.same(upright && colourAt(painter.canvas, upright.x - 2, upright.y), BACKGROUND, 'bars beside an upright camera');
});

t.test('content at 1:1 is the same to the byte', async (t) => {
  const pictures = new Map([['screen', pattern(1280, 720, 1)], ['a', pattern(640, 360, 2)]]);
  const [tile] = layoutTiles(sceneOf(pictures, 'screen'));
  const painter = new Painter();
  painter.paint(layoutTiles(sceneOf(pictures, 'screen')), lookUp(pictures), null);
  const screen = pictures.get('screen');
  for (let y = 0; tile && screen && y < 720; y += 1) {
    const start = (tile.rect.y + y) * 1920 + tile.rect.x;
    if (Buffer.compare(painter.canvas.y.subarray(start, start + 1280), screen.y.subarray(y * 1280, (y + 1) * 1280)) !== 0) {
      t.fail(`row ${y} differs`);
    }
  }
  t.same(tile?.rect.width, 1280);
});

/** Limited-range samples of a colour (0 to 255 each) with BT.601's weights, as WebRTC's encoders get them. */
function bt601([red, green, blue]: Rgb): Yuv {
  const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
  return {
    y: Math.round(16 + (luma * 219) / 255),
    u: Math.round(128 + (((blue - luma) / 1.772) * 224) / 255),
    v: Math.round(128 + (((red - luma) / 1.402) * 224) / 255),
  };
}

type Rgb = [number, number, number];

/** What a player shows of samples in a movie of BT.709 limited range. */
function shown({ y, u, v }: Yuv): Rgb {
  const [luma, bluish, reddish] = [((y - 16) * 255) / 219, ((u - 128) * 255) / 224, ((v - 128) * 255) / 224];
  const red = luma + 1.5748 * reddish;
  const blue = luma + 1.8556 * bluish;
  return [red, (luma - 0.2126 * red - 0.0722 * blue) / 0.7152, blue];
}

const PATCHES: Rgb[] = [
  [0xb4, 0x32, 0x32], [0x28, 0x8c, 0x3c], [0x32, 0x46, 0xc8], [0xe6, 0xc8, 0x1e], [0x1e, 0xb4, 0xbe], [0x96, 0x28, 0x96],
  [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [0x80, 0x80, 0x80],
];

t.test('colours sent with the matrix of BT.601 are those that a player of BT.709 shows', async (t) => {
  for (const fast of [true, false]) {
    for (const patch of PATCHES) {
      const sent = (width: number, height: number): I420 => ({ ...plain(width, height, bt601(patch)), matrix: 'bt601' });
      // One is drawn 1:1, one smaller and one larger.
      const pictures = new Map([['screen', sent(1280, 720)], ['a', sent(640, 360)], ['b', sent(160, 90)]]);
      const tiles = layoutTiles(sceneOf(pictures, 'screen'));
      const painter = new Painter({ fast });
      painter.paint(tiles, lookUp(pictures), null);
      t.ok(tiles[0]?.rect.width === 1280 && tiles[1] && tiles[1].rect.width < 640 && tiles[2] && tiles[2].rect.width > 160, 'three sizes');
      for (const { trackId, rect } of tiles) {
        const colour = shown(middle(painter.canvas, rect));
        const off = Math.max(...colour.map((value, index) => Math.abs(value - (patch[index] ?? 0))));
        t.ok(off <= 4, `${trackId} ${fast ? 'fast' : 'plain'}: ${colour.map(Math.round)} for ${patch}`);
      }
    }
  }
});

t.test('full range becomes the limited range of the movie', async (t) => {
  const full = ({ y, u, v }: Yuv): Yuv => ({
    y: Math.round(((y - 16) * 255) / 219),
    u: Math.max(0, Math.min(255, Math.round(128 + ((u - 128) * 255) / 224))),
    v: Math.max(0, Math.min(255, Math.round(128 + ((v - 128) * 255) / 224))),
  });
  for (const [matrix, encode] of [['bt709', (rgb: Rgb) => bt709(...rgb)], ['bt601', bt601]] as const) {
    for (const patch of PATCHES) {
      const sent = (width: number, height: number): I420 => ({ ...plain(width, height, full(encode(patch))), matrix, range: 'full' });
      const pictures = new Map([['screen', sent(1280, 720)], ['a', sent(640, 360)]]);
      const painter = new Painter();
      const tiles = layoutTiles(sceneOf(pictures, 'screen'));
      painter.paint(tiles, lookUp(pictures), null);
      for (const { rect } of tiles) {
        const colour = shown(middle(painter.canvas, rect));
        const off = Math.max(...colour.map((value, index) => Math.abs(value - (patch[index] ?? 0))));
        t.ok(off <= 4, `${matrix}: ${colour.map(Math.round)} for ${patch}`);
      }
    }
  }
});

t.test('what did not change is not painted again', async (t) => {
  const pictures = new Map([['a', pattern(640, 360, 1)], ['b', pattern(640, 360, 2)]]);
  const tiles = layoutTiles(sceneOf(pictures));
  const painter = new Painter();
  t.equal(painter.paint(tiles, lookUp(pictures), null), true);
  t.equal(painter.paint(tiles, lookUp(pictures), null), false);
  t.equal(painter.paint(layoutTiles(sceneOf(pictures)), lookUp(pictures), null), false, 'equal tiles are the same tiles');

  const places = tiles.map(({ rect }) => rect.y * 1920 + rect.x);
  for (const place of places) painter.canvas.y[place] = 255;
  pictures.set('b', pattern(640, 360, 3));
  t.equal(painter.paint(tiles, lookUp(pictures), null), true);
  t.equal(painter.canvas.y[places[0] ?? 0], 255, 'the first tile was left alone');
  t.not(painter.canvas.y[places[1] ?? 0], 255, 'the second has its new picture');
});

t.test('a stalled stream is a calm dark tile until it is back', async (t) => {
  const pictures = new Map([['a', plain(640, 360, COLOURS[0] ?? BACKGROUND)], ['b', plain(640, 360, COLOURS[1] ?? BACKGROUND)]]);
  const tiles = layoutTiles(sceneOf(pictures));
  const rect = tiles[1]?.rect ?? { x: 0, y: 0, width: 2, height: 2 };
  const painter = new Painter();
  painter.paint(tiles, lookUp(pictures), null);
  const back = pictures.get('b');
  pictures.delete('b');
  t.equal(painter.paint(tiles, lookUp(pictures), null), true);
  t.same(middle(painter.canvas, rect), PLACEHOLDER);
  t.equal(painter.paint(tiles, lookUp(pictures), null), false);
  if (back) pictures.set('b', back);
  t.equal(painter.paint(tiles, lookUp(pictures), null), true);
  t.same(middle(painter.canvas, rect), COLOURS[1]);
});

t.test('the active speaker has a thin outline inside the tile, and loses it again', async (t) => {
  const pictures = new Map(['a', 'b', 'c'].map((trackId) => [trackId, plain(640, 360, COLOURS[0] ?? BACKGROUND)]));
  const tilesFor = (speaker: string | null): Tile[] => layoutTiles({ ...sceneOf(pictures), speaker, speaking: speaker !== null });
  const painter = new Painter();
  painter.paint(tilesFor('b'), lookUp(pictures), null);
  const { x, y, width, height } = tilesFor('b')[1]?.rect ?? { x: 0, y: 0, width: 2, height: 2 };
  const edge: [number, number][] = [[x, y], [x + 3, y + height / 2], [x + width - 1, y + height / 2], [x + width / 2, y + height - 1]];
  const green = bt709(69, 212, 148);
  for (const [atX, atY] of edge) t.same(colourAt(painter.canvas, atX, atY), green);
  t.ok(isNear(colourAt(painter.canvas, x + 4, y + 4), COLOURS[0]), 'four pixels wide');
  t.same(colourAt(painter.canvas, x - 2, y), BACKGROUND, 'and not outside');
  t.equal(painter.paint(tilesFor('b'), lookUp(pictures), null), false, 'it is not painted again');
  t.equal(painter.paint(tilesFor(null), lookUp(pictures), null), true);
  for (const [atX, atY] of edge) t.ok(isNear(colourAt(painter.canvas, atX, atY), COLOURS[0]));
});

t.test('a picture smaller than its crop is a placeholder, not a crash', async (t) => {
  const pictures = new Map([['a', pattern(1280, 720, 1)]]);
  const tiles = layoutTiles(sceneOf(pictures));
  pictures.set('a', pattern(640, 360, 1));
  const painter = new Painter();
  painter.paint(tiles, lookUp(pictures), null);
  t.same(colourAt(painter.canvas, 960, 540), PLACEHOLDER);
});

t.test('with nobody the card is shown, and nothing of it stays when somebody comes', async (t) => {
  const card = plain(1920, 1080, bt709(60, 60, 90));
  const painter = new Painter();
  t.equal(painter.paint([], () => null, null), false, 'no card: the background, which is there already');
  t.equal(painter.paint([], () => null, card), true);
  t.same(colourAt(painter.canvas, 0, 0), bt709(60, 60, 90));
  t.equal(painter.paint([], () => null, card), false);
  const pictures = new Map([['a', plain(360, 640, COLOURS[0] ?? BACKGROUND)]]);
  t.equal(painter.paint(layoutTiles(sceneOf(pictures)), lookUp(pictures), card), true);
  t.same(colourAt(painter.canvas, 0, 0), BACKGROUND);
  t.equal(painter.paint([], () => null, null), true);
  t.same(middle(painter.canvas, { x: 0, y: 0, width: 1920, height: 1080 }), BACKGROUND);
});

t.test('after any history the canvas is what a new painter would paint', async (t) => {
  const sizes = [[64, 36], [64, 48], [36, 64], [90, 20], [33, 17]] as const;
  const pool = sizes.flatMap(([width, height], index) => [pattern(width, height, index), pattern(width, height, index + 9)]);
  const step = fc.record({
    cameras: fc.array(fc.option(fc.nat(pool.length - 1), { nil: null }), { maxLength: 6 }),
    screen: fc.option(fc.nat(pool.length - 1), { nil: null }),
    highlighted: fc.nat(8),
    speaking: fc.nat(8),
    stalled: fc.nat(8),
    moved: fc.option(fc.nat(200), { nil: null }),
  });
  const card = pattern(1920, 1080, 5);
  const property = fc.property(fc.array(step, { minLength: 2, maxLength: 5 }), (steps) => {
    const painter = new Painter();
    let [tiles, pictures, moving]: [Tile[], Map<string, I420>, boolean] = [[], new Map(), false];
    for (const { cameras, screen, highlighted, speaking, stalled, moved } of steps) {
      const shown = cameras.flatMap((choice, index) => (choice === null ? [] : [[`camera-${index}`, pool[choice]] as const]));
      pictures = new Map(shown.flatMap(([trackId, picture]) => (picture ? [[trackId, picture]] : [])));
      const shared = screen === null ? undefined : pool[screen];
      if (shared) pictures.set('screen', shared);
      const scene = sceneOf(pictures, shared ? 'screen' : null);
      tiles = layoutTiles({
        ...scene,
        people: scene.people.map((person) => ({ ...person, highlighted: person.trackId === `camera-${highlighted}` })),
        speaker: `camera-${speaking}`,
        speaking: true,
      });
      moving = moved !== null;
      // All to the left, over one another.
      if (moved !== null) tiles = tiles.map((tile) => ({ ...tile, rect: { ...tile.rect, x: Math.max(0, tile.rect.x - 2 * moved) } }));
      pictures.delete(`camera-${stalled}`);
      painter.paint(tiles, lookUp(pictures), card, moving);
    }
    const fresh = new Painter();
    fresh.paint(tiles, lookUp(pictures), card, moving);
    return painter.hash() === fresh.hash();
  });
  t.doesNotThrow(() => fc.assert(property, { seed: 20_261_123, numRuns: 60 }));
});

t.test('the plain painter paints this picture on every machine', async (t) => {
  const pictures = new Map([
    ['screen', pattern(1920, 1080, 1)],
    ['a', pattern(640, 360, 2)],
    ['b', pattern(320, 240, 3)],
    ['c', pattern(360, 640, 4)],
  ]);
  const painter = new Painter({ fast: false });
  painter.paint(layoutTiles(sceneOf(pictures, 'screen')), lookUp(pictures), null);
  t.equal(painter.hash(), '3b78f363');
});

t.test('BT.709 colours in limited range', async (t) => {
  // ITU-R BT.709-6 section 4.6: black, white, and the quantised primaries.
  t.same(bt709(0, 0, 0), { y: 16, u: 128, v: 128 });
  t.same(bt709(255, 255, 255), { y: 235, u: 128, v: 128 });
  t.same(bt709(255, 0, 0), { y: 63, u: 102, v: 240 });
  t.same(bt709(0, 255, 0), { y: 173, u: 42, v: 26 });
  t.same(bt709(0, 0, 255), { y: 32, u: 240, v: 118 });
});

t.test('raw bytes are a picture only of their size', async (t) => {
  t.equal(wrapPicture(new Uint8Array(5 * 3 + 2 * 3 * 2), 5, 3).v.length, 6);
  t.throws(() => wrapPicture(new Uint8Array(26), 5, 3), RangeError);
});

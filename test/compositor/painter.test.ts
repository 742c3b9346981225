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
    stalled: fc.nat(8),
  });
  const card = pattern(1920, 1080, 5);
  const property = fc.property(fc.array(step, { minLength: 2, maxLength: 5 }), (steps) => {
    const painter = new Painter();
    let [tiles, pictures]: [Tile[], Map<string, I420>] = [[], new Map()];
    for (const { cameras, screen, highlighted, stalled } of steps) {
      const shown = cameras.flatMap((choice, index) => (choice === null ? [] : [[`camera-${index}`, pool[choice]] as const]));
      pictures = new Map(shown.flatMap(([trackId, picture]) => (picture ? [[trackId, picture]] : [])));
      const shared = screen === null ? undefined : pool[screen];
      if (shared) pictures.set('screen', shared);
      const scene = sceneOf(pictures, shared ? 'screen' : null);
      tiles = layoutTiles({
        ...scene,
        people: scene.people.map((person) => ({ ...person, highlighted: person.trackId === `camera-${highlighted}` })),
      });
      pictures.delete(`camera-${stalled}`);
      painter.paint(tiles, lookUp(pictures), card);
    }
    const fresh = new Painter();
    fresh.paint(tiles, lookUp(pictures), card);
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
  t.equal(painter.hash(), '9bc82841');
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

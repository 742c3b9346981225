import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createPicture, type PackedPicture } from '../../../src/compositor/picture.js';
import { MAX_TILES, PreviewStrip } from '../../../src/compositor/sidecars/preview-strip.js';

const SIZE = { widthPx: 640, heightPx: 360 };

/** A picture whose brightness tells its frame. */
function canvasOf(frame: number, { widthPx, heightPx } = SIZE): PackedPicture {
  const picture = createPicture(widthPx, heightPx);
  picture.y.fill(16 + ((frame / 60) % 200));
  picture.u.fill(128);
  picture.v.fill(128);
  return picture;
}

async function fill(strip: PreviewStrip, from: number, to: number, size = SIZE): Promise<void> {
  for (let frame = from; frame < to; frame += 60) strip.take(frame, canvasOf(frame, size));
}

const brightnesses = ({ picture, tiles }: NonNullable<ReturnType<PreviewStrip['sheet']>>): (number | undefined)[] =>
  tiles.map(({ x, y, width, height }) => picture.y[(y + height / 2) * picture.strideY + x + width / 2]);

t.test('a picture every two seconds, and ever fewer as the movie grows', async (t) => {
  const strip = await PreviewStrip.open(join(t.testdir(), 'tiles'), SIZE, 0);
  t.equal(strip.sheet(), null);
  await fill(strip, 0, 600);
  t.same(strip.sheet()?.tiles.map(({ startMs }) => startMs), [0, 2_000, 4_000, 6_000, 8_000, 10_000, 12_000, 14_000, 16_000, 18_000]);
  await fill(strip, 600, 30 * 3600 * 2);
  const sheet = strip.sheet();
  const starts = sheet?.tiles.map(({ startMs }) => startMs) ?? [];
  t.ok(starts.length <= MAX_TILES && starts.length > MAX_TILES / 2, `${starts.length} pictures of two hours`);
  t.equal(new Set(starts.slice(1).map((at, i) => at - (starts[i] as number))).size, 1, 'at even distances');
  t.equal(starts[0], 0);
  t.match(sheet?.picture, { width: 1920 });
  t.same(sheet && brightnesses(sheet), starts.map((at) => 16 + ((at / 2_000) % 200)), 'each in its place');
  await strip.close();
  await strip.close();
});

t.test('a strip that goes on after a kill has the pictures from before', async (t) => {
  const path = join(t.testdir(), 'tiles');
  const straight = await PreviewStrip.open(join(t.testdir(), 'straight'), SIZE, 0);
  await fill(straight, 0, 24_000);
  const first = await PreviewStrip.open(path, SIZE, 0);
  await fill(first, 0, 9_060);
  await first.close();
  truncateSync(path, statSync(path).size - 100);
  const second = await PreviewStrip.open(path, SIZE, 9_000);
  await fill(second, 9_000, 18_000);
  await second.close();
  const third = await PreviewStrip.open(path, SIZE, 17_940);
  await fill(third, 17_940, 24_000);
  t.same(third.sheet(), straight.sheet());
  const lost = await PreviewStrip.open(join(t.testdir(), 'none'), SIZE, 12_000);
  await fill(lost, 12_000, 12_600);
  t.equal(lost.sheet()?.tiles[0]?.startMs, 400_000, 'where nothing was kept the strip begins later');
  for (const strip of [straight, third, lost]) await strip.close();
});

t.test('upright movies have upright pictures, and a folder that is not there is no failure', async (t) => {
  const upright = { widthPx: 360, heightPx: 640 };
  const strip = await PreviewStrip.open('/nowhere/tiles', upright, 0);
  await fill(strip, 0, 120, upright);
  t.match(strip.sheet()?.tiles[1], { x: 108, y: 0, width: 108, height: 192 });
  await strip.close();
});

import t from 'tap';
import { activeEncodings, cameraEncodings, preferVp8 } from '../../../web/src/client/layers.js';

const rids = (widthPx: number, heightPx: number): (string | undefined)[] =>
  cameraEncodings({ widthPx, heightPx }).map(({ rid }) => rid);

t.test('a camera sends as many layers as its picture carries, the full size always', async (t) => {
  t.same(rids(1280, 720), ['q', 'h', 'f']);
  t.same(rids(720, 1280), ['q', 'h', 'f'], 'upright as well');
  t.same(rids(640, 480), ['h', 'f']);
  t.same(rids(320, 240), [undefined]);
  for (const [width, height] of [[1280, 720], [640, 480], [320, 240]] as const) {
    t.equal(cameraEncodings({ widthPx: width, heightPx: height }).at(-1)?.scaleResolutionDownBy ?? 1, 1);
  }
});

t.test('layers larger than anybody wants are not sent; the lowest always is', async (t) => {
  const encodings = cameraEncodings({ widthPx: 1280, heightPx: 720 });
  const active = (wantedHeightPx: number): boolean[] => activeEncodings(encodings, 720, wantedHeightPx);
  t.same(active(1080), [true, true, true]);
  t.same(active(720), [true, true, true]);
  t.same(active(400), [true, true, true]);
  t.same(active(390), [true, true, false], 'a tenth too small is taken');
  t.same(active(180), [true, false, false]);
  t.same(active(0), [true, false, false]);
});

t.test('VP8 and its repair are preferred where they exist', async (t) => {
  const codec = (mimeType: string) => ({ mimeType, clockRate: 90_000 });
  t.same(preferVp8([codec('video/H264'), codec('video/rtx'), codec('video/VP8')]).map(({ mimeType }) => mimeType), [
    'video/VP8',
    'video/rtx',
  ]);
  t.same(preferVp8([codec('video/H264'), codec('video/rtx')]), []);
});

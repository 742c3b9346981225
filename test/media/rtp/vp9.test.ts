import t from 'tap';
import { keyframeSize, parseVp9Descriptor } from '../../../src/media/rtp/vp9.js';
import { codedVideo } from '../../support/coded-video.js';
import { leastMs } from '../../support/least-ms.js';
import { generator } from '../../support/random.js';

const read = (...bytes: number[]) => parseVp9Descriptor(Uint8Array.from([...bytes, 0xaa]));

t.test('the descriptor of RFC 9628 section 4.2, field by field', async (t) => {
  t.match(read(0x08), { headerBytes: 1, startOfFrame: true, interPicture: false, keyframe: true, pictureId: null, temporalId: null });
  t.match(read(0xc8, 0x05), { headerBytes: 2, pictureId: 5, pictureIdBits: 7, pictureIdAt: 1, keyframe: false, interPicture: true });
  t.match(read(0x88, 0x85, 0x06), { headerBytes: 3, pictureId: 0x506, pictureIdBits: 15, pictureIdAt: 1 });
  t.match(read(0xa8, 0x85, 0x06, 0x55, 0x77), { headerBytes: 5, temporalId: 2, switchUp: true, spatialId: 2, interLayer: true, tl0PicIdx: 0x77, tl0PicIdxAt: 4, keyframe: false }, 'an upper layer');
  t.match(read(0xb8, 0x85, 0x06, 0x00), { headerBytes: 4, temporalId: 0, spatialId: 0, tl0PicIdx: null, keyframe: true }, 'flexible mode has no TL0PICIDX');
  t.match(read(0xd8, 0x05, 0x03, 0x05, 0x02), { headerBytes: 5, interPicture: true }, 'three references');
  t.equal(read(0xd8, 0x05, 0x03, 0x05, 0x03), null, 'four references');
  t.match(read(0x0a, 0x18, 0x01, 0x40, 0x00, 0xb4, 0x02, 0x04, 0x01, 0x18, 0x01, 0x02), { headerBytes: 12, size: { widthPx: 320, heightPx: 180 } }, 'scalability structure of one layer');
  t.match(read(0x0a, 0x30, 0, 160, 0, 90, 1, 64, 0, 180), { headerBytes: 10, size: { widthPx: 320, heightPx: 180 } }, 'of two layers: the larger one');
  for (const cut of [[0x88], [0x88, 0x85], [0xa8, 5, 0], [0x0a, 0x30, 0, 160], [0x0a, 0x08, 9, 0x0c]]) t.equal(parseVp9Descriptor(Uint8Array.from(cut)), null, `${cut}`);
});

t.test('the size is read from the head of a keyframe', async (t) => {
  for (const [widthPx, heightPx, pixelFormat] of [[320, 180, 'yuv420p'], [641, 359, 'yuv420p'], [320, 180, 'yuv420p10le']] as const) {
    const { frames } = codedVideo({ codec: 'VP9', widthPx, heightPx, frames: 2, pixelFormat });
    t.same(frames.map(keyframeSize), [{ widthPx, heightPx }, null]);
  }
});

t.test('any payload is read or refused, at once', async (t) => {
  const random = generator(0x999);
  const below = (limit: number): number => Math.floor(random() * limit);
  let [readable, slowestMs] = [0, 0];
  for (let round = 0; round < 20_000; round++) {
    const payload = Uint8Array.from({ length: below(random() < 0.5 ? 20 : 1_500) }, () => below(256));
    slowestMs = Math.max(slowestMs, leastMs(5, () => parseVp9Descriptor(payload)));
    const descriptor = parseVp9Descriptor(payload);
    if (!descriptor) continue;
    readable++;
    if (descriptor.headerBytes >= payload.length) t.fail('nothing follows the descriptor');
  }
  t.ok(readable > 5_000, `${readable} read`);
  t.ok(slowestMs < 5, `${slowestMs.toFixed(2)} ms`);
});

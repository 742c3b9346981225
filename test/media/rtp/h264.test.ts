import t from 'tap';
import { h264Keyframe, nalPieces, spsSize } from '../../../src/media/rtp/h264.js';
import { codedVideo, nalUnits } from '../../support/coded-video.js';
import { leastMs } from '../../support/least-ms.js';
import { payloadsOf } from '../../support/packetise.js';
import { generator } from '../../support/random.js';

function spsOf(widthPx: number, heightPx: number, more: string[]): Uint8Array {
  const [frame] = codedVideo({ codec: 'H264', widthPx, heightPx, frames: 1, more }).frames;
  return nalUnits(frame!).find((unit) => (unit[0]! & 0x1f) === 7)!;
}

t.test('the size of the pictures is read from the sequence parameter set', async (t) => {
  for (const [widthPx, heightPx, more] of [
    [320, 180, ['-profile:v', 'baseline']],
    [642, 358, ['-profile:v', 'main']],
    [1920, 1080, ['-profile:v', 'high']],
    [640, 368, ['-flags', '+ildct+ilme']],
    [640, 360, ['-profile:v', 'high422', '-pix_fmt', 'yuv422p']],
    // A scaling matrix, and colour facts behind the size.
    [320, 240, ['-x264opts', 'cqm=jvt', '-colorspace', 'bt709']],
  ] as const) {
    t.same(spsSize(spsOf(widthPx, heightPx, [...more]).subarray(1)), { widthPx, heightPx }, more.join(' '));
  }
});

t.test('a stream is entered where its parameter set is', async (t) => {
  const { frames } = codedVideo({ codec: 'H264', widthPx: 320, heightPx: 180, frames: 6, more: ['-g', '3'] });
  const found = frames.map((frame, n) => payloadsOf('H264', frame, n, { maxBytes: 300 }).map((payload) => h264Keyframe(nalPieces(payload)!)));
  for (const [n, packets] of found.entries()) {
    t.same(packets.flatMap((packet, i) => (packet ? [i] : [])), n % 3 === 0 ? [0] : []);
    if (n % 3 === 0) t.same(packets[0], { size: { widthPx: 320, heightPx: 180 } });
  }
});

t.test('any parameter set is read or refused, at once', async (t) => {
  const seeds = [spsOf(320, 240, ['-x264opts', 'cqm=jvt']), spsOf(640, 368, ['-profile:v', 'main'])];
  const random = generator(0x5e7);
  const below = (limit: number): number => Math.floor(random() * limit);
  let [read, slowestMs] = [0, 0];
  for (let round = 0; round < 5_000; round++) {
    let sps = random() < 0.1 ? Uint8Array.from({ length: below(4_000) }, () => below(3)) : seeds[round % 2]!.slice();
    for (let flips = below(4); flips > 0 && sps.length > 0; flips--) sps[below(sps.length)] = below(256);
    if (random() < 0.2) sps = sps.subarray(0, below(sps.length + 1));
    slowestMs = Math.max(slowestMs, leastMs(5, () => spsSize(sps)));
    if (spsSize(sps)) read++;
  }
  t.ok(read > 500 && read < 4_900, `${read} read`);
  t.ok(slowestMs < 5, `${slowestMs.toFixed(2)} ms`);
});

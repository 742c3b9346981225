import t from 'tap';
import { payloadFormat } from '../../../src/compositor/video/payload-format.js';
import type { CodecName } from '../../../src/core/media.js';
import { codedVideo, nalUnits } from '../../support/coded-video.js';
import { leastMs } from '../../support/least-ms.js';
import { payloadsOf } from '../../support/packetise.js';
import { generator } from '../../support/random.js';

const SIZE = { widthPx: 320, heightPx: 180, frames: 4 };
const CODECS: CodecName[] = ['VP8', 'VP9', 'H264', 'AV1'];

t.test('H.264: units alone, together and in pieces become one access unit (RFC 6184 sections 5.6 to 5.8)', async (t) => {
  const { frames } = codedVideo({ codec: 'H264', ...SIZE, more: ['-slices', '3'] });
  const format = payloadFormat('H264')!;
  for (const maxBytes of [50, 300, 1_100]) {
    for (const [n, frame] of frames.entries()) {
      const parts = payloadsOf('H264', frame, n, { maxBytes }).map((payload) => format.read(payload));
      const joined = format.join(parts.map((part) => part!.payload))!;
      t.same(nalUnits(joined).map((unit) => Buffer.from(unit).toString('hex')).sort(), nalUnits(frame).map((unit) => Buffer.from(unit).toString('hex')).sort());
      t.equal(parts[0]!.start, true);
      t.equal(parts.some((part) => part!.keyframe), n === 0);
      t.equal(parts.filter((part) => part!.start).length, n === 0 ? 2 : 1, 'parameter sets and the first slice can begin a picture, no other piece');
    }
  }
});

t.test('H.264: pieces that do not fit together make no picture', async (t) => {
  const format = payloadFormat('H264')!;
  const piece = (flags: number): Uint8Array => Uint8Array.of(0x7c, flags | 5, 0x88, 1, 2);
  t.ok(format.join([piece(0x80), piece(0), piece(0x40)]));
  t.equal(format.join([piece(0x80), piece(0)]), null, 'no end');
  t.equal(format.join([piece(0), piece(0x40)]), null, 'no beginning');
  t.equal(format.join([piece(0x80), piece(0x80), piece(0x40)]), null, 'two beginnings');
  t.equal(format.join([piece(0x80), Uint8Array.of(0x41, 0x9a, 1), piece(0x40)]), null, 'something between');
  for (const bad of [[], [0x78], [0x41], [0x78, 0, 0, 1], [0x78, 0, 9, 1], [0x7c, 0x85], [0x79, 0, 0], [0x00, 1, 1]]) {
    t.equal(bad.length < 2 || format.read(Uint8Array.from(bad)) === null, true, `${bad}`);
  }
});

for (const codec of CODECS) {
  t.test(`${codec}: any payload is read or refused, at once`, async (t) => {
    const { frames } = codedVideo({ codec, ...SIZE });
    const payloads = frames.flatMap((frame, n) => payloadsOf(codec, frame, n, { maxBytes: 400 }));
    const random = generator(0xf022 + codec.length);
    const below = (limit: number): number => Math.floor(random() * limit);
    const format = payloadFormat(codec)!;
    const inputs = Array.from({ length: 4_000 }, () => {
      const payload = random() < 0.2 ? Uint8Array.from({ length: below(1_500) }, () => below(256)) : payloads[below(payloads.length)]!.slice();
      for (let flips = below(5); flips > 0; flips--) payload[below(Math.min(payload.length, 24))] = below(256);
      return random() < 0.2 ? payload.subarray(0, below(payload.length)) : payload;
    });
    let [read, slowestMs] = [0, 0];
    for (const input of inputs) {
      slowestMs = Math.max(slowestMs, leastMs(5, () => format.read(input)));
      if (format.read(input)) read++;
    }
    for (let at = 0; at < inputs.length; at += 40) {
      const group = inputs.slice(at, at + 40);
      slowestMs = Math.max(slowestMs, leastMs(5, () => format.join(group)));
    }
    t.ok(read > 1_000, `${read} of ${inputs.length} read`);
    t.ok(slowestMs < 5, `${slowestMs.toFixed(2)} ms`);
  });
}

import t from 'tap';
import { native, type VideoDecoder } from '../../native/index.js';
import { openVideoDecoder } from '../../src/compositor/video/decoders.js';
import type { CodecName } from '../../src/core/media.js';
import { codedVideo } from '../support/coded-video.js';
import { numbers, samples } from './support/pictures.js';

/** What every video decoder does alike; VP8's own tests are in decoders.test.ts. */

const CODECS: CodecName[] = ['VP8', 'VP9', 'H264', 'AV1'];
const FAILED = { code: 'decode_failed' };
const open = (codec: CodecName): VideoDecoder => openVideoDecoder(native(), codec);
/** A keyframe every second frame. */
const streamOf = (codec: CodecName, more: string[] = []): Uint8Array[] =>
  codedVideo({ codec, widthPx: 320, heightPx: 180, frames: 4, more: ['-g', '2', ...more] }).frames;

for (const codec of CODECS) {
  const frames = streamOf(codec);
  const [key, delta, nextKey] = frames as [Uint8Array, Uint8Array, Uint8Array];

  t.test(`${codec}: garbage is decode_failed, and a keyframe makes the decoder whole again`, async (t) => {
    const decoder = open(codec);
    const fresh = open(codec);
    t.throws(() => decoder.decode(delta), FAILED, 'a delta frame first');
    t.throws(() => decoder.decode(new Uint8Array()), FAILED, 'nothing');
    t.throws(() => decoder.decode(new Uint8Array(500).fill(0xa5)), FAILED, 'noise');
    t.ok(decoder.decode(key));
    t.throws(() => decoder.decode(key.subarray(0, key.length >> 1)), FAILED, 'half a keyframe');
    t.throws(() => decoder.decode(delta), FAILED, 'a keyframe is needed now');
    const after = decoder.decode(nextKey);
    const expected = fresh.decode(nextKey);
    t.ok(after && expected && Buffer.from(samples(after)).equals(samples(expected)), 'as if nothing had been');
    decoder.close();
    fresh.close();
  });

  t.test(`${codec}: mutated frames neither crash nor hang nor spoil what follows`, async (t) => {
    const random = numbers(0x7e57 + codec.length);
    const below = (limit: number): number => Math.floor(random() * limit);
    const decoder = open(codec);
    const whole = Buffer.from(samples(decoder.decode(key)!));
    let [shown, failed, slowestMs] = [0, 0, 0];
    for (let round = 0; round < 400; round++) {
      decoder.decode(key);
      let frame = (round % 3 === 0 ? key : delta).slice();
      for (let flips = 1 + below(8); flips > 0; flips--) frame[below(frame.length)] = below(256);
      if (random() < 0.2) frame = frame.subarray(0, below(frame.length));
      const start = performance.now();
      try {
        if (decoder.decode(frame)) shown++;
      } catch (error) {
        failed++;
        if ((error as { code?: string }).code !== FAILED.code) t.fail(String(error));
      }
      slowestMs = Math.max(slowestMs, performance.now() - start);
    }
    t.ok(failed > 20, `${shown} shown, ${failed} failed, slowest ${slowestMs.toFixed(1)} ms`);
    t.ok(slowestMs < 2_000, `slowest ${slowestMs.toFixed(1)} ms`);
    t.ok(whole.equals(samples(decoder.decode(key)!)), 'a keyframe is as it was');
    decoder.close();
  });

  if (codec !== 'VP8') t.test(`${codec}: a picture beyond the limits is refused`, async (t) => {
    const [widthPx, heightPx] = codec === 'H264' ? [4_112, 2_352] : [4_112, 4_112];
    const [frame] = codedVideo({ codec, widthPx, heightPx, frames: 1, more: codec === 'H264' ? ['-preset', 'ultrafast'] : [] }).frames;
    const decoder = open(codec);
    const before = process.memoryUsage().rss;
    t.throws(() => decoder.decode(frame!), FAILED);
    t.ok(process.memoryUsage().rss - before < 60e6);
    t.ok(decoder.decode(key), 'and a smaller one is taken');
    decoder.close();
  });

  t.test(`${codec}: closes twice and then refuses work; what is no frame is refused`, async (t) => {
    const decoder = open(codec);
    for (const value of [undefined, null, 'frame', 7, {}, new Float32Array(9), new ArrayBuffer(9)]) {
      t.throws(() => decoder.decode(value as Uint8Array), { code: 'native_bad_argument' });
    }
    const kept = decoder.decode(key);
    decoder.close();
    decoder.close();
    t.throws(() => decoder.decode(key), { code: 'decoder_closed' });
    t.equal(kept?.y.length, 320 * 180, 'a picture that was kept is never freed memory');
  });

  if (codec !== 'VP8') t.test(`${codec}: tells what its samples mean`, async (t) => {
    const said = [
      { args: ['-colorspace', 'bt709', '-color_range', 'tv'], matrix: 'bt709', range: 'limited' },
      { args: ['-colorspace', 'smpte170m', '-color_range', 'pc'], matrix: 'bt601', range: 'full' },
      { args: [], matrix: 'bt601', range: 'limited' },
    ];
    for (const { args, matrix, range } of said) {
      const decoder = open(codec);
      t.match(decoder.decode(streamOf(codec, args)[0]!), { matrix, range }, args.join(' ') || 'nothing said');
      decoder.close();
    }
  });
}

import t from 'tap';
import { native } from '../../native/index.js';
import { numbers, samples } from './support/pictures.js';
import { decodedByFfmpeg, opusPackets, vp8Stream } from './support/streams.js';

/** RFC 6716 section 2: all rates of Opus divide 48 kHz; a packet of 20 ms is 960 frames of two samples. */
const PACKET_SAMPLES = 960 * 2;

/** Goertzel: the strength of one frequency in the left channel, 0 to about 1 for a full-scale sine. */
function strength(stereo: Float32Array, frequencyHz: number): number {
  const frames = stereo.length / 2;
  const factor = 2 * Math.cos((2 * Math.PI * frequencyHz) / 48_000);
  let [before, last] = [0, 0];
  for (let frame = 0; frame < frames; frame++) {
    [before, last] = [last, (stereo[frame * 2] ?? 0) + factor * last - before];
  }
  return (2 * Math.sqrt(last * last + before * before - factor * last * before)) / frames;
}

t.test('VP8 pictures equal those of another decoder, at even and odd sizes', async (t) => {
  for (const size of ['320x180', '161x91']) {
    const [width = 0, height = 0] = size.split('x').map(Number);
    const { ivf, frames } = vp8Stream(size, 40, 15);
    const expected = decodedByFfmpeg(ivf);
    const bytes = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
    const decoder = new (native().Vp8Decoder)();
    frames.forEach((frame, index) => {
      const picture = decoder.decode(frame);
      if (!picture) throw new Error(`frame ${index} shows nothing`);
      t.same([picture.width, picture.height], [width, height]);
      t.equal(picture.matrix, 'bt601', 'all that RFC 6386 section 9.2 knows');
      t.ok(expected.subarray(index * bytes, (index + 1) * bytes).equals(samples(picture)), `${size} frame ${index}`);
    });
    t.equal(expected.length, frames.length * bytes);
    decoder.close();
  }
});

t.test('a hidden VP8 frame shows nothing', async (t) => {
  const [key = new Uint8Array(), delta = new Uint8Array()] = vp8Stream('320x180', 2, 2).frames;
  // RFC 6386 section 9.1: bit 4 of the frame tag is show_frame.
  t.equal((delta[0] ?? 0) & 0x10, 0x10);
  const hidden = delta.slice();
  hidden[0] = (hidden[0] ?? 0) & ~0x10;
  const decoder = new (native().Vp8Decoder)();
  t.ok(decoder.decode(key));
  t.equal(decoder.decode(hidden), null);
  t.ok(decoder.decode(delta));
  decoder.close();
});

t.test('VP8 garbage is decode_failed, and a keyframe makes the decoder whole again', async (t) => {
  const { frames } = vp8Stream('320x180', 4, 2);
  const [key = new Uint8Array(), delta = new Uint8Array(), nextKey = new Uint8Array()] = frames;
  const decoder = new (native().Vp8Decoder)();
  const fresh = new (native().Vp8Decoder)();
  const failed = { code: 'decode_failed' };
  t.throws(() => decoder.decode(delta), failed, 'a delta frame first');
  t.throws(() => decoder.decode(new Uint8Array()), failed, 'nothing');
  t.ok(decoder.decode(key));
  t.throws(() => decoder.decode(new Uint8Array(5).fill(1)), failed, 'a delta frame cut short');
  t.throws(() => decoder.decode(delta), failed, 'a keyframe is needed now');
  const after = decoder.decode(nextKey);
  const expected = fresh.decode(nextKey);
  t.ok(after && expected && Buffer.from(samples(after)).equals(samples(expected)), 'as if nothing had been');
  decoder.close();
  fresh.close();
});

t.test('a picture beyond the limits is refused before memory is taken for it', async (t) => {
  const [key = new Uint8Array()] = vp8Stream('320x180', 1, 1).frames;
  const sized = (width: number, height: number): Uint8Array => {
    const frame = key.slice();
    const view = new DataView(frame.buffer);
    view.setUint16(6, width, true);
    view.setUint16(8, height, true);
    return frame;
  };
  const decoder = new (native().Vp8Decoder)();
  const before = process.memoryUsage().rss;
  for (const [width, height] of [[16_383, 16_383], [8193, 16], [16, 8193], [8192, 4098], [0, 180], [320, 0]] as const) {
    t.throws(() => decoder.decode(sized(width, height)), { code: 'decode_failed' }, `${width}x${height}`);
  }
  t.ok(process.memoryUsage().rss - before < 50e6);
  decoder.close();
});

t.test('a picture that was kept is never freed memory', async (t) => {
  const { frames } = vp8Stream('320x180', 2, 2);
  const decoder = new (native().Vp8Decoder)();
  const kept = decoder.decode(frames[0] ?? new Uint8Array());
  decoder.close();
  t.equal(kept?.y.length, 320 * 180);
  t.ok(kept?.y.some((value) => value > 0));
});

t.test('mutated VP8 frames neither crash nor hang nor spoil what follows', async (t) => {
  // A keyframe and the frame after it: a later one, without those between, fails even when it is whole.
  const { frames } = vp8Stream('320x180', 2, 2);
  const random = numbers(0x7e57);
  const decoder = new (native().Vp8Decoder)();
  const below = (limit: number): number => Math.floor(random() * limit);
  let [shown, failed, slowestMs] = [0, 0, 0];
  for (let round = 0; round < 1500; round++) {
    let frame = (frames[round % frames.length] ?? new Uint8Array()).slice();
    if (!decoder.decode(frames[0] ?? new Uint8Array())) t.fail('the keyframe before shows nothing');
    // The size in a keyframe's header is left alone: a large picture is a test of its own.
    const first = ((frame[0] ?? 0) & 1) === 0 && random() < 0.9 ? 10 : 0;
    for (let flips = below(8); flips > 0; flips--) frame[first + below(frame.length - first)] = below(256);
    if (random() < 0.2) frame = frame.subarray(0, below(frame.length));
    const start = performance.now();
    try {
      if (decoder.decode(frame)) shown++;
    } catch (error) {
      failed++;
      t.equal((error as { code?: string }).code, 'decode_failed');
    }
    slowestMs = Math.max(slowestMs, performance.now() - start);
  }
  t.ok(shown > 100 && failed > 100, `${shown} shown, ${failed} failed, slowest ${slowestMs.toFixed(1)} ms`);
  decoder.close();
});

t.test('Opus packets become 48 kHz stereo with the tone in it', async (t) => {
  const packets = opusPackets(1000, 1);
  const decoder = new (native().OpusDecoder)();
  const sound = packets.map((packet) => decoder.decode(packet));
  t.ok(packets.length >= 50);
  for (const part of sound) t.equal(part.length, PACKET_SAMPLES);
  const middle = sound[25] ?? new Float32Array();
  t.ok(strength(middle, 1000) > 0.08, 'a sine of an eighth of full scale is there');
  t.ok(strength(middle, 3000) < 0.01, 'and nothing else');
  decoder.close();
});

t.test('a lost Opus packet is concealed with the tone going on, better still with redundancy', async (t) => {
  const packets = opusPackets(400, 1, ['-application', 'voip', '-fec', '1', '-packet_loss', '40', '-b:a', '24k', '-ac', '1']);
  for (const next of [null, packets[26] ?? null]) {
    const decoder = new (native().OpusDecoder)();
    for (const packet of packets.slice(0, 25)) decoder.decode(packet);
    const concealed = decoder.conceal(960, next);
    t.equal(concealed.length, PACKET_SAMPLES);
    t.ok(strength(concealed, 400) > 0.03, next ? 'with redundancy' : 'without');
    t.ok(concealed.every((sample) => Math.abs(sample) <= 1));
    decoder.close();
  }
});

t.test('a loss of any length is concealed to the frame', async (t) => {
  const packets = opusPackets(400, 0.2);
  const decoder = new (native().OpusDecoder)();
  for (const packet of packets.slice(0, 5)) decoder.decode(packet);
  for (const frames of [1, 119, 120, 121, 480, 960, 5760, 5761, 48_000]) {
    t.equal(decoder.conceal(frames, packets[6] ?? null).length, frames * 2);
    t.equal(decoder.conceal(frames, null).length, frames * 2);
  }
  t.equal(decoder.conceal(960, new Uint8Array([0xff, 0xff, 0xff])).length, PACKET_SAMPLES, 'garbage is no redundancy');
  for (const frames of [0, -1, 48_001, 1.5, Number.NaN]) {
    t.throws(() => decoder.conceal(frames, null), { code: 'native_bad_argument' });
  }
  decoder.close();
});

t.test('mutated Opus packets neither crash nor spoil what follows', async (t) => {
  const packets = opusPackets(1000, 1);
  const random = numbers(0x0905);
  const decoder = new (native().OpusDecoder)();
  const below = (limit: number): number => Math.floor(random() * limit);
  let failed = 0;
  t.throws(() => decoder.decode(new Uint8Array()), { code: 'decode_failed' });
  for (let round = 0; round < 5000; round++) {
    let packet = (packets[round % packets.length] ?? new Uint8Array()).slice();
    for (let flips = below(6); flips > 0; flips--) packet[below(packet.length)] = below(256);
    if (random() < 0.2) packet = packet.subarray(0, below(packet.length));
    try {
      const length = decoder.decode(packet).length;
      if (length % 2 !== 0 || length > 5760 * 2) t.fail(`${length} samples`);
    } catch (error) {
      failed++;
      t.equal((error as { code?: string }).code, 'decode_failed');
    }
  }
  t.ok(failed > 10, `${failed} failed`);
  for (const packet of packets.slice(0, 20)) decoder.decode(packet);
  t.ok(strength(decoder.decode(packets[20] ?? new Uint8Array()), 1000) > 0.08, 'the tone is back');
  decoder.close();
});

t.test('a decoder closes twice and then refuses work', async (t) => {
  for (const decoder of [new (native().Vp8Decoder)(), new (native().OpusDecoder)()]) {
    decoder.close();
    decoder.close();
    t.throws(() => decoder.decode(new Uint8Array(20)), { code: 'decoder_closed' });
  }
});

t.test('what is no frame at all is refused', async (t) => {
  const decoders = [new (native().Vp8Decoder)(), new (native().OpusDecoder)()];
  for (const decoder of decoders) {
    for (const value of [undefined, null, 'frame', 7, {}, new Float32Array(9), new ArrayBuffer(9)]) {
      t.throws(() => decoder.decode(value as Uint8Array), { code: 'native_bad_argument' });
    }
    decoder.close();
  }
});

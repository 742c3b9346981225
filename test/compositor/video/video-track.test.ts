import t from 'tap';
import type { DecodedPicture, VideoDecoder } from '../../../native/index.js';
import { OffsetEstimate } from '../../../src/compositor/clock/offset-estimate.js';
import { TrackClock } from '../../../src/compositor/clock/track-clock.js';
import { VideoTrack } from '../../../src/compositor/video/video-track.js';
import type { TrackSource } from '../../../src/core/media.js';
import { generator } from '../../support/random.js';

/** Its pictures' width is the number of the frame that was decoded. */
class CountingDecoder implements VideoDecoder {
  decoded: number[] = [];
  failOn = -1;
  decode(frame: Uint8Array): DecodedPicture {
    const number = ((frame[1] ?? 0) << 8) | (frame[2] ?? 0);
    if (number === this.failOn) throw Object.assign(new Error('garbage'), { code: 'decode_failed' });
    this.decoded.push(number);
    const plane = new Uint8Array(0);
    return { width: number, height: 2, y: plane, u: plane, v: plane, strideY: 0, strideU: 0, strideV: 0, matrix: 'bt601', range: 'limited' };
  }
  close(): void {}
}

interface Bench {
  track: VideoTrack;
  decoder: CountingDecoder;
  /** Pushes frame `n`, captured at `captureMs`; every tenth is a keyframe. */
  push: (n: number, captureMs: number) => void;
  /** What is shown at a time. */
  at: (ms: number, decode?: boolean) => number | null;
}

function bench(source: TrackSource = 'camera'): Bench {
  const decoder = new CountingDecoder();
  const track = new VideoTrack(new TrackClock(90_000, new OffsetEstimate()), { openDecoder: () => decoder, rotate: () => undefined }, source);
  track.setCodec({ name: 'VP8', payloadType: 96, clockRateHz: 90_000 });
  return {
    track,
    decoder,
    push: (n, captureMs) => {
      const packet = Buffer.alloc(19);
      packet[0] = 0x80;
      packet[1] = 0x80 | 96;
      packet.writeUInt16BE((65_500 + n) & 0xffff, 2);
      packet.writeUInt32BE(Math.round(1_000_000 + captureMs * 90) % 2 ** 32, 4);
      packet.set([0x90, 0x80, 0x80 | ((n >> 8) & 0x7f), n & 0xff, n % 10 === 0 ? 0 : 1, n >> 8, n & 0xff], 12);
      track.packet(packet, Math.round(captureMs * 1000));
    },
    at: (ms, decode = true) => {
      track.advance(Math.round(ms * 1000), decode);
      return track.shown(Math.round(ms * 1000))?.width ?? null;
    },
  };
}

t.test('a source of 30 frames/s is shown frame by frame though its times are uneven', async (t) => {
  const random = generator(11);
  for (const phaseMs of [0, 8, 16.7, 25, 33]) {
    const { push, at } = bench();
    // The first frames settle the clock.
    for (let n = 0; n < 400; n++) push(n, n * (1000 / 30) + phaseMs + (random() - 0.5) * 14);
    const shown = Array.from({ length: 330 }, (_, n) => at(((n + 40) * 1000) / 30) ?? -1);
    const repeated = shown.filter((number, i) => i > 5 && number === shown[i - 1]).length;
    const skipped = shown.filter((number, i) => i > 5 && number > (shown[i - 1] as number) + 1).length;
    t.ok(repeated + skipped <= 2, `phase ${phaseMs} ms: ${repeated} repeated, ${skipped} skipped`);
  }
});

t.test('every frame is shown within 31 ms of its time, whatever the rate of the source', async (t) => {
  for (const fps of [7, 15, 24, 30, 50, 60]) {
    const { push, at } = bench();
    for (let n = 0; n < fps * 4; n++) push(n, (n * 1000) / fps);
    let worst = 0;
    for (let ms = 0, last = -1; ms < 3_000; ms += 1000 / 30) {
      const number = at(ms) ?? -1;
      if (number !== last && number >= 0) worst = Math.max(worst, Math.abs(ms - (number * 1000) / fps));
      last = number;
    }
    t.ok(worst <= 31, `${fps} frames/s: ${worst.toFixed(1)} ms`);
  }
});

t.test('a stream that stalls stands for 2 s, then is gone until it is back', async (t) => {
  const { push, at, track } = bench();
  for (let n = 0; n < 10; n++) push(n, n * 100);
  t.equal(at(900), 9);
  t.equal(at(2_880), 9);
  t.equal(at(2_920), null);
  t.ok(track.size, 'it keeps its place');
  push(10, 5_000);
  t.equal(at(5_000), 10);
});

t.test('a screen that does not change stands while its sender lives', async (t) => {
  const { push, at, track } = bench('screen');
  push(0, 0);
  const report = { ntpSeconds: 3_900_000_000, ntpFraction: 0, rtpTimestamp: 1_000_000 };
  track.report(report, 1_000_000);
  t.equal(at(6_000), 0);
  track.report({ ...report, ntpSeconds: report.ntpSeconds + 8, rtpTimestamp: 1_000_000 + 8 * 90_000 }, 9_000_000);
  t.equal(at(12_000), 0);
  t.equal(at(18_000), null, 'no report for 8 s');
});

t.test('after garbage the picture stands until a keyframe', async (t) => {
  const { push, at, decoder } = bench();
  decoder.failOn = 3;
  for (let n = 0; n < 12; n++) push(n, n * 100);
  t.equal(at(250), 2);
  t.equal(at(350), 2);
  t.equal(at(950), 2);
  t.equal(at(1_050), 10);
});

t.test('passing over decodes nothing, and then only from the last keyframe on', async (t) => {
  const { push, at, decoder } = bench();
  for (let n = 0; n < 100; n++) push(n, n * 100);
  for (let ms = 0; ms <= 8_300; ms += 100) at(ms, false);
  t.same(decoder.decoded, []);
  t.equal(at(8_400), 84);
  t.same(decoder.decoded, [80, 81, 82, 83, 84]);
});

import t from 'tap';
import { native, type OpusDecoder } from '../../../native/index.js';
import { AudioTrack } from '../../../src/compositor/audio/audio-track.js';
import { OpusStream } from '../../../src/compositor/audio/opus-stream.js';
import { OffsetEstimate } from '../../../src/compositor/clock/offset-estimate.js';
import { TrackClock } from '../../../src/compositor/clock/track-clock.js';
import { buildRtp } from '../../../src/media/rtp/packet.js';
import { opusPackets } from '../../support/synthetic-media.js';

const HZ = 500;
const AMPLITUDE = 0.5;

/** A tone that is a function of the packet's number, so that every sample tells its place. */
class ToneDecoder implements OpusDecoder {
  concealed: { frames: number; corrected: boolean }[] = [];
  decode(packet: Uint8Array): Float32Array {
    const number = ((packet[0] ?? 0) << 8) | (packet[1] ?? 0);
    return tone(number * 960, 960);
  }
  conceal(frames: number, next: Uint8Array | null): Float32Array {
    this.concealed.push({ frames, corrected: next !== null });
    if (!next) return new Float32Array(frames * 2).fill(0.25);
    return tone((((next[0] ?? 0) << 8) | (next[1] ?? 0)) * 960 - frames, frames);
  }
  close(): void {}
}

function tone(from: number, frames: number): Float32Array {
  const samples = new Float32Array(frames * 2);
  for (let i = 0; i < frames; i++) {
    samples[i * 2] = samples[i * 2 + 1] = Math.sin((2 * Math.PI * HZ * (from + i)) / 48_000) * AMPLITUDE;
  }
  return samples;
}

const AUDIO = { marker: false, payloadType: 111, ssrc: 1, extensions: [] };

interface Bench<T> {
  track: AudioTrack;
  decoder: T;
  /** Pushes packet `n`, captured at `captureMs`. */
  push: (n: number, captureMs?: number) => void;
  /** The left channel from `fromMs` for `ms`, in blocks as the engine asks for them. */
  hear: (fromMs: number, ms: number, muted?: boolean) => Float32Array;
}

function bench<T extends OpusDecoder = ToneDecoder>(ppm = 0, decoder = new ToneDecoder() as OpusDecoder as T): Bench<T> {
  const track = new AudioTrack(new TrackClock(48_000, new OffsetEstimate()), decoder);
  return {
    track,
    decoder,
    push: (n, captureMs = n * 20) => {
      const packet = Buffer.alloc(14);
      packet[0] = 0x80;
      packet[1] = 111;
      packet.writeUInt16BE((65_530 + n) & 0xffff, 2);
      packet.writeUInt32BE((2 ** 32 - 48_000 + n * 960) % 2 ** 32, 4);
      packet.set([n >> 8, n & 0xff], 12);
      track.packet(packet, Math.round(captureMs * (1 - ppm / 1e6) * 1000));
    },
    hear: (fromMs, ms, muted = false) => {
      const heard = new Float32Array((ms * 48_000) / 1000);
      for (let at = 0; at < heard.length; at += 480) {
        const block = new Float32Array(960);
        track.mixInto(block, (fromMs + at / 48) * 1000, muted, true);
        for (let i = 0; i < 480; i++) heard[at + i] = block[i * 2] as number;
      }
      return heard;
    },
  };
}

/** Largest difference from the tone as it was captured at `fromMs`. */
function error(heard: Float32Array, fromMs: number): number {
  const wanted = tone(fromMs * 48, heard.length);
  return heard.reduce((most, sample, i) => Math.max(most, Math.abs(sample - (wanted[i * 2] as number))), 0);
}

t.test('a recording that begins in the middle of a voice does not begin with a bang', async (t) => {
  const packets = await opusPackets({ kind: 'beep', hz: HZ, amplitude: 0.3 }, 3);
  const loudest = (samples: Float32Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  const alone = packets.slice(50, 57).map((packet) => loudest(new (native().OpusDecoder)().decode(packet)));
  t.ok(Math.max(...alone) > 0.6, `a decoder that begins here makes ${Math.max(...alone).toFixed(2)} of 0.3`);
  for (let from = 50; from < 57; from++) {
    const { track, hear } = bench(0, new (native().OpusDecoder)());
    for (const [n, packet] of packets.slice(from).entries()) track.packet(buildRtp({ ...AUDIO, sequence: 65_530 + n, timestamp: n * 960 }, packet), n * 20_000);
    const heard = hear(0, 1_400);
    t.ok(loudest(heard) < 0.33, `from packet ${from}: ${loudest(heard).toFixed(2)}`);
    t.ok(loudest(heard) > 0.29, 'the next beep is heard');
  }
});

t.test('sound comes sample for sample in its place', async (t) => {
  const { push, hear } = bench();
  for (let n = 0; n < 100; n++) push(n);
  hear(0, 100);
  t.ok(error(hear(100, 1_500), 100) < 1e-6);
});

t.test('packets in any order, at the wrap of sequence and timestamp, make the same sound', async (t) => {
  const { push, hear } = bench();
  for (const n of [0, 2, 1, 4, 5, 3, 9, 8, 7, 6, ...Array.from({ length: 60 }, (_, i) => 10 + (i ^ 1))]) push(n, n * 20);
  hear(0, 100);
  t.ok(error(hear(100, 1_000), 100) < 1e-6);
});

t.test('a lost packet is mended from the next one, several are concealed before that', async (t) => {
  const { push, hear, decoder } = bench();
  for (let n = 0; n < 50; n++) if (![20, 30, 31, 32].includes(n)) push(n);
  hear(0, 100);
  const heard = hear(100, 800);
  t.same(decoder.concealed, [
    { frames: 960, corrected: true },
    { frames: 1_920, corrected: false },
    { frames: 960, corrected: true },
  ]);
  t.ok(error(heard.subarray(0, 500 * 48), 100) < 1e-6, 'the single loss is not heard');
  t.ok(error(heard.subarray(560 * 48), 660) < 1e-6, 'what follows is in its place');
});

t.test('what a sender lost is made up for where it is missing, and what follows is in its place', async (t) => {
  const { push, hear, decoder } = bench();
  // The numbers, and with them the timestamps, go on as if nothing were missing; the packets come 20 ms later.
  for (let n = 0; n < 150; n++) push(n, n * 20 + (n >= 50 ? 20 : 0));
  hear(0, 100);
  const heard = hear(100, 2_000);
  t.same(decoder.concealed, [{ frames: 960, corrected: false }], 'once, and nothing is heard twice');
  t.ok(error(heard.subarray(0, 890 * 48), 100) < 1e-6, 'before it');
  t.ok(error(heard.subarray(925 * 48), 1_005) < 1e-6, 'after it');
});

t.test('silence of a sender that says nothing is silence, and begins and ends without a click', async (t) => {
  const { push, hear } = bench();
  for (let n = 0; n < 100; n++) if (n < 20 || n >= 60) push(n);
  hear(0, 100);
  const heard = hear(100, 1_600);
  const quiet = heard.subarray(310 * 48, 1_090 * 48);
  t.ok(quiet.every((sample) => sample === 0));
  t.ok(error(heard.subarray(1_110 * 48), 1_210) < 1e-6);
  t.ok(Math.abs(heard[1_100 * 48] as number) < 0.01, 'it comes back over 5 ms');
});

t.test('what comes to lie over what was heard already goes on without a click', async (t) => {
  for (const backMs of [1, 5, 12, 19, 25, 70]) {
    const stream = new OpusStream(new ToneDecoder());
    for (let n = 0; n < 60; n++) {
      const timestamp = n * 960 - (n >= 30 ? backMs * 48 : 0);
      stream.push(buildRtp({ ...AUDIO, sequence: n, timestamp: n * 960 }, Uint8Array.of(n >> 8, n & 0xff)), () => timestamp);
    }
    const heard = new Float32Array(45 * 960 * 2);
    stream.read(0, heard);
    const steps = heard.subarray(6_000 * 2).map((sample, i) => Math.abs(sample - (heard[6_000 * 2 + i - 2] as number)));
    t.ok(Math.max(...steps) < 0.045, `${backMs} ms: steps of ${Math.max(...steps).toFixed(3)} in a tone that makes 0.033`);
  }
});

t.test('a clock that runs differently is followed without a gap', async (t) => {
  for (const ppm of [200, -200]) {
    const { push, hear, track } = bench(ppm);
    let worst = 0;
    let step = 0;
    let last = 0;
    for (let n = 0, heardTo = 0; n < 3_000; n++) {
      push(n);
      if (n < 50 || n % 5 !== 0) continue;
      const heard = hear(heardTo, 100);
      heardTo += 100;
      worst = Math.max(worst, heardTo > 1_000 ? Math.abs(track.errorUs) : 0);
      for (const sample of heard) {
        step = Math.max(step, heardTo > 200 ? Math.abs(sample - last) : 0);
        last = sample;
      }
    }
    t.ok(worst < 5_000, `${ppm} ppm: ${worst} us off at most`);
    t.ok(step < AMPLITUDE * ((2 * Math.PI * HZ) / 48_000) * 1.1, `${ppm} ppm: no sample is left out or repeated`);
  }
});

t.test('muted is silent, within 5 ms and without a click', async (t) => {
  const { push, hear } = bench();
  for (let n = 0; n < 100; n++) push(n);
  hear(0, 200);
  const muted = hear(200, 200, true);
  t.ok(muted.subarray(240).every((sample) => sample === 0));
  const again = hear(400, 200);
  t.ok(error(again.subarray(240), 405) < 1e-6);
});

import { native } from '../native/index.js';
import { openVideoDecoder } from '../src/compositor/video/decoders.js';
import { cameraOf, voice } from './inputs.js';
import { cpuOf, inTurn, median, percentile, runProgram, timesMs } from './measure.js';
import type { Measurement } from './trial.js';

const ROUNDS = 3;

type VideoCodec = 'VP8' | 'VP9' | 'H264' | 'AV1';

/** What ffmpeg decodes with: the same library as we do, and for H.264 the same code. */
const FFMPEG_DECODERS: Record<VideoCodec, string> = { VP8: 'libvpx', VP9: 'libvpx-vp9', H264: 'h264', AV1: 'libdav1d' };

/** Our decoder with the copy it makes, next to ffmpeg with the same library in one thread and no output. */
export async function videoDecode(codec: VideoCodec, size: string, frames: number): Promise<Measurement> {
  const stream = cameraOf(codec, size, frames);
  let perFrame: number[] = [];
  const ours = (): void => {
    const decoder = openVideoDecoder(native(), codec);
    perFrame = timesMs(stream.parts.length, (index) => {
      if (!decoder.decode(stream.parts[index] as Uint8Array)) throw new Error(`Frame ${index} shows nothing.`);
    });
    decoder.close();
  };
  const input = ['-threads', '1', '-c:v', FFMPEG_DECODERS[codec], '-i', stream.path];
  const theirs = (): void => runProgram('ffmpeg', ['-v', 'error', '-nostdin', ...input, '-f', 'null', '-']);
  return compared(ours, theirs, stream.parts.length, () => ({ p99Ms: percentile(perFrame, 0.99) }));
}

export async function opusDecode(seconds: number): Promise<Measurement> {
  const stream = voice(seconds);
  const ours = (): void => {
    const decoder = new (native().OpusDecoder)();
    for (const packet of stream.parts) decoder.decode(packet);
    decoder.close();
  };
  const theirs = (): void =>
    runProgram('ffmpeg', ['-v', 'error', '-nostdin', '-threads', '1', '-c:a', 'libopus', '-i', stream.path, '-f', 'null', '-']);
  return compared(ours, theirs, stream.parts.length, () => ({}));
}

async function compared(
  ours: () => void,
  theirs: () => void,
  parts: number,
  more: () => Record<string, number>,
): Promise<Measurement> {
  const cpu = await inTurn(ROUNDS, () => cpuOf(ours), () => cpuOf(theirs));
  const [a, b] = [median(cpu.a), median(cpu.b)];
  return { value: a / b, also: { usEach: (a / parts) * 1e6, ffmpegUsEach: (b / parts) * 1e6, ...more() } };
}

/** The journal's use: one packet at a time. */
export function crc32cSpeed(): Measurement {
  const packet = Uint8Array.from({ length: 1200 }, (_, index) => (index * 7) & 255);
  const calls = 20_000;
  const addon = native();
  const batch = (checksum: (data: Uint8Array) => number) => (): void => {
    for (let call = 0; call < calls; call++) checksum(packet);
  };
  const fast: number[] = [];
  const table: number[] = [];
  for (let round = 0; round < 10; round++) {
    fast.push(...timesMs(1, batch(addon.crc32c)));
    table.push(...timesMs(1, batch(addon.crc32cTable)));
  }
  const usEach = (times: number[]): number => (median(times) / calls) * 1000;
  return { value: usEach(table) / usEach(fast), also: { usEach: usEach(fast), tableUsEach: usEach(table) } };
}

import { createRequire } from 'node:module';
import { readFileSync, readdirSync } from 'node:fs';
import { annexBOf } from '../../src/compositor/encoders/annexb.js';
import type { AccessUnit, EncoderFactory, VideoEncoderOptions } from '../../src/compositor/encoders/encoder.js';
import { findFfmpeg } from '../../src/compositor/encoders/ffmpeg-binary.js';
import { findGstreamer } from '../../src/compositor/encoders/gstreamer/find.js';
import { openEncoders } from '../../src/compositor/encoders/open.js';
import type { EncoderName } from '../../src/core/encoder-names.js';
import { run } from './media-tools.js';

/** One implementation of the encoders' interface, opened. */
export interface EncoderUnderTest {
  title: string;
  name: EncoderName;
  /** Whether its video encoder is a child process, which can be killed. */
  child: boolean;
  ffmpegPath: string;
  factory: EncoderFactory;
}

/** All that this machine has: libx264 alone, both ffmpegs, GStreamer's x264enc, and hardware where there is any. */
export async function encodersUnderTest(): Promise<EncoderUnderTest[]> {
  const bundled = (createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string }).path;
  const { elements } = await findGstreamer();
  const cases: [string, EncoderName, string][] = [
    ['libx264', 'libx264', 'ffmpeg'],
    ['ffmpeg', 'ffmpeg', 'ffmpeg'],
    ['the bundled ffmpeg', 'ffmpeg', bundled],
    ...elements.map((element): [string, EncoderName, string] => [element, element, 'ffmpeg']),
  ];
  return Promise.all(
    cases.map(async ([title, name, ffmpegPath]) => {
      const factory = await openEncoders(name, await findFfmpeg(ffmpegPath));
      return { title, name, ffmpegPath, factory, child: true };
    }),
  );
}

export const HD = { widthPx: 1920, heightPx: 1080 };

export function optionsOf(more: Partial<VideoEncoderOptions> = {}): VideoEncoderOptions {
  return { ...HD, gopFrames: 60, preset: 'superfast', rate: { crf: 23, maxKbitPerS: 12_000 }, ...more };
}

/** Encodes canvases, one after the other, to the end. */
export async function encodeAll(factory: EncoderFactory, options: VideoEncoderOptions, canvases: Iterable<Uint8Array>): Promise<AccessUnit[]> {
  const units: AccessUnit[] = [];
  const encoder = factory.video(options, (unit) => units.push(unit));
  try {
    for (const canvas of canvases) await encoder.write(canvas);
    await encoder.end();
    return units;
  } finally {
    encoder.close();
  }
}

/** The pictures of a stream as a decoder gives them, planes packed. */
export function decoded(units: readonly AccessUnit[]): Promise<Buffer> {
  return run('ffmpeg', ['-v', 'error', '-xerror', '-f', 'h264', '-i', 'pipe:0', '-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'], annexBOf(units));
}

/** Peak signal-to-noise ratio of two pictures' bytes, dB. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return sum === 0 ? Infinity : 10 * Math.log10((255 * 255 * a.length) / sum);
}

/** Children of this process that encode pictures, by their command lines. */
export function videoChildren(): number[] {
  const children = readdirSync('/proc/self/task').flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '));
  return children.filter(Boolean).map(Number).filter((pid) => / encode fdsrc|libx264|reelroom-x264/.test(commandOf(pid)));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

import { execFileSync } from 'node:child_process';
import type { CodecName } from '../../src/core/media.js';
import { ivfFrames } from '../native/support/ivf.js';

/** Moving pictures and what Debian's ffmpeg codes them as. The same arguments give the same bytes. */

export interface VideoSpec {
  codec: CodecName;
  widthPx: number;
  heightPx: number;
  frames: number;
  /** Instead of the codec's usual arguments. */
  encoder?: string[];
  /** Besides them. */
  more?: string[];
  /** What the encoder is given; default `yuv420p`. */
  pixelFormat?: string;
}

export interface CodedVideo {
  spec: VideoSpec;
  /** Tightly packed 8-bit I420. */
  source: Uint8Array[];
  /** One coded picture each; H.264 as access units of annex B, AV1 as temporal units. */
  frames: Uint8Array[];
}

const ENCODERS: Record<string, string[]> = {
  VP8: ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '1M', '-lag-in-frames', '0', '-auto-alt-ref', '0'],
  VP9: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '1M', '-lag-in-frames', '0', '-auto-alt-ref', '0'],
  H264: ['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-b:v', '1M'],
  AV1: ['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8', '-b:v', '1M', '-lag-in-frames', '0'],
};
/** Container, and how it is cut into coded pictures. */
const CUTS: Record<string, { format: string; cut: (stream: Buffer) => Uint8Array[] }> = {
  VP8: { format: 'ivf', cut: ivfFrames },
  VP9: { format: 'ivf', cut: ivfFrames },
  H264: { format: 'h264', cut: accessUnits },
  AV1: { format: 'ivf', cut: ivfFrames },
};

export function codedVideo(spec: VideoSpec): CodedVideo {
  const { widthPx, heightPx, frames, pixelFormat = 'yuv420p' } = spec;
  const size = `${widthPx}x${heightPx}`;
  const raw = ffmpeg(['-f', 'lavfi', '-i', `testsrc=s=${size}:r=30`, '-frames:v', String(frames), '-pix_fmt', 'yuv420p', '-f', 'rawvideo', '-']);
  const bytes = raw.length / frames;
  const source = Array.from({ length: frames }, (_, n) => new Uint8Array(raw.subarray(n * bytes, (n + 1) * bytes)));
  return { spec, source, frames: encoded(spec, ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', size, '-r', '30', '-i', '-'], raw, pixelFormat) };
}

function encoded({ codec, encoder, more = [] }: VideoSpec, input: string[], raw: Buffer, pixelFormat: string): Uint8Array[] {
  const { format, cut } = CUTS[codec]!;
  const annexB = codec === 'H264' ? ['-x264-params', 'aud=1:repeat-headers=1'] : [];
  return cut(ffmpeg([...input, '-pix_fmt', pixelFormat, '-threads', '1', ...(encoder ?? ENCODERS[codec]!), ...annexB, ...more, '-f', format, '-'], raw));
}

/** Pictures of any kind as coded ones; `pictures` are tightly packed I420. */
export function encodePictures(spec: Omit<VideoSpec, 'frames'> & { fps: number; keyframeEvery: number }, pictures: Iterable<Uint8Array>): Uint8Array[] {
  const { widthPx, heightPx, fps, keyframeEvery, more = [] } = spec;
  const input = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${widthPx}x${heightPx}`, '-r', `${fps}`, '-i', '-'];
  return encoded({ ...spec, frames: 0, more: ['-g', `${keyframeEvery}`, ...more] }, input, Buffer.concat([...pictures]), spec.pixelFormat ?? 'yuv420p');
}

/** Cut at the access unit delimiters, which go. */
function accessUnits(stream: Buffer): Uint8Array[] {
  const units: Uint8Array[][] = [];
  for (const nal of nalUnits(stream)) {
    if (((nal[0] ?? 0) & 0x1f) === 9) units.push([]);
    else units.at(-1)?.push(Buffer.concat([Uint8Array.of(0, 0, 0, 1), nal]));
  }
  return units.map((parts) => new Uint8Array(Buffer.concat(parts)));
}

/** The NAL units of a byte stream (ITU-T H.264 annex B). */
export function nalUnits(stream: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(stream.buffer, stream.byteOffset, stream.length);
  const code = Buffer.from([0, 0, 1]);
  const units: Uint8Array[] = [];
  for (let at = bytes.indexOf(code); at >= 0; ) {
    const next = bytes.indexOf(code, at + 3);
    let end = next < 0 ? bytes.length : next;
    while (end > at + 3 && bytes[end - 1] === 0) end--;
    units.push(new Uint8Array(bytes.subarray(at + 3, end)));
    at = next;
  }
  return units;
}

/** Peak signal-to-noise ratio of two pictures of equal size, all their samples, dB. */
export function psnrDb(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return -Infinity;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum === 0 ? Infinity : 10 * Math.log10((255 ** 2 * a.length) / sum);
}

function ffmpeg(args: string[], input?: Uint8Array): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', ...args], { maxBuffer: 1 << 28, env: { ...process.env, SVT_LOG: '1' }, ...(input ? { input } : { stdio: ['ignore', 'pipe', 'pipe'] }) });
}

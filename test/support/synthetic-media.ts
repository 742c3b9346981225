import { spawn } from 'node:child_process';
import type { CodecName } from '../../src/core/media.js';
import { encodePictures } from './coded-video.js';

/**
 * Known patterns, coded: pictures as VP8 and sound as Opus by the system's ffmpeg, from frames and
 * samples that are made here. The same arguments give the same bytes.
 */

export interface PicturePattern {
  widthPx: number;
  heightPx: number;
  fps: number;
  /** sRGB, 0 to 255 each. */
  colour: readonly [number, number, number];
  /** A white square that moves right by 8 pixels each frame. */
  mark?: boolean;
  /** White for the first 100 ms of each second. */
  flash?: boolean;
  keyframeEvery?: number;
  /** Pictures at the beginning that are left out. */
  skip?: number;
  /** Default VP8. */
  codec?: CodecName;
}

export interface SoundPattern {
  /** `beep`: a tone for the first 100 ms of each second; `tone`: always. */
  kind: 'beep' | 'tone' | 'silence';
  hz?: number;
  amplitude?: number;
}

/** Opus at 48 kHz starts this much before the first sample (RFC 7845 section 4.2, as libopus has it). */
export const OPUS_PRE_SKIP = 312;

/** Coded VP8 frames, one for each picture. */
export async function vp8Frames(pattern: PicturePattern, seconds: number): Promise<Uint8Array[]> {
  const { widthPx, heightPx, fps } = pattern;
  const count = Math.round(seconds * fps);
  const ivf = await ffmpeg(
    [
      ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${widthPx}x${heightPx}`, '-r', `${fps}`, '-i', 'pipe:0'],
      ...['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '800k', '-lag-in-frames', '0'],
      ...['-auto-alt-ref', '0', '-error-resilient', '1', '-g', `${pattern.keyframeEvery ?? 60}`, '-threads', '1'],
      ...['-f', 'ivf', 'pipe:1'],
    ],
    pictures(pattern, count),
  );
  const frames: Uint8Array[] = [];
  for (let at = 32; at + 12 <= ivf.length; ) {
    const size = ivf.readUInt32LE(at);
    frames.push(ivf.subarray(at + 12, at + 12 + size));
    at += 12 + size;
  }
  return frames;
}

/** Opus packets of 20 ms. */
export async function opusPackets(pattern: SoundPattern, seconds: number): Promise<Uint8Array[]> {
  const ogg = await ffmpeg(
    [
      ...['-f', 's16le', '-ar', '48000', '-ac', '1', '-i', 'pipe:0'],
      ...['-c:a', 'libopus', '-b:a', '48k', '-frame_duration', '20', '-application', 'audio', '-vbr', 'on'],
      ...['-page_duration', '20000', '-f', 'ogg', 'pipe:1'],
    ],
    [samples(pattern, Math.round(seconds * 48_000))],
  );
  return oggPackets(ogg).slice(2);
}

/** Coded pictures of the pattern's codec. */
export async function codedFrames(pattern: PicturePattern, seconds: number): Promise<Uint8Array[]> {
  const { codec = 'VP8', fps, keyframeEvery = 60, widthPx, heightPx } = pattern;
  if (codec === 'VP8') return vp8Frames(pattern, seconds);
  return encodePictures({ codec, widthPx, heightPx, fps, keyframeEvery }, pictures(pattern, Math.round(seconds * fps)));
}

function* pictures(pattern: PicturePattern, count: number): Generator<Uint8Array> {
  const { widthPx, heightPx, fps } = pattern;
  const luma = widthPx * heightPx;
  const chroma = (widthPx / 2) * (heightPx / 2);
  const [y, u, v] = toYuv(pattern.colour);
  for (let n = pattern.skip ?? 0; n < count + (pattern.skip ?? 0); n++) {
    const frame = new Uint8Array(luma + 2 * chroma);
    const lit = pattern.flash === true && (n / fps) % 1 < 0.1 - 1e-9;
    frame.fill(lit ? 235 : y, 0, luma);
    frame.fill(lit ? 128 : u, luma, luma + chroma);
    frame.fill(lit ? 128 : v, luma + chroma);
    if (pattern.mark) {
      const x = (n * 8) % (widthPx - 32);
      for (let row = heightPx / 2 - 16; row < heightPx / 2 + 16; row++) frame.fill(235, row * widthPx + x, row * widthPx + x + 32);
    }
    yield frame;
  }
}

/** BT.601 limited range. */
export function toYuv([red, green, blue]: readonly [number, number, number]): [number, number, number] {
  const luma = 0.299 * red + 0.587 * green + 0.114 * blue;
  return [
    Math.round(16 + (luma * 219) / 255),
    Math.round(128 + (((blue - luma) / 1.772) * 224) / 255),
    Math.round(128 + (((red - luma) / 1.402) * 224) / 255),
  ];
}

function samples({ kind, hz = 1_000, amplitude = 0.5 }: SoundPattern, count: number): Uint8Array {
  const pcm = new Int16Array(count);
  if (kind === 'silence') return new Uint8Array(pcm.buffer);
  for (let i = 0; i < count; i++) {
    const heard = kind === 'tone' || i % 48_000 < 4_800;
    pcm[i] = heard ? Math.round(Math.sin((2 * Math.PI * hz * i) / 48_000) * amplitude * 32_767) : 0;
  }
  return new Uint8Array(pcm.buffer);
}

/** The packets of an Ogg stream (RFC 3533), headers included. */
function oggPackets(ogg: Buffer): Uint8Array[] {
  const packets: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  for (let at = 0; at + 27 <= ogg.length; ) {
    const segments = ogg[at + 26] ?? 0;
    let data = at + 27 + segments;
    for (let i = 0; i < segments; i++) {
      const lacing = ogg[at + 27 + i] ?? 0;
      parts.push(ogg.subarray(data, data + lacing));
      data += lacing;
      if (lacing === 255) continue;
      packets.push(Buffer.concat(parts));
      parts = [];
    }
    at = data;
  }
  return packets;
}

/** Runs the system's ffmpeg, bytes in, bytes out. Rejects with what it said. */
export async function ffmpeg(args: string[], input: Iterable<Uint8Array> = []): Promise<Buffer> {
  const child = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args]);
  const output: Buffer[] = [];
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.on('error', () => undefined);
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  for (const chunk of input) {
    if (!child.stdin.write(chunk)) await Promise.race([new Promise((resolve) => child.stdin.once('drain', resolve)), exited]);
  }
  child.stdin.end();
  const code = await exited;
  if (code !== 0) throw new Error(`ffmpeg left with ${code}: ${said}`);
  return Buffer.concat(output);
}

import { execFileSync } from 'node:child_process';
import { ivfFrames } from './ivf.js';
import { oggOpusPackets } from './ogg.js';

/** Real streams and what ffmpeg makes of them, all in memory: nothing is left behind. */

function ffmpeg(args: string[], input?: Uint8Array): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', '-nostdin', ...args].filter((arg) => !input || arg !== '-nostdin'), {
    maxBuffer: 1 << 28,
    ...(input ? { input } : {}),
  });
}

export interface Vp8Stream {
  ivf: Uint8Array;
  frames: Uint8Array[];
}

/** A moving test pattern as VP8, a keyframe every `keyframeEvery` frames. */
export function vp8Stream(size: string, frames: number, keyframeEvery: number, more: string[] = []): Vp8Stream {
  const ivf = ffmpeg([
    ...['-f', 'lavfi', '-i', `testsrc=s=${size}:r=30`, '-frames:v', String(frames), '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '1M', '-g', String(keyframeEvery)],
    ...[...more, '-f', 'ivf', '-'],
  ]);
  return { ivf, frames: ivfFrames(ivf) };
}

/** All pictures of an IVF stream by ffmpeg's own VP8 decoder, tightly packed I420. */
export function decodedByFfmpeg(ivf: Uint8Array): Buffer {
  return ffmpeg(['-c:v', 'vp8', '-f', 'ivf', '-i', '-', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'], ivf);
}

/** A tone as Opus packets of 20 ms. */
export function opusPackets(frequencyHz: number, seconds: number, more: string[] = []): Uint8Array[] {
  const source = `sine=frequency=${frequencyHz}:sample_rate=48000:duration=${seconds}`;
  return oggOpusPackets(
    ffmpeg(['-f', 'lavfi', '-i', source, '-ac', '2', '-c:a', 'libopus', '-b:a', '64k', ...more, '-f', 'ogg', '-']),
  );
}

import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ivfFrames } from '../test/native/support/ivf.js';
import { oggOpusPackets } from '../test/native/support/ogg.js';
import { runProgram } from './measure.js';

/** Streams made by ffmpeg, kept in the system's temporary folder from one bench to the next. */

/** Raised when a stream is made in another way. */
const VERSION = 2;

const folder = join(tmpdir(), `reelroom-bench-${VERSION}`);

export interface Stream {
  path: string;
  /** VP8 frames or Opus packets. */
  parts: Uint8Array[];
}

/** A camera: soft shapes that move slowly, under a sensor's noise. */
export function camera(size: string, frames: number, number = 0): Stream {
  const picture = `gradients=s=${size}:r=30:nb_colors=8:speed=0.02:seed=${number + 1},format=yuv420p,noise=c0s=3:c0f=t`;
  return video(`camera-${number}-${size}-${frames}`, picture, frames, size === '640x360' ? '500k' : '2500k');
}

/** A shared screen with sharp detail, part of it moving. */
export function screen(size: string, frames: number): Stream {
  return video(`screen-${size}-${frames}`, `testsrc2=s=${size}:r=30`, frames, '2500k');
}

/** A voice-like sound: a tone that comes and goes. */
export function voice(seconds: number, number = 0): Stream {
  const path = made(`voice-${number}-${seconds}.ogg`, (target) => [
    ...['-f', 'lavfi', '-i', `sine=frequency=${200 + 60 * number}:sample_rate=48000:duration=${seconds}`],
    ...['-af', 'tremolo=f=3:d=0.8', '-ac', '2', '-c:a', 'libopus', '-b:a', '64k', target],
  ]);
  return { path, parts: oggOpusPackets(readFileSync(path)) };
}

function video(name: string, source: string, frames: number, bitrate: string): Stream {
  const path = made(`${name}.ivf`, (target) => [
    ...['-f', 'lavfi', '-i', source, '-frames:v', String(frames), '-pix_fmt', 'yuv420p', '-c:v', 'libvpx'],
    ...['-deadline', 'realtime', '-cpu-used', '8', '-b:v', bitrate, '-maxrate', bitrate, '-bufsize', bitrate, '-qmax', '56', '-g', '300', target],
  ]);
  return { path, parts: ivfFrames(readFileSync(path)) };
}

function made(name: string, args: (target: string) => string[]): string {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const unfinished = join(folder, `${process.pid}-${name}`);
  runProgram('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args(unfinished)]);
  renameSync(unfinished, path);
  return path;
}

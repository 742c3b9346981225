import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/core/paths.js';
import { ivfFrames } from '../test/native/support/ivf.js';
import { accessUnits } from './access-units.js';
import { countedFrames } from './frame-counter.js';
import { oggOpusPackets } from '../test/native/support/ogg.js';
import { runProgram } from './measure.js';

/** Streams made by ffmpeg, kept in the system's temporary folder from one bench to the next. */

/** Raised when a stream is made in another way. */
const VERSION = 3;

const folder = join(tmpdir(), `reelroom-bench-${VERSION}`);

export interface Stream {
  path: string;
  /** VP8 frames or Opus packets. */
  parts: Uint8Array[];
  /** Frames a second; 30 where it is not said. */
  fps?: number;
}

/** What senders give a layer of this size. */
const BITRATES: Readonly<Record<string, string>> = { '320x180': '150k', '640x360': '500k', '1280x720': '1500k' };

/** A camera: soft shapes that move slowly, under a sensor's noise. */
export function camera(size: string, frames: number, number = 0): Stream {
  const picture = `gradients=s=${size}:r=30:nb_colors=8:speed=0.02:seed=${number + 1},format=yuv420p,noise=c0s=3:c0f=t`;
  return video(`camera-${number}-${size}-${frames}`, picture, frames, size === '640x360' ? '500k' : '2500k');
}

/** The first camera's picture as senders code it for a meeting: in real time, one slice or tile, no picture waits for another. */
export function cameraOf(codec: 'VP8' | 'VP9' | 'H264' | 'AV1', size: string, frames: number): Stream {
  const source = camera(size, frames);
  if (codec === 'VP8') return source;
  const extension = codec === 'H264' ? 'h264' : 'ivf';
  const path = made(`camera-${codec}-${size}-${frames}.${extension}`, (target) => ['-i', source.path, ...REAL_TIME[codec], '-b:v', '1500k', '-g', '300', target]);
  const file = readFileSync(path);
  return { path, parts: codec === 'H264' ? accessUnits(file) : ivfFrames(file) };
}

const REAL_TIME = {
  VP9: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-lag-in-frames', '0', '-auto-alt-ref', '0'],
  H264: ['-c:v', 'libx264', '-profile:v', 'high', '-preset', 'veryfast', '-tune', 'zerolatency', '-x264-params', 'aud=1:sliced-threads=0:threads=1'],
  AV1: ['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8', '-lag-in-frames', '0', '-aq-mode', '0'],
} as const;

/** A shared screen with sharp detail, part of it moving. */
export function screen(size: string, frames: number): Stream {
  return video(`screen-${size}-${frames}`, `testsrc2=s=${size}:r=30`, frames, '2500k');
}

/** People, from the example films of OpenCV's documentation: a street, and a drawn film with faces. Each number begins elsewhere. `counted` tells the frame's number in it. */
export function footage(size: string, frames: number, number: number, counted = false): Stream {
  // The drawn film has eleven seconds.
  const fromSeconds = (number % 11) + Math.floor(number / 11) / 2;
  const film = join(films(), number % 2 === 0 ? 'vtest.avi' : 'Megamind.avi');
  const name = `film-${number}-${size}-${frames}${counted ? '-counted' : ''}`;
  const path = made(`${name}.ivf`, (target) => [
    ...['-stream_loop', '-1', '-ss', String(fromSeconds), '-i', film],
    // Each of the film's frames is one of 30 in a second, so that all of them differ; its own clock is too coarse for that.
    ...['-vf', `settb=1/30,setpts=N,scale=${size.replace('x', ':')}:force_original_aspect_ratio=increase,crop=${size.replace('x', ':')}${counted ? `,${countedFrames()}` : ''}`, '-r', '30'],
    ...['-frames:v', String(frames), '-an', ...vp8Args(BITRATES[size] ?? '500k'), target],
  ]);
  return { path, parts: ivfFrames(readFileSync(path)) };
}

/** A screen as people share it: a page of code that is scrolled by a line a second, five frames a second. */
export function scrolledCode(size: string, seconds: number): Stream {
  const code = join(packageRoot, 'src', 'compositor', 'engine.ts');
  const lines = `drawtext=textfile=${code}:fontcolor=0xd8dee9:fontsize=20:line_spacing=6:x=40:y=40-26*floor(t)`;
  const path = made(`code-${size}-${seconds}.ivf`, (target) => [
    ...['-f', 'lavfi', '-i', `color=c=0x1e2228:s=${size}:r=5,${lines}`, '-frames:v', String(seconds * 5), '-pix_fmt', 'yuv420p', ...vp8Args('2500k'), target],
  ]);
  return { path, parts: ivfFrames(readFileSync(path)), fps: 5 };
}

/** Slides of large text, another one every 5 s, sent once a second as a still picture is. */
export function slides(size: string, seconds: number): Stream {
  const text = join(packageRoot, 'src', 'compositor', 'engine.ts');
  const lines = `drawtext=textfile=${text}:fontcolor=0x20242c:fontsize=34:line_spacing=12:x=120:y=90-900*mod(floor(t/5)\\,12)`;
  const path = made(`slides-${size}-${seconds}.ivf`, (target) => [
    ...['-f', 'lavfi', '-i', `color=c=0xf4f1ea:s=${size}:r=1,${lines}`, '-frames:v', String(seconds), '-pix_fmt', 'yuv420p', ...vp8Args('2500k'), target],
  ]);
  return { path, parts: ivfFrames(readFileSync(path)), fps: 1 };
}

/** The stream again and again; it begins with a keyframe. */
export function looped(stream: Stream, times: number): Stream {
  return { ...stream, parts: Array.from({ length: times }, () => stream.parts).flat() };
}

/** The films' folder; Debian's opencv-doc is fetched and unpacked there, and not installed. */
function films(): string {
  const unpacked = join(folder, 'opencv-doc');
  const data = join(unpacked, 'usr', 'share', 'doc', 'opencv-doc', 'examples', 'data');
  if (existsSync(data)) return data;
  mkdirSync(folder, { recursive: true });
  const unfinished = mkdtempSync(join(folder, 'opencv-'));
  runProgram('sh', ['-c', 'cd "$0" && apt-get -qq download opencv-doc && dpkg-deb -x opencv-doc*.deb . && rm opencv-doc*.deb', unfinished]);
  renameSync(unfinished, unpacked);
  return data;
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
    ...['-f', 'lavfi', '-i', source, '-frames:v', String(frames), '-pix_fmt', 'yuv420p', ...vp8Args(bitrate), target],
  ]);
  return { path, parts: ivfFrames(readFileSync(path)) };
}

function vp8Args(bitrate: string): string[] {
  const rate = ['-b:v', bitrate, '-maxrate', bitrate, '-bufsize', bitrate, '-qmax', '56', '-g', '300'];
  return ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', ...rate];
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

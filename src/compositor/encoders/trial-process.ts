import { readFileSync, readdirSync } from 'node:fs';
import type { EncoderName } from '../../core/encoder-names.js';
import { messageOf } from '../../core/errors.js';
import type { SizePx } from '../../core/media.js';
import { CanvasRing } from '../canvas-ring.js';
import { SAMPLES_PER_FRAME, FRAME_RATE_HZ } from '../format.js';
import { CHUNK_FRAMES } from '../movie/chunks.js';
import { annexBOf } from './annexb.js';
import type { AccessUnit, EncoderFactory } from './encoder.js';
import { findFfmpeg } from './ffmpeg-binary.js';
import { openEncoders } from './open.js';
import { runFfmpeg } from './run-ffmpeg.js';
import { readSps, type SpsFacts } from './sps.js';
import { TrialCanvas } from './trial-canvas.js';
import { faultOf, isHardware } from './verdict.js';

/**
 * The program of a trial: encodes two seconds of a meeting and looks at what came out. One encoder a process:
 * then the process's CPU time and its children's are the encoder's, and a driver that crashes takes nothing along.
 *
 *   trial-process.js ENCODER FFMPEG   prints `TrialReport` as JSON
 */

export interface TrialReport {
  /** As the encoder calls itself, with its version; null where it did not start. */
  version: string | null;
  problem: string | null;
  /** CPU seconds for a recorded second, with handing over the canvases. */
  cpuSeconds: number | null;
  /** Seconds of movie made in a second. */
  speed: number | null;
}

const SIZE: SizePx = { widthPx: 1920, heightPx: 1080 };
/** So many are drawn, and played to and fro. */
const CANVASES = 12;
/** Not measured: programs start, pages of memory are touched for the first time. */
const WARM_UP_FRAMES = 15;
const FRAMES = WARM_UP_FRAMES + 2 * FRAME_RATE_HZ;
/** What is compared with the canvas: text on the left, webcams on the right. */
const WINDOW = { x: 1280, y: 396, widthPx: 512, heightPx: 288 };
/** Clock ticks a second in /proc (USER_HZ), the same on every Linux. */
const TICKS_PER_S = 100;

async function trial(name: EncoderName, ffmpegPath: string): Promise<TrialReport> {
  const ffmpeg = await findFfmpeg(ffmpegPath);
  const encoders = await openEncoders(name, ffmpeg);
  const canvas = new TrialCanvas(SIZE);
  const canvases = Array.from({ length: CANVASES }, (_, number) => canvas.frame(number));
  const canvasOf = (frame: number): Uint8Array => canvases[CANVASES - 1 - Math.abs((frame % (2 * CANVASES - 2)) - CANVASES + 1)] as Uint8Array;
  const { version, units, cpuSeconds, speed } = await encode(encoders, canvas, canvasOf);
  const pictures = await decode(ffmpeg.path, units);
  const evidence = {
    ...{ size: SIZE, gopFrames: CHUNK_FRAMES, framesIn: FRAMES, speed, hardware: isHardware(name) },
    keyframes: units.map(({ keyframe }) => keyframe),
    sps: units.filter(({ keyframe }) => keyframe).map(spsOf),
    psnrDb: pictures.map((picture, frame) => psnr(picture, windowOf(canvasOf(frame)))),
  };
  const problem = faultOf(evidence) ?? (await faultOfSound(encoders));
  return { version, problem, cpuSeconds: round(cpuSeconds), speed: round(speed) };
}

async function encode(encoders: EncoderFactory, canvas: TrialCanvas, canvasOf: (frame: number) => Uint8Array) {
  const units: AccessUnit[] = [];
  const options = { ...SIZE, gopFrames: CHUNK_FRAMES, preset: 'superfast', rate: { crf: 23, maxKbitPerS: 12_000 } };
  const encoder = encoders.video(options, (unit) => units.push(unit));
  // As the compositor hands canvases over.
  const ring = new CanvasRing(encoder.slots);
  try {
    let [cpu, startedMs] = [0, 0];
    for (let frame = 0; frame < FRAMES; frame++) {
      if (frame === WARM_UP_FRAMES) [cpu, startedMs] = [cpuNow(), performance.now()];
      await encoder.write(ring.next(canvasOf(frame), true), frame === 0 ? undefined : [canvas.moving]);
    }
    await encoder.end();
    const seconds = (FRAMES - WARM_UP_FRAMES) / FRAME_RATE_HZ;
    const speed = (seconds * 1000) / (performance.now() - startedMs);
    return { version: encoder.name, units, cpuSeconds: (cpuNow() - cpu) / seconds, speed };
  } finally {
    encoder.close();
  }
}

async function faultOfSound(encoders: EncoderFactory): Promise<string | null> {
  let frames = 0;
  const sound = encoders.audio(() => (frames += 1));
  try {
    for (let frame = 0; frame < FRAME_RATE_HZ; frame++) await sound.write(new Float32Array(SAMPLES_PER_FRAME * 2));
    await sound.end();
    return frames > 0 ? null : 'no sound came out';
  } finally {
    sound.close();
  }
}

/** The window of each picture, luma alone. */
async function decode(ffmpegPath: string, units: readonly AccessUnit[]): Promise<Buffer[]> {
  const { x, y, widthPx, heightPx } = WINDOW;
  const crop = `crop=${widthPx}:${heightPx}:${x}:${y}`;
  const args = ['-f', 'h264', '-i', 'pipe:0', '-vsync', '0', '-vf', crop, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', 'pipe:1'];
  const output = await runFfmpeg(ffmpegPath, args, annexBOf(units));
  const [luma, whole] = [widthPx * heightPx, (widthPx * heightPx * 3) / 2];
  return Array.from({ length: Math.floor(output.length / whole) }, (_, at) => output.subarray(at * whole, at * whole + luma));
}

function windowOf(canvas: Uint8Array): Uint8Array {
  const { x, y, widthPx, heightPx } = WINDOW;
  const luma = new Uint8Array(widthPx * heightPx);
  for (let row = 0; row < heightPx; row++) {
    const start = (y + row) * SIZE.widthPx + x;
    luma.set(canvas.subarray(start, start + widthPx), row * widthPx);
  }
  return luma;
}

/** Peak signal-to-noise ratio, dB. */
function psnr(a: Uint8Array, b: Uint8Array): number {
  const sum = a.reduce((total, value, at) => total + (value - (b[at] ?? 0)) ** 2, 0);
  return 10 * Math.log10((255 * 255 * a.length) / Math.max(1, sum));
}

function spsOf({ parameterSets }: AccessUnit): SpsFacts | null {
  try {
    return parameterSets && readSps(parameterSets.sps);
  } catch {
    return null;
  }
}

/** CPU seconds of this process, of its children that run, and of those that have ended (proc(5)). */
function cpuNow(): number {
  const own = process.cpuUsage();
  const ticks = (path: string, fields: number[]): number => {
    const stat = readFileSync(path, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return fields.reduce((sum, field) => sum + Number(stat[field]), 0);
  };
  const running = readdirSync('/proc/self/task').flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean));
  const ended = ticks('/proc/self/stat', [13, 14]);
  const children = running.reduce((sum, pid) => sum + ticks(`/proc/${pid}/stat`, [11, 12]), ended);
  return (own.user + own.system) / 1e6 + children / TICKS_PER_S;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

const [name, ffmpegPath = ''] = process.argv.slice(2);
const report = await trial(name as EncoderName, ffmpegPath).catch(
  (error: unknown): TrialReport => ({ version: null, problem: messageOf(error), cpuSeconds: null, speed: null }),
);
process.stdout.write(JSON.stringify(report));

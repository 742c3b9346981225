import { composeCpu, frameTime } from './compose.js';
import { crc32cSpeed, opusDecode, vp8Decode } from './codecs.js';
import { finishTime } from './finish.js';
import { paintAll, paintNothing } from './paint.js';

/** What a trial found: the value that its budget is about, and whatever else is worth a look. */
export interface Measurement {
  value: number;
  also: Record<string, number>;
}

/**
 * Budgets are of ratios, taken side by side in one run, of the 33.3 ms that a frame has, and of the seconds that
 * people wait for a movie: a slow machine does not fail them, a slow change does. Those of seconds take an idle one.
 */
export type Budget = { most: number } | { least: number };

/** One row of the table. */
export interface Trial {
  name: string;
  /** What it is run on, in words. */
  input: string;
  /** Of the value and its budget. `times X`: a ratio. */
  unit: string;
  budget: Budget;
  /** Runs in a process of its own. */
  run(): Promise<Measurement>;
}

/** V1: 30 frames/s. */
const FRAME_MS = 1000 / 30;

export const TRIALS: readonly Trial[] = [
  {
    name: 'paint-all',
    input: '1080p stage and 4 webcams 720p, all changed; p99',
    unit: 'ms',
    budget: { most: FRAME_MS / 4 },
    run: async () => paintAll('p99'),
  },
  {
    name: 'paint-all-ratio',
    input: 'the same, next to the bare kernel called for the same 5 tiles; median',
    unit: 'times kernel',
    budget: { most: 1.25 },
    run: async () => paintAll('ratio'),
  },
  {
    name: 'paint-nothing',
    input: 'the same 5 tiles, none changed, next to copying the canvas',
    unit: 'times memcpy',
    budget: { most: 0.25 },
    run: async () => paintNothing(),
  },
  {
    name: 'vp8-360p',
    input: '640x360 VP8, 900 frames, next to ffmpeg with libvpx; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1.3 },
    run: () => vp8Decode('640x360', 900),
  },
  {
    name: 'vp8-1080p',
    input: '1920x1080 VP8, 300 frames, next to ffmpeg with libvpx; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1.3 },
    run: () => vp8Decode('1920x1080', 300),
  },
  {
    name: 'opus',
    input: '5 minutes of 64 kbit/s stereo, next to ffmpeg with libopus; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1.5 },
    run: () => opusDecode(300),
  },
  {
    name: 'crc32c',
    input: '1,200 bytes at a time, next to the table',
    unit: 'times the table',
    budget: { least: 2 },
    run: async () => crc32cSpeed(),
  },
  {
    name: 'frame-time',
    input: 'stage and 4 webcams at real time, tick to encoder accept; p99',
    unit: 'ms',
    budget: { most: FRAME_MS },
    run: frameTime,
  },
  {
    name: 'compose-cpu',
    input: 'stage and 4 webcams, all moving, 30 s, next to ffmpeg scale and overlay; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1 },
    run: () => composeCpu('moving'),
  },
  {
    name: 'meeting-cpu',
    input: 'scrolled code 1080p and 4 webcams of real footage, 30 s, next to the same; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1 },
    run: () => composeCpu('real'),
  },
  {
    name: 'finish-4h',
    input: 'stop to available: 4 h, some 4 GB, chapters, speakers',
    unit: 's',
    budget: { most: 1 },
    run: () => finishTime(4, 2000),
  },
  {
    name: 'finish-24h',
    input: 'the same: 24 h, some 13 GB',
    unit: 's',
    budget: { most: 10 },
    run: () => finishTime(24, 1000),
  },
];

import { nextToBrowser } from './browser-filmed.js';
import { composeCpu } from './compose.js';
import { finishTime } from './finish.js';
import { frameTime } from './frame-time.js';
import { GSTREAMER } from './gstreamer.js';
import { liveRecordings } from './live.js';
import { drawnMeeting, realMeeting } from './meeting.js';
import { memoryOfRecording, memorySlope } from './memory.js';
import { quality } from './quality.js';
import { renderSpeed } from './render.js';
import type { Trial } from './trial.js';
import { FRAME_MS } from './trials-parts.js';

/** Whole recordings. */
export const RECORDING_TRIALS: readonly Trial[] = [
  {
    name: 'frame-time',
    input: 'stage and 4 webcams at real time, tick to encoder accept; p99',
    unit: 'ms',
    budget: { most: FRAME_MS },
    run: frameTime,
  },
  {
    name: 'compose-cpu',
    input: 'stage and 4 webcams, all moving, 30 s, next to ffmpeg filters; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1 },
    run: () => composeCpu(drawnMeeting()),
  },
  {
    name: 'meeting-cpu',
    input: 'scrolled code and 4 webcams 360p, real footage, 30 s; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1 },
    run: () => composeCpu(realMeeting()),
  },
  {
    name: 'gstreamer-cpu',
    input: 'the same, next to GStreamer’s compositor; CPU',
    unit: 'times gstreamer',
    budget: { most: 1 },
    run: () => composeCpu(realMeeting(), 1, GSTREAMER),
  },
  {
    name: 'browser-filmed',
    input: 'the same, next to Chromium in Xvfb filmed by x11grab; CPU',
    unit: 'times browser',
    budget: { most: 0.8 },
    run: nextToBrowser,
  },
  {
    name: 'meeting-25',
    input: 'scrolled code and 25 webcams 180p, real footage, 30 s; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1 },
    run: () => composeCpu(realMeeting(25), 1),
  },
  {
    name: 'four-at-once',
    input: 'four live, code and 4 webcams: whole, none late, lag < 2 s',
    unit: 'kept up',
    budget: { least: 4 },
    run: () => liveRecordings(4),
  },
  {
    name: 'render',
    input: 'scrolled code and 4 webcams 360p, real footage, 30 s, on one core',
    unit: 'times real time',
    budget: { least: 2 },
    goal: { least: 3 },
    run: renderSpeed,
  },
  {
    name: 'quality',
    input: 'slides, scrolled code, heads, full motion: SSIM of the canvas',
    unit: 'below ffmpeg',
    budget: { most: 0.002 },
    run: quality,
  },
  {
    name: 'memory',
    input: 'code and 4 webcams 360p, live, 30 s: what it adds at its peak',
    unit: 'MB',
    budget: { most: 220 },
    goal: { most: 150 },
    run: async () => memoryOfRecording(),
  },
  {
    name: 'memory-slope',
    input: '30 min of slides and a voice, movie of 320x180: lowest, later',
    unit: 'MB an hour',
    budget: { most: 30 },
    goal: { most: 10 },
    run: memorySlope,
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

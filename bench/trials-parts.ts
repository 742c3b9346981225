import { crc32cSpeed, opusDecode, videoDecode } from './codecs.js';
import { forwardedPacket } from './forward.js';
import { paintAll, paintNothing } from './paint.js';
import type { Trial } from './trial.js';

/** V1: 30 frames/s. */
export const FRAME_MS = 1000 / 30;

/** Kernels, decoders and checksums, each by itself. */
export const PART_TRIALS: readonly Trial[] = [
  {
    name: 'paint-all',
    input: '1080p stage and 4 webcams 720p, all changed; p99',
    unit: 'ms',
    budget: { most: 2 },
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
    run: () => videoDecode('VP8', '640x360', 900),
  },
  {
    name: 'vp8-1080p',
    input: '1920x1080 VP8, 300 frames, next to ffmpeg with libvpx; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1.3 },
    run: () => videoDecode('VP8', '1920x1080', 300),
  },
  {
    name: 'vp9-720p',
    input: '1280x720 VP9, 300 frames, next to ffmpeg with libvpx; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1.3 },
    run: () => videoDecode('VP9', '1280x720', 300),
  },
  {
    name: 'h264-720p',
    input: '1280x720 H.264, 300 frames, next to ffmpeg with its own; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1.3 },
    run: () => videoDecode('H264', '1280x720', 300),
  },
  {
    name: 'av1-720p',
    input: '1280x720 AV1, 300 frames, next to ffmpeg with dav1d; CPU',
    unit: 'times ffmpeg',
    budget: { most: 1.3 },
    run: () => videoDecode('AV1', '1280x720', 300),
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
    name: 'forward-cpu',
    input: 'a packet from one to 20 by UDP and SRTP, 5,000 a second; CPU each',
    unit: 'us',
    budget: { most: 40 },
    run: forwardedPacket,
  },
];

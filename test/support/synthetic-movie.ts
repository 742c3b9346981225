import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile, rm } from 'node:fs/promises';
import type { Placement } from './movie-frames.js';
import { SAMPLE_RATE_HZ } from './movie-sound.js';
import { BEEP_MS, CAMERA, FLASH_FRAMES, type PersonPattern } from './pattern.js';
import { drawCamera, planarPicture, yuvOf } from './pattern-picture.js';
import type { SentMedia } from './sent-media.js';

/** Movies of which everything is known, to judge the analysers by. */
export interface SyntheticPerson {
  pattern: PersonPattern;
  placement: Placement;
  /** Sound behind picture: positive, ms. */
  soundLateMs: number;
  /** The source's frame that is shown at a frame of the movie; by default the same number. */
  shows?: (frame: number) => number;
  /** Events (seconds) that have no beep. */
  mutedEvents?: number[];
}

const WIDTH = 960;
const HEIGHT = 540;

/** Writes an MP4 of half size (the analysers look at half size in any case) at 30 frames/s. */
export async function writeSyntheticMovie(path: string, seconds: number, people: SyntheticPerson[]): Promise<void> {
  const wav = `${path}.f32`;
  await writeFile(wav, soundTrack(seconds, people));
  const child = spawn('ffmpeg', ['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${WIDTH}x${HEIGHT}`,
    '-r', '30', '-i', '-', '-f', 'f32le', '-ar', String(SAMPLE_RATE_HZ), '-ac', '1', '-i', wav, '-c:v', 'libx264',
    '-preset', 'ultrafast', '-threads', '1', '-c:a', 'aac', '-b:a', '128k', path], { stdio: ['pipe', 'ignore', 'inherit'] });
  const closed = once(child, 'close');
  for (let frame = 0; frame < seconds * 30; frame++) {
    if (!child.stdin.write(picture(frame, people))) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  const [code] = (await closed) as [number | null];
  await rm(wav);
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
}

function soundTrack(seconds: number, people: SyntheticPerson[]): Uint8Array {
  const samples = new Float32Array(seconds * SAMPLE_RATE_HZ);
  for (const { pattern, soundLateMs, mutedEvents = [] } of people) {
    for (let second = 1; second < seconds; second++) {
      if (mutedEvents.includes(second)) continue;
      const start = Math.round((second + soundLateMs / 1000) * SAMPLE_RATE_HZ);
      for (let index = 0; index < (BEEP_MS * SAMPLE_RATE_HZ) / 1000; index++) {
        const at = start + index;
        samples[at] = (samples[at] ?? 0) + 0.2 * Math.sin((2 * Math.PI * pattern.frequencyHz * index) / SAMPLE_RATE_HZ);
      }
    }
  }
  return new Uint8Array(samples.buffer);
}

function picture(frame: number, people: SyntheticPerson[]): Uint8Array {
  const canvas = planarPicture(WIDTH, HEIGHT);
  for (const { pattern, placement, shows } of people) {
    const shown = shows ? shows(frame) : frame;
    const { x, y, widthPx, heightPx } = placement.on;
    const half = { source: placement.source, on: { x: x / 2, y: y / 2, widthPx: widthPx / 2, heightPx: heightPx / 2 } };
    // The source's time is its frame's number: an event begins with every 30th frame.
    drawCamera(canvas, half, yuvOf(pattern.colour, 'bt709'), shown, shown >= 30 && shown % 30 < FLASH_FRAMES);
  }
  return canvas.planes;
}

/** What a synthetic person sent: picture and sound without any delay. */
export function syntheticSent(seconds: number): SentMedia {
  const events = Array.from({ length: seconds - 1 }, (_, index) => (index + 1) * 1000);
  const lit = events.flatMap((atMs) => Array.from({ length: FLASH_FRAMES }, (_, into) => Math.round(atMs * 0.03) + into));
  return {
    pictures: [],
    flashes: lit.map((frame) => ({ value: frame % 2 ** CAMERA.mark.bits, ntpMs: (frame * 1000) / 30, arrivedMs: (frame * 1000) / 30 })),
    beeps: events.map((atMs) => ({ ntpMs: atMs })),
    slipped: 0,
    lostMs: 0,
  };
}

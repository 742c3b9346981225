import { spawnSync } from 'node:child_process';
import { run } from './media-tools.js';

export const SAMPLE_RATE_HZ = 48_000;

/** The movie's sound as the plain mean of its channels, 48 kHz, -1 to 1, from the movie's time zero on. */
export async function soundOf(path: string): Promise<Float32Array> {
  const probed = await run('ffprobe', ['-v', 'error', '-select_streams', 'a:0', '-show_entries', 'stream=channels', '-of', 'csv=p=0', path]);
  const channels = Number(probed.toString().trim());
  // aresample fills a late start and holes with silence, so that a sample's index is its time. ffmpeg's own
  // mixing down is left out: it weighs float samples by 0.7 each.
  const pcm = await run('ffmpeg', ['-v', 'error', '-i', path, '-map', '0:a:0', '-af', 'aresample=async=1:first_pts=0',
    '-f', 'f32le', '-ar', String(SAMPLE_RATE_HZ), '-']);
  const samples = new Float32Array(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.length - (pcm.length % (4 * channels))));
  return Float32Array.from({ length: samples.length / channels }, (_, index) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[index * channels + channel] ?? 0;
    return sum / channels;
  });
}

export interface Beep {
  startMs: number;
  durationMs: number;
  /** Amplitude of the tone, 0 to 1. */
  level: number;
}

/**
 * Beeps of one frequency: amplitude of the tone over windows of 10 ms, and where it passes half of the
 * loudest. Windows of 10 ms do not hear tones that are a multiple of 100 Hz away.
 */
export function beepsOf(sound: Float32Array, frequencyHz: number): Beep[] {
  const window = SAMPLE_RATE_HZ / 100;
  const step = SAMPLE_RATE_HZ / 1000;
  const levels = toneLevels(sound, frequencyHz, window, step);
  const loudest = levels.reduce((most, level) => Math.max(most, level), 0);
  if (loudest < 0.003) return [];
  const beeps: Beep[] = [];
  let start = -1;
  let peak = 0;
  for (let index = 0; index <= levels.length; index++) {
    const level = levels[index] ?? 0;
    if (level >= loudest / 2) {
      if (start < 0) start = index;
      peak = Math.max(peak, level);
    } else if (start >= 0) {
      // The amplitude of a step's window is half of the tone's when the step is in the window's middle.
      beeps.push({ startMs: start + (window / 2 / step), durationMs: index - start, level: peak });
      start = -1;
      peak = 0;
    }
  }
  return beeps.filter((beep) => beep.durationMs >= 20);
}

/** Amplitude of a tone in windows that begin `step` samples apart. */
function toneLevels(sound: Float32Array, frequencyHz: number, window: number, step: number): Float64Array {
  const turn = (2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ;
  const count = Math.max(0, Math.floor((sound.length - window) / step) + 1);
  const levels = new Float64Array(count);
  const cos = new Float64Array(sound.length + 1);
  const sin = new Float64Array(sound.length + 1);
  for (let index = 0; index < sound.length; index++) {
    const sample = sound[index] ?? 0;
    cos[index + 1] = (cos[index] ?? 0) + sample * Math.cos(turn * index);
    sin[index + 1] = (sin[index] ?? 0) + sample * Math.sin(turn * index);
  }
  for (let index = 0; index < count; index++) {
    const from = index * step;
    const c = (cos[from + window] ?? 0) - (cos[from] ?? 0);
    const s = (sin[from + window] ?? 0) - (sin[from] ?? 0);
    levels[index] = (2 * Math.hypot(c, s)) / window;
  }
  return levels;
}

export interface Span {
  startMs: number;
  durationMs: number;
}

/** Spans of at least `minimumMs` in which 20 ms after 20 ms stay below -60 dB of full scale. */
export function silentSpans(sound: Float32Array, minimumMs: number): Span[] {
  const window = SAMPLE_RATE_HZ / 50;
  const quiet: boolean[] = [];
  for (let from = 0; from + window <= sound.length; from += window) {
    let energy = 0;
    for (let index = from; index < from + window; index++) energy += (sound[index] ?? 0) ** 2;
    quiet.push(Math.sqrt(energy / window) < 0.001);
  }
  return spans(quiet, 20, minimumMs);
}

/** Runs of `true` that last at least `minimumMs`, each value standing for `stepMs`. */
export function spans(values: boolean[], stepMs: number, minimumMs: number): Span[] {
  const found: Span[] = [];
  let start = -1;
  for (let index = 0; index <= values.length; index++) {
    if (values[index] === true) {
      if (start < 0) start = index;
    } else if (start >= 0) {
      if ((index - start) * stepMs >= minimumMs) found.push({ startMs: start * stepMs, durationMs: (index - start) * stepMs });
      start = -1;
    }
  }
  return found;
}

/** Largest sample, 0 to 1: at 1 the mix clips. */
export function peakOf(sound: Float32Array): number {
  return sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

/** Integrated loudness, LUFS, and true peak, dBTP, by ffmpeg's ebur128 (EBU R 128, ITU-R BS.1770). */
export function loudness(stereo: Float32Array): { integrated: number; truePeak: number } {
  const args = ['-nostats', '-f', 'f32le', '-ar', '48000', '-ac', '2', '-i', 'pipe:0', '-af', 'ebur128=peak=true:framelog=verbose', '-f', 'null', '-'];
  const { stderr } = spawnSync('ffmpeg', args, { input: new Uint8Array(stereo.buffer), encoding: 'utf8' });
  const said = (name: string): number => Number(new RegExp(`${name}:\\s+(-?[\\d.]+)`).exec(stderr.slice(stderr.lastIndexOf('Summary')))?.[1]);
  return { integrated: said('I'), truePeak: said('Peak') };
}

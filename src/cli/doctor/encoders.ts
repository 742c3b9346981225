import { createRequire } from 'node:module';
import { type FfmpegBinary, findFfmpeg } from '../../compositor/encoders/ffmpeg-binary.js';
import { FfmpegEncoders } from '../../compositor/encoders/ffmpeg-encoders.js';
import { canvasBytes, FRAME_RATE_HZ, SAMPLES_PER_FRAME } from '../../compositor/format.js';
import { messageOf } from '../../core/errors.js';
import { canvasSize, DEFAULT_LAYOUT } from '../../core/layouts.js';

/** An encoder that was tried on one second of picture and sound. */
export interface EncoderTrial {
  name: string;
  path: string;
  origin: FfmpegBinary['origin'];
  works: boolean;
  /** Whether recordings would use it. */
  chosen: boolean;
  /** Wall time of the second, ms; null where it failed. */
  elapsedMs: number | null;
  problem: string | null;
}

/** Tries each ffmpeg that could be used: the configured one, the system's and the bundled one. */
export async function tryEncoders(configuredPath: string): Promise<EncoderTrial[]> {
  const chosen = await findFfmpeg(configuredPath).catch(() => null);
  const candidates: [FfmpegBinary['origin'], string | null][] = [
    ['configured', configuredPath || null],
    ['system', 'ffmpeg'],
    ['bundled', bundledFfmpeg()],
  ];
  const trials: EncoderTrial[] = [];
  for (const [origin, path] of candidates) {
    if (path !== null) trials.push(await tryOne(origin, path, path === chosen?.path));
  }
  return trials;
}

async function tryOne(origin: FfmpegBinary['origin'], path: string, chosen: boolean): Promise<EncoderTrial> {
  const failed = { name: 'ffmpeg', path, origin, chosen, works: false, elapsedMs: null };
  try {
    const binary = await findFfmpeg(path);
    const name = `ffmpeg ${binary.version} libx264 + aac`;
    const startedMs = performance.now();
    const { pictures, sounds } = await encodeOneSecond(new FfmpegEncoders(binary));
    const elapsedMs = Math.round(performance.now() - startedMs);
    if (pictures === FRAME_RATE_HZ && sounds > 0) return { ...failed, name, works: true, elapsedMs, problem: null };
    return { ...failed, name, problem: `${pictures} of ${FRAME_RATE_HZ} pictures and ${sounds} sound frames came out` };
  } catch (error) {
    return { ...failed, problem: messageOf(error) };
  }
}

async function encodeOneSecond(encoders: FfmpegEncoders): Promise<{ pictures: number; sounds: number }> {
  let pictures = 0;
  let sounds = 0;
  const size = canvasSize(DEFAULT_LAYOUT);
  const options = { ...size, gopFrames: FRAME_RATE_HZ, preset: 'superfast', rate: { crf: 23, maxKbitPerS: 12_000 } };
  const video = encoders.video(options, () => (pictures += 1));
  const audio = encoders.audio(() => (sounds += 1));
  try {
    const canvas = new Uint8Array(canvasBytes(size));
    for (let frame = 0; frame < FRAME_RATE_HZ; frame += 1) {
      // A stripe that moves, so that there is something to encode.
      canvas.fill(128);
      canvas.fill(235, frame * size.widthPx * 30, (frame + 1) * size.widthPx * 30);
      await video.write(canvas);
      await audio.write(new Float32Array(SAMPLES_PER_FRAME * 2));
    }
    await Promise.all([video.end(), audio.end()]);
    return { pictures, sounds };
  } finally {
    video.close();
    audio.close();
  }
}

function bundledFfmpeg(): string | null {
  try {
    return (createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string }).path;
  } catch {
    return null;
  }
}

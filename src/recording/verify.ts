import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { AppError, messageOf } from '../core/errors.js';
import { readMp4Info, type Mp4Info } from './mp4-info.js';

export interface Span {
  startMs: number;
  durationMs: number;
}

/** What a movie is, found out by decoding it. */
export interface Verification {
  /** No problem was found. */
  ok: boolean;
  durationMs: number;
  /** What the recording's length should be by the clock; null where that is not known. */
  wallMs: number | null;
  /** Pictures decoded; in `quick` mode those that the file says it has. */
  frames: number;
  /** Longer than half a second. Only in `full` mode. */
  black: Span[];
  /** Longer than two seconds. Only in `full` mode. */
  silent: Span[];
  /** How much longer the sound is than the picture. */
  skewMs: number;
  bytes: number;
  problems: string[];
}

export interface VerifyOptions {
  ffmpegPath: string;
  /**
   * `quick` reads the table of contents and decodes the first and the last second: some tenths of a second,
   * whatever the length. `full` decodes everything.
   */
  mode: 'quick' | 'full';
  /** Recorded time by the clock, without pauses. */
  wallMs?: number | null;
  signal?: AbortSignal;
}

/** V1. */
const FRAME_RATE_HZ = 30;
/** Of the beginning and of the end; to the end it is decoded from the keyframe before. */
const QUICK_SPAN_S = 1;
/** The journal's clock and the counter stop within a write of each other. */
const WALL_TOLERANCE_MS = 1500;
const SKEW_TOLERANCE_MS = 40;

/** Looks at a movie. Throws `AppError` `movie_missing`, `encoder_missing` (no ffmpeg to decode with), `aborted`. */
export async function verifyMovie(path: string, options: VerifyOptions): Promise<Verification> {
  const wallMs = options.wallMs ?? null;
  const bytes = await sizeOf(path);
  const info = await readMp4Info(path);
  if (!info) return broken(bytes, wallMs, 'it is not an MP4 with a table of contents');
  const decoded = options.mode === 'full' ? await decodeAll(path, options) : await decodeEnds(path, info, options);
  const video = info.tracks.find(({ handler }) => handler === 'vide');
  const audio = info.tracks.find(({ handler }) => handler === 'soun');
  const problems = [...containerProblems(info), ...decoded.problems];
  if (wallMs !== null && Math.abs(info.durationMs - wallMs) > WALL_TOLERANCE_MS) {
    problems.push(`it lasts ${info.durationMs} ms, the recording ${wallMs} ms`);
  }
  const skewMs = video && audio ? audio.durationMs - video.durationMs : 0;
  if (Math.abs(skewMs) > SKEW_TOLERANCE_MS + 1000 / FRAME_RATE_HZ) problems.push(`sound and picture differ by ${skewMs} ms in length`);
  const expected = Math.round(((video?.durationMs ?? info.durationMs) * FRAME_RATE_HZ) / 1000);
  const frames = decoded.frames ?? video?.samples ?? 0;
  if (Math.abs(frames - expected) > 2) problems.push(`it has ${frames} pictures in a time of ${expected}`);
  const { black, silent } = decoded;
  return { ok: problems.length === 0, durationMs: info.durationMs, wallMs, frames, black, silent, skewMs, bytes, problems };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw new AppError('movie_missing', `The movie ${path} is not there. (${messageOf(cause)})`, { status: 404, cause });
  }
}

function broken(bytes: number, wallMs: number | null, problem: string): Verification {
  return { ok: false, durationMs: 0, wallMs, frames: 0, black: [], silent: [], skewMs: 0, bytes, problems: [problem] };
}

function containerProblems(info: Mp4Info): string[] {
  const problems: string[] = [];
  if (!info.moovInFront) problems.push('its table of contents is not in front');
  if (info.missingBytes > 0) problems.push(`its last ${info.missingBytes} bytes are missing`);
  for (const [handler, name] of [['vide', 'picture'], ['soun', 'sound']] as const) {
    if (!info.tracks.some((track) => track.handler === handler && track.samples > 0)) problems.push(`it has no ${name}`);
  }
  return problems;
}

interface Decoded {
  problems: string[];
  /** Null where not all were counted. */
  frames: number | null;
  black: Span[];
  silent: Span[];
}

async function decodeEnds(path: string, info: Mp4Info, options: VerifyOptions): Promise<Decoded> {
  const lastS = Math.max(0, info.durationMs / 1000 - QUICK_SPAN_S);
  const spans = lastS > 0 ? [0, lastS] : [0];
  const problems = await Promise.all(
    spans.map(async (fromS) => {
      const input = ['-ss', fromS.toFixed(3), '-t', String(QUICK_SPAN_S), '-i', path];
      const { errors, frames } = await runFfmpeg([...input, '-f', 'null', '-'], options);
      return frames === 0 ? [...errors, `nothing can be decoded from ${fromS.toFixed(0)} s on`] : errors;
    }),
  );
  return { problems: problems.flat(), frames: null, black: [], silent: [] };
}

async function decodeAll(path: string, options: VerifyOptions): Promise<Decoded> {
  const filters = ['-vf', 'blackdetect=d=0.5:pix_th=0.05', '-af', 'silencedetect=n=-60dB:d=2'];
  const { errors, frames, log } = await runFfmpeg(['-i', path, ...filters, '-f', 'null', '-'], options);
  const black = [...log.matchAll(/black_start:([\d.]+) black_end:([\d.]+)/g)].map(span);
  const silent = [...log.matchAll(/silence_start: (-?[\d.]+)[\s\S]*?silence_end: (-?[\d.]+)/g)].map(span);
  return { problems: errors, frames, black, silent };
}

function span([, start, end]: RegExpMatchArray): Span {
  const startMs = Math.max(0, Math.round(Number(start) * 1000));
  return { startMs, durationMs: Math.round(Number(end) * 1000) - startMs };
}

interface Run {
  /** Lines that ffmpeg calls errors. */
  errors: string[];
  frames: number;
  log: string;
}

/** More of its log than this is of no use to anybody. */
const MAX_LOG_BYTES = 4 << 20;

function runFfmpeg(args: string[], { ffmpegPath, signal }: VerifyOptions): Promise<Run> {
  const always = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+info', '-progress', 'pipe:1', '-threads', '1'];
  return new Promise((resolve, reject) => {
    const child = spawn(ffmpegPath, [...always, ...args], { stdio: ['ignore', 'pipe', 'pipe'], ...(signal && { signal }) });
    let log = '';
    let progress = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (log.length < MAX_LOG_BYTES) log += text;
    });
    // Only the newest figures count.
    child.stdout.setEncoding('utf8').on('data', (text: string) => (progress = (progress + text).slice(-2000)));
    child.on('error', (cause) => {
      const aborted = signal?.aborted ?? false;
      const sentence = aborted ? 'Verifying was stopped.' : `ffmpeg does not start, so the movie cannot be verified. (${messageOf(cause)})`;
      reject(new AppError(aborted ? 'aborted' : 'encoder_missing', sentence, { audience: 'operator', status: 503, cause }));
    });
    child.on('close', (code) => {
      const errors = log.split('\n').filter((line) => /\[(error|fatal|panic)\]/.test(line)).slice(0, 20);
      if (code !== 0 && errors.length === 0) errors.push(`ffmpeg ended with ${code}`);
      const frames = Number([...progress.matchAll(/^frame=\s*(\d+)/gm)].at(-1)?.[1] ?? 0);
      resolve({ errors, frames, log });
    });
  });
}

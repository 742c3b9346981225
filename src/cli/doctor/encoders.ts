import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { describeMachine, rememberTrials } from '../../compositor/encoders/chooser.js';
import { type FfmpegBinary, findFfmpeg } from '../../compositor/encoders/ffmpeg-binary.js';
import { findGstreamer, GSTREAMER_ELEMENTS } from '../../compositor/encoders/gstreamer/find.js';
import { defaultEncoder } from '../../compositor/encoders/open.js';
import { type EncoderTrial, tryEncoder } from '../../compositor/encoders/trial.js';
import { bestEncoder } from '../../compositor/encoders/verdict.js';
import { hasX264 } from '../../compositor/encoders/x264-encoders.js';
import type { Config } from '../../core/config.js';
import type { EncoderName } from '../../core/encoder-names.js';
import { messageOf } from '../../core/errors.js';
import { DataPaths } from '../../core/paths.js';

/** An encoder that was tried on two seconds of a meeting. */
export interface TriedEncoder extends EncoderTrial {
  /** `own` program, `GStreamer`, or where an ffmpeg is from. */
  origin: FfmpegBinary['origin'] | 'GStreamer' | 'own';
  /** Of an ffmpeg. */
  path: string | null;
  works: boolean;
  /** Whether recordings would use it. */
  chosen: boolean;
}

export interface EncoderDiagnosis {
  encoders: TriedEncoder[];
  /** The encoder of recordings with these settings. */
  chosen: EncoderName;
  /** Of encoders that could be there and are not: one sentence; null where none is missing. */
  absent: string | null;
}

/**
 * Tries each ffmpeg that could be used, the configured one, the system's and the bundled one, our own
 * program, and each encoder that GStreamer has. What it finds is what a server of this data directory will choose by.
 */
export async function tryEncoders(config: Config): Promise<EncoderDiagnosis> {
  const ffmpeg = await findFfmpeg(config.ffmpegPath).catch(() => null);
  const gstreamer = await findGstreamer().catch(messageOf);
  const ffmpegs: [FfmpegBinary['origin'], string | null][] = [
    ['configured', config.ffmpegPath || null],
    ['system', 'ffmpeg'],
    ['bundled', bundledFfmpeg()],
  ];
  const tried: TriedEncoder[] = [];
  const add = async (name: EncoderName, origin: TriedEncoder['origin'], path: string | null): Promise<void> => {
    const trial = await tryEncoder(name, { ffmpegPath: path ?? config.ffmpegPath });
    tried.push({ ...trial, origin, path, works: trial.problem === null, chosen: false });
  };
  if (hasX264()) await add('libx264', 'own', null);
  for (const [origin, path] of ffmpegs) if (path !== null) await add('ffmpeg', origin, path);
  const elements = typeof gstreamer === 'string' ? [] : gstreamer.elements;
  for (const element of elements) await add(element, 'GStreamer', null);

  // Of the ffmpegs one alone is a candidate: the one that is found first.
  const candidates = tried.filter(({ name, path }) => name !== 'ffmpeg' || path === ffmpeg?.path);
  const chosen = bestEncoder(config.encoder, candidates) ?? defaultEncoder();
  for (const candidate of candidates) candidate.chosen = candidate.name === chosen;
  await remember(config, candidates);
  const missing = GSTREAMER_ELEMENTS.filter((element) => !elements.includes(element));
  const absent = typeof gstreamer === 'string' ? gstreamer : missing.length > 0 ? `GStreamer ${gstreamer.version} has no ${missing.join(', ')} here` : null;
  return { encoders: tried, chosen, absent };
}

/** For the server's next start, where there is a data directory. */
async function remember({ dataDir, ffmpegPath }: Config, candidates: readonly TriedEncoder[]): Promise<void> {
  if (!existsSync(dataDir)) return;
  const trials = candidates.map(({ name, version, problem, cpuSeconds, speed }) => ({ name, version, problem, cpuSeconds, speed }));
  // A directory that this user may not write to is another check's business.
  await describeMachine(ffmpegPath)
    .then(({ machine }) => rememberTrials(new DataPaths(dataDir).encoders, { machine, trials }))
    .catch(() => undefined);
}

function bundledFfmpeg(): string | null {
  try {
    return (createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string }).path;
  } catch {
    return null;
  }
}

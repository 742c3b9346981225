import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { AppError } from '../../core/errors.js';

const run = promisify(execFile);

/** An ffmpeg that can make our movies. */
export interface FfmpegBinary {
  /** Path, or a name that is found through PATH. */
  path: string;
  /** As it calls itself, e.g. `5.1.9` or `N-47683-g0e8eb07980`. */
  version: string;
  /** Last year of its copyright line: tells which of two builds is newer where versions do not compare. */
  year: number;
  origin: 'configured' | 'system' | 'bundled';
}

/**
 * Finds the ffmpeg to use: the configured one, else the newer of the system's and the bundled one.
 * Throws `AppError` `encoder_missing`, which says what was tried and why it does not do.
 */
export async function findFfmpeg(configuredPath = ''): Promise<FfmpegBinary> {
  const refusals: string[] = [];
  const candidates = configuredPath
    ? [await probe(configuredPath, 'configured', refusals)]
    : await Promise.all([probe('ffmpeg', 'system', refusals), probe(bundledPath(), 'bundled', refusals)]);
  const usable = candidates.filter((candidate) => candidate !== null);
  usable.sort((a, b) => b.year - a.year);
  const best = usable[0];
  if (best) return best;
  throw new AppError(
    'encoder_missing',
    `No ffmpeg with libx264 and aac was found (${refusals.join('; ')}). Install ffmpeg, or set REELROOM_FFMPEG to its path.`,
    { audience: 'operator', status: 503 },
  );
}

function bundledPath(): string | null {
  try {
    const installer = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as { path: string };
    return installer.path;
  } catch {
    return null;
  }
}

async function probe(
  path: string | null,
  origin: FfmpegBinary['origin'],
  refusals: string[],
): Promise<FfmpegBinary | null> {
  if (path === null) {
    refusals.push(`${origin}: not installed`);
    return null;
  }
  try {
    const usable = known.get(path) ?? (await examine(path));
    known.set(path, usable);
    return { path, ...usable, origin };
  } catch (error) {
    refusals.push(`${origin} ${path}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
    return null;
  }
}

type Usable = Pick<FfmpegBinary, 'version' | 'year'>;

/**
 * What was found usable, for the life of this thread: each recording asks, and each answer takes two starts
 * of ffmpeg, which are a quarter of a CPU second. What was refused is looked at again, as it may be installed.
 */
const known = new Map<string, Usable>();

/** Throws an `Error` that says why this one does not do. */
async function examine(path: string): Promise<Usable> {
  const { stdout } = await run(path, ['-hide_banner', '-version'], { timeout: 20_000 });
  const named = /^ffmpeg version (\S+).*?(?:2000|20\d\d)-(20\d\d)/s.exec(stdout);
  const encoders = await run(path, ['-hide_banner', '-encoders'], { timeout: 20_000 });
  for (const needed of ['libx264', 'aac']) {
    if (!new RegExp(`^\\s*[VA]\\S*\\s+${needed}\\s`, 'm').test(encoders.stdout)) throw new Error(`has no encoder ${needed}`);
  }
  return { version: (named?.[1] ?? 'unknown').replace(/-static$|-\d+\+deb.*$/, ''), year: Number(named?.[2] ?? 0) };
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ENCODER_NAMES } from '../../../core/encoder-names.js';
import { AppError, messageOf } from '../../../core/errors.js';
import { programFiles } from '../../../core/paths.js';
import type { GstreamerElement } from './pipeline.js';
import type { GstreamerProbe } from './process.js';

const run = promisify(execFile);

/** A GStreamer that the binding loads, and which encoders its registry has. They are still to be tried. */
export interface Gstreamer {
  version: string;
  elements: GstreamerElement[];
}

export const GSTREAMER_ELEMENTS: readonly GstreamerElement[] = ENCODER_NAMES.filter((name) => name !== 'libx264' && name !== 'ffmpeg');

/** The first start of a GStreamer on a machine looks at all of its plugins. */
const PROBE_TIMEOUT_MS = 60_000;

let known: Promise<Gstreamer> | null = null;

/** Looks for GStreamer, once in the life of this thread where it is there. Throws `AppError` `encoder_missing`. */
export function findGstreamer(): Promise<Gstreamer> {
  known ??= probe();
  known.catch(() => (known = null));
  return known;
}

async function probe(): Promise<Gstreamer> {
  try {
    const { stdout } = await run(process.execPath, [programFiles.gstreamerProcess, 'probe', ...GSTREAMER_ELEMENTS], { timeout: PROBE_TIMEOUT_MS });
    const { version, elements } = JSON.parse(stdout) as GstreamerProbe;
    return { version, elements: GSTREAMER_ELEMENTS.filter((element) => elements.includes(element)) };
  } catch (error) {
    throw missing(reasonOf(error));
  }
}

/** Throws `AppError` `encoder_missing` where GStreamer or the element is not there. */
export async function requireElement(element: GstreamerElement): Promise<Gstreamer> {
  const gstreamer = await findGstreamer();
  if (gstreamer.elements.includes(element)) return gstreamer;
  throw missing(`GStreamer ${gstreamer.version} has no element ${element}`);
}

function missing(why: string): AppError {
  return new AppError('encoder_missing', `${why}. Run "scripts/setup --gstreamer" and "npm run build", or choose another encoder.`, {
    audience: 'operator',
    status: 503,
  });
}

/** What the child said last, or why it did not start. */
function reasonOf(error: unknown): string {
  const said = (error as { stderr?: string }).stderr?.trim().split('\n') ?? [];
  if (said.some((line) => line.includes('gstreamer-superficial'))) return "GStreamer's binding is not built";
  return said.at(-1) || messageOf(error);
}

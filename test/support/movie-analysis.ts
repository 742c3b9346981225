import { colourIn, framesOf, lumaIn, onCanvas, readMark, seesFlash, type MovieFrame, type Placement } from './movie-frames.js';
import { spans, type Beep, type Span } from './movie-sound.js';
import { CAMERA, SCREEN, type MarkGeometry, type RectPx } from './pattern.js';
import type { SentMedia } from './sent-media.js';

/** Something to follow through the movie: a camera's or a screen's pattern at a place on the canvas. */
export interface Watch {
  name: string;
  kind: 'camera' | 'screen';
  placement: Placement;
  /** Part of the movie in which the placement holds, ms. */
  fromMs: number;
  toMs: number;
}

export interface Sighting {
  movieMs: number;
  /** Number of the source's frame, counted on beyond the mark's bits; null: not readable. */
  frame: number | null;
  flash: boolean;
  /** Red, green, blue of the part that is always in the source's own colour. */
  colour: [number, number, number];
}

export interface Observation {
  sightings: Map<string, Sighting[]>;
  frames: number;
  /** Spans of a second or more that are black all over. */
  black: Span[];
}

const WHOLE: RectPx = { x: 0, y: 0, widthPx: 1920, heightPx: 1080 };

/** Reads the whole movie once and notes what is seen of each watch, frame by frame; `look` may look for more. */
export async function observe(path: string, watches: Watch[], look?: (frame: MovieFrame) => void): Promise<Observation> {
  const sightings = new Map<string, Sighting[]>(watches.map((watch) => [watch.name, []]));
  const dark: boolean[] = [];
  for await (const frame of framesOf(path)) {
    look?.(frame);
    dark.push(lumaIn(frame, WHOLE) < 18);
    for (const watch of watches) {
      if (frame.timeMs < watch.fromMs || frame.timeMs >= watch.toMs) continue;
      const geometry = watch.kind === 'camera' ? CAMERA : SCREEN;
      const mark: MarkGeometry = geometry.mark;
      const reading = readMark(frame, watch.placement, mark);
      const seen = sightings.get(watch.name) ?? [];
      seen.push({
        movieMs: frame.timeMs,
        frame: reading && unwrap(reading.value, 2 ** mark.bits, seen),
        flash: watch.kind === 'camera' && reading !== null && seesFlash(frame, watch.placement, reading),
        colour: colourIn(frame, onCanvas(watch.placement, geometry.plain)),
      });
      sightings.set(watch.name, seen);
    }
  }
  return { sightings, frames: dark.length, black: spans(dark, 1000 / 30, 1000) };
}

/** The number nearest to what was last seen that has this value modulo `modulus`. */
function unwrap(value: number, modulus: number, seen: Sighting[]): number {
  const last = seen.findLast((sighting) => sighting.frame !== null)?.frame;
  if (last === undefined || last === null) return value;
  const forward = (((value - last) % modulus) + modulus) % modulus;
  return forward <= modulus / 2 ? last + forward : last + forward - modulus;
}

export interface Motion {
  /** Frames of the movie in which the mark could not be read. */
  unreadable: number;
  /** Different frames of the source that were seen. */
  distinct: number;
  /** Frames that the source drew from the first to the last one seen. */
  drawn: number;
  /** Times that a later frame was followed by an earlier one. */
  backwards: number;
  /** Longest time that one picture stood still, ms. */
  longestFreezeMs: number;
}

export function motionOf(sightings: Sighting[]): Motion {
  const frames = sightings.flatMap(({ frame, movieMs }) => (frame === null ? [] : [{ frame, movieMs }]));
  let backwards = 0;
  let longestFreezeMs = 0;
  let changedAtMs = frames[0]?.movieMs ?? 0;
  for (let index = 1; index < frames.length; index++) {
    const before = frames[index - 1];
    const now = frames[index];
    if (!before || !now) continue;
    if (now.frame < before.frame) backwards++;
    if (now.frame !== before.frame) changedAtMs = now.movieMs;
    longestFreezeMs = Math.max(longestFreezeMs, now.movieMs - changedAtMs);
  }
  const numbers = frames.map(({ frame }) => frame);
  return {
    unreadable: sightings.length - frames.length,
    distinct: new Set(numbers).size,
    drawn: numbers.length === 0 ? 0 : Math.max(...numbers) - Math.min(...numbers) + 1,
    backwards,
    longestFreezeMs,
  };
}

/** Moments at which a flash is first seen, with the source's frame that is seen then. */
export function flashesOf(sightings: Sighting[]): { movieMs: number; frame: number }[] {
  const found: { movieMs: number; frame: number }[] = [];
  let lit = true;
  for (const { flash, frame, movieMs } of sightings) {
    if (frame === null) continue;
    if (flash && !lit) found.push({ movieMs, frame });
    lit = flash;
  }
  return found;
}

export interface SkewEvent {
  movieMs: number;
  /** Picture behind sound: positive, ms. */
  skewMs: number;
}

export interface Skews {
  /** Flashes of the movie that were sent with a beep, and their beep is in the movie. */
  matched: SkewEvent[];
  /** Flashes that were sent with a beep, but none is in the movie. */
  unmatched: number;
}

/** A flash and its beep lie this close together when they are sent, ms. */
const TOGETHER_MS = 300;
/** From a packet's arrival to its place in the movie is at most this, ms. */
const ARRIVED_MS = 3_500;

/**
 * How much further apart each flash and its beep are in the movie than they were sent. Flashes of which
 * the sender's clock leaves the time open are left out: nobody can tell where they belong.
 */
export function skewsOf(sightings: Sighting[], beeps: Beep[], sent: SentMedia, modulus: number = 2 ** CAMERA.mark.bits): Skews {
  const matched: SkewEvent[] = [];
  let unmatched = 0;
  for (const { movieMs, frame } of flashesOf(sightings)) {
    const value = ((frame % modulus) + modulus) % modulus;
    const flash = sent.flashes.find((lit) => lit.value === value && Math.abs(lit.arrivedMs - movieMs) < ARRIVED_MS);
    const beep = flash && nearest(sent.beeps, ({ ntpMs }) => ntpMs - flash.ntpMs);
    if (!flash || !beep || Math.abs(beep.ntpMs - flash.ntpMs) > TOGETHER_MS) continue;
    const expectedMs = movieMs + beep.ntpMs - flash.ntpMs;
    const heard = nearest(beeps, ({ startMs }) => startMs - expectedMs);
    if (heard && Math.abs(heard.startMs - expectedMs) <= TOGETHER_MS) matched.push({ movieMs, skewMs: expectedMs - heard.startMs });
    else unmatched++;
  }
  return { matched, unmatched };
}

function nearest<T>(values: T[], distance: (value: T) => number): T | undefined {
  return values.reduce<T | undefined>((best, value) => (best === undefined || Math.abs(distance(value)) < Math.abs(distance(best)) ? value : best), undefined);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) return Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Largest difference of two colours in any of red, green and blue; `wanted` as `#rrggbb`. */
export function colourDistance(seen: [number, number, number], wanted: string): number {
  const number = Number.parseInt(wanted.slice(1), 16);
  return Math.max(...[16, 8, 0].map((shift, index) => Math.abs(((number >> shift) & 255) - (seen[index] ?? 0))));
}

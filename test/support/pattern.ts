import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/paths.js';

/**
 * What people publish in end-to-end tests: known pictures and known sound. The same numbers draw the
 * pattern in the page (test/e2e/pages/pattern-source.js) and find it again in the movie.
 */

export interface RectPx {
  x: number;
  y: number;
  widthPx: number;
  heightPx: number;
}

/** A row of square-cornered blocks: white, the number's bits from the highest, even parity, black. */
export interface MarkGeometry {
  x: number;
  y: number;
  blockPx: number;
  heightPx: number;
  bits: number;
}

export interface PatternPicture {
  widthPx: number;
  heightPx: number;
  fps: number;
  colour: string;
  mark: MarkGeometry;
}

export interface PersonPattern {
  name: string;
  /** CSS colour of the camera, `#rrggbb`. */
  colour: string;
  frequencyHz: number;
  /** The browser's fake microphone makes the tone (Firefox, see pattern-source.js). */
  deviceTone?: boolean;
  /** Frames that the camera draws a second; default `CAMERA.fps`. */
  fps?: number;
  /** The camera's size as a multiple of `CAMERA`; default 1. */
  scale?: number;
  /** What the browser sends its pictures in; default what the client asks for (pages/codec-choice.js). */
  codec?: { codec: string; mode?: string };
}

export const FLASH_FRAMES = 3;
export const BEEP_MS = 80;

/**
 * Small, because pages draw and convert it without a graphics card. Everything that tests look at lies in the middle 60 % of the width, so that V4's crop spares it.
 */
export const CAMERA = {
  widthPx: 480,
  heightPx: 270,
  fps: 30,
  mark: { x: 96, y: 72, blockPx: 24, heightPx: 42, bits: 9 },
  flash: { x: 96, y: 142, widthPx: 288, heightPx: 68 },
  /** Always in the person's colour. */
  plain: { x: 84, y: 30, widthPx: 312, heightPx: 33 },
} as const;

export const SCREEN = {
  widthPx: 1280,
  heightPx: 720,
  fps: 15,
  colour: '#5a3c82',
  mark: { x: 256, y: 160, blockPx: 64, heightPx: 96, bits: 9 },
  /** White lines one pixel wide, four pixels apart. */
  detail: { x: 320, y: 480, widthPx: 640, heightPx: 96 },
  plain: { x: 320, y: 320, widthPx: 640, heightPx: 96 },
} as const;

/** Colours far apart in hue, frequencies far apart for windows of 10 ms and off each other's harmonics. */
export const PEOPLE = {
  host: { name: 'Hanna', colour: '#b43232', frequencyHz: 500 },
  moderator: { name: 'Milo', colour: '#2e9a46', frequencyHz: 900 },
  participant: { name: 'Pia', colour: '#3250c8', frequencyHz: 1300 },
  fox: { name: 'Felix', colour: '#b49628', frequencyHz: 1700, deviceTone: true, fps: 15 },
  late: { name: 'Lena', colour: '#289ab4', frequencyHz: 2100 },
} as const satisfies Record<string, PersonPattern>;

/** What a page says it produced; times are `performance.now()` of that page, ms. */
export interface PatternReport {
  timeOriginMs: number;
  /** Draw time by frame number. */
  cameraFrames: number[];
  screenFrames: number[];
  flashes: { event: number; frame: number; drawnAtMs: number; beepAtContextS: number | null }[];
  /** Pairs of page time (ms) and audio clock (s). */
  contextClock: [number, number][];
  requests: { call: string; constraints: unknown }[];
  errors: string[];
}

/** Expression that a page evaluates to its `PatternReport`. */
export const PATTERN_REPORT = 'reelroomPattern.report()';

/** The camera's geometry, drawn larger. */
function scaled(scale: number): object {
  const rect = (of: RectPx): RectPx => ({ x: of.x * scale, y: of.y * scale, widthPx: of.widthPx * scale, heightPx: of.heightPx * scale });
  const { mark, flash, plain } = CAMERA;
  const blocks = { ...mark, x: mark.x * scale, y: mark.y * scale, blockPx: mark.blockPx * scale, heightPx: mark.heightPx * scale };
  return { widthPx: CAMERA.widthPx * scale, heightPx: CAMERA.heightPx * scale, mark: blocks, flash: rect(flash), plain: rect(plain) };
}

/** Script to run before a page's own scripts. */
export function patternScript(person: PersonPattern): string {
  const page = (name: string): string => readFileSync(join(packageRoot, 'test', 'e2e', 'pages', name), 'utf8');
  const source = page('pattern-source.js');
  const choice = person.codec ? `${page('codec-choice.js')}\ninstallCodecChoice(${JSON.stringify(person.codec)});` : '';
  const options = {
    person: { frequencyHz: person.frequencyHz, gain: 0.4, deviceTone: person.deviceTone ?? false },
    camera: { ...scaled(person.scale ?? 1), fps: person.fps ?? CAMERA.fps, colour: person.colour },
    screen: SCREEN,
    flashFrames: FLASH_FRAMES,
    beepMs: BEEP_MS,
  };
  return `(() => { ${source}\ninstallPattern(${JSON.stringify(options)});\n${choice} })();`;
}

export interface SourceEvent {
  frame: number;
  drawnAtMs: number;
  /** When the page's audio clock rendered the beep's first sample, in the page's time. */
  beepAtMs: number;
}

/**
 * The page's own flash and beep, both in the page's time. The audio clock is seen to advance in steps;
 * a sample is rendered when the clock passes it, so the line through the earliest sightings is the truth.
 */
export function sourceEvents(report: PatternReport): SourceEvent[] {
  return report.flashes.map(({ frame, drawnAtMs, beepAtContextS }) => {
    if (beepAtContextS === null) return { frame, drawnAtMs, beepAtMs: drawnAtMs };
    let offsetMs = Infinity;
    for (const [pageMs, contextS] of report.contextClock) {
      if (Math.abs(pageMs - drawnAtMs) < 3000) offsetMs = Math.min(offsetMs, pageMs - contextS * 1000);
    }
    return { frame, drawnAtMs, beepAtMs: Number.isFinite(offsetMs) ? beepAtContextS * 1000 + offsetMs : drawnAtMs };
  });
}

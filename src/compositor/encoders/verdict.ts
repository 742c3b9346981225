import type { EncoderChoice, EncoderName } from '../../core/encoder-names.js';
import type { SizePx } from '../../core/media.js';
import type { SpsFacts } from './sps.js';

/** Judges encoders by what came out of them, and chooses one. No I/O. */

/** What an encoder made of a trial. */
export interface TrialEvidence {
  size: SizePx;
  gopFrames: number;
  framesIn: number;
  /** Of each access unit that came out. */
  keyframes: readonly boolean[];
  /** Of each keyframe; null where one came without, or with one that cannot be read. */
  sps: readonly (SpsFacts | null)[];
  /** Of each picture that a decoder made of them, against its canvas, dB. */
  psnrDb: readonly number[];
  /** Seconds of movie made in a second. */
  speed: number;
  hardware: boolean;
}

/** Far below what any preset gives, and far above pictures in a wrong order or of a wrong colour. */
const LEAST_PSNR_DB = 32;
/** Highest level that players of phones and televisions take. */
const HIGHEST_LEVEL_IDC = 42;
/** Hardware has to keep up with one recording beside everything else; software is all that is left when it does not. */
const LEAST_SPEED_OF_HARDWARE = 1.5;

/** Why an encoder may make no recordings (V1), as a sentence; null where it may. */
export function faultOf(evidence: TrialEvidence): string | null {
  const { size, gopFrames, framesIn, keyframes, sps, psnrDb, speed, hardware } = evidence;
  const wanted = keyframes.map((_, at) => at % gopFrames === 0);
  const worstDb = Math.min(...psnrDb);
  const parameterSets = sps.map((facts) => (facts === null ? 'a keyframe has no parameter set that can be read' : faultOfSps(facts, size)));
  const rules: (string | null | false)[] = [
    keyframes.length !== framesIn && `${keyframes.length} pictures came out of ${framesIn}`,
    keyframes.some((keyframe, at) => keyframe !== wanted[at]) && `keyframes are not ${gopFrames} pictures apart`,
    ...parameterSets,
    psnrDb.length !== framesIn && `${psnrDb.length} pictures of ${framesIn} can be decoded`,
    worstDb < LEAST_PSNR_DB && `a picture is ${worstDb.toFixed(1)} dB from its canvas, at least ${LEAST_PSNR_DB} are needed`,
    hardware && speed < LEAST_SPEED_OF_HARDWARE && `it makes ${speed.toFixed(1)} s of movie in a second, at least ${LEAST_SPEED_OF_HARDWARE} are needed`,
  ];
  return rules.find((rule) => typeof rule === 'string') || null;
}

function faultOfSps(facts: SpsFacts, size: SizePx): string | null {
  const { profileIdc, levelIdc, chromaFormatIdc, bitDepth, progressive, colour } = facts;
  if (profileIdc !== 100) return `the profile is ${profileIdc}, not High (100)`;
  if (levelIdc > HIGHEST_LEVEL_IDC) return `the level is ${levelIdc / 10}, above ${HIGHEST_LEVEL_IDC / 10}`;
  if (chromaFormatIdc !== 1 || bitDepth !== 8) return `the format is ${bitDepth} bits, chroma ${chromaFormatIdc}, not 8 bits 4:2:0`;
  if (!progressive) return 'the pictures are interlaced';
  if (facts.widthPx !== size.widthPx || facts.heightPx !== size.heightPx) return `the size is ${facts.widthPx}x${facts.heightPx}, not ${size.widthPx}x${size.heightPx}`;
  const isBt709 = colour !== null && [colour.primaries, colour.transfer, colour.matrix].every((code) => code === 1) && !colour.fullRange;
  return isBt709 ? null : 'the colours are not BT.709 in limited range';
}

/** How one encoder did. */
export interface TrialResult {
  name: EncoderName;
  /** Null where it works. */
  problem: string | null;
  /** CPU seconds for a recorded second; null where it does not work. */
  cpuSeconds: number | null;
}

export function isHardware(name: EncoderName): boolean {
  return name !== 'libx264' && name !== 'ffmpeg' && name !== 'x264enc';
}

/** Another encoder has to be cheaper by this part, or the measurement's noise would choose. */
const CLEARLY_CHEAPER = 0.95;

/**
 * The encoder to use: what is named, else hardware that works before software, and of these the cheapest; among
 * equals the one that stands first. Null where nothing that was asked for works.
 */
export function bestEncoder(choice: EncoderChoice, results: readonly TrialResult[]): EncoderName | null {
  if (choice !== 'auto' && choice !== 'gstreamer') return choice;
  const works = results.filter(({ name, problem }) => problem === null && (choice === 'auto' || (name !== 'ffmpeg' && name !== 'libx264')));
  const hardware = works.filter(({ name }) => isHardware(name));
  let best: TrialResult | null = null;
  for (const result of hardware.length > 0 ? hardware : works) {
    if (best === null || (result.cpuSeconds ?? Infinity) < (best.cpuSeconds ?? Infinity) * CLEARLY_CHEAPER) best = result;
  }
  return best?.name ?? null;
}

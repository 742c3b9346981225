import type { Codec, Encoding } from './rtc.js';

export interface CaptureSize {
  widthPx: number;
  heightPx: number;
}

/** Bit rates of the camera's layers, bit/s. */
const QUARTER_BPS = 150_000;
const HALF_BPS = 500_000;
const FULL_BPS = 1_700_000;
/** Sharp text at 1080p needs more than a face. */
const SCREEN_BPS = 5_000_000;

/**
 * Simulcast encodings for a camera, smallest first. libwebrtc drops the last encodings of a picture
 * that it finds too small for three layers, and the last one is the full size here, so that small
 * pictures ask for fewer layers instead.
 */
export function cameraEncodings(size: CaptureSize): Encoding[] {
  const longer = Math.max(size.widthPx, size.heightPx);
  const full: Encoding = { rid: 'f', active: true, maxBitrate: FULL_BPS };
  const half: Encoding = { rid: 'h', active: true, scaleResolutionDownBy: 2, maxBitrate: HALF_BPS };
  const quarter: Encoding = { rid: 'q', active: true, scaleResolutionDownBy: 4, maxBitrate: QUARTER_BPS };
  if (longer >= 960) return [quarter, half, full];
  if (longer >= 480) return [half, full];
  return [{ active: true, maxBitrate: FULL_BPS }];
}

export function screenEncodings(): Encoding[] {
  return [{ active: true, maxBitrate: SCREEN_BPS, maxFramerate: 30 }];
}

/** The server takes a layer that is this much smaller than what is wanted (`media/rtp/layers.ts`). */
const TOLERANCE = 1.1;

/**
 * Which encodings are to be sent when nobody wants more than `wantedHeightPx`: all up to the smallest
 * one that is at least as high. The lowest stays on, so that a picture is there at once when one is
 * wanted again. A wanted height of 0 means nobody watches.
 */
export function activeEncodings(encodings: Encoding[], captureHeightPx: number, wantedHeightPx: number): boolean[] {
  const heights = encodings.map((encoding) => captureHeightPx / (encoding.scaleResolutionDownBy ?? 1));
  const fitting = heights.filter((height) => height * TOLERANCE >= wantedHeightPx);
  const limit = fitting.length > 0 ? Math.min(...fitting) : Math.max(...heights);
  const lowest = Math.min(...heights);
  return heights.map((height) => height <= limit || height === lowest);
}

/** VP8 first with what repairs it; empty where the platform does not list VP8. */
export function preferVp8(codecs: Codec[]): Codec[] {
  const named = (name: string) => codecs.filter((codec) => codec.mimeType.toLowerCase() === `video/${name}`);
  const vp8 = named('vp8');
  return vp8.length === 0 ? [] : [...vp8, ...named('rtx')];
}

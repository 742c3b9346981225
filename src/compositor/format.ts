import type { SizePx } from '../core/media.js';

/** The movie's form (V1); its size is the layout's (`canvasSize`). */
export const FRAME_RATE_HZ = 30;
export const SAMPLE_RATE_HZ = 48_000;
/** Samples per channel that belong to one frame. */
export const SAMPLES_PER_FRAME = SAMPLE_RATE_HZ / FRAME_RATE_HZ;

/** A canvas as raw `yuv420p`. */
export function canvasBytes({ widthPx, heightPx }: SizePx): number {
  return (widthPx * heightPx * 3) / 2;
}

/**
 * A frame is made this long after its time on the journal's clock: what is sent again after a loss has
 * come by then.
 */
export const WAIT_US = 1_000_000;
/**
 * Where a voice that was just heard has not come that far, a frame waits up to this long for it: a sender
 * short of CPU or on a bad line is seconds late. What comes later still is not in the movie, live and
 * afterwards alike.
 */
export const LONGEST_WAIT_US = 3_000_000;

/** The movie's fixed form (V1). */
export const CANVAS_WIDTH_PX = 1920;
export const CANVAS_HEIGHT_PX = 1080;
export const FRAME_RATE_HZ = 30;
export const SAMPLE_RATE_HZ = 48_000;
/** Samples per channel that belong to one frame. */
export const SAMPLES_PER_FRAME = SAMPLE_RATE_HZ / FRAME_RATE_HZ;
export const CANVAS_BYTES = (CANVAS_WIDTH_PX * CANVAS_HEIGHT_PX * 3) / 2;

/**
 * A frame is made this long after its time on the journal's clock: what is sent again after a loss has
 * come by then. What comes later is not in the movie, live and afterwards alike.
 */
export const WAIT_US = 1_000_000;

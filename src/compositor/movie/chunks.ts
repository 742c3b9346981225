/** What is known of the parts of a movie: enough to write its `moov` without reading its media. */

export interface MovieFormat {
  widthPx: number;
  heightPx: number;
}

/** One closed GOP of pictures and the sound that belongs to it, stored one behind the other. */
export interface Chunk {
  /** Position of the first picture's bytes in the file; the first audio frame follows the last picture. */
  offset: number;
  /** Bytes of each picture; the first one is an IDR picture. */
  videoSizes: Uint32Array;
  /** Bytes of each AAC frame. */
  audioSizes: Uint32Array;
  sps: Uint8Array;
  pps: Uint8Array;
}

export const VIDEO_TIMESCALE = 30_000;
/** Of one picture, in `VIDEO_TIMESCALE`: 30 frames/s exactly. */
export const FRAME_DURATION = 1_000;
export const AUDIO_RATE_HZ = 48_000;
export const SAMPLES_PER_FRAME = AUDIO_RATE_HZ / 30;
export const AAC_FRAME_SAMPLES = 1_024;
/** Samples that an AAC encoder puts in front: the first frame holds nothing of ours. */
export const AAC_PRIMING_SAMPLES = 1_024;
/** 2 s. */
export const CHUNK_FRAMES = 60;

/** So many pictures last a whole number of AAC frames. */
const SEAM_FRAMES = 16;

/**
 * The last place at or before `frames` where one movie can end and the next begin: there a decoder that does
 * not cut the padding of the last AAC frame (ffmpeg does not) has none to cut, and sound goes on to the sample.
 */
export function seamBefore(frames: number): number {
  return Math.max(SEAM_FRAMES, Math.floor(frames / SEAM_FRAMES) * SEAM_FRAMES);
}

/**
 * AAC frames, the priming one included, that are stored with the first `frames` pictures. Whole chunks
 * only: a function of the position alone, so that a resumed movie is cut in the same places.
 */
export function aacFramesFor(frames: number): number {
  return Math.floor((frames * SAMPLES_PER_FRAME) / AAC_FRAME_SAMPLES);
}

/** AAC frames of a finished movie of so many pictures. */
export function aacFramesOfMovie(frames: number): number {
  return Math.ceil((frames * SAMPLES_PER_FRAME + AAC_PRIMING_SAMPLES) / AAC_FRAME_SAMPLES);
}

export function videoBytes(chunk: Chunk): number {
  return sum(chunk.videoSizes);
}

export function chunkBytes(chunk: Chunk): number {
  return sum(chunk.videoSizes) + sum(chunk.audioSizes);
}

export function countFrames(chunks: readonly Chunk[]): number {
  return chunks.reduce((total, chunk) => total + chunk.videoSizes.length, 0);
}

function sum(values: Uint32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

import type { RectPx } from '../../../native/index.js';

/**
 * The encoders' faces (design D5). A video encoder takes canvases of one size at 30 frames/s and gives one
 * H.264 access unit for each, in the same order (no B-frames); an audio encoder takes 48 kHz stereo
 * float and gives AAC-LC frames of 1,024 samples, the first of which is priming.
 *
 * Every method that waits rejects with `AppError` `encoder_missing`, `encoder_failed` or `encoder_stuck`.
 */

/** One coded picture, its NAL units with 4-byte lengths in front (ISO/IEC 14496-15), parameter sets and delimiters taken out. */
export interface AccessUnit {
  data: Uint8Array;
  /** An IDR picture: nothing after it refers to anything before it. */
  keyframe: boolean;
  /** Sequence and picture parameter set that this and the following units use, where they came with it. */
  parameterSets: ParameterSets | null;
}

export interface ParameterSets {
  sps: Uint8Array;
  pps: Uint8Array;
}

/** Frames that a video encoder may still be reading when `write` resolves, the one just written included. */
export const FRAMES_HELD_BY_ENCODER = 2;

export interface VideoEncoder {
  /** For the report, e.g. `ffmpeg 5.1.9 libx264`. */
  readonly name: string;
  /** Memory for `FRAMES_HELD_BY_ENCODER + 1` canvases; what lies there is not copied by `write`. */
  readonly slots?: readonly Uint8Array[];
  /**
   * Takes one canvas: the planes Y, U, V packed, `width * height * 1.5` bytes. Resolves when the next
   * one may be written; the bytes may be changed `FRAMES_HELD_BY_ENCODER` writes later. `changed`: where it
   * differs from the one before; where that is not said it may differ anywhere.
   */
  write(canvas: Uint8Array, changed?: readonly RectPx[]): Promise<void>;
  /** No more frames. Resolves when the last access unit was delivered. */
  end(): Promise<void>;
  /** Gives up what is unfinished. Twice is fine. No access unit follows. */
  close(): void;
}

export interface AudioEncoder {
  /** Takes interleaved stereo samples within -1 to 1; the array may be changed once this resolves. */
  write(samples: Float32Array): Promise<void>;
  end(): Promise<void>;
  close(): void;
}

export interface VideoEncoderOptions {
  widthPx: number;
  heightPx: number;
  /** Frames from one IDR picture to the next. */
  gopFrames: number;
  preset: string;
  rate: VideoRate;
}

/** `crf`: constant quality under a cap. `qp`: each picture by itself, so that a restart changes no picture. */
export type VideoRate = { crf: number; maxKbitPerS: number } | { qp: number };

/** Makes the encoders of one movie; tests and benches inject null and hashing ones. */
export interface EncoderFactory {
  /** Where x264's presets mean nothing: what the report calls the only one. */
  readonly onlyPreset?: string;
  video(options: VideoEncoderOptions, onAccessUnit: (unit: AccessUnit) => void): VideoEncoder;
  /** `onFrame` gets raw AAC frames without ADTS headers. */
  audio(onFrame: (frame: Uint8Array) => void): AudioEncoder;
}

import { createRequire } from 'node:module';
import { AppError } from '../src/core/errors.js';
import { programFiles } from '../src/core/paths.js';

/**
 * The addon's face (design D4): JS validates, C++ computes. Nothing here blocks on I/O, and nothing is
 * shared between threads: every object belongs to the thread that made it.
 */

/** The weights of red, green and blue in luma (ITU-R BT.601-7, BT.709-6). */
export type ColourMatrix = 'bt601' | 'bt709';

/** Luma from 16 to 235, or from 0 to 255. */
export type ColourRange = 'limited' | 'full';

/** 8-bit planar YUV 4:2:0. Planes are views; strides in bytes; `width` and `height` in luma pixels, any parity. */
export interface I420 {
  width: number;
  height: number;
  y: Uint8Array;
  u: Uint8Array;
  v: Uint8Array;
  strideY: number;
  strideU: number;
  strideV: number;
  /** Default `bt709`, which is the canvas's. */
  matrix?: ColourMatrix;
  /** Default `limited`, which is the canvas's. */
  range?: ColourRange;
}

/** Whoever decodes says what the samples mean: by the stream where it tells, else by what WebRTC's senders do. */
export type DecodedPicture = I420 & { matrix: ColourMatrix; range: ColourRange };

export interface RectPx {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface VideoDecoder {
  /**
   * Decodes one frame. The picture's planes stay valid until the next call of `decode` or `close`.
   * (Kept longer they show a newer picture of this decoder, never freed memory.) A side is at most
   * 8192 px and an area what its codec's class says: a larger picture is `decode_failed`.
   * Returns null where the frame shows nothing (or was dropped by the codec); throws an `Error` with
   * `code` `decode_failed` on garbage, after which a keyframe is needed and the decoder is still usable.
   */
  decode(frame: Uint8Array): DecodedPicture | null;
  close(): void;
}

export interface OpusDecoder {
  /** Decodes one Opus packet (RFC 6716) to interleaved 48 kHz stereo float; throws `decode_failed`. */
  decode(packet: Uint8Array): Float32Array;
  /** Conceals `frames` lost samples per channel; with `next` it uses that packet's in-band FEC. */
  conceal(frames: number, next: Uint8Array | null): Float32Array;
  close(): void;
}

export interface NativeAddon {
  /** VP8 (RFC 6386), up to 33,554,432 px. */
  Vp8Decoder: new () => VideoDecoder;
  /** VP9 of profiles 0 and 2, all layers of a picture a frame, up to 16,777,216 px. */
  Vp9Decoder: new () => VideoDecoder;
  /** AV1, a temporal unit in the low-overhead format a frame, up to 16,777,216 px. */
  Av1Decoder: new () => VideoDecoder;
  /**
   * H.264 in the form of annex B, an access unit a frame, up to 9,437,184 px. In an addon of its own, loaded
   * when it is first asked for: libavcodec and all that Debian's is linked with are 16 MB and 25 ms.
   */
  readonly H264Decoder: new () => VideoDecoder;
  OpusDecoder: new () => OpusDecoder;
  /** Fills `rect` (even x, y, width, height) of the canvas with one limited-range BT.709 colour. */
  fill(canvas: I420, rect: RectPx, y: number, u: number, v: number): void;
  /**
   * Draws the part `from` of `source` (any parity) to `to` (even numbers) of the canvas, which is of BT.709:
   * scaled, and converted where the source is of BT.601. `fast`: libyuv and vectors; else the plain twins.
   */
  scale(canvas: I420, to: RectPx, source: I420, from: RectPx, fast: boolean): void;
  /**
   * Converts a picture of limited-range BT.601 to BT.709, into one of the same size or in place; within one
   * level of the exact values, cut to 0..255. `fast` and not: equal bytes.
   */
  toBt709(target: I420, source: I420, fast: boolean): void;
  /** Turns a picture clockwise, into another one of the turned size. */
  rotate(target: I420, source: I420, degrees: 90 | 180 | 270): void;
  /** Adds `gain * source` to `target` for the shorter length of the two (mixing; float samples). */
  mixInto(target: Float32Array, source: Float32Array, gain: number): void;
  /** CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `data`, continuing from `seed`. */
  crc32c(data: Uint8Array, seed?: number): number;
  /**
   * Memory that another process can be given by its file descriptor; zeroed. Whoever asked for it calls
   * `forget` when `fd` is not needed any more; the memory itself goes with `bytes`. Throws `shared_memory_failed`.
   */
  sharedMemory(bytes: number): { fd: number; bytes: Uint8Array; forget(): void };
  /** The plain twin of `crc32c`, by table: what machines without the instruction run, and tests compare with. */
  crc32cTable(data: Uint8Array, seed?: number): number;
}

let loaded: NativeAddon | undefined;

/** Loads the addon once for each thread. Throws `AppError` `native_missing` with how to build it. */
export function native(): NativeAddon {
  if (loaded) return loaded;
  const addon = load(programFiles.nativeAddon) as NativeAddon;
  const H264Decoder = { configurable: true, get: () => (load(programFiles.h264Addon) as NativeAddon).H264Decoder };
  loaded = Object.defineProperties(addon, { H264Decoder });
  return loaded;
}

function load(path: string): unknown {
  try {
    return createRequire(import.meta.url)(path);
  } catch (cause) {
    throw new AppError('native_missing', `The native addon does not load; run "npm run build:native". (${String(cause)})`, {
      audience: 'operator',
      cause,
    });
  }
}

import { AdtsSplitter } from './adts.js';
import { annexBEncoder } from './annexb-encoder.js';
import type { EncoderChild } from './encoder-child.js';
import {
  FRAMES_HELD_BY_ENCODER,
  type AccessUnit,
  type AudioEncoder,
  type EncoderFactory,
  type VideoEncoder,
  type VideoEncoderOptions,
  type VideoRate,
} from './encoder.js';
import type { FfmpegBinary } from './ffmpeg-binary.js';
import { startFfmpeg } from './ffmpeg-child.js';

const AUDIO_BITRATE = '160k';
/** About 0.6 s of sound: enough that writing it never makes the pictures wait. */
const AUDIO_WRITES_IN_FLIGHT = 16;

/** H.264 by libx264 and AAC-LC by ffmpeg's own encoder, each in a child process. */
export class FfmpegEncoders implements EncoderFactory {
  readonly #binary: FfmpegBinary;
  readonly #stuckAfterMs: number | undefined;

  constructor(binary: FfmpegBinary, options: { stuckAfterMs?: number } = {}) {
    this.#binary = binary;
    this.#stuckAfterMs = options.stuckAfterMs;
  }

  video(options: VideoEncoderOptions, onAccessUnit: (unit: AccessUnit) => void): VideoEncoder {
    const start = (onOutput: (chunk: Buffer) => void): EncoderChild =>
      startFfmpeg({
        path: this.#binary.path,
        args: videoArgs(options),
        maxInFlight: FRAMES_HELD_BY_ENCODER - 1,
        onOutput,
        ...(this.#stuckAfterMs === undefined ? {} : { stuckAfterMs: this.#stuckAfterMs }),
      });
    return annexBEncoder(`ffmpeg ${this.#binary.version} libx264`, start, onAccessUnit);
  }

  audio(onFrame: (frame: Uint8Array) => void): AudioEncoder {
    const splitter = new AdtsSplitter(onFrame);
    const child = startFfmpeg({
      path: this.#binary.path,
      args: [
        ...['-f', 'f32le', '-ar', '48000', '-ac', '2', '-i', 'pipe:0'],
        ...['-c:a', 'aac', '-b:a', AUDIO_BITRATE, '-flush_packets', '1', '-f', 'adts', 'pipe:1'],
      ],
      maxInFlight: AUDIO_WRITES_IN_FLIGHT,
      onOutput: (chunk) => splitter.push(chunk),
      ...(this.#stuckAfterMs === undefined ? {} : { stuckAfterMs: this.#stuckAfterMs }),
    });
    return {
      // The pipe reads the bytes later, and the caller's array is its mixing buffer.
      write: (samples) => child.write(new Uint8Array(samples.slice().buffer)),
      end: () => child.end(),
      close: () => child.close(),
    };
  }
}

function videoArgs({ widthPx, heightPx, gopFrames, preset, rate }: VideoEncoderOptions): string[] {
  return [
    ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${widthPx}x${heightPx}`, '-r', '30', '-i', 'pipe:0'],
    ...['-c:v', 'libx264', '-profile:v', 'high', '-preset', preset, '-threads', '1', '-bf', '0'],
    ...rateArgs(rate),
    ...['-g', `${gopFrames}`, '-keyint_min', `${gopFrames}`, '-sc_threshold', '0', '-flags', '+cgop'],
    // No look-ahead: the n-th access unit comes out with the n-th frame, and memory stays small. CABAC and
    // the 8x8 transform make it High whatever the preset leaves out; without weights, and with the shape of pixels, the
    // parameter sets are the same for every preset and encoder, and the movie has one of them.
    ...['-x264-params', 'cabac=1:8x8dct=1:aud=1:open-gop=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:force-cfr=1:weightp=0:sar=1/1'],
    ...['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
    ...['-flush_packets', '1', '-f', 'h264', 'pipe:1'],
  ];
}

function rateArgs(rate: VideoRate): string[] {
  if ('qp' in rate) return ['-qp', `${rate.qp}`];
  return ['-crf', `${rate.crf}`, '-maxrate', `${rate.maxKbitPerS}k`, '-bufsize', `${rate.maxKbitPerS * 2}k`];
}

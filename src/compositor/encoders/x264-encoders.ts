import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { native, type RectPx } from '../../../native/index.js';
import { AppError } from '../../core/errors.js';
import { programFiles } from '../../core/paths.js';
import {
  FRAMES_HELD_BY_ENCODER,
  type AccessUnit,
  type AudioEncoder,
  type EncoderFactory,
  type VideoEncoder,
  type VideoEncoderOptions,
} from './encoder.js';
import { EncoderChild } from './encoder-child.js';
import type { FfmpegBinary } from './ffmpeg-binary.js';
import { FfmpegEncoders } from './ffmpeg-encoders.js';
import { x264Messages, X264Splitter } from './x264-messages.js';

const SLOTS = FRAMES_HELD_BY_ENCODER + 1;

/** Whether this checkout or package has the program; it is built where libx264's headers are. */
export function hasX264(): boolean {
  return existsSync(programFiles.x264);
}

/** As libx264 calls itself, e.g. `0.164.3095`. Throws `AppError` `encoder_missing`. */
export async function x264Version(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(programFiles.x264, ['--version'], { timeout: 20_000 });
    return /\d+\.[\d.]+/.exec(stdout)?.[0] ?? 'unknown';
  } catch (cause) {
    const message = 'The encoder libx264 does not start; install libx264-dev and run "npm run build:native".';
    throw new AppError('encoder_missing', message, { audience: 'operator', status: 503, cause });
  }
}

interface X264Options {
  version?: string;
  path?: string;
  stuckAfterMs?: number;
}

/**
 * H.264 by libx264 in a process of our own: canvases lie in memory that both share instead of going through a
 * pipe, and libx264 is told which macroblocks did not change. Sound by ffmpeg.
 */
export class X264Encoders implements EncoderFactory {
  readonly #sound: FfmpegEncoders;
  readonly #options: X264Options;

  constructor(sound: FfmpegBinary, options: X264Options = {}) {
    this.#sound = new FfmpegEncoders(sound, options);
    this.#options = options;
  }

  video(options: VideoEncoderOptions, onAccessUnit: (unit: AccessUnit) => void): VideoEncoder {
    return new X264Encoder(options, onAccessUnit, this.#options);
  }

  audio(onFrame: (frame: Uint8Array) => void): AudioEncoder {
    return this.#sound.audio(onFrame);
  }
}

class X264Encoder implements VideoEncoder {
  readonly name: string;
  readonly slots: readonly Uint8Array[];
  readonly #child: EncoderChild;
  #next = 0;

  constructor(options: VideoEncoderOptions, onAccessUnit: (unit: AccessUnit) => void, { version = '', path, stuckAfterMs }: X264Options) {
    this.name = `libx264 ${version} in shared memory`;
    const { widthPx, heightPx } = options;
    const canvasBytes = (widthPx * heightPx * 3) / 2;
    const { fd, bytes, forget } = native().sharedMemory(canvasBytes * SLOTS);
    this.slots = Array.from({ length: SLOTS }, (_, slot) => bytes.subarray(slot * canvasBytes, (slot + 1) * canvasBytes));
    const splitter = new X264Splitter((unit) => {
      onAccessUnit(unit);
      this.#child.acknowledge();
    });
    try {
      this.#child = new EncoderChild({
        name: 'libx264',
        path: path ?? programFiles.x264,
        args: argsOf(options),
        fd,
        maxInFlight: FRAMES_HELD_BY_ENCODER - 1,
        acknowledged: true,
        onOutput: (chunk) => splitter.push(chunk),
        ...(stuckAfterMs === undefined ? {} : { stuckAfterMs }),
      });
    } finally {
      forget();
    }
  }

  write(canvas: Uint8Array, changed?: readonly RectPx[]): Promise<void> {
    return this.#child.write(x264Messages.frame(this.#slotOf(canvas), changed));
  }

  end(): Promise<void> {
    return this.#child.end();
  }

  close(): void {
    this.#child.close();
  }

  /** A canvas that lies elsewhere is copied. */
  #slotOf(canvas: Uint8Array): number {
    const own = this.slots.indexOf(canvas);
    if (own >= 0) return own;
    this.#next = (this.#next + 1) % SLOTS;
    const slot = this.slots[this.#next];
    if (slot?.length !== canvas.length) throw new AppError('encoder_failed', 'A canvas is not of the size that was agreed.', { audience: 'operator' });
    slot.set(canvas);
    return this.#next;
  }
}

function argsOf({ widthPx, heightPx, gopFrames, preset, rate }: VideoEncoderOptions): string[] {
  const numbers = [widthPx, heightPx, SLOTS, gopFrames].map(String);
  return [...numbers, preset, ...('qp' in rate ? ['qp', `${rate.qp}`] : ['crf', `${rate.crf}`, `${rate.maxKbitPerS}`])];
}

import { programFiles } from '../../../core/paths.js';
import { annexBEncoder } from '../annexb-encoder.js';
import { EncoderChild } from '../encoder-child.js';
import { FRAMES_HELD_BY_ENCODER, type AccessUnit, type AudioEncoder, type EncoderFactory, type VideoEncoder, type VideoEncoderOptions } from '../encoder.js';
import { withColour } from '../sps.js';
import { isHardware } from '../verdict.js';
import { pipelineOf, type GstreamerElement } from './pipeline.js';

export interface GstreamerEncodersOptions {
  element: GstreamerElement;
  /** GStreamer's. */
  version: string;
  /**
   * Makes the sound. GStreamer's AAC encoders are not on every machine, and each begins with a priming of its
   * own; ffmpeg is there in any case, for cards and posters.
   */
  sound: Pick<EncoderFactory, 'audio'>;
  stuckAfterMs?: number;
}

/** H.264 by an element of GStreamer, in a child process (design section 4). */
export class GstreamerEncoders implements EncoderFactory {
  readonly onlyPreset?: string;
  readonly #options: GstreamerEncodersOptions;

  constructor(options: GstreamerEncodersOptions) {
    this.#options = options;
    if (isHardware(options.element)) this.onlyPreset = 'hardware';
  }

  video(options: VideoEncoderOptions, onAccessUnit: (unit: AccessUnit) => void): VideoEncoder {
    const { element, version, stuckAfterMs } = this.#options;
    const start = (onOutput: (chunk: Buffer) => void): EncoderChild =>
      new EncoderChild({
        name: 'GStreamer',
        path: process.execPath,
        args: [programFiles.gstreamerProcess, 'encode', pipelineOf(element, options)],
        maxInFlight: FRAMES_HELD_BY_ENCODER - 1,
        onOutput,
        ...(stuckAfterMs === undefined ? {} : { stuckAfterMs }),
      });
    return annexBEncoder(`GStreamer ${version} ${element}`, start, isHardware(element) ? (unit) => onAccessUnit(coloured(unit)) : onAccessUnit);
  }

  audio(onFrame: (frame: Uint8Array) => void): AudioEncoder {
    return this.#options.sound.audio(onFrame);
  }
}

/** Elements for hardware pass no colours on to it. */
function coloured(unit: AccessUnit): AccessUnit {
  const { parameterSets } = unit;
  return parameterSets ? { ...unit, parameterSets: { ...parameterSets, sps: withColour(parameterSets.sps) } } : unit;
}

import type { EncoderName } from '../../core/encoder-names.js';
import type { EncoderFactory } from './encoder.js';
import type { FfmpegBinary } from './ffmpeg-binary.js';
import { FfmpegEncoders } from './ffmpeg-encoders.js';
import { requireElement } from './gstreamer/find.js';
import { GstreamerEncoders } from './gstreamer/gstreamer-encoders.js';
import { hasX264, X264Encoders, x264Version } from './x264-encoders.js';

/** What encodes pictures where nobody has chosen. */
export function defaultEncoder(): EncoderName {
  return hasX264() ? 'libx264' : 'ffmpeg';
}

/** Opens the encoders of a movie. Throws `AppError` `encoder_missing` where the one that is named is not there. */
export async function openEncoders(name: EncoderName, ffmpeg: FfmpegBinary): Promise<EncoderFactory> {
  const sound = new FfmpegEncoders(ffmpeg);
  if (name === 'ffmpeg') return sound;
  if (name === 'libx264') return new X264Encoders(ffmpeg, { version: await x264Version() });
  const { version } = await requireElement(name);
  return new GstreamerEncoders({ element: name, version, sound });
}

import { EncoderChild, type EncoderChildOptions } from './encoder-child.js';

const QUIET = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'];

/** Starts an ffmpeg that says nothing but errors. */
export function startFfmpeg(options: Omit<EncoderChildOptions, 'name' | 'env'>): EncoderChild {
  return new EncoderChild({ ...options, name: 'ffmpeg', args: [...QUIET, ...options.args] });
}

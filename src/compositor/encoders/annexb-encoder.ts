import { AnnexBSplitter } from './annexb.js';
import type { EncoderChild } from './encoder-child.js';
import type { AccessUnit, VideoEncoder } from './encoder.js';

/** The video encoder that a child is which takes canvases on its input and writes a byte stream (ITU-T H.264 annex B). */
export function annexBEncoder(
  name: string,
  start: (onOutput: (chunk: Buffer) => void) => EncoderChild,
  onAccessUnit: (unit: AccessUnit) => void,
): VideoEncoder {
  const splitter = new AnnexBSplitter(onAccessUnit);
  const child = start((chunk) => splitter.push(chunk));
  return {
    name,
    write: (canvas) => child.write(canvas),
    end: async () => {
      await child.end();
      splitter.flush();
    },
    close: () => child.close(),
  };
}

import { native } from '../../../native/index.js';
import { openVideoDecoder } from '../../../src/compositor/video/decoders.js';
import type { CodecName } from '../../../src/core/media.js';
import { picture, samples } from './pictures.js';

export interface Streams {
  video: { codec: CodecName; frames: Uint8Array[] }[];
  sound: Uint8Array[];
}

/** One number for every sample of every picture and sound, through each part of the addon. */
export function checksumOfAll({ video, sound }: Streams): number {
  const addon = native();
  const sounds = new addon.OpusDecoder();
  let checksum = 0;
  for (const { codec, frames } of video) {
    const pictures = openVideoDecoder(addon, codec);
    for (const frame of frames) {
      const decoded = pictures.decode(frame);
      if (!decoded) continue;
      const canvas = picture(200, 100);
      const whole = { x: 0, y: 0, width: decoded.width, height: decoded.height };
      addon.scale(canvas, { x: 0, y: 0, width: 200, height: 100 }, decoded, whole, true);
      checksum = addon.crc32c(samples(decoded), addon.crc32c(samples(canvas), checksum));
    }
    pictures.close();
  }
  for (const packet of sound) {
    const decoded = sounds.decode(packet);
    checksum = addon.crc32c(new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.byteLength), checksum);
  }
  sounds.close();
  return checksum;
}

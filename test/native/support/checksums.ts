import { native } from '../../../native/index.js';
import { picture, samples } from './pictures.js';

export interface Streams {
  video: Uint8Array[];
  sound: Uint8Array[];
}

/** One number for every sample of every picture and sound, through each part of the addon. */
export function checksumOfAll({ video, sound }: Streams): number {
  const addon = native();
  const pictures = new addon.Vp8Decoder();
  const sounds = new addon.OpusDecoder();
  let checksum = 0;
  for (const frame of video) {
    const decoded = pictures.decode(frame);
    if (!decoded) continue;
    const canvas = picture(200, 100);
    const whole = { x: 0, y: 0, width: decoded.width, height: decoded.height };
    addon.scale(canvas, { x: 0, y: 0, width: 200, height: 100 }, decoded, whole, true);
    checksum = addon.crc32c(samples(decoded), addon.crc32c(samples(canvas), checksum));
  }
  for (const packet of sound) {
    const decoded = sounds.decode(packet);
    checksum = addon.crc32c(new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.byteLength), checksum);
  }
  pictures.close();
  sounds.close();
  return checksum;
}

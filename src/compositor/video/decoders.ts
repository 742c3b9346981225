import type { NativeAddon, VideoDecoder } from '../../../native/index.js';
import type { CodecName } from '../../core/media.js';

export type Decoders = Pick<NativeAddon, 'Vp8Decoder' | 'Vp9Decoder' | 'Av1Decoder' | 'H264Decoder' | 'OpusDecoder'>;

/** A decoder of the codec. Throws where there is none. */
export function openVideoDecoder(native: Decoders, codec: CodecName): VideoDecoder {
  switch (codec) {
    case 'VP8':
      return new native.Vp8Decoder();
    case 'VP9':
      return new native.Vp9Decoder();
    case 'AV1':
      return new native.Av1Decoder();
    case 'H264':
      return new native.H264Decoder();
    default:
      throw new Error(`no decoder of ${codec}`);
  }
}

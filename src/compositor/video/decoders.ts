import type { DecodedPicture, NativeAddon, VideoDecoder } from '../../../native/index.js';
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

/** Decodes a track whose codec may change: at any time one decoder is open, that of the newest frame. */
export class TrackDecoder {
  readonly #open: (codec: CodecName) => VideoDecoder;
  #current: { codec: CodecName; decoder: VideoDecoder } | null = null;

  /** `open` may throw: then nothing of that codec is decoded. */
  constructor(open: (codec: CodecName) => VideoDecoder) {
    this.#open = open;
  }

  /** As `VideoDecoder.decode`; throws where the codec has no decoder, too. */
  decode({ codec, data }: { codec: CodecName; data: Uint8Array }): DecodedPicture | null {
    if (this.#current?.codec !== codec) {
      this.close();
      this.#current = { codec, decoder: this.#open(codec) };
    }
    return this.#current.decoder.decode(data);
  }

  /** Twice is fine; the next `decode` opens a decoder again. */
  close(): void {
    this.#current?.decoder.close();
    this.#current = null;
  }
}

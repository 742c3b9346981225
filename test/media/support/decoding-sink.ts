import { native } from '../../../native/index.js';
import { TrackDecoder, openVideoDecoder } from '../../../src/compositor/video/decoders.js';
import { FrameBuffer } from '../../../src/compositor/video/frame-buffer.js';
import type { CodecName, TrackSink } from '../../../src/core/media.js';

export interface DecodedFrame {
  codec: CodecName;
  keyframe: boolean;
  widthPx: number;
  heightPx: number;
}

/** What the recorder would make of a track: takes its packets and decodes them as they come. */
export class DecodingSink implements TrackSink {
  /** In the order of their coming. */
  readonly codecs: CodecName[] = [];
  readonly pictures: DecodedFrame[] = [];
  failed = 0;
  hasEnded = false;
  readonly #buffer = new FrameBuffer();
  readonly #decoder = new TrackDecoder((codec) => openVideoDecoder(native(), codec));

  setCodec({ payloadType, name }: { payloadType: number; name: CodecName }): void {
    this.codecs.push(name);
    this.#buffer.setFormat(payloadType, name);
  }

  rtp(packet: Uint8Array, arrivalUs: number): void {
    this.#buffer.push(packet.slice(), arrivalUs, (timestamp) => timestamp);
    for (let frame = this.#buffer.next(() => true); frame; frame = this.#buffer.next(() => true)) {
      const { codec, keyframe } = frame;
      try {
        const picture = this.#decoder.decode(frame);
        if (picture) this.pictures.push({ codec, keyframe, widthPx: picture.width, heightPx: picture.height });
      } catch {
        this.failed++;
        this.#buffer.breakChain();
      }
    }
  }

  senderReport(): void {}

  ended(): void {
    this.hasEnded = true;
  }

  close(): void {
    this.#decoder.close();
  }
}

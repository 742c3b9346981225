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

/** A packet that is sent again comes within this time, in units of RTP's 90 kHz; as the recorder, the sink waits for it. */
const PATIENCE = 45_000;

/** What the recorder would make of a track: takes its packets and decodes them in their order. */
export class DecodingSink implements TrackSink {
  /** In the order of their coming. */
  readonly codecs: CodecName[] = [];
  readonly pictures: DecodedFrame[] = [];
  failed = 0;
  hasEnded = false;
  readonly #buffer = new FrameBuffer();
  #newest = 0;
  readonly #decoder = new TrackDecoder((codec) => openVideoDecoder(native(), codec));

  setCodec({ payloadType, name }: { payloadType: number; name: CodecName }): void {
    this.codecs.push(name);
    this.#buffer.setFormat(payloadType, name);
  }

  rtp(packet: Uint8Array, arrivalUs: number): void {
    this.#buffer.push(packet.slice(), arrivalUs, (timestamp) => {
      this.#newest = Math.max(this.#newest, timestamp);
      return timestamp;
    });
    this.#decode((timestamp) => timestamp <= this.#newest - PATIENCE);
  }

  #decode(due: (timestamp: number) => boolean): void {
    for (let frame = this.#buffer.next(due); frame; frame = this.#buffer.next(due)) {
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

  /** Decodes what is left. */
  close(): void {
    this.#decode(() => true);
    this.#decoder.close();
  }
}

import type { CodecName, SizePx } from '../../core/media.js';
import { OBU, parseAv1Payload, parseObu, sequenceSize } from './av1.js';
import { h264Keyframe, nalPieces } from './h264.js';
import { parseVp8Descriptor } from './vp8.js';
import { parseVp9Descriptor } from './vp9.js';

/** What the SFU goes by in a packet, whatever its payload format. Pure. */

/** Numbers of a picture that count on from packet to packet, and where they stand in the payload. */
export interface PictureNumbers {
  /** 7 or 15 bits, see `pictureIdBits`; null where absent. */
  pictureId: number | null;
  pictureIdBits: 0 | 7 | 15;
  pictureIdAt: number;
  tl0PicIdx: number | null;
  tl0PicIdxAt: number;
}

export interface PayloadFacts {
  /** The first packet of a keyframe: a stream can be entered here. */
  keyframe: boolean;
  /** Size of that keyframe, where it is told. */
  size: SizePx | null;
  numbers: PictureNumbers | null;
}

const NOTHING: PayloadFacts = { keyframe: false, size: null, numbers: null };

/** Null where the payload is not of its format. */
export function payloadFacts(codec: CodecName, payload: Uint8Array): PayloadFacts | null {
  switch (codec) {
    case 'VP8': {
      const vp8 = parseVp8Descriptor(payload);
      if (vp8 === null) return null;
      const { keyframe, widthPx, heightPx } = vp8;
      return { keyframe, size: widthPx === null || heightPx === null ? null : { widthPx, heightPx }, numbers: vp8 };
    }
    case 'H264': {
      const pieces = nalPieces(payload);
      if (pieces === null) return null;
      const keyframe = h264Keyframe(pieces);
      return keyframe === null ? NOTHING : { keyframe: true, size: keyframe.size, numbers: null };
    }
    case 'VP9': {
      const vp9 = parseVp9Descriptor(payload);
      return vp9 && { keyframe: vp9.keyframe, size: vp9.size, numbers: vp9 };
    }
    case 'AV1': {
      const av1 = parseAv1Payload(payload);
      if (av1 === null || !av1.newSequence) return av1 && NOTHING;
      const header = av1.elements.map(parseObu).find((obu) => obu?.type === OBU.sequenceHeader);
      return { keyframe: true, size: header ? sequenceSize(header.body) : null, numbers: null };
    }
    case 'opus':
      return NOTHING;
  }
}

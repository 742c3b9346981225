import type { CodecName } from '../../core/media.js';
import { OBU, parseAv1Payload, parseObu, sizedHeader } from '../../media/rtp/av1.js';
import { NAL, beginsPicture, nalPieces } from '../../media/rtp/h264.js';
import { parseVp8Descriptor } from '../../media/rtp/vp8.js';
import { parseVp9Descriptor } from '../../media/rtp/vp9.js';

/** How coded pictures lie in RTP packets, one payload format for each codec. Pure. */

/** Names of a picture and of those that it needs, as far as its format tells. */
export interface PictureLink {
  pictureId: number | null;
  /** 0 where there is no picture id. */
  pictureIdBits: number;
  tl0PicIdx: number | null;
  temporalId: number | null;
  /** This picture needs only the base layer of all that came before (RFC 7741 section 4.2, Y). */
  layerSync?: boolean;
  /** Pictures of higher layers that follow need none of a higher layer before this one (RFC 9628 section 4.2, U). */
  switchUp?: boolean;
}

/** One packet's share of a coded picture. */
export interface Part {
  /** It can be the picture's first. */
  start: boolean;
  /** It tells that the picture needs no other. */
  keyframe: boolean;
  /** Null where the format tells nothing: then any loss breaks the chain of references. */
  link: PictureLink | null;
  /** What `join` takes. */
  payload: Uint8Array;
}

export interface PayloadFormat {
  /** Null where the payload is not of this format. */
  read(payload: Uint8Array): Part | null;
  /** The coded picture as a decoder takes it, from all its packets' payloads; null where they make none. */
  join(payloads: readonly Uint8Array[]): Uint8Array | null;
}

const vp8: PayloadFormat = {
  read(payload) {
    const descriptor = parseVp8Descriptor(payload);
    if (!descriptor) return null;
    const { startOfPartition, partitionIndex, keyframe, headerBytes } = descriptor;
    return {
      start: startOfPartition && partitionIndex === 0,
      keyframe,
      link: descriptor,
      payload: payload.subarray(headerBytes),
    };
  },
  join: concatenate,
};

/** RFC 9628: a picture is all of its spatial layers' frames, one behind the other, as libvpx takes them. */
const vp9: PayloadFormat = {
  read(payload) {
    const descriptor = parseVp9Descriptor(payload);
    if (!descriptor) return null;
    const { startOfFrame, spatialId, interLayer, keyframe, headerBytes } = descriptor;
    return {
      // Senders may leave out lower layers that nothing in this picture needs.
      start: startOfFrame && ((spatialId ?? 0) === 0 || !interLayer),
      keyframe,
      link: descriptor,
      payload: payload.subarray(headerBytes),
    };
  },
  join: concatenate,
};

/** RFC 6184, packetization modes 0 and 1. It numbers no pictures. */
const h264: PayloadFormat = {
  read(payload) {
    const pieces = nalPieces(payload);
    if (!pieces) return null;
    return {
      start: pieces.some(beginsPicture),
      keyframe: pieces.some(({ type }) => type === NAL.idrSlice),
      link: null,
      payload,
    };
  },
  join: toAnnexB,
};

/** AV1's format. What a picture needs would stand in a header extension that the server does not ask for. */
const av1: PayloadFormat = {
  read(payload) {
    const parsed = parseAv1Payload(payload);
    return parsed && { start: !parsed.continues, keyframe: parsed.newSequence, link: null, payload };
  },
  join: toTemporalUnit,
};

const FORMATS: Partial<Record<CodecName, PayloadFormat>> = { VP8: vp8, VP9: vp9, H264: h264, AV1: av1 };

/** Null for a codec whose packets are not understood. */
export function payloadFormat(codec: CodecName): PayloadFormat | null {
  return FORMATS[codec] ?? null;
}

function concatenate(payloads: readonly Uint8Array[]): Uint8Array {
  const data = new Uint8Array(payloads.reduce((sum, payload) => sum + payload.length, 0));
  let at = 0;
  for (const payload of payloads) {
    data.set(payload, at);
    at += payload.length;
  }
  return data;
}

/** NAL units behind start codes (ITU-T H.264 annex B). */
function toAnnexB(payloads: readonly Uint8Array[]): Uint8Array | null {
  const parts: Uint8Array[] = [];
  let open: number | null = null;
  for (const payload of payloads) {
    for (const { header, body, first, last } of nalPieces(payload) ?? []) {
      if (first !== (open === null) || (open !== null && open !== header)) return null;
      if (first) parts.push(Uint8Array.of(0, 0, 0, 1, header));
      parts.push(body);
      open = last ? null : header;
    }
  }
  return open === null ? concatenate(parts) : null;
}

const TEMPORAL_DELIMITER = Uint8Array.of(0x12, 0x00);

/** OBUs with their sizes behind a temporal delimiter, which packets leave out. */
function toTemporalUnit(payloads: readonly Uint8Array[]): Uint8Array | null {
  const elements: Uint8Array[] = [];
  let open: Uint8Array[] | null = null;
  for (const payload of payloads) {
    const parsed = parseAv1Payload(payload);
    if (!parsed || parsed.continues !== (open !== null)) return null;
    for (const [index, element] of parsed.elements.entries()) {
      const pieces: Uint8Array[] = open ?? [];
      pieces.push(element);
      open = parsed.continued && index === parsed.elements.length - 1 ? pieces : null;
      if (!open) elements.push(pieces.length === 1 ? element : concatenate(pieces));
    }
  }
  if (open) return null;
  const parts: Uint8Array[] = [TEMPORAL_DELIMITER];
  for (const element of elements) {
    const obu = parseObu(element);
    if (!obu) return null;
    if (obu.type === OBU.temporalDelimiter || obu.type === OBU.tileList || obu.type === OBU.padding) continue;
    parts.push(sizedHeader(obu), obu.body);
  }
  return concatenate(parts);
}

import type { SizePx } from '../../core/media.js';
import { OBU, parseObu, sequenceSize, sizedHeader } from '../../media/rtp/av1.js';
import { BitReader } from '../../media/rtp/bits.js';
import { spsSize } from '../../media/rtp/h264.js';
import { keyframeSize } from '../../media/rtp/vp9.js';
import { toAccessUnit } from '../encoders/annexb.js';
import type { ParameterSets } from '../encoders/encoder.js';
import type { EncodedFrame } from '../video/frame-buffer.js';

/** How coded pictures stand in Matroska. */
export interface VideoFormat {
  codecId: string;
  codecPrivate: Uint8Array | null;
  size: SizePx;
  webm: boolean;
  extension: 'webm' | 'mkv';
  /** A frame's bytes as the file has them; null where there is nothing in it. */
  frame(frame: EncodedFrame): Uint8Array | null;
}

/** Where a keyframe does not tell it. */
const USUAL_SIZE: SizePx = { widthPx: 1280, heightPx: 720 };

/** By the keyframe that a file begins with; null where it cannot begin so, or for other codecs. */
export function videoFormat(keyframe: EncodedFrame): VideoFormat | null {
  const { codec, data } = keyframe;
  switch (codec) {
    case 'VP8':
      return webm('V_VP8', vp8Size(data));
    case 'VP9':
      return webm('V_VP9', keyframeSize(data));
    case 'H264':
      return h264(data);
    case 'AV1':
      return av1(data);
    default:
      return null;
  }
}

function webm(codecId: string, size: SizePx | null): VideoFormat {
  return { codecId, codecPrivate: null, size: size ?? USUAL_SIZE, webm: true, extension: 'webm', frame: ({ data }) => data };
}

/** RFC 6386 section 9.1. */
function vp8Size(data: Uint8Array): SizePx | null {
  if (data.length < 10) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return { widthPx: view.getUint16(6, true) & 0x3fff, heightPx: view.getUint16(8, true) & 0x3fff };
}

/** Begins every temporal unit, and is left out in Matroska (its AV1 mapping, "Block Data"). */
const DELIMITER_BYTES = 2;

function av1(keyframe: Uint8Array): VideoFormat | null {
  const header = parseObu(keyframe.subarray(DELIMITER_BYTES));
  if (header?.type !== OBU.sequenceHeader) return null;
  const codecPrivate = Buffer.concat([av1Configuration(header.body), sizedHeader(header), header.body]);
  return { ...webm('V_AV1', sequenceSize(header.body)), codecPrivate, frame: ({ data }) => data.subarray(DELIMITER_BYTES) };
}

/** AV1CodecConfigurationRecord for 8 bits and 4:2:0, all that browsers send ("AV1 Codec ISO Media File Format Binding", section 2.3.3). */
function av1Configuration(sequenceHeader: Uint8Array): Uint8Array {
  const reader = new BitReader(sequenceHeader);
  const profile = reader.bits(3);
  reader.flag();
  const reduced = reader.flag();
  // Behind timing information the level is hard to find; 4.0 is that of 1080p30.
  const level = reduced ? reader.bits(5) : reader.bits(2) === 0 ? (reader.bits(17), reader.bits(5)) : 8;
  return Uint8Array.of(0x81, (profile << 5) | level, 0x0c, 0);
}

/** Not WebM's. Parameter sets that change on the way stand in front of their picture. */
function h264(keyframe: Uint8Array): VideoFormat | null {
  const sets = toAccessUnit(keyframe)?.parameterSets;
  if (!sets) return null;
  return {
    codecId: 'V_MPEG4/ISO/AVC',
    codecPrivate: decoderConfiguration(sets),
    size: spsSize(sets.sps.subarray(1)) ?? USUAL_SIZE,
    webm: false,
    extension: 'mkv',
    frame: ({ data }) => {
      const unit = toAccessUnit(data);
      if (!unit) return null;
      const { parameterSets } = unit;
      return parameterSets && !same(parameterSets, sets) ? Buffer.concat([prefixed(parameterSets.sps), prefixed(parameterSets.pps), unit.data]) : unit.data;
    },
  };
}

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1.2). */
function decoderConfiguration({ sps, pps }: ParameterSets): Uint8Array {
  const length = (bytes: Uint8Array): Uint8Array => Uint8Array.of(bytes.length >> 8, bytes.length & 0xff);
  const head = Uint8Array.of(1, sps[1] ?? 66, sps[2] ?? 0, sps[3] ?? 31, 0xff, 0xe1);
  const high = (sps[1] ?? 66) >= 100 ? [Uint8Array.of(0xfd, 0xf8, 0xf8, 0)] : [];
  return Buffer.concat([head, length(sps), sps, Uint8Array.of(1), length(pps), pps, ...high]);
}

function same(a: ParameterSets, b: ParameterSets): boolean {
  return Buffer.compare(a.sps, b.sps) === 0 && Buffer.compare(a.pps, b.pps) === 0;
}

function prefixed(nal: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + nal.length);
  bytes.writeUInt32BE(nal.length);
  bytes.set(nal, 4);
  return bytes;
}


import type { CodecName } from '../../src/core/media.js';
import { buildRtp } from '../../src/media/rtp/packet.js';
import { nalUnits } from './coded-video.js';

/** Coded pictures as payloads of RTP, the sender's side of what the program reads. */

export interface Packetising {
  /** Default 1,100. */
  maxBytes?: number;
  /** H.264: no aggregates and fragments; the encoder has to cut its slices short enough. */
  singleNals?: boolean;
}

/** The payloads of one coded picture; `number` counts pictures. */
export function payloadsOf(codec: CodecName, frame: Uint8Array, number: number, options: Packetising = {}): Uint8Array[] {
  switch (codec) {
    case 'VP8':
      return pieces(frame, options).map((piece, i) =>
        // X, S on the first packet; I with a 15-bit picture id (RFC 7741 section 4.2).
        Buffer.concat([Uint8Array.of(i === 0 ? 0x90 : 0x80, 0x80, 0x80 | ((number >> 8) & 0x7f), number & 0xff), piece]),
      );
    case 'VP9':
      return pieces(frame, options).map((piece, i, all) =>
        // I, P of all but keyframes, B and E; a 15-bit picture id (RFC 9628 section 4.2).
        Buffer.concat([Uint8Array.of(0x80 | (isVp9Inter(frame) ? 0x40 : 0) | (i === 0 ? 0x08 : 0) | (i === all.length - 1 ? 0x04 : 0), 0x80 | ((number >> 8) & 0x7f), number & 0xff), piece]),
      );
    case 'H264':
      return h264Payloads(nalUnits(frame), options);
    default:
      throw new Error(`no packets for ${codec}`);
  }
}

/** VP9 bitstream specification section 6.2: frame marker, profile, show_existing_frame, frame_type. */
function isVp9Inter(frame: Uint8Array): boolean {
  return ((frame[0] ?? 0) & 0x04) !== 0;
}

function pieces(data: Uint8Array, { maxBytes = 1_100 }: Packetising): Uint8Array[] {
  const count = Math.max(1, Math.ceil(data.length / maxBytes));
  return Array.from({ length: count }, (_, i) => data.subarray(i * maxBytes, (i + 1) * maxBytes));
}

/** RFC 6184: parameter sets together as a STAP-A (section 5.7.1), long units as FU-As (5.8), others alone (5.6). */
function h264Payloads(units: Uint8Array[], options: Packetising): Uint8Array[] {
  if (options.singleNals) return units;
  const isSet = (unit: Uint8Array): boolean => [6, 7, 8].includes((unit[0] ?? 0) & 0x1f);
  const sets = units.filter(isSet);
  const lengths = (unit: Uint8Array): Uint8Array => Buffer.concat([Uint8Array.of(unit.length >> 8, unit.length & 0xff), unit]);
  const head = sets.length > 1 ? [Buffer.concat([Uint8Array.of(0x78), ...sets.map(lengths)])] : sets;
  const slices = units.filter((unit) => !isSet(unit)).flatMap((unit) => {
    if (unit.length <= (options.maxBytes ?? 1_100)) return [unit];
    const parts = pieces(unit.subarray(1), options);
    const header = unit[0] ?? 0;
    return parts.map((part, i) =>
      Buffer.concat([Uint8Array.of((header & 0xe0) | 28, (header & 0x1f) | (i === 0 ? 0x80 : 0) | (i === parts.length - 1 ? 0x40 : 0)), part]),
    );
  });
  return [...head, ...slices];
}

export interface SentPacket {
  frame: number;
  data: Uint8Array;
}

export interface Sending extends Packetising {
  firstSequence: number;
  firstTimestamp?: number;
  payloadType?: number;
  /** Number of the first picture. */
  firstFrame?: number;
}

/** RTP packets of coded pictures, 30 a second. */
export function packetsOf(codec: CodecName, frames: readonly Uint8Array[], sending: Sending): SentPacket[] {
  const { firstSequence, firstTimestamp = 2 ** 32 - 20_000, payloadType = 96, firstFrame = 0 } = sending;
  let sequence = firstSequence;
  return frames.flatMap((frame, index) => {
    const number = firstFrame + index;
    const payloads = payloadsOf(codec, frame, number, sending);
    return payloads.map((payload, i) => {
      const marker = i === payloads.length - 1;
      const header = { marker, payloadType, sequence: sequence++ & 0xffff, timestamp: (firstTimestamp + number * 3_000) % 2 ** 32, ssrc: 7, extensions: [] };
      return { frame: number, data: buildRtp(header, payload) };
    });
  });
}

import type { CodecName } from '../../src/core/media.js';
import { SERVER_EXTENSION_IDS } from '../../src/media/rtp/extensions.js';
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
    case 'AV1':
      return av1Payloads(frame, options);
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

/**
 * AV1's payload format, section 4: each OBU without its size, cut where a packet is full. The temporal delimiter is left
 * out. Small OBUs share a packet, each with its length (W of 0), or the last one without (W of 2).
 */
function av1Payloads(unit: Uint8Array, { maxBytes = 1_100 }: Packetising): Uint8Array[] {
  const obus: Uint8Array[] = [];
  let keyframe = false;
  for (let at = 0; at < unit.length; ) {
    const first = unit[at] ?? 0;
    const type = (first >> 3) & 15;
    const headerBytes = first & 4 ? 2 : 1;
    let [size, sizeBytes] = [0, 0];
    for (let more = true; more; sizeBytes++) {
      const byte = unit[at + headerBytes + sizeBytes] ?? 0;
      size += (byte & 127) * 2 ** (7 * sizeBytes);
      more = (byte & 128) !== 0;
    }
    const bodyAt = at + headerBytes + sizeBytes;
    keyframe ||= type === 1;
    if (type !== 2) obus.push(Buffer.concat([Uint8Array.of(first & ~2, ...unit.subarray(at + 1, at + headerBytes)), unit.subarray(bodyAt, bodyAt + size)]));
    at = bodyAt + size;
  }
  const payloads: Uint8Array[] = [];
  let head = obus[0];
  const rest = obus.slice(1);
  if (keyframe && head && rest[0] && head.length < 64) {
    // The sequence header shares the first packet with the beginning of what follows it.
    const room = Math.min(rest[0].length, maxBytes - head.length);
    const whole = room === rest[0].length;
    payloads.push(Buffer.concat([Uint8Array.of((whole ? 0 : 0x40) | 0x20 | 0x08, head.length), head, rest[0].subarray(0, room)]));
    if (whole) rest.shift();
    else rest[0] = rest[0].subarray(room);
    head = undefined;
    if (!whole) return [...payloads, ...fragments(rest.shift()!, true, maxBytes), ...rest.flatMap((obu) => fragments(obu, false, maxBytes))];
  }
  const all = head ? [head, ...rest] : rest;
  return [...payloads, ...all.flatMap((obu) => fragments(obu, false, maxBytes))];
}

function fragments(obu: Uint8Array, continues: boolean, maxBytes: number): Uint8Array[] {
  const parts = pieces(obu, { maxBytes });
  return parts.map((part, i) =>
    Buffer.concat([Uint8Array.of((i > 0 || continues ? 0x80 : 0) | (i < parts.length - 1 ? 0x40 : 0) | 0x10), part]),
  );
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
  /** What the last packet of a picture says: clockwise, degrees. */
  rotation?: (frame: number) => 0 | 90 | 180 | 270 | null;
}

/** RTP packets of coded pictures, 30 a second. */
export function packetsOf(codec: CodecName, frames: readonly Uint8Array[], sending: Sending): SentPacket[] {
  const { firstSequence, firstTimestamp = 2 ** 32 - 20_000, payloadType = 96, firstFrame = 0 } = sending;
  let sequence = firstSequence;
  return frames.flatMap((frame, index) => {
    const number = firstFrame + index;
    const payloads = payloadsOf(codec, frame, number, sending);
    const turn = sending.rotation?.(number) ?? null;
    return payloads.map((payload, i) => {
      const marker = i === payloads.length - 1;
      const extensions = marker && turn !== null ? [{ id: SERVER_EXTENSION_IDS.videoOrientation, data: Uint8Array.of(turn / 90) }] : [];
      const header = { marker, payloadType, sequence: sequence++ & 0xffff, timestamp: (firstTimestamp + number * 3_000) % 2 ** 32, ssrc: 7, extensions };
      return { frame: number, data: buildRtp(header, payload) };
    });
  });
}

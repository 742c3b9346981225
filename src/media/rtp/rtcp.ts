import type { SenderReport } from '../../core/media.js';
import { readU16, readU24, readU32, writeU16, writeU24, writeU32 } from './bytes.js';

/** RTCP (RFC 3550 section 6, feedback of RFC 4585 and RFC 5104, REMB of draft-alvestrand-rmcat-remb-03). */

export interface ReportBlock {
  ssrc: number;
  /** Share of packets lost since the last report, in 1/256. */
  fractionLost: number;
  /** Signed, 24 bits. */
  cumulativeLost: number;
  highestSequence: number;
  /** Timestamp units. */
  jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report; 0 for none. */
  lastSenderReport: number;
  /** Since that report came in, in 1/65536 s. */
  delaySinceLastSenderReport: number;
}

export type RtcpPacket =
  | { type: 'sender-report'; ssrc: number; report: SenderReport; packets: number; octets: number; blocks: ReportBlock[] }
  | { type: 'receiver-report'; ssrc: number; blocks: ReportBlock[] }
  | { type: 'nack'; mediaSsrc: number; sequences: number[] }
  | { type: 'pli'; mediaSsrc: number }
  | { type: 'fir'; entries: { ssrc: number; sequence: number }[] }
  | { type: 'remb'; bitrateBps: number; ssrcs: number[] }
  | { type: 'bye'; ssrcs: number[] };

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const DESCRIPTION = 202;
const BYE = 203;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
const BLOCK_BYTES = 24;

/**
 * Reads a compound (or, by RFC 5506, reduced-size) packet. Kinds that the server has no use for are
 * passed over; null where any length goes beyond the datagram.
 */
export function parseRtcp(datagram: Uint8Array): RtcpPacket[] | null {
  const packets: RtcpPacket[] = [];
  let at = 0;
  while (at < datagram.length) {
    if (at + 4 > datagram.length || datagram[at]! >> 6 !== 2) return null;
    const bytes = 4 + readU16(datagram, at + 2) * 4;
    if (at + bytes > datagram.length) return null;
    const packet = parseOne(datagram.subarray(at, at + bytes));
    if (packet === 'malformed') return null;
    if (packet !== null) packets.push(packet);
    at += bytes;
  }
  return packets;
}

function parseOne(packet: Uint8Array): RtcpPacket | null | 'malformed' {
  const count = packet[0]! & 0x1f;
  switch (packet[1]) {
    case SENDER_REPORT: {
      const blocks = readBlocks(packet, 28, count);
      if (blocks === null) return 'malformed';
      return {
        type: 'sender-report',
        ssrc: readU32(packet, 4),
        report: {
          ntpSeconds: readU32(packet, 8),
          ntpFraction: readU32(packet, 12),
          rtpTimestamp: readU32(packet, 16),
        },
        packets: readU32(packet, 20),
        octets: readU32(packet, 24),
        blocks,
      };
    }
    case RECEIVER_REPORT: {
      const blocks = readBlocks(packet, 8, count);
      return blocks === null ? 'malformed' : { type: 'receiver-report', ssrc: readU32(packet, 4), blocks };
    }
    case BYE: {
      if (packet.length < 4 + count * 4) return 'malformed';
      return { type: 'bye', ssrcs: Array.from({ length: count }, (_, i) => readU32(packet, 4 + i * 4)) };
    }
    case TRANSPORT_FEEDBACK:
      if (packet.length < 12) return 'malformed';
      return count === 1 ? { type: 'nack', mediaSsrc: readU32(packet, 8), sequences: readNackItems(packet) } : null;
    case PAYLOAD_FEEDBACK:
      if (packet.length < 12) return 'malformed';
      return parsePayloadFeedback(packet, count);
    default:
      return null;
  }
}

function parsePayloadFeedback(packet: Uint8Array, format: number): RtcpPacket | null | 'malformed' {
  switch (format) {
    case 1:
      return { type: 'pli', mediaSsrc: readU32(packet, 8) };
    case 4: {
      const entries: { ssrc: number; sequence: number }[] = [];
      for (let at = 12; at + 8 <= packet.length; at += 8) {
        entries.push({ ssrc: readU32(packet, at), sequence: packet[at + 4]! });
      }
      return { type: 'fir', entries };
    }
    case 15: {
      const isRemb = packet.length >= 20 && readU32(packet, 12) === 0x52454d42;
      if (!isRemb) return null;
      const count = packet[16]!;
      if (packet.length < 20 + count * 4) return 'malformed';
      const exponent = packet[17]! >> 2;
      const mantissa = ((packet[17]! & 3) << 16) | readU16(packet, 18);
      const ssrcs = Array.from({ length: count }, (_, i) => readU32(packet, 20 + i * 4));
      return { type: 'remb', bitrateBps: mantissa * 2 ** exponent, ssrcs };
    }
    default:
      return null;
  }
}

function readBlocks(packet: Uint8Array, start: number, count: number): ReportBlock[] | null {
  if (packet.length < start + count * BLOCK_BYTES) return null;
  return Array.from({ length: count }, (_, i) => {
    const at = start + i * BLOCK_BYTES;
    return {
      ssrc: readU32(packet, at),
      fractionLost: packet[at + 4]!,
      cumulativeLost: (readU24(packet, at + 5) << 8) >> 8,
      highestSequence: readU32(packet, at + 8),
      jitter: readU32(packet, at + 12),
      lastSenderReport: readU32(packet, at + 16),
      delaySinceLastSenderReport: readU32(packet, at + 20),
    };
  });
}

/** RFC 4585 section 6.2.1: each item names one sequence number and a mask of the 16 after it. */
function readNackItems(packet: Uint8Array): number[] {
  const sequences: number[] = [];
  for (let at = 12; at + 4 <= packet.length; at += 4) {
    const first = readU16(packet, at);
    const mask = readU16(packet, at + 2);
    sequences.push(first);
    for (let bit = 0; bit < 16; bit += 1) {
      if (mask & (1 << bit)) sequences.push((first + bit + 1) & 0xffff);
    }
  }
  return sequences;
}

export function writeSenderReport(ssrc: number, report: SenderReport, packets: number, octets: number): Uint8Array {
  const out = header(SENDER_REPORT, 0, 28, ssrc);
  writeU32(out, 8, report.ntpSeconds);
  writeU32(out, 12, report.ntpFraction);
  writeU32(out, 16, report.rtpTimestamp);
  writeU32(out, 20, packets);
  writeU32(out, 24, octets);
  return out;
}

/** At most 31 blocks fit one packet; more are a programming error. */
export function writeReceiverReport(ssrc: number, blocks: readonly ReportBlock[]): Uint8Array {
  const out = header(RECEIVER_REPORT, blocks.length, 8 + blocks.length * BLOCK_BYTES, ssrc);
  blocks.forEach((block, i) => {
    const at = 8 + i * BLOCK_BYTES;
    writeU32(out, at, block.ssrc);
    out[at + 4] = block.fractionLost;
    writeU24(out, at + 5, block.cumulativeLost & 0xffffff);
    writeU32(out, at + 8, block.highestSequence);
    writeU32(out, at + 12, block.jitter);
    writeU32(out, at + 16, block.lastSenderReport);
    writeU32(out, at + 20, block.delaySinceLastSenderReport);
  });
  return out;
}

/** SDES with a CNAME, which a full compound packet has to carry (RFC 3550 section 6.5). */
export function writeDescription(ssrc: number, cname: string): Uint8Array {
  const text = new TextEncoder().encode(cname).subarray(0, 255);
  const out = header(DESCRIPTION, 1, 8 + ((2 + text.length + 1 + 3) & ~3), ssrc);
  out[8] = 1;
  out[9] = text.length;
  out.set(text, 10);
  return out;
}

/** `sequences` sorted in sending order, each 16 bits. */
export function writeNack(senderSsrc: number, mediaSsrc: number, sequences: readonly number[]): Uint8Array {
  const items: { first: number; mask: number }[] = [];
  for (const sequence of sequences) {
    const last = items.at(-1);
    const distance = last === undefined ? 0 : (sequence - last.first) & 0xffff;
    if (last !== undefined && distance >= 1 && distance <= 16) last.mask |= 1 << (distance - 1);
    else if (last === undefined || distance !== 0) items.push({ first: sequence, mask: 0 });
  }
  const out = feedback(TRANSPORT_FEEDBACK, 1, 12 + items.length * 4, senderSsrc, mediaSsrc);
  items.forEach((item, i) => {
    writeU16(out, 12 + i * 4, item.first);
    writeU16(out, 14 + i * 4, item.mask);
  });
  return out;
}

export function writePli(senderSsrc: number, mediaSsrc: number): Uint8Array {
  return feedback(PAYLOAD_FEEDBACK, 1, 12, senderSsrc, mediaSsrc);
}

/** A feedback packet's first 12 bytes in a buffer of `bytes`, a multiple of 4. */
export function feedback(kind: 205 | 206, format: number, bytes: number, senderSsrc: number, mediaSsrc: number): Uint8Array {
  const out = header(kind, format, bytes, senderSsrc);
  writeU32(out, 8, mediaSsrc);
  return out;
}

function header(kind: number, count: number, bytes: number, ssrc: number): Uint8Array {
  const out = new Uint8Array(bytes);
  out[0] = 0x80 | count;
  out[1] = kind;
  writeU16(out, 2, bytes / 4 - 1);
  writeU32(out, 4, ssrc);
  return out;
}

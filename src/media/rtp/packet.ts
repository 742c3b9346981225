import { readU16, readU32, writeU16, writeU32 } from './bytes.js';

/** RTP packets (RFC 3550 section 5.1) and their header extensions (RFC 8285). */

export interface RtpHeader {
  marker: boolean;
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** Where the payload starts: fixed header, CSRCs and extension block. */
  headerBytes: number;
  /** Payload without padding. */
  payloadBytes: number;
  paddingBytes: number;
  /** The extension block's elements; length 0 where there are none. */
  extensionAt: number;
  extensionBytes: number;
  /** RFC 8285 section 4.3: ids and lengths take one byte each. */
  twoByteExtensions: boolean;
}

export interface HeaderExtension {
  /** 1 to 14. */
  id: number;
  /** 1 to 255 bytes. */
  data: Uint8Array;
}

export interface OutgoingHeader {
  marker: boolean;
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  extensions: readonly HeaderExtension[];
}

const FIXED_HEADER_BYTES = 12;

/**
 * Length of the header, which SRTP leaves readable, or -1 where the packet is none or is shorter than
 * its header says.
 */
export function rtpHeaderBytes(packet: Uint8Array): number {
  if (packet.length < FIXED_HEADER_BYTES || packet[0]! >> 6 !== 2) return -1;
  let bytes = FIXED_HEADER_BYTES + (packet[0]! & 0x0f) * 4;
  if (packet[0]! & 0x10) {
    if (packet.length < bytes + 4) return -1;
    bytes += 4 + readU16(packet, bytes + 2) * 4;
  }
  return bytes <= packet.length ? bytes : -1;
}

/** Reads a whole, decrypted packet; null where any of its lengths goes beyond it. */
export function parseRtp(packet: Uint8Array): RtpHeader | null {
  const headerBytes = rtpHeaderBytes(packet);
  if (headerBytes < 0) return null;
  const first = packet[0]!;
  let paddingBytes = 0;
  if (first & 0x20) {
    paddingBytes = packet[packet.length - 1]!;
    if (paddingBytes === 0 || paddingBytes > packet.length - headerBytes) return null;
  }
  const hasExtension = (first & 0x10) !== 0;
  const blockAt = FIXED_HEADER_BYTES + (first & 0x0f) * 4;
  const profile = hasExtension ? readU16(packet, blockAt) : 0;
  const oneByte = profile === 0xbede;
  const twoByte = profile >> 4 === 0x100;
  return {
    marker: packet[1]! >> 7 === 1,
    payloadType: packet[1]! & 0x7f,
    sequence: readU16(packet, 2),
    timestamp: readU32(packet, 4),
    ssrc: readU32(packet, 8),
    headerBytes,
    payloadBytes: packet.length - headerBytes - paddingBytes,
    paddingBytes,
    extensionAt: blockAt + 4,
    extensionBytes: oneByte || twoByte ? headerBytes - blockAt - 4 : 0,
    twoByteExtensions: twoByte,
  };
}

/** The value of one header extension, a view into the packet, or null. */
export function readExtension(packet: Uint8Array, header: RtpHeader, id: number): Uint8Array | null {
  let at = header.extensionAt;
  const end = at + header.extensionBytes;
  while (at < end) {
    const first = packet[at]!;
    if (first === 0) {
      at += 1;
      continue;
    }
    let elementId: number;
    let length: number;
    if (header.twoByteExtensions) {
      if (at + 2 > end) return null;
      elementId = first;
      length = packet[at + 1]!;
      at += 2;
    } else {
      elementId = first >> 4;
      // RFC 8285 section 4.2: id 15 ends the list.
      if (elementId === 15) return null;
      length = (first & 0x0f) + 1;
      at += 1;
    }
    if (at + length > end) return null;
    if (elementId === id) return packet.subarray(at, at + length);
    at += length;
  }
  return null;
}

/** RFC 8285 section 4.2: the longest value in the one-byte form. */
const ONE_BYTE_FORM = 16;

/** A packet without CSRCs and padding, its extensions in the one-byte form where all of them fit it. */
export function buildRtp(header: OutgoingHeader, payload: Uint8Array): Uint8Array {
  const twoByte = header.extensions.some(({ data }) => data.length > ONE_BYTE_FORM);
  let elementBytes = 0;
  for (const extension of header.extensions) elementBytes += (twoByte ? 2 : 1) + extension.data.length;
  const blockBytes = elementBytes === 0 ? 0 : 4 + ((elementBytes + 3) & ~3);
  const packet = new Uint8Array(FIXED_HEADER_BYTES + blockBytes + payload.length);
  packet[0] = 0x80 | (blockBytes > 0 ? 0x10 : 0);
  packet[1] = (header.marker ? 0x80 : 0) | header.payloadType;
  writeU16(packet, 2, header.sequence);
  writeU32(packet, 4, header.timestamp);
  writeU32(packet, 8, header.ssrc);
  if (blockBytes > 0) {
    writeU16(packet, FIXED_HEADER_BYTES, twoByte ? 0x1000 : 0xbede);
    writeU16(packet, FIXED_HEADER_BYTES + 2, blockBytes / 4 - 1);
    let at = FIXED_HEADER_BYTES + 4;
    for (const { id, data } of header.extensions) {
      if (twoByte) {
        packet[at++] = id;
        packet[at++] = data.length;
      } else {
        packet[at++] = (id << 4) | (data.length - 1);
      }
      packet.set(data, at);
      at += data.length;
    }
  }
  packet.set(payload, FIXED_HEADER_BYTES + blockBytes);
  return packet;
}

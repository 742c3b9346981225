import { readU16, writeU16, writeU32 } from './bytes.js';
import type { RtpHeader } from './packet.js';

/** Retransmissions in a stream of their own (RFC 4588 section 4): the payload starts with the original number. */

/** The original packet, or null where the retransmission holds none. */
export function unwrapRtx(packet: Uint8Array, header: RtpHeader, ssrc: number, payloadType: number): Uint8Array | null {
  if (header.payloadBytes < 3) return null;
  const original = new Uint8Array(header.headerBytes + header.payloadBytes - 2);
  original.set(packet.subarray(0, header.headerBytes));
  original.set(packet.subarray(header.headerBytes + 2, header.headerBytes + header.payloadBytes), header.headerBytes);
  // The padding is left behind.
  original[0] = original[0]! & ~0x20;
  original[1] = (original[1]! & 0x80) | payloadType;
  writeU16(original, 2, readU16(packet, header.headerBytes));
  writeU32(original, 8, ssrc);
  return original;
}

/** Payload of a retransmission of the packet with this number. */
export function rtxPayload(sequence: number, payload: Uint8Array): Uint8Array {
  const wrapped = new Uint8Array(payload.length + 2);
  writeU16(wrapped, 0, sequence);
  wrapped.set(payload, 2);
  return wrapped;
}

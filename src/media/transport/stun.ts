import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { readU16, readU32, writeU16, writeU32 } from '../rtp/bytes.js';

/** STUN binding requests of ICE (RFC 8489, RFC 8445 section 7.1), as far as an ICE-lite agent answers them. */

export interface BindingRequest {
  /** 12 bytes, a view. */
  transactionId: Uint8Array;
  /** Part of USERNAME before the colon: the fragment that this server gave out. */
  localFragment: string;
  useCandidate: boolean;
  /** End of what MESSAGE-INTEGRITY covers, and where its value stands. */
  integrityAt: number;
}

const MAGIC_COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const XOR_MAPPED_ADDRESS = 0x0020;
const USE_CANDIDATE = 0x0025;
const FINGERPRINT = 0x8028;
/** ICE requests are about 100 bytes; what is longer is none. */
const MAX_BYTES = 548;
const MAX_ATTRIBUTES = 20;

/** Reads a binding request; null for all else and for whatever does not fit its lengths. */
export function parseBindingRequest(datagram: Uint8Array): BindingRequest | null {
  if (datagram.length < 20 || datagram.length > MAX_BYTES) return null;
  if (readU16(datagram, 0) !== BINDING_REQUEST || readU32(datagram, 4) !== MAGIC_COOKIE) return null;
  if (readU16(datagram, 2) !== datagram.length - 20 || datagram.length % 4 !== 0) return null;
  let username: string | null = null;
  let useCandidate = false;
  let integrityAt = -1;
  let at = 20;
  for (let count = 0; at + 4 <= datagram.length && count < MAX_ATTRIBUTES; count += 1) {
    const type = readU16(datagram, at);
    const length = readU16(datagram, at + 2);
    const value = at + 4;
    if (value + length > datagram.length) return null;
    if (type === USERNAME) username = Buffer.from(datagram.buffer, datagram.byteOffset + value, length).toString('latin1');
    else if (type === USE_CANDIDATE) useCandidate = true;
    else if (type === MESSAGE_INTEGRITY) {
      if (length !== 20) return null;
      // RFC 8489 section 14.5: attributes after the integrity, the fingerprint aside, are ignored.
      integrityAt = at;
      break;
    }
    at = value + ((length + 3) & ~3);
  }
  if (username === null || integrityAt < 0) return null;
  const colon = username.indexOf(':');
  if (colon < 1) return null;
  return { transactionId: datagram.subarray(8, 20), localFragment: username.slice(0, colon), useCandidate, integrityAt };
}

/** Whether the request was made with `password` (RFC 8489 section 14.5). */
export function verifyIntegrity(datagram: Uint8Array, request: BindingRequest, password: string): boolean {
  const covered = Buffer.from(datagram.subarray(0, request.integrityAt));
  covered.writeUInt16BE(request.integrityAt + 24 - 20, 2);
  const expected = createHmac('sha1', password).update(covered).digest();
  return timingSafeEqual(expected, datagram.subarray(request.integrityAt + 4, request.integrityAt + 24));
}

/** The success response with the address that the request came from. */
export function bindingSuccess(transactionId: Uint8Array, address: string, port: number, password: string): Buffer {
  const mapped = addressBytes(address);
  const mappedBytes = 4 + mapped.length;
  const integrityAt = 20 + 4 + mappedBytes;
  const out = Buffer.alloc(integrityAt + 24 + 8);
  writeU16(out, 0, BINDING_SUCCESS);
  writeU32(out, 4, MAGIC_COOKIE);
  out.set(transactionId, 8);
  writeU16(out, 20, XOR_MAPPED_ADDRESS);
  writeU16(out, 22, mappedBytes);
  out[25] = mapped.length === 4 ? 1 : 2;
  writeU16(out, 26, port ^ (MAGIC_COOKIE >>> 16));
  // RFC 8489 section 14.2: IPv4 by the cookie alone, IPv6 by cookie and transaction id.
  mapped.forEach((byte, i) => (out[28 + i] = byte ^ out[4 + i]!));
  writeU16(out, 2, integrityAt + 24 - 20);
  const integrity = createHmac('sha1', password).update(out.subarray(0, integrityAt)).digest();
  writeU16(out, integrityAt, MESSAGE_INTEGRITY);
  writeU16(out, integrityAt + 2, 20);
  integrity.copy(out, integrityAt + 4);
  writeU16(out, 2, out.length - 20);
  const fingerprintAt = out.length - 8;
  writeU16(out, fingerprintAt, FINGERPRINT);
  writeU16(out, fingerprintAt + 2, 4);
  writeU32(out, fingerprintAt + 4, (crc32(out.subarray(0, fingerprintAt)) ^ 0x5354554e) >>> 0);
  return out;
}

/** 4 or 16 bytes of an address as node:dgram writes it; a mapped IPv4 address counts as IPv4. */
function addressBytes(address: string): number[] {
  const dotted = address.slice(address.lastIndexOf(':') + 1);
  if (dotted.includes('.')) return dotted.split('.').map(Number);
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const all = [...front, ...new Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0), ...back];
  return all.flatMap((group) => [group >> 8, group & 0xff]);
}

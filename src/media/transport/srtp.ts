import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { readU16, readU32, writeU32 } from '../rtp/bytes.js';
import { rtpHeaderBytes } from '../rtp/packet.js';
import { ReplayWindow } from '../rtp/replay.js';
import { deriveSessionKeys, PROFILE_SIZES, type MasterKeys, type SessionKeys, type SrtpProfile } from './srtp-keys.js';

/**
 * SRTP and SRTCP of one direction of one transport (RFC 3711, RFC 7714), on node:crypto.
 * The 48-bit packet index is kept as one number per SSRC: roll-over counter times 2^16 plus sequence.
 */

/** Streams of one transport that a peer can make the server keep state of. */
const MAX_STREAMS = 128;
const SRTCP_ENCRYPTED = 0x8000_0000;

export class SrtpReceiver {
  readonly #profile: SrtpProfile;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #rtpWindows = new Map<number, ReplayWindow>();
  readonly #rtcpWindows = new Map<number, ReplayWindow>();

  constructor(profile: SrtpProfile, master: MasterKeys) {
    this.#profile = profile;
    this.#rtp = deriveSessionKeys(profile, master, 'rtp');
    this.#rtcp = deriveSessionKeys(profile, master, 'rtcp');
  }

  /** The plain packet, in memory of its own; null where it is malformed, forged or came before. */
  unprotectRtp(packet: Uint8Array): Uint8Array | null {
    const headerBytes = rtpHeaderBytes(packet);
    if (headerBytes < 0 || packet.length < headerBytes + PROFILE_SIZES[this.#profile].tagBytes) return null;
    const sequence = readU16(packet, 2);
    const ssrc = readU32(packet, 8);
    const known = this.#rtpWindows.get(ssrc);
    if (known === undefined && this.#rtpWindows.size >= MAX_STREAMS) return null;
    const window = known ?? new ReplayWindow();
    for (const index of known === undefined ? firstIndices(sequence) : [estimateIndex(window.highest, sequence)]) {
      if (index < 0 || !window.isNew(index)) continue;
      const plain =
        this.#profile === 'AEAD_AES_128_GCM'
          ? openGcm(this.#rtp, rtpNonce(this.#rtp.salt, ssrc, index), packet, headerBytes)
          : openCm(this.#rtp, ssrc, index, packet, headerBytes);
      if (plain === null) continue;
      window.accept(index);
      if (known === undefined) this.#rtpWindows.set(ssrc, window);
      return plain;
    }
    return null;
  }

  /** The plain compound packet; null where it is malformed, forged or came before. */
  unprotectRtcp(packet: Uint8Array): Uint8Array | null {
    const { tagBytes } = PROFILE_SIZES[this.#profile];
    if (packet.length < 8 + 4 + tagBytes) return null;
    const ssrc = readU32(packet, 4);
    const gcm = this.#profile === 'AEAD_AES_128_GCM';
    const trailerAt = gcm ? packet.length - 4 : packet.length - 4 - tagBytes;
    const trailer = readU32(packet, trailerAt);
    if (trailer < SRTCP_ENCRYPTED) return null;
    const index = trailer - SRTCP_ENCRYPTED;
    const known = this.#rtcpWindows.get(ssrc);
    if (known === undefined && this.#rtcpWindows.size >= MAX_STREAMS) return null;
    const window = known ?? new ReplayWindow();
    if (!window.isNew(index)) return null;
    const plain = gcm ? openRtcpGcm(this.#rtcp, ssrc, index, packet) : openRtcpCm(this.#rtcp, ssrc, index, packet);
    if (plain === null) return null;
    window.accept(index);
    if (known === undefined) this.#rtcpWindows.set(ssrc, window);
    return plain;
  }
}

export class SrtpSender {
  readonly #profile: SrtpProfile;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #highest = new Map<number, number>();
  #rtcpIndex = 0;

  constructor(profile: SrtpProfile, master: MasterKeys) {
    this.#profile = profile;
    this.#rtp = deriveSessionKeys(profile, master, 'rtp');
    this.#rtcp = deriveSessionKeys(profile, master, 'rtcp');
  }

  /** `packet` is one that this server built. A sequence number is never protected twice with other content. */
  protectRtp(packet: Uint8Array): Buffer {
    const headerBytes = rtpHeaderBytes(packet);
    const sequence = readU16(packet, 2);
    const ssrc = readU32(packet, 8);
    const highest = this.#highest.get(ssrc);
    const index = highest === undefined ? sequence : Math.max(0, estimateIndex(highest, sequence));
    if (highest === undefined || index > highest) this.#highest.set(ssrc, index);
    if (this.#profile === 'AEAD_AES_128_GCM') {
      const cipher = createCipheriv('aes-128-gcm', this.#rtp.encryption, rtpNonce(this.#rtp.salt, ssrc, index));
      const header = packet.subarray(0, headerBytes);
      cipher.setAAD(header);
      const sealed = cipher.update(packet.subarray(headerBytes));
      cipher.final();
      return Buffer.concat([header, sealed, cipher.getAuthTag()]);
    }
    const cipher = createCipheriv('aes-128-ctr', this.#rtp.encryption, counterBlock(this.#rtp.salt, ssrc, index));
    const sealed = Buffer.concat([packet.subarray(0, headerBytes), cipher.update(packet.subarray(headerBytes))]);
    return Buffer.concat([sealed, rtpTag(this.#rtp, sealed, index)]);
  }

  protectRtcp(packet: Uint8Array): Buffer {
    const ssrc = readU32(packet, 4);
    this.#rtcpIndex = (this.#rtcpIndex + 1) % SRTCP_ENCRYPTED;
    const index = this.#rtcpIndex;
    const trailer = Buffer.alloc(4);
    writeU32(trailer, 0, SRTCP_ENCRYPTED + index);
    const header = packet.subarray(0, 8);
    if (this.#profile === 'AEAD_AES_128_GCM') {
      const cipher = createCipheriv('aes-128-gcm', this.#rtcp.encryption, rtcpNonce(this.#rtcp.salt, ssrc, index));
      cipher.setAAD(Buffer.concat([header, trailer]));
      const sealed = cipher.update(packet.subarray(8));
      cipher.final();
      return Buffer.concat([header, sealed, cipher.getAuthTag(), trailer]);
    }
    const cipher = createCipheriv('aes-128-ctr', this.#rtcp.encryption, counterBlock(this.#rtcp.salt, ssrc, index));
    const sealed = Buffer.concat([header, cipher.update(packet.subarray(8)), trailer]);
    return Buffer.concat([sealed, hmac(this.#rtcp, [sealed])]);
  }
}

/** RFC 3711 appendix A: the index nearest to the highest one so far. Negative before the first roll-over. */
export function estimateIndex(highest: number, sequence: number): number {
  const rollOver = Math.floor(highest / 0x10000);
  const last = highest % 0x10000;
  if (last < 0x8000) return (sequence - last > 0x8000 ? rollOver - 1 : rollOver) * 0x10000 + sequence;
  return (last - 0x8000 > sequence ? rollOver + 1 : rollOver) * 0x10000 + sequence;
}

/**
 * A stream is first seen with roll-over counter 0, unless its first packets were lost around a wrap:
 * then the sender has counted one roll-over that the server has not seen.
 */
function firstIndices(sequence: number): number[] {
  return sequence < 0x8000 ? [sequence, 0x10000 + sequence] : [sequence];
}

/** RFC 7714 section 8.1. */
function rtpNonce(salt: Buffer, ssrc: number, index: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(ssrc, 2);
  nonce.writeUIntBE(index, 6, 6);
  for (let i = 0; i < 12; i += 1) nonce[i] = nonce[i]! ^ salt[i]!;
  return nonce;
}

/** RFC 7714 section 9.1. */
function rtcpNonce(salt: Buffer, ssrc: number, index: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(ssrc, 2);
  nonce.writeUInt32BE(index, 8);
  for (let i = 0; i < 12; i += 1) nonce[i] = nonce[i]! ^ salt[i]!;
  return nonce;
}

/** RFC 3711 section 4.1.1. */
function counterBlock(salt: Buffer, ssrc: number, index: number): Buffer {
  const block = Buffer.alloc(16);
  block.writeUInt32BE(ssrc, 4);
  block.writeUIntBE(index, 8, 6);
  for (let i = 0; i < 14; i += 1) block[i] = block[i]! ^ salt[i]!;
  return block;
}

function hmac(keys: SessionKeys, parts: readonly Uint8Array[]): Buffer {
  const mac = createHmac('sha1', keys.authentication);
  for (const part of parts) mac.update(part);
  return mac.digest().subarray(0, 10);
}

/** RFC 3711 section 4.2: the roll-over counter is authenticated with the packet. */
function rtpTag(keys: SessionKeys, sealed: Uint8Array, index: number): Buffer {
  const rollOver = Buffer.alloc(4);
  rollOver.writeUInt32BE(Math.floor(index / 0x10000) >>> 0);
  return hmac(keys, [sealed, rollOver]);
}

function openGcm(keys: SessionKeys, nonce: Buffer, packet: Uint8Array, headerBytes: number): Uint8Array | null {
  const header = packet.subarray(0, headerBytes);
  const opened = gcmOpen(keys, nonce, header, packet.subarray(headerBytes));
  return opened === null ? null : Buffer.concat([header, opened]);
}

function openRtcpGcm(keys: SessionKeys, ssrc: number, index: number, packet: Uint8Array): Uint8Array | null {
  const header = packet.subarray(0, 8);
  const trailer = packet.subarray(packet.length - 4);
  const nonce = rtcpNonce(keys.salt, ssrc, index);
  const opened = gcmOpen(keys, nonce, Buffer.concat([header, trailer]), packet.subarray(8, packet.length - 4));
  return opened === null ? null : Buffer.concat([header, opened]);
}

function gcmOpen(keys: SessionKeys, nonce: Buffer, associated: Uint8Array, sealed: Uint8Array): Buffer | null {
  const decipher = createDecipheriv('aes-128-gcm', keys.encryption, nonce);
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(sealed.length - 16));
  const opened = decipher.update(sealed.subarray(0, sealed.length - 16));
  try {
    decipher.final();
    return opened;
  } catch {
    return null;
  }
}

function openCm(keys: SessionKeys, ssrc: number, index: number, packet: Uint8Array, headerBytes: number): Uint8Array | null {
  const sealed = packet.subarray(0, packet.length - 10);
  if (!timingSafeEqual(rtpTag(keys, sealed, index), packet.subarray(packet.length - 10))) return null;
  const cipher = createDecipheriv('aes-128-ctr', keys.encryption, counterBlock(keys.salt, ssrc, index));
  return Buffer.concat([sealed.subarray(0, headerBytes), cipher.update(sealed.subarray(headerBytes))]);
}

function openRtcpCm(keys: SessionKeys, ssrc: number, index: number, packet: Uint8Array): Uint8Array | null {
  const sealed = packet.subarray(0, packet.length - 10);
  if (!timingSafeEqual(hmac(keys, [sealed]), packet.subarray(packet.length - 10))) return null;
  const cipher = createDecipheriv('aes-128-ctr', keys.encryption, counterBlock(keys.salt, ssrc, index));
  return Buffer.concat([sealed.subarray(0, 8), cipher.update(sealed.subarray(8, sealed.length - 4))]);
}

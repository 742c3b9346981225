import { createCipheriv } from 'node:crypto';

/** Protection profiles (RFC 5764 section 4.1.2, RFC 7714 section 14.2) and key derivation (RFC 3711 section 4.3). */

export type SrtpProfile = 'AEAD_AES_128_GCM' | 'AES_CM_128_HMAC_SHA1_80';

export interface ProfileSizes {
  keyBytes: number;
  saltBytes: number;
  tagBytes: number;
}

export const PROFILE_SIZES: Readonly<Record<SrtpProfile, ProfileSizes>> = {
  AEAD_AES_128_GCM: { keyBytes: 16, saltBytes: 12, tagBytes: 16 },
  AES_CM_128_HMAC_SHA1_80: { keyBytes: 16, saltBytes: 14, tagBytes: 10 },
};

/** Master key and salt of one direction. */
export interface MasterKeys {
  key: Uint8Array;
  salt: Uint8Array;
}

export interface SessionKeys {
  encryption: Buffer;
  salt: Buffer;
  /** Empty for AEAD profiles. */
  authentication: Buffer;
}

/** Session keys with a key derivation rate of zero, for RTP or for RTCP. */
export function deriveSessionKeys(profile: SrtpProfile, master: MasterKeys, use: 'rtp' | 'rtcp'): SessionKeys {
  const first = use === 'rtp' ? 0 : 3;
  const sizes = PROFILE_SIZES[profile];
  const derive = (label: number, bytes: number): Buffer => {
    const iv = Buffer.alloc(16);
    // RFC 7714 section 11: a 96-bit master salt stands left in the 112-bit one of RFC 3711.
    iv.set(master.salt, 0);
    iv[7] = iv[7]! ^ label;
    return createCipheriv('aes-128-ctr', master.key, iv).update(Buffer.alloc(bytes));
  };
  return {
    encryption: derive(first, sizes.keyBytes),
    authentication: profile === 'AEAD_AES_128_GCM' ? Buffer.alloc(0) : derive(first + 1, 20),
    salt: derive(first + 2, sizes.saltBytes),
  };
}

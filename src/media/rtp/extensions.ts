import { readU24, writeU24 } from './bytes.js';

/**
 * The header extensions that the server knows. Publishers number them as they like; packets that
 * leave the server, to browsers and to journals, carry the numbers of `SERVER_EXTENSION_IDS`.
 */
export const EXTENSION_URIS = {
  mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  repairedRid: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  absSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  transportSequence: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  audioLevel: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  videoOrientation: 'urn:3gpp:video-orientation',
  colorSpace: 'http://www.webrtc.org/experiments/rtp-hdrext/color-space',
  dependencyDescriptor: 'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
} as const;

export type ExtensionName = keyof typeof EXTENSION_URIS;

/** The numbers of extensions in packets that the server sends (RFC 8285: 1 to 14). */
export const SERVER_EXTENSION_IDS: Readonly<Record<ExtensionName, number>> = {
  mid: 1,
  rid: 2,
  repairedRid: 3,
  absSendTime: 4,
  transportSequence: 5,
  audioLevel: 6,
  videoOrientation: 7,
  colorSpace: 8,
  dependencyDescriptor: 9,
};

/** What a sender agreed to: its number of each extension. */
export type ExtensionIds = Partial<Record<ExtensionName, number>>;

export function extensionOfUri(uri: string): ExtensionName | null {
  for (const [name, known] of Object.entries(EXTENSION_URIS)) {
    if (known === uri) return name as ExtensionName;
  }
  return null;
}

/** RFC 6464: level 0 (loudest) to 127 (silent), dBov below full scale. */
export function readAudioLevel(data: Uint8Array): number | null {
  return data.length >= 1 ? data[0]! & 0x7f : null;
}

/** Clockwise, degrees. */
export type Rotation = 0 | 90 | 180 | 270;

/** 3GPP TS 26.114 section 7.4.5: the rotation that the receiver has to apply. */
export function readRotation(data: Uint8Array): Rotation | null {
  if (data.length < 1) return null;
  return ([0, 90, 180, 270] as const)[data[0]! & 3] ?? null;
}

/** What a video's samples mean, as far as its sender says so. */
export interface ColorSpace {
  matrix: 'bt601' | 'bt709' | null;
  range: 'limited' | 'full' | null;
}

/**
 * color-space, four bytes: primaries, transfer, matrix (codes of ISO/IEC 23091-2), range in bits 4 and 5
 * (webrtc.org, "Color Space" header extension).
 */
export function readColorSpace(data: Uint8Array): ColorSpace | null {
  if (data.length < 4) return null;
  const matrix = data[2] === 1 ? 'bt709' : data[2] === 5 || data[2] === 6 ? 'bt601' : null;
  const range = ([null, 'limited', 'full', null] as const)[(data[3]! >> 4) & 3] ?? null;
  return { matrix, range };
}

/** abs-send-time: seconds in 6.18 fixed point, 24 bits, of any clock that does not jump. */
export function writeAbsSendTime(nowUs: number): Uint8Array {
  const data = new Uint8Array(3);
  writeU24(data, 0, Math.floor((nowUs % 64_000_000) * (2 ** 18 / 1e6)) & 0xffffff);
  return data;
}

/** The inverse of `writeAbsSendTime`, modulo 64 s, microseconds. */
export function readAbsSendTimeUs(data: Uint8Array): number | null {
  return data.length >= 3 ? (readU24(data, 0) * 1e6) / 2 ** 18 : null;
}

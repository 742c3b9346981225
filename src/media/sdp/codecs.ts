import type { CodecName, MediaKind, TrackCodec } from '../../core/media.js';
import type { SdpCodec, SdpSection } from './parse.js';

/** A format that the server forwards: a codec, and of video the profile and mode that receivers must know of. */
export interface CodecRow {
  kind: MediaKind;
  name: CodecName;
  clockRateHz: number;
  channels: number;
  /** What the server asks of a sender, and tells receivers. */
  fmtp: string;
  /** Whether a sender's format with these parameters is this one. */
  takes: (parameters: ReadonlyMap<string, string>) => boolean;
  /** What Chromium begins at, kbit/s, instead of 300, at which it would halve a camera's size first. 0: not said. */
  startKbps: number;
  feedback: readonly string[];
  /**
   * Payload type, and that of its retransmissions, in packets that the server sends. Each row has its own: a
   * number means one format in all sections of a bundle (RFC 9143 section 9.1).
   */
  payloadType: number;
  rtxPayloadType: number | null;
}

const VIDEO = {
  kind: 'video',
  clockRateHz: 90_000,
  channels: 1,
  startKbps: 1_500,
  feedback: ['transport-cc', 'ccm fir', 'nack', 'nack pli', 'goog-remb'],
} as const;

/**
 * Profiles of H.264: the first two bytes of `profile-level-id` as the server writes them, and which of a sender's
 * are the same (RFC 6184 table 5), by profile and constraint bits.
 */
const H264_PROFILES: readonly { id: string; is: (profile: number, constraints: number) => boolean }[] = [
  { id: '42e0', is: (profile, bits) => (profile === 0x42 && (bits & 0x4f) === 0x40) || (profile === 0x4d && (bits & 0x8f) === 0x80) || (profile === 0x58 && (bits & 0xcf) === 0xc0) },
  { id: '4200', is: (profile, bits) => (profile === 0x42 && (bits & 0x4f) === 0) || (profile === 0x58 && (bits & 0xcf) === 0x80) },
  { id: '4d00', is: (profile, bits) => profile === 0x4d && (bits & 0xaf) === 0 },
  { id: '6400', is: (profile, bits) => profile === 0x64 && bits === 0 },
  { id: '640c', is: (profile, bits) => profile === 0x64 && bits === 0x0c },
];
/** RFC 6184 section 8.1: without the parameter it is Baseline of level 1. */
const H264_DEFAULT = '42000a';
/** Level 5.2, up to 4096x2304: with `level-asymmetry-allowed` what the server takes, whatever a sender's own limit is. */
const H264_LEVEL = '34';

function h264Rows(): CodecRow[] {
  return H264_PROFILES.flatMap(({ id, is }, profile) =>
    ['1', '0'].map((mode, index) => ({
      ...VIDEO,
      name: 'H264' as const,
      fmtp: `level-asymmetry-allowed=1;packetization-mode=${mode};profile-level-id=${id}${H264_LEVEL}`,
      takes: (parameters: ReadonlyMap<string, string>) => {
        const level = parameters.get('profile-level-id') ?? H264_DEFAULT;
        const known = /^[0-9a-f]{6}$/i.test(level) && is(parseInt(level.slice(0, 2), 16), parseInt(level.slice(2, 4), 16));
        return known && (parameters.get('packetization-mode') ?? '0') === mode;
      },
      payloadType: 102 + 4 * profile + 2 * index + (profile >= 2 ? 2 : 0),
      rtxPayloadType: 103 + 4 * profile + 2 * index + (profile >= 2 ? 2 : 0),
    })),
  );
}

export const CODECS: readonly CodecRow[] = [
  {
    kind: 'audio',
    name: 'opus',
    clockRateHz: 48_000,
    channels: 2,
    fmtp: 'minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1',
    takes: () => true,
    startKbps: 0,
    feedback: ['transport-cc'],
    payloadType: 111,
    rtxPayloadType: null,
  },
  { ...VIDEO, name: 'VP8', fmtp: '', takes: () => true, payloadType: 96, rtxPayloadType: 97 },
  ...(['0', '2'] as const).map((profile, index) => ({
    ...VIDEO,
    name: 'VP9' as const,
    fmtp: `profile-id=${profile}`,
    // RFC 9628 section 6: without the parameter it is profile 0.
    takes: (parameters: ReadonlyMap<string, string>) => (parameters.get('profile-id') ?? '0') === profile,
    payloadType: 98 + 2 * index,
    rtxPayloadType: 99 + 2 * index,
  })),
  ...h264Rows(),
  {
    ...VIDEO,
    name: 'AV1',
    fmtp: 'level-idx=5;profile=0;tier=0',
    takes: (parameters) => (parameters.get('profile') ?? '0') === '0',
    payloadType: 124,
    rtxPayloadType: 125,
  },
];

/** What was agreed with a publisher for one section: its numbers for a codec of the table. */
export interface AgreedCodec {
  row: CodecRow;
  offered: SdpCodec;
  /** The publisher's retransmission format for it (RFC 4588 section 8), or null. */
  rtx: SdpCodec | null;
}

/** The codec of the table that comes first in the section's own order, which is the sender's preference, or null. */
export function agreeCodec(section: SdpSection): AgreedCodec | null {
  for (const offered of section.codecs) {
    const parameters = parametersOf(offered.fmtp);
    const row = CODECS.find(
      (one) =>
        one.kind === section.kind &&
        one.name.toLowerCase() === offered.name.toLowerCase() &&
        one.clockRateHz === offered.clockRateHz &&
        one.channels === offered.channels &&
        one.takes(parameters),
    );
    if (row === undefined) continue;
    const repairs = (codec: SdpCodec): boolean =>
      codec.name.toLowerCase() === 'rtx' && parametersOf(codec.fmtp).get('apt') === String(offered.payloadType);
    return { row, offered, rtx: section.codecs.find(repairs) ?? null };
  }
  return null;
}

/** Of a codec that was agreed before. */
export function codecRow({ payloadType }: TrackCodec): CodecRow {
  const row = CODECS.find((one) => one.payloadType === payloadType);
  if (row === undefined) throw new Error(`no codec of payload type ${payloadType}`);
  return row;
}

export function trackCodec({ kind, name, payloadType, clockRateHz, channels, fmtp }: CodecRow): TrackCodec {
  return { name, payloadType, clockRateHz, ...(kind === 'audio' ? { channels } : {}), ...(fmtp === '' ? {} : { fmtp }) };
}

/** `a=1;b=2` by name, in lower case. */
function parametersOf(fmtp: string): ReadonlyMap<string, string> {
  return new Map(
    fmtp.split(';').map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name.trim().toLowerCase(), value.trim()];
    }),
  );
}

import type { CodecName, MediaKind } from '../../core/media.js';
import type { SdpCodec, SdpSection } from './parse.js';

/** A codec that the server forwards. Another one is accepted by adding its row. */
export interface CodecRow {
  kind: MediaKind;
  name: CodecName;
  clockRateHz: number;
  channels: number;
  /** What the server asks of a sender. */
  fmtp: string;
  /** What Chromium begins at, kbit/s, instead of 300, at which it would halve a camera's size first. 0: not said. */
  startKbps: number;
  feedback: readonly string[];
  /** Payload type, and that of its retransmissions, in packets that the server sends. */
  payloadType: number;
  rtxPayloadType: number | null;
}

export const CODECS: readonly CodecRow[] = [
  {
    kind: 'audio',
    name: 'opus',
    clockRateHz: 48_000,
    channels: 2,
    fmtp: 'minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1',
    startKbps: 0,
    feedback: ['transport-cc'],
    payloadType: 111,
    rtxPayloadType: null,
  },
  {
    kind: 'video',
    name: 'VP8',
    clockRateHz: 90_000,
    channels: 1,
    fmtp: '',
    startKbps: 1_500,
    feedback: ['transport-cc', 'ccm fir', 'nack', 'nack pli', 'goog-remb'],
    payloadType: 96,
    rtxPayloadType: 97,
  },
];

/** What was agreed with a publisher for one section: its numbers for a codec of the table. */
export interface AgreedCodec {
  row: CodecRow;
  offered: SdpCodec;
  /** The publisher's retransmission format for it (RFC 4588 section 8), or null. */
  rtx: SdpCodec | null;
}

/** The codec of the table that comes first in the section's own order, or null. */
export function agreeCodec(section: SdpSection): AgreedCodec | null {
  for (const offered of section.codecs) {
    const row = CODECS.find(
      (one) =>
        one.kind === section.kind &&
        one.name.toLowerCase() === offered.name.toLowerCase() &&
        one.clockRateHz === offered.clockRateHz &&
        one.channels === offered.channels,
    );
    if (row === undefined) continue;
    const repairs = (codec: SdpCodec): boolean =>
      codec.name.toLowerCase() === 'rtx' && new RegExp(`(^|;)\\s*apt=${offered.payloadType}(;|$)`).test(codec.fmtp);
    return { row, offered, rtx: section.codecs.find(repairs) ?? null };
  }
  return null;
}

export function codecRow(name: CodecName): CodecRow {
  const row = CODECS.find((one) => one.name === name);
  if (row === undefined) throw new Error(`no codec ${name}`);
  return row;
}

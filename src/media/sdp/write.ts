import { EXTENSION_URIS, SERVER_EXTENSION_IDS, type ExtensionIds, type ExtensionName } from '../rtp/extensions.js';
import type { TransportParameters } from '../transport/transport.js';
import type { AgreedCodec, CodecRow } from './codecs.js';
import type { SdpSection } from './parse.js';

/** The server's own session descriptions: answers to publishers and offers to subscribers. */

export interface LocalTransport extends TransportParameters {
  port: number;
  /** IP addresses that clients reach the server at, the preferred one first. */
  addresses: readonly string[];
}

export interface DescriptionHead {
  sessionId: string;
  version: number;
  local: LocalTransport;
}

export type AnswerSection =
  | { answer: 'receive'; section: SdpSection; codec: AgreedCodec }
  | { answer: 'inactive'; section: SdpSection; codec: AgreedCodec }
  | { answer: 'reject'; section: SdpSection };

/** Extensions that the server takes from publishers. */
const RECEIVED: readonly ExtensionName[] = ['mid', 'rid', 'repairedRid', 'absSendTime', 'transportSequence', 'audioLevel', 'videoOrientation', 'colorSpace'];

/** AV1 alone has nothing in its payload that tells a receiver how its layers' frames depend on each other. */
function withDependencies(row: CodecRow, names: readonly ExtensionName[]): readonly ExtensionName[] {
  return row.name === 'AV1' ? [...names, 'dependencyDescriptor'] : names;
}

/** RFC 8829 section 5.3: as many sections as the offer has, in its order. */
export function writeAnswer(head: DescriptionHead, sections: readonly AnswerSection[]): string {
  const bundled = sections.filter(({ answer }) => answer !== 'reject').map(({ section }) => section.mid);
  const lines = sessionLines(head, bundled);
  for (const one of sections) {
    const { section } = one;
    if (one.answer === 'reject') {
      lines.push(`m=${section.media} 0 ${section.protocol} ${section.formats}`, 'c=IN IP4 0.0.0.0', `a=mid:${section.mid}`, 'a=inactive');
      continue;
    }
    const { row, offered, rtx } = one.codec;
    const formats = [offered.payloadType, ...(rtx === null ? [] : [rtx.payloadType])];
    lines.push(`m=${section.media} 9 ${section.protocol} ${formats.join(' ')}`, ...transportLines(head.local, 'passive'));
    lines.push(`a=mid:${section.mid}`, one.answer === 'receive' ? 'a=recvonly' : 'a=inactive', 'a=rtcp-mux', 'a=rtcp-rsize');
    for (const name of withDependencies(row, RECEIVED)) {
      const id = section.extensions[name];
      if (id !== undefined) lines.push(`a=extmap:${id} ${EXTENSION_URIS[name]}`);
    }
    const feedback = row.feedback.filter((value) => offered.feedback.includes(value));
    // With transport-wide feedback the sender estimates; REMB besides it would hold it back.
    const asked = feedback.includes('transport-cc') ? feedback.filter((value) => value !== 'goog-remb') : feedback;
    const start = row.startKbps > 0 ? `x-google-start-bitrate=${row.startKbps}` : '';
    const fmtp = [row.fmtp, start].filter(Boolean).join(';');
    lines.push(...codecLines({ ...row, fmtp }, offered.payloadType, rtx?.payloadType ?? null, asked));
    if (section.rids.length > 0) {
      for (const rid of section.rids) lines.push(`a=rid:${rid} recv`);
      lines.push(`a=simulcast:recv ${section.rids.join(';')}`);
    }
  }
  return finish(lines);
}

export interface OfferSection {
  mid: string;
  codec: CodecRow;
  /** Null: the section is free, nothing is sent on it. */
  send: { streamId: string; trackId: string; ssrc: number; rtxSsrc: number; cname: string } | null;
}

const SENT: Readonly<Record<'audio' | 'video', readonly ExtensionName[]>> = {
  audio: ['mid', 'absSendTime', 'audioLevel'],
  video: ['mid', 'absSendTime', 'videoOrientation', 'colorSpace'],
};

/** A full offer to a subscriber's peer connection; the server sends only. */
export function writeOffer(head: DescriptionHead, sections: readonly OfferSection[]): string {
  const lines = sessionLines(head, sections.map(({ mid }) => mid));
  for (const { mid, codec: row, send } of sections) {
    const formats = [row.payloadType, ...(row.rtxPayloadType === null ? [] : [row.rtxPayloadType])];
    lines.push(`m=${row.kind} 9 UDP/TLS/RTP/SAVPF ${formats.join(' ')}`, ...transportLines(head.local, 'actpass'));
    lines.push(`a=mid:${mid}`, send === null ? 'a=inactive' : 'a=sendonly', 'a=rtcp-mux', 'a=rtcp-rsize');
    for (const name of withDependencies(row, SENT[row.kind])) lines.push(`a=extmap:${SERVER_EXTENSION_IDS[name]} ${EXTENSION_URIS[name]}`);
    const feedback = row.feedback.filter((value) => value !== 'transport-cc');
    lines.push(...codecLines(row, row.payloadType, row.rtxPayloadType, feedback));
    if (send === null) continue;
    lines.push(`a=msid:${send.streamId} ${send.trackId}`);
    const ssrcs = row.rtxPayloadType === null ? [send.ssrc] : [send.ssrc, send.rtxSsrc];
    if (ssrcs.length === 2) lines.push(`a=ssrc-group:FID ${ssrcs.join(' ')}`);
    for (const ssrc of ssrcs) {
      lines.push(`a=ssrc:${ssrc} cname:${send.cname}`, `a=ssrc:${ssrc} msid:${send.streamId} ${send.trackId}`);
    }
  }
  return finish(lines);
}

function sessionLines(head: DescriptionHead, bundled: readonly string[]): string[] {
  const lines = ['v=0', `o=reelroom ${head.sessionId} ${head.version} IN IP4 0.0.0.0`, 's=-', 't=0 0', 'a=ice-lite'];
  if (bundled.length > 0) lines.push(`a=group:BUNDLE ${bundled.join(' ')}`);
  lines.push('a=extmap-allow-mixed', 'a=msid-semantic: WMS *');
  return lines;
}

function transportLines(local: LocalTransport, setup: 'passive' | 'actpass'): string[] {
  const lines = ['c=IN IP4 0.0.0.0', `a=ice-ufrag:${local.fragment}`, `a=ice-pwd:${local.password}`];
  lines.push(`a=fingerprint:sha-256 ${local.fingerprint}`, `a=setup:${setup}`);
  local.addresses.forEach((address, i) => {
    // RFC 8445 section 5.1.2.1: host type preference 126, one component.
    const priority = 126 * 2 ** 24 + (65_535 - i) * 2 ** 8 + 255;
    lines.push(`a=candidate:${i + 1} 1 udp ${priority} ${address} ${local.port} typ host`);
  });
  lines.push('a=end-of-candidates');
  return lines;
}

function codecLines(
  row: { name: string; clockRateHz: number; channels: number; fmtp: string },
  payloadType: number,
  rtxPayloadType: number | null,
  feedback: readonly string[],
): string[] {
  const channels = row.channels > 1 ? `/${row.channels}` : '';
  const lines = [`a=rtpmap:${payloadType} ${row.name}/${row.clockRateHz}${channels}`];
  for (const value of feedback) lines.push(`a=rtcp-fb:${payloadType} ${value}`);
  if (row.fmtp !== '') lines.push(`a=fmtp:${payloadType} ${row.fmtp}`);
  if (rtxPayloadType !== null) {
    lines.push(`a=rtpmap:${rtxPayloadType} rtx/${row.clockRateHz}`, `a=fmtp:${rtxPayloadType} apt=${payloadType}`);
  }
  return lines;
}

function finish(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}

/** The extension numbers of a publisher's live sections; BUNDLE gives a number one meaning (RFC 9143 section 9.2). */
export function extensionIds(sections: readonly SdpSection[]): ExtensionIds {
  return Object.assign({}, ...sections.map((section) => section.extensions)) as ExtensionIds;
}

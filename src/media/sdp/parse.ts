import { AppError } from '../../core/errors.js';
import type { MediaKind } from '../../core/media.js';
import { LIMITS } from '../limits.js';
import { extensionOfUri, type ExtensionIds } from '../rtp/extensions.js';

/** The parts of a browser's session description (RFC 8866, RFC 8829) that the server goes by. */

export interface SdpCodec {
  payloadType: number;
  /** As written, e.g. `VP8`, `opus`, `rtx`. */
  name: string;
  clockRateHz: number;
  channels: number;
  fmtp: string;
  /** Values of `a=rtcp-fb`, e.g. `nack pli`. */
  feedback: string[];
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface SdpSection {
  /** `application` and all else is `other`. */
  kind: MediaKind | 'other';
  /** The `m=` line's own words, for the rejection. */
  media: string;
  protocol: string;
  formats: string;
  port: number;
  mid: string;
  direction: Direction;
  codecs: SdpCodec[];
  extensions: ExtensionIds;
  /** Simulcast: restriction ids that are sent, in the order of `a=simulcast`. */
  rids: string[];
  /** SSRCs of the section, primary ones first. */
  ssrcs: number[];
  /** Retransmission SSRC of a primary one (`ssrc-group:FID`). */
  rtxOf: Map<number, number>;
}

export interface SessionDescription {
  fragment: string;
  password: string;
  /** SHA-256, upper case. */
  fingerprint: string;
  sections: SdpSection[];
}

const MAX_SECTIONS = 160;
const MAX_LINES = 8_000;
const MAX_LINE = 4_000;
const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

/** An answer, of which all sections may be rejected: then it says nothing of a transport. Throws `AppError` `sdp_invalid`. */
export function parseSdpAnswer(text: string): SessionDescription | { fingerprint: null; sections: SdpSection[] } {
  const { sections, find } = readSdp(text);
  if (sections.length > 0 && sections.every(({ port }) => port === 0)) return { fingerprint: null, sections };
  return { ...transportOf(find), sections };
}

/** Throws `AppError` `sdp_invalid`. */
export function parseSdp(text: string): SessionDescription {
  const { sections, find } = readSdp(text);
  return { ...transportOf(find), sections };
}

/** The sections, and what the description says of its one transport by an attribute's name. */
function readSdp(text: string): { sections: SdpSection[]; find: (name: string) => string } {
  if (text.length > LIMITS.offerBytes) throw invalid('it is too long');
  const lines = text.split(/\r?\n/);
  if (lines.length > MAX_LINES || !lines[0]?.startsWith('v=0')) throw invalid('it does not start with a version');
  const session = new Map<string, string>();
  const sections: { section: SdpSection; attributes: Map<string, string> }[] = [];
  for (const line of lines) {
    if (line.length > MAX_LINE) throw invalid('a line is too long');
    if (line.startsWith('m=')) {
      if (sections.length >= MAX_SECTIONS) throw invalid('it has too many media sections');
      sections.push({ section: parseMediaLine(line), attributes: new Map() });
    } else if (line.startsWith('a=')) {
      const colon = line.indexOf(':');
      const name = colon < 0 ? line.slice(2) : line.slice(2, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).trim();
      const current = sections.at(-1);
      if (current === undefined) keepTransport(session, name, value);
      else {
        keepTransport(current.attributes, name, value);
        readAttribute(current.section, name, value);
      }
    }
  }
  const mids = new Set<string>();
  for (const { section } of sections) {
    if (section.mid === '' || section.mid.length > 16 || mids.has(section.mid)) throw invalid('a media section has no name of its own');
    mids.add(section.mid);
  }
  // With BUNDLE all live sections share one transport; the first live one describes it.
  const carrier = sections.find(({ section }) => section.port !== 0)?.attributes ?? sections[0]?.attributes;
  const find = (name: string): string => carrier?.get(name) ?? session.get(name) ?? '';
  return { sections: sections.map(({ section }) => section), find };
}

function transportOf(find: (name: string) => string): Omit<SessionDescription, 'sections'> {
  const [algorithm = '', hash = ''] = find('fingerprint').split(' ');
  if (algorithm.toLowerCase() !== 'sha-256' || !/^([0-9a-f]{2}:){31}[0-9a-f]{2}$/i.test(hash)) {
    throw invalid('it has no SHA-256 fingerprint');
  }
  const fragment = find('ice-ufrag');
  const password = find('ice-pwd');
  if (fragment === '' || password === '') throw invalid('it has no ICE credentials');
  return { fragment, password, fingerprint: hash.toUpperCase() };
}

function keepTransport(into: Map<string, string>, name: string, value: string): void {
  if (name === 'fingerprint' || name === 'ice-ufrag' || name === 'ice-pwd') into.set(name, value);
}

function parseMediaLine(line: string): SdpSection {
  const match = /^m=(\S+) (\d{1,5})(?:\/\d+)? (\S+) (.+)$/.exec(line);
  if (match === null) throw invalid('a media line is not readable');
  const media = match[1]!;
  const kind = media === 'audio' || media === 'video' ? media : 'other';
  const codecs: SdpCodec[] = [];
  if (kind !== 'other') {
    for (const format of match[4]!.trim().split(' ')) {
      const payloadType = Number(format);
      if (!Number.isInteger(payloadType) || payloadType < 0 || payloadType > 127) throw invalid('a payload type is no number');
      codecs.push({ payloadType, name: '', clockRateHz: 0, channels: 1, fmtp: '', feedback: [] });
    }
    if (codecs.length > 128) throw invalid('a media section has too many formats');
  }
  return {
    kind,
    media,
    protocol: match[3]!,
    formats: match[4]!.trim(),
    port: Number(match[2]),
    mid: '',
    direction: 'sendrecv',
    codecs,
    extensions: {},
    rids: [],
    ssrcs: [],
    rtxOf: new Map(),
  };
}

function readAttribute(section: SdpSection, name: string, value: string): void {
  switch (name) {
    case 'mid':
      if (!/^[A-Za-z0-9._~+-]+$/.test(value)) throw invalid('a media section has an odd name');
      section.mid = value;
      break;
    case 'rtpmap': {
      const match = /^(\d+) ([^/\s]+)\/(\d+)(?:\/(\d+))?$/.exec(value);
      const codec = match === null ? undefined : section.codecs.find((one) => one.payloadType === Number(match[1]));
      if (match === null || codec === undefined) return;
      codec.name = match[2]!;
      codec.clockRateHz = Number(match[3]);
      codec.channels = Number(match[4] ?? 1);
      break;
    }
    case 'fmtp': {
      const codec = codecOf(section, value);
      if (codec !== undefined) codec.fmtp = value.slice(value.indexOf(' ') + 1);
      break;
    }
    case 'rtcp-fb': {
      const wildcard = value.startsWith('* ');
      for (const codec of wildcard ? section.codecs : [codecOf(section, value)]) {
        if (codec !== undefined && codec.feedback.length < 16) codec.feedback.push(value.slice(value.indexOf(' ') + 1));
      }
      break;
    }
    case 'extmap': {
      const match = /^(\d+)(?:\/\w+)? (\S+)/.exec(value);
      const extension = match === null ? null : extensionOfUri(match[2]!);
      const id = Number(match?.[1]);
      if (extension !== null && id >= 1 && id <= 255) section.extensions[extension] = id;
      break;
    }
    case 'bundle-only':
      // RFC 9143 section 6: port 0 then means that the section has no transport of its own.
      if (section.port === 0) section.port = 9;
      break;
    case 'simulcast': {
      const match = /(?:^|\s)send (\S+)/.exec(value);
      // Alternatives (`,`) and paused layers (`~`) of RFC 8853 section 5.1: the first one, as if it ran.
      const rids = (match?.[1] ?? '').split(';').map((part) => (part.split(',')[0] ?? '').replace('~', ''));
      section.rids = rids.filter((rid) => /^[A-Za-z0-9_-]{1,16}$/.test(rid)).slice(0, LIMITS.simulcastLayers);
      break;
    }
    case 'ssrc': {
      const ssrc = Number(value.split(' ')[0]);
      if (isSsrc(ssrc) && !section.ssrcs.includes(ssrc) && section.ssrcs.length < LIMITS.ssrcsPerConnection) section.ssrcs.push(ssrc);
      break;
    }
    case 'ssrc-group': {
      const [semantics, primary, repair] = value.split(' ');
      if (semantics === 'FID' && isSsrc(Number(primary)) && isSsrc(Number(repair)) && section.rtxOf.size < LIMITS.ssrcsPerConnection) {
        section.rtxOf.set(Number(primary), Number(repair));
      }
      break;
    }
    default:
      if (DIRECTIONS.includes(name)) section.direction = name as Direction;
  }
}

function codecOf(section: SdpSection, value: string): SdpCodec | undefined {
  const payloadType = Number(value.slice(0, value.indexOf(' ')));
  return section.codecs.find((codec) => codec.payloadType === payloadType);
}

function isSsrc(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}

function invalid(why: string): AppError {
  return new AppError('sdp_invalid', `The session description cannot be used: ${why}.`);
}

import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { LayoutName } from '../../src/core/layouts.js';
import type { CodecName, SenderReport, TrackDescription, TrackSource } from '../../src/core/media.js';
import type { EndReason, JournalRecord, TimelineEvent } from '../../src/journal/records.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { SERVER_EXTENSION_IDS } from '../../src/media/rtp/extensions.js';
import { buildRtp } from '../../src/media/rtp/packet.js';
import { payloadsOf } from './packetise.js';
import { generator } from './random.js';
import { OPUS_PRE_SKIP, codedFrames, opusPackets, type PicturePattern, type SoundPattern } from './synthetic-media.js';

/**
 * Journals without browsers: real VP8 and Opus in RTP as it comes over a network, with a sender's clocks,
 * sender reports, jitter, loss and reordering, all of it from a seed.
 */

export interface Network {
  /** Constant part of the way, ms. */
  delayMs?: number;
  /** Up to this much more for each packet, ms. Larger than the packets' spacing, it reorders them. */
  jitterMs?: number;
  /** Share of packets lost at first, 0 to 1. */
  loss?: number;
  /** Share of the lost ones that are sent again and come 150 ms later. */
  repaired?: number;
}

export interface SyntheticTrack {
  memberId: string;
  source: TrackSource;
  picture?: PicturePattern;
  /** From then on pictures are of this codec; the journal says so with the first of its packets' times. */
  codecFrom?: { atMs: number; codec: CodecName };
  sound?: SoundPattern;
  /** When the track is published; its pattern runs from the journal's time zero all the same. */
  fromMs?: number;
  toMs?: number;
  network?: Network;
  /** How the sender's clocks run against the server's, and the track's RTP clock against the sender's. */
  senderPpm?: number;
  rtpPpm?: number;
  /** Whether there are sender reports; default yes, one a second. */
  reports?: boolean;
  /** From capture to the first packet on the wire; default 40 ms for pictures, 10 ms for sound. */
  encodeMs?: number;
  /** Pictures or packets to leave out, by capture time (a stall, DTX). */
  silentMs?: readonly (readonly [number, number])[];
  /** When its packets carry the level of a voice (RFC 6464), else that of a quiet room; left out: they carry none. */
  speaksMs?: readonly (readonly [number, number])[];
}

export interface SyntheticJournal {
  seed?: number;
  durationMs: number;
  title?: string;
  layout?: LayoutName;
  transitions?: boolean;
  initials?: boolean;
  tracks: SyntheticTrack[];
  /** Further events at their times, ms. */
  events?: { atMs: number; event: TimelineEvent }[];
  end?: EndReason | null;
  /** Members that come on stage at other times than 0. */
  onStageAtMs?: Readonly<Record<string, number>>;
}

const PAYLOAD_TYPES: Record<CodecName, number> = { VP8: 96, VP9: 98, H264: 102, AV1: 124, opus: 111 };
const TICK_MS = 50;
const REPORT_EVERY_MS = 1_000;
const VOICE_DBOV = 25;
const ROOM_DBOV = 75;
const NTP_1970_S = 2_208_988_800;

/** The records of such a journal, in their order. */
export async function syntheticRecords(journal: SyntheticJournal): Promise<JournalRecord[]> {
  const random = generator(journal.seed ?? 1);
  const { durationMs } = journal;
  const records: JournalRecord[] = [];
  const event = (atMs: number, what: TimelineEvent): void => {
    records.push({ type: 'event', timeUs: Math.round(atMs * 1000), event: what });
  };
  event(0, {
    kind: 'started',
    roomId: 'room-1',
    sessionId: 'session-1',
    title: journal.title ?? 'Weekly meeting',
    layout: journal.layout ?? 'stage',
    ...(journal.initials === undefined ? {} : { initials: journal.initials }),
    ...(journal.transitions === undefined ? {} : { transitions: journal.transitions }),
  });
  for (const memberId of new Set(journal.tracks.map((track) => track.memberId))) {
    event(journal.onStageAtMs?.[memberId] ?? 0, { kind: 'member-on-stage', memberId, name: memberId });
  }
  for (const [index, track] of journal.tracks.entries()) {
    event(track.fromMs ?? 0, { kind: 'track-started', track: index + 1, description: describe(track, index + 1) });
    if (track.codecFrom) {
      const { atMs, codec } = track.codecFrom;
      event(atMs, { kind: 'track-codec', track: index + 1, codec: { name: codec, payloadType: PAYLOAD_TYPES[codec], clockRateHz: 90_000 } });
    }
    if (track.toMs !== undefined) event(track.toMs, { kind: 'track-ended', track: index + 1 });
  }
  for (const { atMs, event: what } of journal.events ?? []) event(atMs, what);
  const order = records.length;
  for (const [index, track] of journal.tracks.entries()) {
    records.push(...(await trackRecords(track, index + 1, durationMs, random)));
  }
  for (let atMs = TICK_MS; atMs < durationMs; atMs += TICK_MS) records.push({ type: 'tick', timeUs: atMs * 1000 });
  const positions = new Map(records.map((record, i) => [record, i < order ? -1 : i]));
  const inTime = records.filter((record) => record.timeUs < durationMs * 1000);
  inTime.sort((a, b) => a.timeUs - b.timeUs || (positions.get(a) ?? 0) - (positions.get(b) ?? 0));
  if (journal.end !== null) inTime.push({ type: 'end', timeUs: durationMs * 1000, reason: journal.end ?? 'stopped' });
  return inTime;
}

/** Writes records with the journal's own writer; without an `end` record the journal looks as after a kill. */
export async function writeRecords(dir: string, records: readonly JournalRecord[]): Promise<void> {
  let nowUs = 0;
  const writer = await JournalWriter.create({
    dir,
    recordingId: 'synthetic',
    startedAtWallMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    nowUs: () => nowUs,
    maxPendingBytes: 1 << 30,
  });
  for (const record of records) {
    nowUs = record.timeUs;
    if (record.type !== 'end' && !writer.append(record)) throw new Error('the journal did not take a record');
  }
  const last = records.at(-1);
  await writer.close(last?.type === 'end' ? last.reason : 'stopped');
  if (last?.type === 'end') return;
  // A kill in the middle of the last record.
  const segments = readdirSync(dir).filter((name) => name.endsWith('.rrj')).sort();
  const path = join(dir, segments.at(-1) as string);
  truncateSync(path, statSync(path).size - 1);
}

export async function writeSyntheticJournal(dir: string, journal: SyntheticJournal): Promise<JournalRecord[]> {
  const records = await syntheticRecords(journal);
  await writeRecords(dir, records);
  return records;
}

function describe(track: SyntheticTrack, number: number): TrackDescription {
  const kind = track.picture ? 'video' : 'audio';
  return {
    trackId: `track-${number}`,
    roomId: 'room-1',
    memberId: track.memberId,
    kind,
    source: track.source,
    codec:
      kind === 'video'
        ? { name: codecOf(track), payloadType: PAYLOAD_TYPES[codecOf(track)], clockRateHz: 90_000 }
        : { name: 'opus', payloadType: 111, clockRateHz: 48_000, channels: 2 },
  };
}

function codecOf({ picture }: SyntheticTrack): CodecName {
  return picture?.codec ?? 'VP8';
}

/** A piece of media: its capture time on the pattern's clock, and its packets' payloads. */
interface Piece {
  captureMs: number;
  payloads: Uint8Array[];
  payloadType: number;
  marker: boolean;
}

async function trackRecords(track: SyntheticTrack, number: number, durationMs: number, random: () => number): Promise<JournalRecord[]> {
  const pieces = track.picture ? await pictures(track, track.picture, durationMs) : await sounds(track.sound ?? { kind: 'silence' }, durationMs);
  const { senderPpm = 0, rtpPpm = 0, reports = true, network = {}, fromMs = 0, toMs = durationMs, silentMs = [], speaksMs } = track;
  const within = (ms: number, spans: readonly (readonly [number, number])[]): boolean => spans.some(([from, to]) => ms >= from && ms < to);
  const encodeMs = track.encodeMs ?? (track.picture ? 40 : 10);
  const rate = track.picture ? 90_000 : 48_000;
  const firstTimestamp = random() < 0.5 ? 2 ** 32 - Math.floor(random() * rate * 3) : Math.floor(random() * 2 ** 32);
  const ssrc = Math.floor(random() * 2 ** 32);
  // One wall clock for all tracks of a member, and each member's own.
  const ntpStartMs = Date.UTC(2026, 0, 1) + [...track.memberId].reduce((sum, letter) => sum * 31 + (letter.codePointAt(0) ?? 0), 7) % 1e9;
  let sequence = random() < 0.5 ? 65_400 + Math.floor(random() * 136) : Math.floor(random() * 65_536);
  const rtpAt = (ms: number): number =>
    Math.round(firstTimestamp + (ms / 1000) * rate * (1 + senderPpm / 1e6) * (1 + rtpPpm / 1e6)) % 2 ** 32;
  const wayMs = (): number => (network.delayMs ?? 20) + random() * (network.jitterMs ?? 5);
  const records: JournalRecord[] = [];
  for (const { captureMs, payloads, payloadType, marker } of pieces) {
    const silent = within(captureMs, silentMs);
    const level = { id: SERVER_EXTENSION_IDS.audioLevel, data: Uint8Array.of(speaksMs && within(captureMs, speaksMs) ? VOICE_DBOV : ROOM_DBOV) };
    // The first Opus packet begins a little before the first sample.
    if (silent || captureMs < fromMs - 10 || captureMs >= toMs) continue;
    // Sound's timestamps count samples, so a clock that runs fast makes packets come sooner.
    const timestamp = track.picture ? rtpAt(captureMs) : Math.round(firstTimestamp + captureMs * 48) % 2 ** 32;
    const drift = track.picture ? 1 : 1 / ((1 + senderPpm / 1e6) * (1 + rtpPpm / 1e6));
    for (const [i, payload] of payloads.entries()) {
      const header = { sequence: sequence & 0xffff, timestamp: (timestamp + 2 ** 32) % 2 ** 32, ssrc };
      sequence++;
      let arrivalMs = captureMs * drift + encodeMs + wayMs();
      if (random() < (network.loss ?? 0)) {
        if (random() >= (network.repaired ?? 0)) continue;
        arrivalMs += 150;
      }
      const data = buildRtp({ ...header, marker: marker && i === payloads.length - 1, payloadType, extensions: speaksMs ? [level] : [] }, payload);
      records.push({ type: 'packet', timeUs: Math.round(arrivalMs * 1000), track: number, data });
    }
  }
  for (let atMs = fromMs + 200; reports && atMs < toMs; atMs += REPORT_EVERY_MS) {
    const ntpMs = ntpStartMs + atMs * (1 + senderPpm / 1e6);
    const report: SenderReport = {
      ntpSeconds: Math.floor(ntpMs / 1000) + NTP_1970_S,
      ntpFraction: Math.floor(((ntpMs % 1000) / 1000) * 2 ** 32),
      rtpTimestamp: (rtpAt(atMs) + 2 ** 32) % 2 ** 32,
    };
    records.push({ type: 'sender-report', timeUs: Math.round((atMs + wayMs()) * 1000), track: number, report });
  }
  return records;
}

async function pictures(track: SyntheticTrack, pattern: PicturePattern, durationMs: number): Promise<Piece[]> {
  const before = await codedFrames(pattern, durationMs / 1000);
  // The second encoder begins with a keyframe where it takes over.
  const skip = track.codecFrom ? Math.ceil((track.codecFrom.atMs * pattern.fps) / 1000) : before.length;
  const later = track.codecFrom?.codec ?? codecOf(track);
  const after = skip < before.length ? await codedFrames({ ...pattern, codec: later, skip }, (before.length - skip) / pattern.fps) : [];
  return [...before.slice(0, skip), ...after].map((frame, n) => {
    const codec = n < skip ? codecOf(track) : later;
    return { captureMs: (n * 1000) / pattern.fps, payloads: payloadsOf(codec, frame, n), payloadType: PAYLOAD_TYPES[codec], marker: true };
  });
}

async function sounds(pattern: SoundPattern, durationMs: number): Promise<Piece[]> {
  const packets = await opusPackets(pattern, durationMs / 1000);
  return packets.map((packet, n) => ({
    captureMs: n * 20 - (OPUS_PRE_SKIP * 1000) / 48_000,
    payloads: [packet],
    payloadType: PAYLOAD_TYPES.opus,
    marker: false,
  }));
}

import { rmSync } from 'node:fs';
import { JournalWriter } from '../src/journal/writer.js';
import type { JournalRecord, TimelineEvent } from '../src/journal/records.js';
import type { TrackDescription, TrackSource } from '../src/core/media.js';
import { buildRtp } from '../src/media/rtp/packet.js';
import type { Stream } from './inputs.js';

/** Writes streams as the journal of a meeting in which everybody publishes from the first moment on. */

export interface PublishedStream {
  memberId: string;
  source: TrackSource;
  stream: Stream;
}

const OPUS_PACKET_US = 20_000;
const MOST_PAYLOAD_BYTES = 1180;
/** Network and jitter between sending and arriving. */
const TRANSIT_US = 20_000;
/** Seconds from 1900 to 1970 (RFC 5905 section 6), and some moment of 2026. */
const NTP_START_S = 2_208_988_800 + 1_790_000_000;

/** All that a journal will hold, in its order. */
export interface JournalContent {
  records: readonly Exclude<JournalRecord, { type: 'tick' | 'end' }>[];
  durationUs: number;
}

export function contentOf(published: readonly PublishedStream[], durationUs: number): JournalContent {
  const started = { kind: 'started', roomId: 'bench', sessionId: 'bench', title: 'Bench', layout: 'stage' } as const;
  const members = [...new Set(published.map((each) => each.memberId))];
  const events: TimelineEvent[] = [
    started,
    ...members.map((memberId) => ({ kind: 'member-on-stage' as const, memberId, name: memberId })),
    ...published.map((each, track) => ({ kind: 'track-started' as const, track, description: describe(each, track) })),
  ];
  const media = published.flatMap((each, track) => trackRecords(each, track)).filter(({ timeUs }) => timeUs < durationUs);
  media.sort((a, b) => a.timeUs - b.timeUs);
  return { records: [...events.map((event) => ({ type: 'event' as const, timeUs: 0, event })), ...media], durationUs };
}

export async function writeJournal(dir: string, { records, durationUs }: JournalContent): Promise<void> {
  rmSync(dir, { recursive: true, force: true });
  let nowUs = 0;
  const writer = await JournalWriter.create({
    ...{ dir, recordingId: 'bench', startedAtWallMs: 1_790_000_000_000, nowUs: () => nowUs },
    // Records come much faster than in a meeting, and none is to be dropped.
    maxPendingBytes: 1 << 30,
  });
  for (const record of records) {
    nowUs = record.timeUs;
    writer.append(record);
  }
  nowUs = durationUs;
  await writer.close('stopped');
  if (writer.failure) throw writer.failure;
}

/** Packets come together, as they do to a server that has more than one meeting. */
const ARRIVALS_MS = 5;

/** The same as fast as in a meeting; `grown` as the recorder tells the compositor. Resolves when it is closed. */
export async function writeJournalLive(dir: string, { records, durationUs }: JournalContent, grown: () => void): Promise<void> {
  const startMs = performance.now();
  const nowUs = (): number => Math.floor((performance.now() - startMs) * 1000);
  const writer = await JournalWriter.create({ dir, recordingId: 'bench', startedAtWallMs: Date.now(), nowUs, onFlushed: grown });
  let next = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const dueUs = nowUs();
      for (; next < records.length && records[next]!.timeUs <= dueUs; next++) writer.append(records[next]!);
      if (dueUs < durationUs) return;
      clearInterval(timer);
      resolve();
    }, ARRIVALS_MS);
  });
  await writer.close('stopped');
  grown();
  if (writer.failure) throw writer.failure;
}

function describe({ memberId, source }: PublishedStream, track: number): TrackDescription {
  const video = source === 'camera' || source === 'screen';
  return {
    ...{ trackId: `track-${track}`, roomId: 'bench', memberId, source, kind: video ? 'video' : 'audio' },
    codec: video
      ? { name: 'VP8', payloadType: 96, clockRateHz: 90_000 }
      : { name: 'opus', payloadType: 111, clockRateHz: 48_000, channels: 2 },
  };
}

type Timed = Extract<JournalRecord, { type: 'packet' | 'sender-report' }>;

function trackRecords({ source, stream }: PublishedStream, track: number): Timed[] {
  const video = source === 'camera' || source === 'screen';
  const [partUs, rateHz] = video ? [1_000_000 / (stream.fps ?? 30), 90_000] : [OPUS_PACKET_US, 48_000];
  const rtpTimestamp = (us: number): number => (track * 1000 + Math.round((us * rateHz) / 1e6)) >>> 0;
  // Close to its end, so that every journal has a wrap of the sequence in it.
  let sequence = 65_400;
  const records: Timed[] = [];
  stream.parts.forEach((part, index) => {
    const sentUs = Math.round(index * partUs);
    const timeUs = sentUs + TRANSIT_US;
    const payloads = video ? vp8Payloads(part, index) : [part];
    payloads.forEach((payload, at) => {
      const marker = video && at === payloads.length - 1;
      const data = buildRtp({ marker, payloadType: video ? 96 : 111, sequence, timestamp: rtpTimestamp(sentUs), ssrc: track + 1, extensions: [] }, payload);
      sequence = (sequence + 1) & 0xffff;
      records.push({ type: 'packet', timeUs, track, data });
    });
    if (index % (video ? (stream.fps ?? 30) : 50) === 0) {
      const report = {
        ntpSeconds: NTP_START_S + Math.floor(sentUs / 1e6),
        ntpFraction: Math.floor(((sentUs % 1e6) / 1e6) * 2 ** 32),
        rtpTimestamp: rtpTimestamp(sentUs),
      };
      records.push({ type: 'sender-report', timeUs, track, report });
    }
  });
  return records;
}

/** RFC 7741 section 4.2: a descriptor with a picture number of 15 bits before each piece of the frame. */
function vp8Payloads(frame: Uint8Array, number: number): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  for (let at = 0; at < frame.length; at += MOST_PAYLOAD_BYTES) {
    const piece = frame.subarray(at, at + MOST_PAYLOAD_BYTES);
    const descriptor = [at === 0 ? 0x90 : 0x80, 0x80, 0x80 | ((number >> 8) & 0x7f), number & 0xff];
    payloads.push(Uint8Array.from(Buffer.concat([Uint8Array.from(descriptor), piece])));
  }
  return payloads;
}

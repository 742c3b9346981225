import { rmSync } from 'node:fs';
import { JournalWriter } from '../src/journal/writer.js';
import type { JournalRecord } from '../src/journal/records.js';
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

export async function writeJournal(dir: string, published: readonly PublishedStream[], durationUs: number): Promise<void> {
  rmSync(dir, { recursive: true, force: true });
  const records = published.flatMap((each, track) => trackRecords(each, track)).filter(({ timeUs }) => timeUs < durationUs);
  records.sort((a, b) => a.timeUs - b.timeUs);
  const writer = await JournalWriter.create({
    dir,
    recordingId: 'bench',
    startedAtWallMs: 1_790_000_000_000,
    nowUs: () => nowUs,
    // Records come much faster than in a meeting, and none is to be dropped.
    maxPendingBytes: 1 << 30,
  });
  let nowUs = 0;
  const started = { kind: 'started', roomId: 'bench', sessionId: 'bench', title: 'Bench', layout: 'stage' } as const;
  writer.append({ type: 'event', timeUs: 0, event: started });
  for (const memberId of new Set(published.map((each) => each.memberId))) {
    writer.append({ type: 'event', timeUs: 0, event: { kind: 'member-on-stage', memberId, name: memberId } });
  }
  published.forEach((each, track) => {
    writer.append({ type: 'event', timeUs: 0, event: { kind: 'track-started', track, description: describe(each, track) } });
  });
  for (const record of records) {
    nowUs = record.timeUs;
    writer.append(record);
  }
  nowUs = durationUs;
  await writer.close('stopped');
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

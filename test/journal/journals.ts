import fc from 'fast-check';
import { LAYOUTS } from '../../src/core/layouts.js';
import { encodeHeader, encodeRecord, prepareRecord, SegmentDecoder, type SegmentEnd } from '../../src/journal/format.js';
import type { JournalRecord, TimelineEvent } from '../../src/journal/records.js';

/** Journals for tests: any record, and whole segments as bytes. */

const timeUs = fc.nat(2 ** 47 - 1);
const track = fc.nat(0xffff);
const text = fc.string({ unit: 'grapheme', maxLength: 40 });

const event: fc.Arbitrary<TimelineEvent> = fc.oneof(
  fc.record({
    kind: fc.constant('started' as const),
    roomId: text,
    sessionId: text,
    title: text,
    layout: fc.constantFrom(...LAYOUTS),
    transitions: fc.boolean(),
    initials: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('layout' as const), layout: fc.constantFrom(...LAYOUTS) }),
  fc.record({ kind: fc.constant('member-on-stage' as const), memberId: text, name: text }),
  fc.record({ kind: fc.constant('member-on-stage' as const), memberId: text, name: text, seat: fc.nat() }),
  fc.record({
    kind: fc.constant('track-started' as const),
    track,
    description: fc.record({
      trackId: text,
      roomId: text,
      memberId: text,
      kind: fc.constant('audio' as const),
      source: fc.constant('microphone' as const),
      codec: fc.record({
        name: fc.constant('opus' as const),
        payloadType: fc.nat(127),
        clockRateHz: fc.constant(48_000),
        channels: fc.constant(2),
      }),
    }),
  }),
  fc.record({ kind: fc.constant('track-muted' as const), track, muted: fc.boolean() }),
  fc.record({ kind: fc.constant('highlight' as const), memberId: fc.option(text) }),
  fc.constant({ kind: 'paused' as const }),
);

const report = fc.record({
  ntpSeconds: fc.nat(2 ** 32 - 1),
  ntpFraction: fc.nat(2 ** 32 - 1),
  rtpTimestamp: fc.nat(2 ** 32 - 1),
});

/** Any record but the end. */
export const anyRecord: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.record({ type: fc.constant('packet' as const), timeUs, track, data: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ type: fc.constant('sender-report' as const), timeUs, track, report }),
  fc.record({ type: fc.constant('event' as const), timeUs, event }),
  fc.record({ type: fc.constant('tick' as const), timeUs }),
);

export function segmentBytes(
  records: readonly Parameters<typeof prepareRecord>[0][],
  header = { recordingId: 'rec_1', startedAtWallMs: 1_795_424_000_123, segment: 0 },
): Buffer {
  const encoded = encodeHeader(header);
  const parts: Uint8Array[] = [encoded.bytes];
  let crc = encoded.crc;
  for (const record of records) {
    const prepared = prepareRecord(record);
    const bytes = new Uint8Array(prepared.sizeBytes);
    crc = encodeRecord(prepared, bytes, 0, crc);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

export function decodeAll(bytes: Uint8Array, pieceBytes = bytes.length): { records: JournalRecord[]; end: SegmentEnd } {
  const decoder = new SegmentDecoder();
  const records: JournalRecord[] = [];
  for (let at = 0; at < bytes.length; at += Math.max(1, pieceBytes)) {
    decoder.feed(Uint8Array.from(bytes.subarray(at, at + pieceBytes)));
    for (let record = decoder.next(); record; record = decoder.next()) records.push(record);
  }
  return { records, end: decoder.end(true) };
}

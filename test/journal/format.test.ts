import fc from 'fast-check';
import t from 'tap';
import { crc32c } from '../../src/journal/crc32c.js';
import { encodeHeader, prepareRecord, SegmentDecoder } from '../../src/journal/format.js';
import type { JournalRecord } from '../../src/journal/records.js';
import { leastMs } from '../support/least-ms.js';
import { anyRecord, decodeAll, segmentBytes } from './journals.js';

const sample: JournalRecord[] = [
  { type: 'event', timeUs: 0, event: { kind: 'started', roomId: 'r', sessionId: 's', title: 'Zoë 🎬', layout: 'grid' } },
  { type: 'packet', timeUs: 1500, track: 3, data: Uint8Array.from({ length: 40 }, (_, index) => index * 7) },
  { type: 'sender-report', timeUs: 2000, track: 3, report: { ntpSeconds: 4_000_000_000, ntpFraction: 7, rtpTimestamp: 9 } },
  { type: 'tick', timeUs: 2 ** 40 },
  { type: 'end', timeUs: 2 ** 40 + 1, reason: 'stopped' },
];

t.test('CRC-32C gives the values of RFC 3720 appendix B.4', async (t) => {
  t.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  t.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  t.equal(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e);
  t.equal(crc32c(Uint8Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c);
  t.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
  t.equal(crc32c(Buffer.from('56789'), crc32c(Buffer.from('1234'))), 0xe3069283, 'it continues');
});

t.test('every record comes back, in pieces of any size', async (t) => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 20 }), fc.integer({ min: 1, max: 200 }), (records, pieceBytes) => {
      const whole: JournalRecord[] = [...records, { type: 'end', timeUs: 2 ** 47, reason: 'cap' }];
      const decoded = decodeAll(segmentBytes(whole), pieceBytes);
      t.same(decoded.records, whole);
      t.match(decoded.end, { end: 'clean', last: true });
    }),
    { numRuns: 200 },
  );
});

t.test('the header comes back', async (t) => {
  const decoder = new SegmentDecoder();
  decoder.feed(encodeHeader({ recordingId: 'abc', startedAtWallMs: 1.5, segment: 70_000 }).bytes);
  t.equal(decoder.next(), null);
  t.same(decoder.header, { version: 1, recordingId: 'abc', startedAtWallMs: 1.5, segment: 70_000 });
  t.equal(decoder.end(false), null, 'more may follow');
});

t.test('cut at every byte: whole records only, and the end says truncated', async (t) => {
  const bytes = segmentBytes(sample);
  for (let length = 0; length < bytes.length; length++) {
    const { records, end } = decodeAll(bytes.subarray(0, length));
    t.same(records, sample.slice(0, records.length));
    t.equal(end.end, 'truncated');
    t.ok(end.atByte <= length);
  }
});

t.test('any flipped bit: the records before it only, and never a clean end', async (t) => {
  const bytes = segmentBytes(sample);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Uint8Array.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    const { records, end } = decodeAll(flipped);
    if (records.length >= sample.length) t.fail(`bit ${bit}: a damaged record was accepted`);
    t.same(records, sample.slice(0, records.length));
    t.not(end.end, 'clean', `bit ${bit}`);
    t.ok(end.atByte <= bit >> 3, `bit ${bit}: the end lies before the damage`);
  }
});

t.test('a record moved, repeated or taken out is not accepted', async (t) => {
  const ticks: JournalRecord[] = [1, 2, 3].map((timeUs) => ({ type: 'tick', timeUs }));
  const bytes = segmentBytes(ticks);
  const head = bytes.subarray(0, bytes.length - 3 * 14);
  const [first, second, third] = [0, 1, 2].map((index) => bytes.subarray(head.length + index * 14, head.length + index * 14 + 14));
  for (const order of [[second, first, third], [first, third], [first, first, second]]) {
    const { records, end } = decodeAll(Buffer.concat([head, ...(order as Buffer[])]));
    t.same(records, ticks.slice(0, records.length));
    t.equal(end.end, 'damaged');
  }
});

t.test('a record type of a later minor version is passed over', async (t) => {
  const { bytes, crc } = encodeHeader({ recordingId: 'r', startedAtWallMs: 0, segment: 0 });
  const unknown = Buffer.alloc(14 + 3);
  unknown[4] = 3;
  unknown[7] = 200;
  const unknownCrc = crc32c(unknown, crc, 4);
  unknown.writeUInt32LE(unknownCrc, 0);
  const tick = Buffer.alloc(14);
  tick[7] = 4;
  tick[8] = 9;
  tick.writeUInt32LE(crc32c(tick, unknownCrc, 4), 0);
  const { records, end } = decodeAll(Buffer.concat([bytes, unknown, tick]));
  t.same(records, [{ type: 'tick', timeUs: 9 }]);
  t.equal(end.end, 'truncated');
});

t.test('what the format cannot say is refused before a byte is written', async (t) => {
  const refused: JournalRecord[] = [
    { type: 'packet', timeUs: 0, track: 0, data: new Uint8Array(65_536) },
    { type: 'packet', timeUs: 0, track: 65_536, data: new Uint8Array(1) },
    { type: 'tick', timeUs: -1 },
    { type: 'tick', timeUs: Number.NaN },
    { type: 'tick', timeUs: 2 ** 48 },
    { type: 'event', timeUs: 0, event: { kind: 'mark', memberId: 'm', label: 'x'.repeat(1 << 20) } },
  ];
  for (const record of refused) t.throws(() => prepareRecord(record), { code: 'journal_record_invalid' });
});

/** Every parser's bound for one input, ms. */
const LONGEST_MS = 5;

t.test('garbage ends in a few milliseconds, without a record', async (t) => {
  const good = segmentBytes(sample);
  const header = good.subarray(0, 30);
  let worstMs = 0;
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 4096 }),
    fc.uint8Array({ maxLength: 4096 }).map((bytes) => Uint8Array.from(Buffer.concat([header, bytes]))),
  );
  fc.assert(
    fc.property(garbage, fc.integer({ min: 64, max: 5000 }), (bytes, pieceBytes) => {
      const { records, end } = decodeAll(bytes, pieceBytes);
      worstMs = Math.max(worstMs, leastMs(LONGEST_MS, () => decodeAll(bytes, pieceBytes)));
      t.same(records, []);
      t.not(end.end, 'clean');
    }),
    { numRuns: 2000 },
  );
  t.ok(worstMs <= LONGEST_MS, `worst ${worstMs} ms`);
});

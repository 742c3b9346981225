import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readJournal, type JournalReader } from '../../src/journal/reader.js';
import type { JournalRecord } from '../../src/journal/records.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { segmentBytes } from './journals.js';

const header = (segment: number, recordingId = 'rec') => ({ recordingId, startedAtWallMs: 0, segment });
const tick = (timeUs: number): JournalRecord => ({ type: 'tick', timeUs });
const segmentEnd = (timeUs: number) => ({ type: 'segment-end', timeUs }) as const;
const end = (timeUs: number) => ({ type: 'end', timeUs, reason: 'stopped' }) as const;

async function readAll(reader: JournalReader): Promise<number[]> {
  const times: number[] = [];
  for await (const record of reader) times.push(record.timeUs);
  return times;
}

t.test('a journal that is not there is an empty one, cut short', async (t) => {
  const reader = readJournal(join(t.testdir(), 'none'));
  t.same(await readAll(reader), []);
  t.same(reader.end, { end: 'truncated', timeUs: 0, segment: 0, atByte: 0 });
});

t.test('cut at every byte: read to the last whole record, and told where', async (t) => {
  const bytes = segmentBytes([tick(1), { type: 'packet', timeUs: 2, track: 0, data: new Uint8Array(9) }, end(3)], header(0));
  const dir = t.testdir();
  for (let length = 0; length < bytes.length; length += 1) {
    await writeFile(join(dir, '000000.rrj'), bytes.subarray(0, length));
    const reader = readJournal(dir);
    const times = await readAll(reader);
    t.same(times, [1, 2].slice(0, times.length));
    t.match(reader.end, { end: 'truncated', segment: 0, timeUs: times.at(-1) ?? 0 });
  }
});

t.test('damage in the middle: the gap is told and the next segment read', async (t) => {
  const damaged = segmentBytes([tick(10), tick(11), tick(12), segmentEnd(12)], header(1));
  damaged[damaged.length - 20] = 0xee;
  const dir = t.testdir({
    '000000.rrj': segmentBytes([tick(1), segmentEnd(1)], header(0)),
    '000001.rrj': damaged,
    '000002.rrj': segmentBytes([tick(20), end(21)], header(2)),
  });
  const reader = readJournal(dir);
  t.same(await readAll(reader), [1, 10, 11, 20, 21]);
  t.match(reader.gaps, [{ segment: 1, reason: 'a record does not match its CRC', fromUs: 11, toUs: 20 }]);
  t.match(reader.end, { end: 'clean', timeUs: 21 });
});

t.test('a missing, a foreign and a misplaced segment are gaps', async (t) => {
  const first = segmentBytes([tick(1), segmentEnd(1)], header(0));
  const last = segmentBytes([tick(9), end(9)], header(3));
  for (const [between, reason] of [
    [{}, 'it is missing'],
    [{ '000001.rrj': segmentBytes([tick(5), segmentEnd(5)], header(1, 'other')) }, 'it belongs to another journal'],
    [{ '000001.rrj': segmentBytes([tick(5), segmentEnd(5)], header(2)) }, 'it belongs to another journal'],
    [{ '000001.rrj': segmentBytes([], header(1)) }, 'it is cut short'],
  ] as const) {
    const reader = readJournal(t.testdir({ '000000.rrj': first, ...between, '000003.rrj': last }));
    t.same(await readAll(reader), [1, 9, 9], reason);
    t.match(reader.gaps, [{ segment: 1, reason, fromUs: 1, toUs: 9 }]);
  }
});

t.test('damage with nothing behind it is the end', async (t) => {
  const bytes = segmentBytes([tick(1), tick(2)], header(0));
  bytes[bytes.length - 1] = 0xee;
  const reader = readJournal(t.testdir({ '000000.rrj': bytes }));
  t.same(await readAll(reader), [1]);
  t.match(reader.end, { end: 'damaged', timeUs: 1, segment: 0, atByte: bytes.length - 14 });
  t.same(reader.gaps, []);
});

t.test('a journal of another major version is not read', async (t) => {
  const bytes = segmentBytes([tick(1)], header(0));
  bytes[4] = 2;
  const reader = readJournal(t.testdir({ '000000.rrj': bytes }));
  t.same(await readAll(reader), []);
  t.match(reader.end, { end: 'damaged' });
});

t.test('a growing journal is followed over segments, byte by byte, to its end', async (t) => {
  const dir = join(t.testdir(), 'journal');
  const reader = readJournal(dir, { live: true });
  const times = readAll(reader);
  await mkdir(dir);
  const segments = [
    segmentBytes([tick(1), tick(2), segmentEnd(2)], header(0)),
    segmentBytes([tick(3), end(4)], header(1)),
  ];
  for (const [index, bytes] of segments.entries()) {
    for (const byte of bytes) {
      await appendFile(join(dir, `00000${index}.rrj`), Uint8Array.of(byte));
      reader.notify();
    }
  }
  t.same(await times, [1, 2, 3, 4]);
  t.match(reader.end, { end: 'clean', timeUs: 4, reason: 'stopped' });
});

t.test('a live writer and a live reader agree on every record', async (t) => {
  const dir = join(t.testdir(), 'journal');
  const reader = readJournal(dir, { live: true });
  const journal = await JournalWriter.create({
    dir,
    recordingId: 'rec',
    startedAtWallMs: 0,
    nowUs: () => 5000,
    onFlushed: () => reader.notify(),
    flushEveryMs: 3_600_000,
    batchBytes: 2000,
    segmentBytes: 30_000,
  });
  const times = readAll(reader);
  for (let index = 0; index < 1000; index++) {
    journal.append({ type: 'packet', timeUs: index, track: 0, data: new Uint8Array(index) });
    if (index % 10 === 0) await journal.flush();
  }
  await journal.close('session-ended');
  t.same(await times, [...Array.from({ length: 1000 }, (_, index) => index), 5000]);
  t.match(reader.end, { end: 'clean', reason: 'session-ended' });
});

t.test('finish() reads a live journal to where it was cut', async (t) => {
  const reader = readJournal(t.testdir({ '000000.rrj': segmentBytes([tick(1)], header(0)) }), { live: true });
  t.match(await reader.nextBatch(), [{ timeUs: 1 }]);
  const next = reader.nextBatch();
  reader.finish();
  t.equal(await next, null);
  t.match(reader.end, { end: 'truncated', timeUs: 1 });
});

t.test('close() ends a reader that waits', async (t) => {
  const reader = readJournal(t.testdir(), { live: true });
  const next = reader.nextBatch();
  reader.close();
  reader.close();
  t.equal(await next, null);
  t.equal(await reader.nextBatch(), null);
});

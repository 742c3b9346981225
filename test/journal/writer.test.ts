import { constants } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { AppError } from '../../src/core/errors.js';
import { readJournal } from '../../src/journal/reader.js';
import type { JournalRecord } from '../../src/journal/records.js';
import { JournalWriter, type JournalWriterOptions } from '../../src/journal/writer.js';

async function writer(t: Test, options: Partial<JournalWriterOptions> = {}): Promise<{ dir: string; journal: JournalWriter }> {
  const dir = join(t.testdir(), 'journal');
  const journal = await JournalWriter.create({
    dir,
    recordingId: 'rec',
    startedAtWallMs: 1000,
    nowUs: () => 0,
    // The tests flush when they want to.
    flushEveryMs: 3_600_000,
    ...options,
  });
  return { dir, journal };
}

function packet(timeUs: number, bytes = 1200): JournalRecord {
  return { type: 'packet', timeUs, track: 1, data: new Uint8Array(bytes).fill(timeUs & 0xff) };
}

async function records(dir: string): Promise<JournalRecord[]> {
  const all: JournalRecord[] = [];
  for await (const record of readJournal(dir)) all.push(record);
  return all;
}

t.test('what is appended is read again, over as many segments as it takes', async (t) => {
  const { dir, journal } = await writer(t, { segmentBytes: 20_000, batchBytes: 4096, nowUs: () => 999 });
  const written = Array.from({ length: 100 }, (_, index) => packet(index));
  for (const record of written) t.equal(journal.append(record), true);
  await journal.close('stopped');
  await journal.close('cap');
  const reader = readJournal(dir);
  const read: JournalRecord[] = [];
  for await (const record of reader) read.push(record);
  t.same(read, [...written, { type: 'end', timeUs: 999, reason: 'stopped' }]);
  t.same(reader.end, { end: 'clean', timeUs: 999, reason: 'stopped' });
  t.same(reader.gaps, []);
  t.ok((await readFile(join(dir, '000005.rrj'))).length > 0, 'there are several segments');
});

t.test('a segment also ends by time', async (t) => {
  const { dir, journal } = await writer(t, { segmentMs: 1000 });
  for (const timeUs of [0, 600_000, 1_200_000, 1_300_000]) journal.append({ type: 'tick', timeUs });
  await journal.close('stopped');
  t.same((await records(dir)).map((record) => record.timeUs), [0, 600_000, 1_200_000, 1_300_000, 1_300_000]);
  await t.resolves(readFile(join(dir, '000001.rrj')));
});

t.test('the caller may use its bytes again at once', async (t) => {
  const { dir, journal } = await writer(t);
  const data = Uint8Array.of(1, 2, 3);
  journal.append({ type: 'packet', timeUs: 0, track: 1, data });
  data.fill(9);
  await journal.close('stopped');
  t.match((await records(dir))[0], { data: Uint8Array.of(1, 2, 3) });
});

t.test('time never runs backwards', async (t) => {
  const { dir, journal } = await writer(t);
  for (const timeUs of [5, 3, 8]) journal.append({ type: 'tick', timeUs });
  await journal.close('stopped');
  t.same((await records(dir)).map((record) => record.timeUs), [5, 5, 8, 8]);
});

t.test('the header goes at once, the timer writes what is pending, with a tick', async (t) => {
  let flushed: () => void = () => {};
  const nextFlush = (): Promise<void> => new Promise((resolve) => (flushed = resolve));
  const { dir, journal } = await writer(t, { flushEveryMs: 5, nowUs: () => 77, onFlushed: () => flushed() });
  await nextFlush();
  const facts = readJournal(dir);
  for await (const record of facts) t.equal(record.type, 'tick', 'nothing else was said');
  t.ok(facts.header, 'a header alone is a journal');
  journal.append(packet(1));
  const afterPacket = async (): Promise<unknown[]> => {
    const all = await records(dir);
    const at = all.findIndex(({ type }) => type === 'packet');
    return at < 0 ? [] : all.slice(at);
  };
  while ((await afterPacket()).length < 2) await nextFlush();
  t.match((await afterPacket()).slice(0, 2), [{ type: 'packet' }, { type: 'tick', timeUs: 77 }]);
  await journal.close('stopped');
});

t.test('a slow disk drops packets, counts them and says so in the journal', async (t) => {
  let letWrite: () => void = () => {};
  const slow = new Promise<void>((resolve) => (letWrite = resolve));
  const { dir, journal } = await writer(t, {
    batchBytes: 4096,
    maxPendingBytes: 20_000,
    openFile: async (path) => {
      await slow;
      return open(path, 'wx');
    },
  });
  const taken = Array.from({ length: 100 }, (_, index) => journal.append(packet(index))).filter(Boolean).length;
  t.ok(taken < 20, 'memory stays bounded');
  t.ok(journal.stats.pendingBytes <= 20_000);
  t.equal(journal.append({ type: 'event', timeUs: 200, event: { kind: 'paused' } }), true, 'events still have room');
  letWrite();
  await journal.flush();
  t.equal(journal.append(packet(300)), true);
  await journal.close('stopped');
  const read = await records(dir);
  t.equal(read.filter((record) => record.type === 'packet').length, taken + 1);
  t.match(read[taken], { type: 'event', event: { kind: 'dropped', packets: 100 - taken } });
  t.match(read[taken + 1], { type: 'event', event: { kind: 'paused' } });
  t.equal(journal.stats.droppedPackets, 100 - taken);
});

t.test('a full disk ends the journal; what was written stays and the caller goes on', async (t) => {
  const failures: AppError[] = [];
  const { dir, journal } = await writer(t, {
    segmentBytes: 10_000,
    onFailed: (error) => failures.push(error),
    // The kernel's own ENOSPC, from the second segment on.
    openFile: (path) => (path.endsWith('000000.rrj') ? open(path, 'wx') : open('/dev/full', constants.O_WRONLY)),
  });
  for (let index = 0; index < 20; index++) journal.append(packet(index));
  await journal.flush();
  t.equal(journal.append(packet(50)), false);
  await journal.close('stopped');
  t.same(failures.map((error) => error.code), ['disk_full']);
  const reader = readJournal(dir);
  const read: JournalRecord[] = [];
  for await (const record of reader) read.push(record);
  t.equal(read.length, 9);
  t.match(reader.end, { end: 'truncated', segment: 1, atByte: 0 });
});

t.test('another recording\'s journal is never written into', async (t) => {
  const dir = t.testdir({ '000000.rrj': 'precious' });
  const failures: AppError[] = [];
  const journal = await JournalWriter.create({
    dir,
    recordingId: 'rec',
    startedAtWallMs: 0,
    nowUs: () => 0,
    onFailed: (error) => failures.push(error),
  });
  await journal.close('stopped');
  t.equal((await readFile(join(dir, '000000.rrj'), 'utf8')), 'precious');
  t.same(failures.map((error) => error.code), ['journal_write_failed']);
});

t.test('a folder that cannot be made is said at once', async (t) => {
  const dir = t.testdir();
  await writeFile(join(dir, 'file'), '');
  const options = { dir: join(dir, 'file', 'journal'), recordingId: 'r', startedAtWallMs: 0, nowUs: () => 0 };
  await t.rejects(JournalWriter.create(options), { code: 'journal_write_failed' });
});

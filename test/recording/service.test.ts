import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { JournalRecord } from '../../src/journal/records.js';
import { readJournal } from '../../src/journal/reader.js';
import { house, member, smallMovie, track, type House } from './doubles.js';

const host = member('ann');
const moderator = member('bob', 'moderator');

async function journalOf({ paths }: House, recordingId: string): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for await (const record of readJournal(paths.journal(recordingId))) records.push(record);
  return records;
}

t.test('from Record to the file in the room\'s folder', async (t) => {
  const h = house(t);
  h.room.join(host);
  const started = await h.service.start(h.room, host);
  t.match(started, { state: 'recording', roomId: h.room.roomId, sessionId: 'session-1', startedAtWallMs: h.clock.wall });
  t.match(h.service.current(h.room.roomId), { recordingId: started.recordingId });
  t.match((await h.compositor.job(0)).job, { live: true, resume: false, journalDir: h.paths.journal(started.recordingId) });
  h.service.confirm(started.recordingId, moderator);
  h.clock.advance(65_000);
  t.equal(h.service.current(h.room.roomId)?.recordedMs, 65_000);
  t.match(await h.service.stop(h.room.roomId, host), { state: 'finalising', recordedMs: 65_000 });
  await (await h.compositor.job(0)).finish(await smallMovie());
  const available = await h.until('available');
  t.equal(available.name, 'Rec - 2026-11-23 10-31-05 - Weekly.mp4');
  t.same(h.told.map(({ state }) => state), ['starting', 'recording', 'finalising', 'verifying', 'storing', 'available']);
  t.equal(h.service.current(h.room.roomId), null);

  const folder = h.paths.recordingsFolder(h.room.roomId);
  t.same(await readdir(folder), [available.name]);
  t.same(await readFile(join(folder, String(available.name))), await smallMovie());
  const row = h.storage.recordings.get(started.recordingId);
  t.match(row, { ownerId: 'id-ann', durationMs: 1000, health: 'complete', path: join('rooms', h.room.roomId, 'Recordings', String(available.name)) });
  t.same(h.storage.recordings.events(started.recordingId).map(({ toState }) => toState), h.told.map(({ state }) => state));
  t.match(h.storage.recordings.consents(started.recordingId), [{ memberId: 'bob', identity: 'id-bob' }]);
  await h.service.close();
  t.notOk(existsSync(h.paths.journal(started.recordingId)), 'the journal is deleted');
});

t.test('a room may keep its journals', async (t) => {
  const h = house(t);
  const room = h.storage.rooms.create({ title: 'x', ownerId: 'id-ann', timeZone: 'UTC', createdAtMs: 0, settings: { keepJournals: true } });
  const kept = house(t, { dir: h.dir, roomId: room.id });
  const { recordingId } = await kept.service.start(kept.room, host);
  await kept.service.stop(room.id, host);
  await (await kept.compositor.job(0)).finish(await smallMovie());
  await kept.until('available');
  await kept.service.close();
  t.match((await journalOf(kept, recordingId)).at(-1), { type: 'end', reason: 'stopped' });
});

t.test('two who press at once make one recording, and both are told (R10)', async (t) => {
  const h = house(t);
  const both = await Promise.all([h.service.start(h.room, host), h.service.start(h.room, moderator)]);
  t.equal(both[0]?.recordingId, both[1]?.recordingId);
  const stopped = await Promise.all([h.service.stop(h.room.roomId, host), h.service.stop(h.room.roomId, moderator)]);
  t.equal(stopped[0]?.recordingId, stopped[1]?.recordingId);
  t.equal(h.storage.recordings.list().length, 1);
  t.equal(h.compositor.jobs.length, 1);
});

t.test('what is not allowed is refused, and changes nothing (P2, P3)', async (t) => {
  const h = house(t);
  for (const by of [member('eve', 'participant'), member('ann', 'host', { mobile: true })]) {
    await t.rejects(h.service.start(h.room, by), { code: 'forbidden' });
  }
  await t.rejects(h.service.stop(h.room.roomId, host), { code: 'recording_not_running' });
  await t.rejects(h.service.pause(h.room.roomId, host), { code: 'recording_not_running' });
  h.room.sessionId = null;
  await t.rejects(h.service.start(h.room, host), { code: 'no_session' });
  t.throws(() => h.service.confirm('none', host), { code: 'recording_unknown' });
  t.same(h.storage.recordings.list(), []);
  t.same(h.told, []);
});

t.test('pause and resume are in the journal, and the counter stands meanwhile (R11)', async (t) => {
  const h = house(t, { options: { minFreeBytes: 1 } });
  const { recordingId } = await h.service.start(h.room, host);
  h.clock.advance(1000);
  await h.service.pause(h.room.roomId, host);
  await t.rejects(h.service.pause(h.room.roomId, moderator), { code: 'recording_already_paused' });
  h.clock.advance(5000);
  t.match(await h.service.resume(h.room.roomId, moderator), { state: 'recording', recordedMs: 1000 });
  await t.rejects(h.service.resume(h.room.roomId, host), { code: 'recording_not_paused' });
  h.clock.advance(500);
  await h.service.endForRoom(h.room.roomId, 'session-ended');
  const told = (await journalOf(h, recordingId)).filter(({ type }) => type === 'event' || type === 'end');
  t.match(told, [
    { event: { kind: 'started', title: 'Weekly', layout: 'stage' } },
    { timeUs: 1_000_000, event: { kind: 'paused' } },
    { timeUs: 6_000_000, event: { kind: 'resumed' } },
    { timeUs: 6_500_000, type: 'end', reason: 'session-ended' },
  ]);
});

t.test('a marked moment is in the journal while something is recorded (F8)', async (t) => {
  const h = house(t);
  t.throws(() => h.service.mark(h.room.roomId, host, ''), { code: 'recording_not_running' });
  const { recordingId } = await h.service.start(h.room, host);
  h.clock.advance(1000);
  h.service.mark(h.room.roomId, moderator, 'Decision');
  h.service.mark(h.room.roomId, member('ann', 'host', { mobile: true }), '');
  t.throws(() => h.service.mark(h.room.roomId, member('eve', 'participant'), ''), { code: 'forbidden' });
  await h.service.pause(h.room.roomId, host);
  t.throws(() => h.service.mark(h.room.roomId, host, ''), { code: 'recording_already_paused' });
  await h.service.stop(h.room.roomId, host);
  t.throws(() => h.service.mark(h.room.roomId, host, ''), { code: 'recording_not_running' });
  await h.service.close();
  const marks = (await journalOf(h, recordingId)).filter((record) => record.type === 'event' && record.event.kind === 'mark');
  t.match(marks, [
    { timeUs: 1_000_000, event: { memberId: 'bob', label: 'Decision' } },
    { timeUs: 1_000_000, event: { memberId: 'ann', label: '' } },
  ]);
  t.equal(marks.length, 2);
});

t.test('a host who leaves does not stop it; the session\'s end does (R8)', async (t) => {
  const h = house(t);
  h.room.join(host);
  await h.service.start(h.room, host);
  h.room.leave('ann');
  t.match(h.service.current(h.room.roomId), { state: 'recording' });
  await h.service.endForRoom(h.room.roomId, 'session-ended');
  await h.service.endForRoom(h.room.roomId, 'session-ended');
  t.match(h.service.current(h.room.roomId), { state: 'finalising' });
});

t.test('the next recording need not wait for the last one\'s movie', async (t) => {
  const h = house(t);
  const first = await h.service.start(h.room, host);
  await h.service.stop(h.room.roomId, host);
  const second = await h.service.start(h.room, host);
  t.not(second.recordingId, first.recordingId);
  await h.service.stop(h.room.roomId, host);
  for (const index of [0, 1]) await (await h.compositor.job(index)).finish(await smallMovie());
  await h.until('available', first.recordingId);
  await h.until('available', second.recordingId);
  t.same((await readdir(h.paths.recordingsFolder(h.room.roomId))).sort(), [
    'Rec - 2026-11-23 10-31-05 - Weekly (2).mp4',
    'Rec - 2026-11-23 10-31-05 - Weekly.mp4',
  ]);
});

t.test('on a nearly full disk none begins, and one that runs ends while it can be finished', async (t) => {
  let free = 1e9;
  const h = house(t, { options: { minFreeBytes: 1000, freeBytes: async () => free, watchEveryMs: 5 } });
  free = 1999;
  await t.rejects(h.service.start(h.room, host), { code: 'disk_full' });
  t.same(h.storage.recordings.list(), []);
  free = 2000;
  const { recordingId } = await h.service.start(h.room, host);
  free = 999;
  await h.until('finalising');
  await (await h.compositor.job(0)).finish(await smallMovie());
  await h.until('available');
  t.match(h.storage.recordings.events(recordingId)[2], { toState: 'finalising', detail: { reason: 'disk-full' } });
});

t.test('at the cap it ends cleanly (R9)', async (t) => {
  const h = house(t, { options: { capMs: 60_000, watchEveryMs: 5 } });
  const { recordingId } = await h.service.start(h.room, host);
  h.clock.advance(60_000);
  await h.until('finalising');
  await h.service.close();
  t.match((await journalOf(h, recordingId)).at(-1), { type: 'end', reason: 'cap' });
});

t.test('a journal that cannot be made fails the recording with a reason; the next one may work', async (t) => {
  const h = house(t);
  await writeFile(join(h.dir, 'recordings'), 'in the way');
  await t.rejects(h.service.start(h.room, host), { code: 'journal_write_failed' });
  t.match(h.told.at(-1), { state: 'failed', failure: { code: 'journal_write_failed', message: /Nothing was recorded/ } });
  t.equal(h.service.current(h.room.roomId), null);
  t.match(h.storage.recordings.list(), [{ state: 'failed', failureCode: 'journal_write_failed' }]);
});

t.test('without an encoder the recording fails in the end; the next start makes the movie', async (t) => {
  const h = house(t);
  const { recordingId } = await h.service.start(h.room, host);
  (await h.compositor.job(0)).fail('encoder_missing');
  t.match(h.service.current(h.room.roomId), { state: 'recording' }, 'it goes on while the journal can be written');
  await h.service.stop(h.room.roomId, host);
  (await h.compositor.job(1)).fail('encoder_missing');
  const failed = await h.until('failed');
  t.match(failed.failure, { code: 'encoder_missing', message: /is kept in .*journal; when the cause is mended, restart/ });
  await h.service.close();
  h.storage.close();

  const next = house(t, { dir: h.dir, roomId: h.room.roomId });
  await next.service.recover();
  const again = await next.compositor.job(0);
  t.match(again.job, { live: false, resume: true });
  await again.finish(await smallMovie());
  t.match(await next.until('available'), { recordingId, failure: null });
  t.match(next.storage.recordings.get(recordingId), { failureCode: null, state: 'available' });
});

t.test('a recording that fails at every start is left to a person in the end', async (t) => {
  let h = house(t);
  const { recordingId } = await h.service.start(h.room, host);
  await h.service.stop(h.room.roomId, host);
  (await h.compositor.job(0)).fail('aborted');
  for (let start = 1; start <= 5; start++) {
    (await h.compositor.job(1 - Math.min(1, start - 1))).fail('encoder_missing');
    await h.until('failed');
    await h.service.close();
    h.storage.close();
    h = house(t, { dir: h.dir, roomId: h.room.roomId });
    await h.service.recover();
  }
  t.equal(h.compositor.jobs.length, 0);
  t.equal(h.storage.recordings.get(recordingId)?.state, 'failed');
});

t.test('closing ends what runs and leaves the movie to the next start', async (t) => {
  const h = house(t);
  const { recordingId } = await h.service.start(h.room, host);
  await Promise.all([h.service.close(), h.service.close()]);
  t.equal(h.storage.recordings.get(recordingId)?.state, 'finalising');
  await t.rejects(h.service.start(h.room, host), { code: 'server_stopping' });
  h.storage.close();
  const next = house(t, { dir: h.dir, roomId: h.room.roomId });
  await next.service.recover();
  await (await next.compositor.job(0)).finish(await smallMovie());
  await next.until('available', recordingId);
});

t.test('packets are in the journal by the server\'s clock, counted from the start', async (t) => {
  const h = house(t);
  h.room.join(host);
  h.room.publish(track('ann', 'camera', h.room.roomId));
  const { recordingId } = await h.service.start(h.room, host);
  h.clock.advance(40);
  h.hub.of('ann-camera').sink.rtp(Uint8Array.of(128, 96, 0, 1), h.clock.us - 15_000);
  await h.service.endForRoom(h.room.roomId, 'stopped');
  t.match((await journalOf(h, recordingId)).find(({ type }) => type === 'packet'), {
    timeUs: 25_000,
    track: 0,
    data: Uint8Array.of(128, 96, 0, 1),
  });
});

import { existsSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { JournalRecord } from '../../src/journal/records.js';
import { readJournal } from '../../src/journal/reader.js';
import { AppError } from '../../src/core/errors.js';
import { diskRoom } from '../../src/recording/health.js';
import type { RecordingServiceEvents, RecordingView } from '../../src/recording/types.js';
import { summaryOf, type RoomSettings } from '../../src/storage/index.js';
import { FakeRoom, house, member, smallMovie, track, type House, type HouseOptions } from './doubles.js';

const host = member('ann');
const moderator = member('bob', 'moderator');

/** What the house says of how its recordings will end, one after the other. */
function endingsOf({ service }: House) {
  const all: RecordingServiceEvents['ending'][] = [];
  let taken = 0;
  let look = (): void => undefined;
  service.events.on('ending', (told) => {
    all.push(told);
    look();
  });
  const next = (): Promise<RecordingServiceEvents['ending']> =>
    new Promise((resolve) => {
      look = () => {
        const told = all[taken];
        if (!told) return;
        taken++;
        look = () => undefined;
        resolve(told);
      };
      look();
    });
  return { all, next };
}

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

t.test('a disk that fills is told while there is time, until it has room again or the recording ends', async (t) => {
  const [giga, reserve] = [1e9, 1000];
  let free = 8 * giga;
  const h = house(t, { options: { minFreeBytes: reserve, freeBytes: async () => free, watchEveryMs: 5 } });
  const told = endingsOf(h);
  const { recordingId } = await h.service.start(h.room, host);
  free = giga;
  // 4 GB an hour.
  const first = await told.next();
  t.match(first, { recordingId, ending: { reason: 'disk-full', leftMs: 899_999 } });
  h.clock.advance(60_000);
  t.match(h.service.ending(h.room.roomId), { recordingId, ending: { reason: 'disk-full', leftMs: 839_999 } }, 'for who comes later');
  free = 0.3 * giga;
  t.match((await told.next()).ending, { leftMs: 269_999 }, 'another estimate, and less than 5 minutes');
  free = 0.06 * giga;
  t.match((await told.next()).ending, { leftMs: 53_999 }, 'the last minute');
  free = 8 * giga;
  t.equal((await told.next()).ending, null);
  t.equal(h.service.ending(h.room.roomId), null);
  free = 999;
  await h.until('finalising');
  t.equal(told.all.length, 4);
});

t.test('two recordings on one disk fill it in half the time', async (t) => {
  let free = 1e10;
  const first = house(t, { options: { minFreeBytes: 0, freeBytes: async () => free, watchEveryMs: 5 } });
  const told = endingsOf(first);
  const other = first.storage.rooms.create({ title: 'Other', ownerId: 'id-bob', timeZone: 'UTC', createdAtMs: 0 });
  await first.service.start(first.room, host);
  await first.service.start(new FakeRoom(other.id), host);
  free = 1e9;
  t.match(await told.next(), { ending: { leftMs: 450_000 } });
  t.match((await first.service.health(first.room.roomId)).disk, { lastsMs: 450_000 }, 'the recorder view says the same');
});

/** A house whose room has these settings. */
function houseOf(t: Test, settings: RoomSettings, options: HouseOptions['options'], dir = t.testdir()): House {
  const h = house(t, { dir });
  const room = h.storage.rooms.create({ title: 'x', ownerId: 'id-ann', timeZone: 'UTC', createdAtMs: 0, settings });
  return house(t, { dir: h.dir, roomId: room.id, options: { watchEveryMs: 5, ...options } });
}

t.test('at the cap it ends cleanly where the room wants no next part (R9)', async (t) => {
  const h = houseOf(t, { rollOver: false }, { capMs: 60_000 });
  const { recordingId } = await h.service.start(h.room, host);
  h.clock.advance(60_000);
  await h.until('finalising');
  await h.service.close();
  t.match((await journalOf(h, recordingId)).at(-1), { type: 'end', reason: 'cap' });
  t.equal(h.storage.recordings.list().length, 1);
});

t.test('that the cap is near is told 5 minutes and 1 minute before (R9)', async (t) => {
  const MINUTE = 60_000;
  const h = houseOf(t, { rollOver: false }, { capMs: 60 * MINUTE, minFreeBytes: 1 });
  const told = endingsOf(h);
  const { recordingId } = await h.service.start(h.room, host);
  h.clock.advance(55.1 * MINUTE);
  t.match(await told.next(), { recordingId, ending: { reason: 'cap', leftMs: 4.9 * MINUTE } });
  await h.service.pause(h.room.roomId, host);
  h.clock.advance(30 * MINUTE);
  t.match(h.service.ending(h.room.roomId), { ending: { leftMs: 4.9 * MINUTE } }, 'it counts recorded time');
  await h.service.resume(h.room.roomId, host);
  h.clock.advance(4 * MINUTE);
  t.match((await told.next()).ending, { reason: 'cap', leftMs: 0.9 * MINUTE });
  h.clock.advance(MINUTE);
  await h.until('finalising');
  t.equal(h.service.ending(h.room.roomId), null);
  t.equal(told.all.length, 2);
});

t.test('nothing is told of a cap behind which a next part follows (R9)', async (t) => {
  const h = houseOf(t, {}, { capMs: 3_600_000, minFreeBytes: 1 });
  const told = endingsOf(h);
  await h.service.start(h.room, host);
  h.clock.advance(3_580_000);
  await h.compositor.job(1);
  h.clock.advance(30_000);
  await h.until('finalising');
  t.same(told.all, []);
});

t.test('at the cap the next part goes on, linked to the first, and shares its journal (R9)', async (t) => {
  const h = houseOf(t, {}, { capMs: 16_000 });
  h.room.join(host);
  const first = await h.service.start(h.room, host);
  t.match((await h.compositor.job(0)).job, { fromFrame: 0, toFrame: 480, live: true });
  h.service.confirm(first.recordingId, host);
  h.clock.advance(10_000);
  await h.service.pause(h.room.roomId, host);
  h.clock.advance(60_000);
  await h.service.resume(h.room.roomId, host);
  // The movie of the first part may be there before anybody has looked at the clock.
  await (await h.compositor.job(0)).finish(await smallMovie());
  h.clock.advance(6_700);
  const ended = await h.until('finalising');
  t.match(ended, { recordingId: first.recordingId, recordedMs: 16_000 });
  const second = h.service.current(h.room.roomId);
  t.match(second, { state: 'recording', recordedMs: 700, previousId: first.recordingId, sessionId: 'session-1' });
  const id = second?.recordingId ?? '';
  t.same(h.told.slice(-2).map(({ recordingId, state }) => [recordingId, state]), [[id, 'recording'], [first.recordingId, 'finalising']], 'nobody sees a moment without one');
  t.match((await h.compositor.job(1)).job, { fromFrame: 480, toFrame: 960, live: true, journalDir: h.paths.journal(first.recordingId) });
  await h.until('available', first.recordingId);
  t.ok(existsSync(h.paths.journal(first.recordingId)), 'the second part needs the journal');
  t.match(h.storage.recordings.consents(id), [{ memberId: 'ann' }], 'who agreed has agreed');
  t.same(h.storage.recordings.events(id).map(({ toState }) => toState), ['starting', 'recording']);

  await h.service.pause(h.room.roomId, host);
  h.clock.advance(5_000);
  t.equal(h.service.current(h.room.roomId)?.recordedMs, 700);
  await h.service.resume(h.room.roomId, host);
  h.clock.advance(1_300);
  t.match(await h.service.stop(h.room.roomId, host), { recordingId: id, state: 'finalising', recordedMs: 2_000 });
  await (await h.compositor.job(1)).finish(await smallMovie());
  t.match(await h.until('available', id), { name: 'Rec - 2026-11-23 10-32-21 - Weekly - part 2.mp4' });
  t.match(h.storage.recordings.get(first.recordingId), { name: 'Rec - 2026-11-23 10-31-05 - Weekly.mp4' });
  t.match(h.storage.recordings.list().map((row) => summaryOf(row, h.dir, (each) => h.storage.recordings.get(each))), [
    { id, part: 2, previousId: first.recordingId, firstId: first.recordingId },
    { id: first.recordingId, part: 1, previousId: null, firstId: first.recordingId },
  ]);
  await h.service.close();
  t.notOk(existsSync(h.paths.journal(first.recordingId)), 'the last part that is finished deletes it');
});

t.test('who stops right after the cap loses nothing of what came after it (R9)', async (t) => {
  const h = houseOf(t, {}, { capMs: 16_000, watchEveryMs: 3_600_000 });
  const { recordingId } = await h.service.start(h.room, host);
  h.clock.advance(33_500);
  const stopped = await h.service.stop(h.room.roomId, host);
  t.match(stopped, { state: 'finalising', recordedMs: 1_500 });
  const jobs = [await h.compositor.job(0), await h.compositor.job(1), await h.compositor.job(2)];
  t.match(jobs.map(({ job }) => [job.fromFrame, job.toFrame]), [[0, 480], [480, 960], [960, 1440]]);
  t.same(h.storage.recordings.list().map(({ state }) => state), ['finalising', 'finalising', 'finalising']);
  t.not(stopped.recordingId, recordingId);
});

t.test('the next part is prepared before the cap, and discarded where nobody needs it (R7, R9)', async (t) => {
  const h = houseOf(t, {}, { capMs: 16_000 });
  const { recordingId } = await h.service.start(h.room, host);
  await h.compositor.job(0);
  h.clock.advance(15_000);
  const { job } = await h.compositor.job(1);
  t.match(job, { fromFrame: 480, toFrame: 960, live: true, journalDir: h.paths.journal(recordingId) });
  const folder = join(job.moviePath, '..');
  t.ok(existsSync(folder));
  t.equal(h.storage.recordings.list().length, 1, 'nobody sees it');
  t.equal(h.service.current(h.room.roomId)?.recordingId, recordingId);
  await h.service.stop(h.room.roomId, host);
  await (await h.compositor.job(0)).finish(await smallMovie());
  await h.until('available');
  await h.service.close();
  t.notOk(existsSync(folder));
  t.equal(h.storage.recordings.list().length, 1);
});

t.test('parts that a killed server left are finished from their shared journal', async (t) => {
  const place = t.testdir({});
  const h = houseOf(t, {}, { capMs: 16_000 }, join(place, 'alive'));
  const { recordingId } = await h.service.start(h.room, host);
  h.clock.advance(16_100);
  const { recordingId: nextId } = (await h.until('finalising')) && (h.service.current(h.room.roomId) as RecordingView);
  await h.compositor.job(1);
  await cp(h.dir, join(place, 'killed'), { recursive: true });
  const next = house(t, { dir: join(place, 'killed'), roomId: h.room.roomId });
  await next.service.recover();
  const jobs = [await next.compositor.job(0), await next.compositor.job(1)];
  t.match(jobs.map(({ job }) => [job.journalDir, job.fromFrame, job.toFrame, job.live]), [
    [next.paths.journal(recordingId), 0, 480, false],
    [next.paths.journal(recordingId), 480, undefined, false],
  ]);
  for (const job of jobs) await job.finish(await smallMovie());
  await next.until('available', nextId);
  await next.until('available', recordingId);
  await next.service.close();
  t.notOk(existsSync(next.paths.journal(recordingId)));
});

t.test('a next part that cannot be stored is tried again, and nothing is lost', async (t) => {
  const h = houseOf(t, {}, { capMs: 16_000 });
  const { recordingId } = await h.service.start(h.room, host);
  const { recordings } = h.storage;
  const roll = recordings.roll.bind(recordings);
  let attempts = 0;
  recordings.roll = (...args) => {
    if (attempts++ < 2) throw new AppError('disk_full', 'full');
    roll(...args);
  };
  h.clock.advance(17_000);
  t.match(await h.until('finalising'), { recordingId, recordedMs: 16_000 });
  t.match(h.service.current(h.room.roomId), { recordedMs: 1_000, previousId: recordingId });
  t.equal(attempts, 3);
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

t.test('a still of the recorder is made when somebody looks, for all who look within seconds', async (t) => {
  const h = house(t);
  t.equal(await h.service.still(h.room.roomId), null);
  t.match(await h.service.health(h.room.roomId), { recordingId: null, state: null, disk: { freeBytes: Number, lastsMs: Number } });
  const { recordingId } = await h.service.start(h.room, host);
  const job = await h.compositor.job(0);
  const both = await Promise.all([h.service.still(h.room.roomId), h.service.still(h.room.roomId)]);
  t.same(both, [h.paths.still(recordingId), h.paths.still(recordingId)]);
  t.equal(job.stills, 1);
  h.clock.advance(4_000);
  await h.service.still(h.room.roomId);
  t.equal(job.stills, 2);
  t.match(await h.service.health(h.room.roomId), { recordingId, state: 'recording', recordedMs: 4_000 });
  await h.service.stop(h.room.roomId, host);
  await job.finish(await smallMovie());
  await h.until('available');
  await h.service.close();
  t.notOk(existsSync(h.paths.still(recordingId)), 'none is left');
});

t.test('how long a disk lasts', async (t) => {
  t.match(diskRoom(8_000_000_000, 0), { lastsMs: 7_200_000, short: false });
  t.match(diskRoom(1_000_000_000, 500_000_000), { lastsMs: 450_000, short: true });
  t.match(diskRoom(1, 2), { lastsMs: 0, short: true });
});

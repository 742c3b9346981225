import { fork } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { RECORDING_STATES } from '../../src/core/recording.js';
import { openStorage, summaryOf, type Storage } from '../../src/storage/index.js';

/** This file is also the other processes of its tests. */
const EXIT_UNWRITABLE = 17;
const [, , mode, database = ''] = process.argv;
if (mode === 'open' || mode === 'open-without-rights') {
  // Root may write everything, whatever a file's mode says.
  if (mode === 'open-without-rights' && process.getuid?.() === 0) process.setuid?.(65_534);
  try {
    openStorage(database).close();
    process.exit(0);
  } catch (error) {
    process.exit((error as { code?: unknown }).code === 'database_unwritable' ? EXIT_UNWRITABLE : 1);
  }
}

function openInChild(args: string[]): Promise<number | null> {
  const child = fork(fileURLToPath(import.meta.url), args, { stdio: 'ignore' });
  return new Promise((resolve) => child.once('exit', resolve));
}

function storage(t: Test): { storage: Storage; dir: string; path: string } {
  const dir = t.testdir();
  const path = join(dir, 'reelroom.db');
  const opened = openStorage(path);
  t.teardown(() => opened.close());
  return { storage: opened, dir, path };
}

function withRoom(t: Test) {
  const parts = storage(t);
  const room = parts.storage.rooms.create({ title: 'Weekly', ownerId: 'ann', timeZone: 'Europe/Berlin', createdAtMs: 1 });
  return { ...parts, room };
}

const recording = (roomId: string, id: string, createdAtMs = 10) => ({
  id,
  roomId,
  sessionId: 's',
  ownerId: 'ann',
  startedBy: 'bob',
  title: 'Weekly',
  timeZone: 'UTC',
  createdAtMs,
  keepJournal: false,
});

t.test('rooms are kept, oldest first', async (t) => {
  const { storage: first, path } = storage(t);
  const a = first.rooms.create({ title: ' Änderung 🎬 ', kind: 'gallery', ownerId: 'ann', timeZone: 'UTC', createdAtMs: 5, settings: { collectionOwnerId: 'gus' } });
  const b = first.rooms.create({ id: 'given', title: 'b', ownerId: 'ann', timeZone: 'Asia/Tokyo', createdAtMs: 6 });
  first.close();
  first.close();
  const again = openStorage(path);
  t.teardown(() => again.close());
  t.same(again.rooms.list(), [a, b]);
  t.match(again.rooms.get(a.id), { title: 'Änderung 🎬', kind: 'gallery', settings: { collectionOwnerId: 'gus' } });
  t.match(again.rooms.get('given'), { kind: 'single' });
  t.equal(again.rooms.get('none'), null);
  t.match(a.id, /^[a-z0-9]{16}$/);
});

t.test('a room that cannot be is refused by a code', async (t) => {
  const { storage: s } = storage(t);
  const room = { title: 'x', ownerId: 'ann', timeZone: 'UTC', createdAtMs: 0 };
  t.throws(() => s.rooms.create({ ...room, title: ' ' }), { code: 'title_invalid' });
  t.throws(() => s.rooms.create({ ...room, title: '🎬'.repeat(1001) }), { code: 'title_invalid' });
  t.throws(() => s.rooms.create({ ...room, timeZone: 'Mars/Base' }), { code: 'time_zone_unknown' });
  t.throws(() => s.rooms.create({ ...room, kind: 'cellar' as 'single' }), { code: 'room_kind_unknown' });
  s.rooms.create({ ...room, title: '🎬'.repeat(1000) });
  t.equal(s.rooms.list().length, 1);
});

t.test('one open session a room, with the times its timers are computed from (S4)', async (t) => {
  const { storage: s, room } = withRoom(t);
  const session = s.sessions.start({ roomId: room.id, startedAtMs: 100, endsAtLatestMs: 900 });
  t.same(s.sessions.start({ roomId: room.id, startedAtMs: 200, endsAtLatestMs: 900 }), session);
  s.sessions.setHostLeft(session.id, 150);
  t.match(s.sessions.allOpen(), [{ id: session.id, startedAtMs: 100, hostLeftAtMs: 150, endedAtMs: null }]);
  s.sessions.setHostLeft(session.id, null);
  t.match(s.sessions.open(room.id), { hostLeftAtMs: null });
  t.match(s.sessions.open(room.id), { layout: null, highlighted: null });
  s.sessions.keepChoice(session.id, { layout: 'grid', highlighted: { identity: 'id-bob', name: 'Bob' }, locked: true });
  t.match(s.sessions.allOpen(), [{ layout: 'grid', highlighted: { identity: 'id-bob', name: 'Bob' }, locked: true }]);
  s.sessions.end(session.id, 300, 'host-timeout');
  t.equal(s.sessions.open(room.id), null);
  t.throws(() => s.sessions.end(session.id, 301, 'max-length'), { code: 'session_not_open' });
  const next = s.sessions.start({ roomId: room.id, startedAtMs: 400, endsAtLatestMs: 900 });
  t.same(s.sessions.list(room.id).map(({ id }) => id), [next.id, session.id]);
  t.match(s.sessions.get(session.id), { endReason: 'host-timeout', endedAtMs: 300 });
});

t.test('who is in an open session and what was said is kept until it ends (S4)', async (t) => {
  const { storage: s, room } = withRoom(t);
  const { id } = s.sessions.start({ roomId: room.id, startedAtMs: 100, endsAtLatestMs: 900 });
  const person = (memberId: string, joinedAtWallMs: number) => ({
    ...{ memberId, identity: 'link', name: memberId, role: 'participant' as const, linkRole: 'participant' as const, mobile: false, onStage: true, handRaisedAtWallMs: null, invited: false, keptToAudience: false, held: false },
    ...{ joinedAtWallMs, keyHash: 'ab' },
  });
  const message = (number: number, reactions = {}) => ({ number, memberId: 'ann', name: 'ann', text: `Message ${number}`, sentAtWallMs: number, reactions });
  const [ann, bob] = [person('ann', 2), person('bob', 1)];
  s.sessions.keepPeople(id, { members: [ann, bob], gone: ['nobody'], chat: [message(1), message(2)], chatFrom: 1 });
  t.same(s.sessions.people(id), { members: [bob, ann], chat: [message(1), message(2)] });
  const changed = { ...ann, role: 'moderator' as const, handRaisedAtWallMs: 7, keyHash: 'cd' };
  const answered = message(2, { '👍': ['bob'] });
  s.sessions.keepPeople(id, { members: [changed], gone: ['bob'], chat: [answered, message(3)], chatFrom: 2 });
  t.same(s.sessions.people(id), { members: [changed], chat: [answered, message(3)] });
  s.sessions.end(id, 300, 'host-timeout');
  t.same(s.sessions.people(id), { members: [], chat: [] });
  t.throws(() => s.sessions.keepPeople(id, { members: [ann], gone: [], chat: [], chatFrom: 0 }), { code: 'session_not_open' });
  t.same(s.sessions.people(id), { members: [], chat: [] }, 'a refused change changes nothing');
});

t.test('every change of a recording has its event row', async (t) => {
  const { storage: s, room, dir } = withRoom(t);
  s.recordings.create(recording(room.id, 'r1'));
  s.recordings.change('r1', { from: 'starting', to: 'recording', atMs: 20, set: { startedAtMs: 20 } });
  s.recordings.change('r1', { from: 'recording', to: 'finalising', atMs: 30, actor: 'bob', detail: { reason: 'stopped' } });
  const path = join('rooms', 'x.mp4');
  const stored = s.recordings.change('r1', { from: 'finalising', to: 'available', atMs: 40, set: { path, name: 'x.mp4', gaps: [] } });
  t.equal(stored.path, path);
  t.match(s.recordings.get('r1'), { state: 'available', name: 'x.mp4', startedAtMs: 20, path });
  t.match(s.recordings.events('r1'), [
    { fromState: null, toState: 'starting', actor: 'bob', atMs: 10 },
    { fromState: 'starting', toState: 'recording', actor: null },
    { fromState: 'recording', toState: 'finalising', actor: 'bob', detail: { reason: 'stopped' } },
    { fromState: 'finalising', toState: 'available' },
  ]);
  t.match(summaryOf(stored, dir), { id: 'r1', startedAt: '1970-01-01T00:00:00.020Z', path: join(dir, path), gaps: [], failure: null, health: null });
});

t.test('a change from another state changes nothing', async (t) => {
  const { storage: s, room } = withRoom(t);
  s.recordings.create(recording(room.id, 'r1'));
  t.throws(() => s.recordings.change('r1', { from: 'paused', to: 'recording', atMs: 1 }), { code: 'recording_state_conflict' });
  t.throws(() => s.recordings.change('none', { from: 'paused', to: 'recording', atMs: 1 }), { code: 'recording_state_conflict' });
  t.equal(s.recordings.get('r1')?.state, 'starting');
  t.equal(s.recordings.events('r1').length, 1);
});

t.test('a room is taken up by one recording at a time, whatever the program does (R10)', async (t) => {
  const { storage: s, room } = withRoom(t);
  s.recordings.create(recording(room.id, 'r1'));
  t.throws(() => s.recordings.create(recording(room.id, 'r2')), { code: 'recording_running' });
  t.equal(s.recordings.get('r2'), null);
  s.recordings.change('r1', { from: 'starting', to: 'finalising', atMs: 1 });
  s.recordings.create(recording(room.id, 'r2', 11));
  t.same(s.recordings.list(room.id).map(({ id }) => id), ['r2', 'r1'], 'newest first');
  t.same(s.recordings.unfinished().map(({ id }) => id), ['r2', 'r1']);
  s.recordings.change('r1', { from: 'finalising', to: 'failed', atMs: 1, set: { failureCode: 'x', failureMessage: 'y' } });
  t.same(s.recordings.unfinished().map(({ id }) => id), ['r2']);
  t.match(s.recordings.failed().map((row) => summaryOf(row, '/data')), [{ id: 'r1', failure: { code: 'x', message: 'y' } }]);
  t.equal(s.recordings.list().length, 2);
});

t.test('a recording goes on in a next part in one step, or not at all (R9)', async (t) => {
  const { storage: s, room } = withRoom(t);
  s.recordings.create(recording(room.id, 'r1'));
  s.recordings.change('r1', { from: 'starting', to: 'recording', atMs: 20 });
  s.recordings.confirm({ recordingId: 'r1', memberId: 'm', identity: 'eve', name: 'Eve', confirmedAtMs: 21 });
  const roll = (from: 'recording' | 'paused', id: string) => s.recordings.roll('r1', { from, next: recording(room.id, id, 30), atMs: 31, startedAtMs: 29 });
  t.throws(() => roll('paused', 'r2'), { code: 'recording_state_conflict' });
  t.throws(() => roll('recording', 'r1'), 'an id that is taken');
  t.match(s.recordings.get('r1'), { state: 'recording' });
  t.equal(s.recordings.list().length, 1);
  t.equal(s.recordings.events('r1').length, 2);
  roll('recording', 'r2');
  t.match(s.recordings.get('r1'), { state: 'finalising' });
  t.match(s.recordings.get('r2'), { state: 'recording', previousId: 'r1', startedAtMs: 29 });
  t.match(s.recordings.nextPart('r1'), { id: 'r2' });
  t.equal(s.recordings.nextPart('r2'), null);
  t.match(s.recordings.events('r1').at(-1), { toState: 'finalising', detail: { reason: 'cap', next: 'r2' } });
  t.match(s.recordings.consents('r2'), [{ memberId: 'm', identity: 'eve', confirmedAtMs: 21 }]);
});

t.test('the consent ledger keeps the first confirmation of each member (R3)', async (t) => {
  const { storage: s, room } = withRoom(t);
  s.recordings.create(recording(room.id, 'r1'));
  const consent = { recordingId: 'r1', memberId: 'm1', identity: 'ann', name: 'Ann', confirmedAtMs: 50 };
  s.recordings.confirm(consent);
  s.recordings.confirm({ ...consent, confirmedAtMs: 60 });
  s.recordings.confirm({ ...consent, memberId: 'm2', confirmedAtMs: 40 });
  t.same(s.recordings.consents('r1').map(({ memberId, confirmedAtMs }) => [memberId, confirmedAtMs]), [['m2', 40], ['m1', 50]]);
  t.throws(() => s.recordings.confirm({ ...consent, recordingId: 'none' }), { code: 'recording_unknown' });
});

t.test('the owner is known by the name under which they confirmed (F3)', async (t) => {
  const { storage: s, room } = withRoom(t);
  s.recordings.create(recording(room.id, 'r1'));
  s.recordings.confirm({ recordingId: 'r1', memberId: 'm1', identity: 'eve', name: 'Eve', confirmedAtMs: 1 });
  t.equal(s.recordings.ownerName('r1'), null, 'the owner was not there');
  s.recordings.confirm({ recordingId: 'r1', memberId: 'm2', identity: 'ann', name: 'Ann', confirmedAtMs: 2 });
  t.equal(s.recordings.ownerName('r1'), 'Ann');
  t.equal(s.recordings.ownerName('none'), null);
});

t.test('any sequence of changes leaves rows and events in agreement', async (t) => {
  const { storage: s, room } = withRoom(t);
  const state = fc.constantFrom(...RECORDING_STATES);
  let count = 0;
  fc.assert(
    fc.property(fc.array(fc.record({ from: state, to: state }), { maxLength: 30 }), (changes) => {
      const id = `p${count++}`;
      const other = s.rooms.create({ title: 'x', ownerId: 'a', timeZone: 'UTC', createdAtMs: 0 });
      s.recordings.create(recording(other.id, id));
      for (const change of changes) {
        try {
          s.recordings.change(id, { ...change, atMs: 0 });
        } catch (error) {
          t.match(error, { code: 'recording_state_conflict' });
        }
      }
      const events = s.recordings.events(id);
      t.equal(events.at(-1)?.toState, s.recordings.get(id)?.state);
      for (const [index, event] of events.entries()) t.equal(event.fromState, events[index - 1]?.toState ?? null);
    }),
    { numRuns: 30 },
  );
  t.ok(s.recordings.list(room.id).length === 0);
});

t.test('an admin may read while the server writes (A4)', async (t) => {
  const { storage: s, room, path } = withRoom(t);
  const reader = new Sqlite(path, { readonly: true });
  t.teardown(() => reader.close());
  s.recordings.create(recording(room.id, 'r1'));
  t.same(reader.prepare('select id, state, title from recordings').all(), [{ id: 'r1', state: 'starting', title: 'Weekly' }]);
  t.equal(reader.pragma('journal_mode', { simple: true }), 'wal');
});

t.test('processes that open a new database at once all find it whole', async (t) => {
  const path = join(t.testdir(), 'new', 'reelroom.db');
  const codes = await Promise.all(Array.from({ length: 4 }, () => openInChild(['open', path])));
  t.same(codes, [0, 0, 0, 0]);
  const opened = openStorage(path);
  t.same(opened.rooms.list(), []);
  opened.close();
});

t.test('a database that cannot be used is said by a code', async (t) => {
  const dir = t.testdir({ 'garbage.db': 'this is no database, '.repeat(500), 'newer.db': '', file: '' });
  t.throws(() => openStorage(join(dir, 'garbage.db')), { code: 'database_corrupt', audience: 'operator' });

  const newer = join(dir, 'newer.db');
  openStorage(newer).close();
  const sqlite = new Sqlite(newer);
  sqlite.prepare('insert into __drizzle_migrations (hash, created_at) values (?, ?)').run('future', 9e15);
  sqlite.close();
  t.throws(() => openStorage(newer), { code: 'database_newer' });

  t.throws(() => openStorage(join(dir, 'file', 'reelroom.db')), { code: 'database_unwritable' });
  t.throws(() => openStorage(dir), { code: 'database_unwritable' });
});

t.test('a page overwritten in the middle is found when it is opened', async (t) => {
  const { storage: s, path } = storage(t);
  for (let index = 0; index < 300; index++) {
    s.rooms.create({ title: `${index} ${'x'.repeat(200)}`, ownerId: 'a', timeZone: 'UTC', createdAtMs: index });
  }
  s.close();
  const sqlite = new Sqlite(path);
  const pages = Number(sqlite.pragma('page_count', { simple: true }));
  sqlite.pragma('journal_mode = DELETE');
  const bytes = sqlite.serialize();
  sqlite.close();
  for (let page = 3; page < pages; page++) bytes.fill(0xa5, page * 4096 + 100, page * 4096 + 3000);
  writeFileSync(path, bytes);
  t.throws(() => openStorage(path), { code: 'database_corrupt' });
});

t.test('a read-only database is said', async (t) => {
  const { storage: s, path, dir } = storage(t);
  s.close();
  chmodSync(path, 0o444);
  chmodSync(dir, 0o555);
  const code = await openInChild(['open-without-rights', path]);
  chmodSync(dir, 0o755);
  t.equal(code, EXIT_UNWRITABLE);
});

import { link, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { fileMovie, recoverFiled } from '../../src/recording/filing.js';
import { house, member, smallMovie } from './doubles.js';

const named = { title: 'Weekly', startedAtWallMs: Date.UTC(2026, 10, 23, 9, 31, 5), timeZone: 'UTC' };
const NAME = 'Rec - 2026-11-23 09-31-05 - Weekly.mp4';

t.test('a movie goes into its folder under its name, and leaves its old place', async (t) => {
  const dir = t.testdir({ 'movie.mp4': 'film' });
  const reserved: string[] = [];
  const filed = await fileMovie(join(dir, 'movie.mp4'), join(dir, 'a', 'Recordings'), named, (name) => reserved.push(name));
  t.same(filed, { name: NAME, path: join(dir, 'a', 'Recordings', NAME), bytes: 4 });
  t.same(reserved, [NAME]);
  t.same(await readdir(dir), ['a']);
});

t.test('a taken name is left to who has it', async (t) => {
  const dir = t.testdir({ 'movie.mp4': 'film', folder: { [NAME]: 'first', [NAME.replace('.mp4', ' (2).mp4')]: 'second' } });
  const { name } = await fileMovie(join(dir, 'movie.mp4'), join(dir, 'folder'), named, () => {});
  t.equal(name, NAME.replace('.mp4', ' (3).mp4'));
  t.equal(await readFile(join(dir, 'folder', NAME), 'utf8'), 'first');
});

t.test('two movies of one name at once get two names', async (t) => {
  const dir = t.testdir({ 'a.mp4': 'a', 'b.mp4': 'b' });
  const both = await Promise.all(['a', 'b'].map((each) => fileMovie(join(dir, `${each}.mp4`), join(dir, 'folder'), named, () => {})));
  t.equal(new Set(both.map(({ name }) => name)).size, 2);
  for (const [index, text] of ['a', 'b'].entries()) t.equal(await readFile(both[index]?.path ?? '', 'utf8'), text);
});

t.test('killed between the new name and the old one\'s end: filed once', async (t) => {
  const dir = t.testdir({ 'movie.mp4': 'film', folder: {} });
  await link(join(dir, 'movie.mp4'), join(dir, 'folder', 'As it was named then.mp4'));
  const { name } = await fileMovie(join(dir, 'movie.mp4'), join(dir, 'folder'), named, () => {});
  t.equal(name, 'As it was named then.mp4');
  t.same(await readdir(join(dir, 'folder')), [name]);
});

t.test('a movie that cannot be filed stays where it is', async (t) => {
  const dir = t.testdir({ 'movie.mp4': 'film', folder: 'a file' });
  await t.rejects(fileMovie(join(dir, 'movie.mp4'), join(dir, 'folder'), named, () => {}), { code: 'filing_failed', message: /kept at/ });
  t.equal(await readFile(join(dir, 'movie.mp4'), 'utf8'), 'film');
  t.equal(await recoverFiled(dir, 'other.mp4'), null);
});

/** What a kill leaves at each point of verifying and storing, and what the next start makes of it. */
const KILL_POINTS = ['composed', 'verified', 'name reserved', 'linked', 'old name gone', 'database written'] as const;
for (const point of KILL_POINTS) {
  t.test(`killed when ${point}: the next start makes one available recording`, async (t) => {
    const before = house(t);
    const { storage, paths, room, clock } = before;
    const id = 'killed';
    const by = member('ann');
    storage.recordings.create({
      id,
      roomId: room.roomId,
      sessionId: 's',
      ownerId: by.identity,
      startedBy: by.identity,
      title: 'Weekly',
      timeZone: 'UTC',
      createdAtMs: named.startedAtWallMs,
      keepJournal: false,
    });
    const atMs = clock.wall;
    await mkdir(paths.journal(id), { recursive: true });
    await writeFile(paths.unfinishedMovie(id), await smallMovie());
    const report = { frames: 30, late: 0, missing: 0, skewMs: 0, lagMs: 0, encoder: '', preset: '', durationMs: 1000, bytes: 0, gaps: [], restarts: 0 };
    const folder = paths.recordingsFolder(room.roomId);
    await mkdir(folder, { recursive: true });
    const reached = KILL_POINTS.indexOf(point);
    storage.recordings.change(id, { from: 'starting', to: 'finalising', atMs });
    storage.recordings.change(id, { from: 'finalising', to: 'verifying', atMs, set: { report, health: 'complete', gaps: [] } });
    if (reached >= 1) storage.recordings.change(id, { from: 'verifying', to: 'storing', atMs, set: { durationMs: 1000 } });
    if (reached >= 2) storage.recordings.note(id, { name: NAME });
    if (point === 'linked') await link(paths.unfinishedMovie(id), join(folder, NAME));
    if (reached >= 4) await rename(paths.unfinishedMovie(id), join(folder, NAME));
    if (reached >= 5) storage.recordings.change(id, { from: 'storing', to: 'available', atMs, set: { path: join('rooms', room.roomId, 'Recordings', NAME) } });
    storage.close();

    for (let start = 1; start <= 2; start++) {
      const next = house(t, { dir: before.dir, roomId: room.roomId });
      await next.service.recover();
      if (start === 1 && reached < 5) await next.until('available');
      await next.service.close();
      t.match(next.storage.recordings.get(id), { state: 'available', path: join('rooms', room.roomId, 'Recordings', NAME) });
      t.equal(next.compositor.jobs.length, 0, 'nothing is composed again');
      t.same(await readdir(folder), [NAME]);
      next.storage.close();
    }
  });
}

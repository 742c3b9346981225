import { copyFileSync, mkdirSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { writeSampleJournal } from '../../src/cli/doctor/sample-journal.js';
import { recordedWallMs } from '../../src/cli/recordings-verify.js';
import { DataPaths } from '../../src/core/paths.js';
import type { RecordingState } from '../../src/core/recording.js';
import { openStorage } from '../../src/storage/index.js';
import type { RecordingEventRow } from '../../src/storage/recordings.js';
import { reelroom } from './support.js';

const history = (...steps: [number, RecordingState, Record<string, unknown>?][]): RecordingEventRow[] =>
  steps.map(([atMs, toState, detail], id) => ({
    id,
    recordingId: 'r',
    atMs,
    fromState: steps[id - 1]?.[1] ?? null,
    toState,
    actor: null,
    detail: detail ?? null,
  }));

t.test('the clock counts what ran, without pauses', async (t) => {
  t.equal(recordedWallMs(history([0, 'starting'], [100, 'recording'], [5100, 'finalising'], [6000, 'available'])), 5000);
  t.equal(
    recordedWallMs(history([0, 'starting'], [100, 'recording'], [1100, 'paused'], [9000, 'recording'], [9500, 'finalising'])),
    1500,
  );
});

t.test('without a run, or cut short by a crash, the clock says nothing', async (t) => {
  t.equal(recordedWallMs(history([0, 'starting'], [100, 'failed'])), null);
  t.equal(recordedWallMs(history([0, 'starting'], [100, 'recording'], [90_000, 'finalising', { recovered: true }])), null);
});

/** Files `movie` as a recording that ran for `wallMs` by the clock. */
function file(dataDir: string, id: string, movie: string, wallMs: number): string {
  const storage = openStorage(new DataPaths(dataDir).database);
  const room = storage.rooms.create({ title: 'T', ownerId: 'ada', timeZone: 'UTC', createdAtMs: 0 });
  const path = join('rooms', room.id, 'Recordings', `${id}.mp4`);
  mkdirSync(dirname(join(dataDir, path)), { recursive: true });
  copyFileSync(movie, join(dataDir, path));
  const common = { roomId: room.id, sessionId: 's', ownerId: 'ada', startedBy: 'ada', title: 'T', timeZone: 'UTC', keepJournal: false };
  storage.recordings.create({ ...common, id, createdAtMs: 0 });
  storage.recordings.change(id, { from: 'starting', to: 'recording', atMs: 1000, set: { startedAtMs: 1000 } });
  storage.recordings.change(id, { from: 'recording', to: 'finalising', atMs: 1000 + wallMs });
  storage.recordings.change(id, { from: 'finalising', to: 'verifying', atMs: 9000 });
  storage.recordings.change(id, { from: 'verifying', to: 'storing', atMs: 9000 });
  storage.recordings.change(id, { from: 'storing', to: 'available', atMs: 9000, set: { path, name: `${id}.mp4` } });
  storage.close();
  return join(dataDir, path);
}

t.test('a movie is decoded, and what is wrong with it is said', { timeout: 120_000 }, async (t) => {
  const data = t.testdir();
  await writeSampleJournal(data, 'ffmpeg', 2);
  const movie = join(data, 'movie.mp4');
  t.equal((await reelroom(data, ['render', data, movie])).code, 0);

  const path = file(data, 'whole', movie, 2010);
  const whole = await reelroom(data, ['recordings', 'verify', 'whole', '--json']);
  t.equal(whole.code, 0, whole.stderr);
  t.match(JSON.parse(whole.stdout), { id: 'whole', path, ok: true, durationMs: 2000, wallMs: 2010, frames: 60, black: [], problems: [] });
  t.match(await reelroom(data, ['recordings', 'verify', 'whole']), { code: 0, stdout: /pictures +60\n[\s\S]*no problem found/ });

  file(data, 'short', movie, 60_000);
  const short = await reelroom(data, ['recordings', 'verify', 'short', '--json']);
  t.equal(short.code, 1);
  t.match(JSON.parse(short.stdout), { ok: false, problems: [/lasts 2000 ms, the recording 60000 ms/] });
  t.match(short.stderr, /\[movie_has_problems\]/);

  truncateSync(file(data, 'cut', movie, 2000), 60_000);
  t.match(await reelroom(data, ['recordings', 'verify', 'cut']), { code: 1, stdout: /PROBLEM/ });
});

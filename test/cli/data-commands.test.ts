import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DataPaths } from '../../src/core/paths.js';
import { loadSecrets } from '../../src/signaling/secrets.js';
import { Tokens } from '../../src/signaling/tokens.js';
import { openStorage } from '../../src/storage/index.js';
import { reelroom } from './support.js';

interface Links {
  id: string;
  hostUrl: string;
  moderatorUrl: string;
  participantUrl: string;
}

const tokenIn = (url: string): string => new URL(url).hash.slice('#t='.length);

t.test('room create gives an id and three links, each with its role', async (t) => {
  const data = t.testdir();
  const made = await reelroom(data, ['room', 'create', '--title', 'Weekly', '--json'], { REELROOM_PORT: '9123' });
  t.equal(made.code, 0, made.stderr);
  const links = JSON.parse(made.stdout) as Links;
  t.same(Object.keys(links), ['id', 'hostUrl', 'moderatorUrl', 'participantUrl']);
  const tokens = new Tokens(loadSecrets(new DataPaths(data).secrets).tokenKey, Date.now);
  for (const role of ['host', 'moderator', 'participant'] as const) {
    const url = links[`${role}Url`];
    t.match(url, `http://127.0.0.1:9123/r/${links.id}#t=`);
    t.match(await tokens.verify(tokenIn(url), links.id), { role });
  }
  const listed = await reelroom(data, ['room', 'list', '--json']);
  t.match(JSON.parse(listed.stdout), [{ id: links.id, title: 'Weekly', kind: 'single', timeZone: 'UTC', recordings: 0 }]);
  t.match((await reelroom(data, ['room', 'list'])).stdout, /Weekly/);
});

t.test('room create keeps how the recordings of the room look', async (t) => {
  const data = t.testdir();
  const { stdout } = await reelroom(data, ['room', 'create', '--title', 'T', '--layout', 'portrait', '--no-transitions', '--initials', '--json']);
  const storage = openStorage(new DataPaths(data).database);
  t.teardown(() => storage.close());
  t.same(storage.rooms.get((JSON.parse(stdout) as Links).id)?.settings, {
    ...{ layout: 'portrait', transitions: false, initials: true },
    ...{ stageAccess: 'everyone', meetingKind: 'interactive' },
  });
  t.match(await reelroom(data, ['room', 'create', '--title', 'T', '--layout', 'mosaic']), { code: 2 });
});

t.test('a title is data, whatever it is; one that is none is refused and nothing is stored', async (t) => {
  const data = t.testdir();
  const title = '../../etc/passwd 🎬 \u202egnp.exe';
  t.equal((await reelroom(data, ['room', 'create', '--title', title])).code, 0);
  for (const bad of ['', '   ', 'x'.repeat(1001)]) {
    const refused = await reelroom(data, ['room', 'create', '--title', bad]);
    t.equal(refused.code, 1);
    t.match(refused.stderr, /\[title_\w+\]/);
    t.equal(refused.stdout, '');
  }
  t.equal((JSON.parse((await reelroom(data, ['room', 'list', '--json'])).stdout) as unknown[]).length, 1);
});

t.test('a room may have its recordings end at their longest (R9)', async (t) => {
  const data = t.testdir();
  const made = await reelroom(data, ['room', 'create', '--title', 'T', '--no-roll-over', '--json']);
  const storage = openStorage(new DataPaths(data).database);
  t.teardown(() => storage.close());
  t.match(storage.rooms.get((JSON.parse(made.stdout) as Links).id)?.settings, { rollOver: false });
});

t.test('token makes one more link into a room', async (t) => {
  const data = t.testdir();
  const room = JSON.parse((await reelroom(data, ['room', 'create', '--title', 'T', '--json'])).stdout) as Links;
  const args = ['token', room.id, '--role', 'moderator', '--identity', 'ada', '--name', 'Ada', '--base-url', 'https://meet.example.org/'];
  const made = JSON.parse((await reelroom(data, [...args, '--json'])).stdout) as { url: string; token: string };
  t.equal(made.url, `https://meet.example.org/r/${room.id}#t=${made.token}`);
  const tokens = new Tokens(loadSecrets(new DataPaths(data).secrets).tokenKey, Date.now);
  t.same(await tokens.verify(made.token), { roomId: room.id, role: 'moderator', identity: 'ada', name: 'Ada' });
  t.match(await reelroom(data, ['token', 'nobody']), { code: 1, stderr: /\[room_unknown\]/ });
  t.match(await reelroom(data, ['token', room.id, '--role', 'king']), { code: 2 });
  t.match(await reelroom(data, ['token', room.id, '--base-url', 'meet']), { code: 2, stderr: /\[usage\]/ });
});

t.test('recordings are listed and shown while another process has the database open', async (t) => {
  const data = t.testdir();
  const storage = openStorage(new DataPaths(data).database);
  t.teardown(() => storage.close());
  const room = storage.rooms.create({ title: 'T', ownerId: 'ada', timeZone: 'UTC', createdAtMs: 1 });
  const common = { roomId: room.id, sessionId: 's', ownerId: 'ada', startedBy: 'bob', title: 'T', timeZone: 'UTC', keepJournal: false };
  const startedAtMs = Date.UTC(2026, 10, 23, 9);
  storage.recordings.create({ ...common, id: 'older', createdAtMs: 1000 });
  storage.recordings.change('older', { from: 'starting', to: 'failed', atMs: 2000, set: { failureCode: 'disk_full', failureMessage: 'Full.' } });
  storage.recordings.create({ ...common, id: 'newer', createdAtMs: 3000 });
  storage.recordings.change('newer', { from: 'starting', to: 'recording', atMs: 4000, actor: 'bob', set: { startedAtMs } });
  storage.recordings.confirm({ recordingId: 'newer', memberId: 'm', identity: 'eve', name: 'Eve', confirmedAtMs: 5000 });

  const list = JSON.parse((await reelroom(data, ['recordings', 'list', '--json'])).stdout) as Record<string, unknown>[];
  t.same(list.map(({ id }) => id), ['newer', 'older']);
  for (const field of ['id', 'roomId', 'sessionId', 'name', 'state', 'ownerId', 'startedAt', 'durationMs', 'bytes', 'path', 'health', 'report']) {
    t.ok(field in (list[0] ?? {}), `has ${field}`);
  }
  t.match(list[0], { state: 'recording', startedAt: '2026-11-23T09:00:00.000Z', path: null });

  const paths = new DataPaths(data);
  mkdirSync(paths.recording('newer'), { recursive: true });
  writeFileSync(paths.sidecar('newer', 'timeline.json'), '{}');
  const shown = JSON.parse((await reelroom(data, ['recordings', 'show', 'newer', '--json'])).stdout) as Record<string, unknown>;
  t.match(shown, {
    startedBy: 'bob',
    sidecars: [paths.sidecar('newer', 'timeline.json')],
    events: [{ from: null, to: 'starting' }, { from: 'starting', to: 'recording', actor: 'bob', at: '1970-01-01T00:00:04.000Z' }],
    consents: [{ identity: 'eve', name: 'Eve' }],
  });
  t.match((await reelroom(data, ['recordings', 'show', 'older'])).stdout, /Full\. \[disk_full\]/);
  t.match(await reelroom(data, ['recordings', 'show', 'nothing']), { code: 1, stderr: /\[recording_unknown\]/ });
  t.match(await reelroom(data, ['recordings', 'verify', 'newer']), { code: 1, stderr: /\[recording_not_available\]/ });
  t.match((await reelroom(data, ['recordings', 'list', '--room', 'other', '--json'])).stdout, /^\[\]\n$/);
});

t.test('without data there is nothing to list, and that is an error', async (t) => {
  const nowhere = join(t.testdir(), 'nowhere');
  for (const args of [['recordings', 'list'], ['room', 'list'], ['token', 'x']]) {
    t.match(await reelroom(nowhere, args), { code: 1, stdout: '', stderr: /\[data_missing\]/ });
  }
});

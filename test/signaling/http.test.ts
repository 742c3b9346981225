import { mkdirSync, readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { AppError } from '../../src/core/errors.js';
import { DataPaths } from '../../src/core/paths.js';
import { createApiKey } from '../../src/signaling/api-keys.js';
import { WrongSecrets } from '../../src/signaling/http/wrong-secrets.js';
import { ROOM_ID, startTestServer, type TestServer } from './doubles.js';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  json(): Record<string, unknown>;
}

/** fetch may not set Host and Origin; this may. */
function call(house: TestServer, path: string, options: { method?: string; headers?: Record<string, string>; body?: unknown; agent?: Agent } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = options.body === undefined ? 'GET' : 'POST', headers = {} } = options;
    const request = httpRequest(house.baseUrl, { path, method, headers, agent: options.agent ?? false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(parts);
        const json = (): Record<string, unknown> => JSON.parse(body.toString()) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, json });
      });
    });
    request.on('error', reject);
    request.end(options.body === undefined ? undefined : typeof options.body === 'string' ? options.body : JSON.stringify(options.body));
  });
}

/** A movie of `bytes` in the room, and its contents. */
function putMovie(house: TestServer, bytes: number, name = 'Rec - 2026 - Weekly.mp4'): Buffer {
  const paths = new DataPaths(house.folder);
  const content = Buffer.alloc(bytes);
  for (let i = 0; i < bytes; i++) content[i] = (i * 31) ^ (i >> 8);
  mkdirSync(paths.recordingsFolder(ROOM_ID), { recursive: true });
  mkdirSync(paths.recording('rec1'), { recursive: true });
  writeFileSync(join(paths.recordingsFolder(ROOM_ID), 'movie.mp4'), content);
  writeFileSync(paths.poster('rec1'), 'poster');
  house.storage.files.set('rec1', {
    id: 'rec1',
    roomId: ROOM_ID,
    ownerId: 'owner',
    state: 'available',
    name,
    title: 'Weekly',
    bytes,
    durationMs: 1000,
    startedAtMs: Date.UTC(2026, 0, 2),
    path: join('rooms', ROOM_ID, 'Recordings', 'movie.mp4'),
    failureCode: null,
    failureMessage: null,
  });
  return content;
}

t.test('files beside a movie are served to who may open it, in parts too (F8)', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  putMovie(house, 1000);
  const paths = new DataPaths(house.folder);
  writeFileSync(paths.sidecar('rec1', 'speakers.vtt'), 'WEBVTT\n');
  writeFileSync(paths.sidecar('rec1', 'thumbnails.jpg'), '0123456789');
  const base = `/api/v1/rooms/${ROOM_ID}/recordings/rec1`;
  const as = async (role: 'host' | 'moderator' | 'participant', path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    call(house, path, { headers: { cookie: `reelroom=${await house.token(role)}`, ...headers } });
  const urls = { 'speakers.vtt': `${base}/speakers.vtt`, 'thumbnails.jpg': `${base}/thumbnails.jpg` };
  t.match((await as('host', `/api/v1/rooms/${ROOM_ID}/files`)).json(), { folders: [{ files: [{ sidecars: urls }] }] });
  t.notMatch((await as('moderator', `/api/v1/rooms/${ROOM_ID}/files`)).json(), { folders: [{ files: [{ sidecars: {} }] }] });
  const vtt = await as('host', urls['speakers.vtt']);
  t.match([vtt.status, vtt.headers['content-type'], vtt.body.toString()], [200, 'text/vtt; charset=utf-8', 'WEBVTT\n']);
  const part = await as('host', urls['thumbnails.jpg'], { range: 'bytes=2-4' });
  t.match([part.status, part.headers['content-type'], part.body.toString()], [206, 'image/jpeg', '234']);
  t.equal((await as('moderator', urls['speakers.vtt'])).json().code, 'recording_private', 'names are for who may see the movie');
  t.equal((await as('host', `${base}/timeline.json`)).json().code, 'file_missing');
  t.equal((await as('host', `${base}/journal`)).json().code, 'not_found');
  t.equal((await as('host', `${base}/speakersxvtt`)).json().code, 'not_found');
});

t.test('how the recording is, and what it looks like, is for hosts and moderators', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  const get = async (path: string, role: 'host' | 'moderator' | 'participant'): Promise<Response> =>
    fetch(`${house.baseUrl}/api/v1/rooms/${ROOM_ID}/${path}`, { headers: { authorization: `Bearer ${await house.token(role)}` } });
  t.equal((await get('recording', 'participant')).status, 403);
  t.equal((await get('recording/still', 'participant')).status, 403);
  t.match(await (await get('recording', 'moderator')).json(), { recordingId: null, disk: { lastsMs: 7_200_000 } });
  const none = await get('recording/still', 'host');
  t.equal(none.status, 404);
  t.match(await none.json(), { code: 'still_not_there' });
  house.recording.stillPath = join(house.folder, 'now.jpg');
  writeFileSync(house.recording.stillPath, 'jpeg');
  const still = await get('recording/still', 'moderator');
  t.equal(still.headers.get('content-type'), 'image/jpeg');
  t.equal(still.headers.get('cache-control'), 'private, no-store');
  t.equal(await still.text(), 'jpeg');
});

t.test('of a movie that is being finished the list says how far it is', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  putMovie(house, 10);
  const files = async (): Promise<Record<string, unknown>> =>
    (await call(house, `/api/v1/rooms/${ROOM_ID}/files`, { headers: { cookie: `reelroom=${await house.token('moderator')}` } })).json();
  const progress = { recordedMs: 60_000, behindMs: 20_000, leftMs: 10_000, waits: false };
  house.recording.behind.set('rec1', progress);
  t.notMatch(await files(), { folders: [{ files: [{ progress: {} }] }] }, 'one that is whole has none');
  const file = house.storage.files.get('rec1');
  if (file) house.storage.files.set('rec1', { ...file, state: 'finalising', path: null });
  t.match(await files(), { folders: [{ files: [{ state: 'finalising', progress }] }] });
});

/** What a file descriptor of this process refers to; '' once it is closed. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

const MOVIE = `/api/v1/rooms/${ROOM_ID}/recordings/rec1/file`;

t.test('creating a room', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  const made = await call(house, '/api/v1/rooms', { body: { title: ' Weekly\n<b>/🎬 ' } });
  t.equal(made.status, 201);
  const { id, hostUrl, moderatorUrl, participantUrl } = made.json() as Record<string, string>;
  t.equal(house.storage.rooms.get(id!)?.title, 'Weekly <b>/🎬');
  for (const [url, role] of [[hostUrl, 'host'], [moderatorUrl, 'moderator'], [participantUrl, 'participant']] as const) {
    t.ok(url?.startsWith(`${house.baseUrl}/r/${id}#t=`), role);
    const claims = await house.tokens.verify(url!.split('#t=')[1]!, id);
    t.equal(claims.role, role);
    t.equal(claims.identity === house.storage.rooms.get(id!)?.ownerId, role === 'host', 'the host link is the owner’s');
  }

  const portrait = await call(house, '/api/v1/rooms', { body: { title: 'x', layout: 'portrait', transitions: false, initials: true } });
  t.same(house.storage.rooms.get(String(portrait.json().id))?.settings, { layout: 'portrait', transitions: false, initials: true });
  t.same(house.storage.rooms.get(id!)?.settings, {});

  const rooms = house.storage.roomRows.size;
  const refused: [unknown, string, number][] = [
    [{ title: '' }, 'title_invalid', 400],
    [{ title: '\u200F \u0000' }, 'title_invalid', 400],
    [{ title: 'x'.repeat(1000) }, 'title_too_long', 400],
    [{}, 'body_invalid', 400],
    [{ title: 7 }, 'body_invalid', 400],
    [{ title: 'x', kind: 'castle' }, 'body_invalid', 400],
    [{ title: 'x', more: 1 }, 'body_invalid', 400],
    [{ title: 'x', layout: 'mosaic' }, 'body_invalid', 400],
    ['{"title":', 'body_invalid', 400],
    [Buffer.from([0xff, 0xfe]).toString('latin1'), 'body_invalid', 400],
    ['x'.repeat(70_000), 'body_too_long', 413],
  ];
  for (const [body, code, status] of refused) {
    const answer = await call(house, '/api/v1/rooms', { body });
    t.match([answer.json().code, answer.status, typeof answer.json().message], [code, status, 'string'], JSON.stringify(body).slice(0, 40));
  }
  t.equal(house.storage.roomRows.size, rooms, 'a refusal makes no room');
  for (const title of ['...', '../..', 'a/b', '\u202Eevil']) t.equal((await call(house, '/api/v1/rooms', { body: { title } })).status, 201, title);
});

t.test('rooms are created from this machine, or with the admin secret', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  const { host } = new URL(house.baseUrl);
  const { port } = new URL(house.baseUrl);
  const attempt = async (headers: Record<string, string>): Promise<string> => {
    const answer = await call(house, '/api/v1/rooms', { body: { title: 'x' }, headers });
    return answer.status === 201 ? 'created' : `${answer.status} ${String(answer.json().code)}`;
  };
  t.equal(await attempt({}), 'created');
  t.equal(await attempt({ origin: house.baseUrl }), 'created');
  t.equal(await attempt({ host: `localhost:${port}` }), 'created');
  t.equal(await attempt({ host: `[::1]:${port}` }), 'created');
  t.equal(await attempt({ host: 'rebound.example' }), '401 admin_required');
  t.equal(await attempt({ host: '127.0.0.1.evil.example' }), '401 admin_required');
  t.equal(await attempt({ origin: 'http://evil.example' }), '401 admin_required');
  t.equal(await attempt({ origin: 'null' }), '401 admin_required');
  t.equal(await attempt({ authorization: 'Bearer wrong' }), '401 admin_required');
  t.equal(await attempt({ host: 'rooms.example', authorization: `Bearer ${house.adminSecret}` }), 'created');
  t.equal(await attempt({ host, authorization: 'Basic eDp5' }), 'created', 'another scheme is no credential');
});

t.test('an integrator makes rooms and tokens with an API key', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  const { id, credential } = createApiKey(house.storage.apiKeys, 'Calendar', Date.now());
  t.notMatch(JSON.stringify([...house.storage.keys.values()]), credential.split('.')[1]!, 'only a hash is kept');
  const as = (bearer: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    call(house, path, { body, headers: { host: 'rooms.example', authorization: `Bearer ${bearer}`, ...headers } });
  const made = await as(credential, '/api/v1/rooms', { title: 'Planned' });
  t.equal(made.status, 201);
  const room = made.json() as { id: string; hostUrl: string };
  t.match(await house.tokens.verify(room.hostUrl.split('#t=')[1]!, room.id), { role: 'host', apiKeyId: id });

  const path = `/api/v1/rooms/${room.id}/tokens`;
  const asked = { role: 'moderator', identity: 'ann@example', name: 'Ann', expiresInMs: 3_600_000 };
  const token = await as(credential, path, asked);
  t.match([token.status, token.json()], [201, { roomId: room.id, role: 'moderator', identity: 'ann@example', url: /^http:\/\/rooms\.example\/r\/.*#t=/ }]);
  const { token: text, expiresAt } = token.json() as { token: string; expiresAt: string };
  t.same(await house.tokens.verify(text, room.id), { roomId: room.id, role: 'moderator', identity: 'ann@example', name: 'Ann', apiKeyId: id });
  t.ok(Math.abs(Date.parse(expiresAt) - Date.now() - 3_600_000) < 60_000, expiresAt);
  t.match((await as(credential, path, { role: 'participant' })).json(), { identity: /^participant-/ });
  t.match((await as(credential, path, { role: 'host' }, { 'x-forwarded-proto': 'https' })).json(), { url: /^https:\/\/rooms\.example\/r\// });
  t.match((await as(house.adminSecret, path, { role: 'host' })).json(), { role: 'host' }, 'the admin may, too');
  await t.rejects(house.tokens.verify(text, ROOM_ID), { code: 'token_foreign_room' });

  const codeOf = async (bearer: string, body: unknown, at = path): Promise<string> => String((await as(bearer, at, body)).json().code);
  t.equal(await codeOf(credential, { role: 'king' }), 'body_invalid');
  t.equal(await codeOf(credential, { role: 'host', expiresInMs: 0 }), 'body_invalid');
  t.equal(await codeOf(credential, { role: 'host', expiresInMs: 1e12 }), 'body_invalid');
  t.equal(await codeOf(credential, { role: 'host', identity: ' ' }), 'body_invalid');
  t.equal(await codeOf(credential, { role: 'host' }, '/api/v1/rooms/nowhere/tokens'), 'room_unknown');
  t.equal((await call(house, path, { body: { role: 'host' } })).json().code, 'admin_required', 'sitting here is not enough to enter every room');
  t.equal(await codeOf(text, { role: 'host' }), 'admin_required', 'a join token makes no other');
  t.equal((await call(house, '/api/v1/keys')).body.toString(), '{"keys":[]}');

  house.storage.keys.get(id)!.revokedAtMs = Date.now();
  t.equal(await codeOf(credential, { role: 'host' }), 'api_key_invalid', 'at once');
  await t.rejects(house.tokens.verify(text, room.id), { code: 'token_revoked' });
  t.equal((await as(text, '/api/v1/session', { token: text })).json().code, 'token_revoked');
});

t.test('wrong secrets are answered more and more slowly, right ones as before', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  const { id, credential } = createApiKey(house.storage.apiKeys, 'Calendar', Date.now());
  const attempt = async (bearer: string): Promise<Answer> => call(house, '/api/v1/rooms', { body: { title: 'x' }, headers: { authorization: `Bearer ${bearer}` } });
  const wrong = [`${id}.${'x'.repeat(43)}`, `${'0'.repeat(16)}.${credential.split('.')[1]}`, 'guess', credential.slice(0, -1)];
  const codes: unknown[] = [];
  for (let turn = 0; turn < 12; turn++) codes.push((await attempt(wrong[turn % wrong.length]!)).json().code);
  t.same(codes.slice(0, 4), ['api_key_invalid', 'api_key_invalid', 'admin_required', 'admin_required']);
  t.same(codes.slice(10), ['too_many_wrong_secrets', 'too_many_wrong_secrets']);
  const files = await call(house, `/api/v1/rooms/${ROOM_ID}/files`, { headers: { authorization: 'Bearer guess' } });
  t.equal(files.json().code, 'too_many_wrong_secrets', 'whatever is asked for');
  t.match(await attempt('guess'), { status: 429, headers: { 'retry-after': '60' } });
  t.equal((await attempt(credential)).status, 201, 'nobody is locked out by others');
  t.equal((await attempt(house.adminSecret)).status, 201);
});

t.test('each address has its own wrong secrets, and one that waits is heard again', async (t) => {
  let nowMs = 0;
  const wrong = new WrongSecrets(() => nowMs);
  const refusal = new AppError('admin_required', 'Wrong.');
  const codeOf = (address: string): string => wrong.refuse(address, refusal).code;
  for (let turn = 0; turn < 10; turn++) t.equal(codeOf('a'), 'admin_required');
  t.equal(codeOf('a'), 'too_many_wrong_secrets');
  t.equal(codeOf('b'), 'admin_required');
  nowMs += 6_001;
  t.equal(codeOf('a'), 'admin_required');
  t.equal(codeOf('a'), 'too_many_wrong_secrets');
});

t.test('a token is traded for a cookie of its room', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  const token = await house.token('host');
  const answer = await call(house, '/api/v1/session', { body: { token } });
  t.equal(answer.status, 204);
  t.equal(answer.headers['content-length'], undefined);
  t.same(answer.headers['set-cookie'], [`reelroom=${token}; Path=/api/v1/rooms/${ROOM_ID}; HttpOnly; SameSite=Strict`]);
  const codeOf = async (body: unknown): Promise<unknown> => (await call(house, '/api/v1/session', { body })).json().code;
  t.equal(await codeOf({ token: 'x' }), 'token_invalid');
  t.equal(await codeOf({ token: 'x'.repeat(5000) }), 'body_invalid');
  t.equal(await codeOf({ token: await house.tokens.sign({ roomId: ROOM_ID, role: 'host', identity: 'x' }, -60_000) }), 'token_expired');
  t.equal(await codeOf({ token: await house.tokens.sign({ roomId: 'nowhere', role: 'host', identity: 'x' }) }), 'room_unknown');
});

t.test('a connection goes on after HEAD', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  putMovie(house, 1000);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const headers = { cookie: `reelroom=${await house.token('host')}` };
  for (const [path, bytes] of [['/', '38'], ['/healthz', '15'], [MOVIE, '1000']] as const) {
    const head = await call(house, path, { method: 'HEAD', headers, agent });
    t.same([head.status, head.headers['content-length'], head.body.length], [200, bytes, 0], path);
    t.match(await call(house, path, { headers, agent }), { status: 200, headers: { 'content-length': bytes } });
  }
});

t.test('Media and Files are for hosts and moderators of the room (F3)', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  putMovie(house, 1000);
  house.storage.files.set('rec2', {
    id: 'rec2', roomId: ROOM_ID, ownerId: 'owner', state: 'recording', name: null, title: 'Weekly', bytes: null, durationMs: null, startedAtMs: null, path: null, failureCode: null, failureMessage: null,
  });
  house.storage.files.set('rec3', {
    id: 'rec3', roomId: ROOM_ID, ownerId: 'owner', state: 'failed', name: null, title: 'Weekly', bytes: null, durationMs: null, startedAtMs: Date.UTC(2026, 0, 1), path: null,
    failureCode: 'disk_full', failureMessage: 'The disk is full. The journal is kept.',
  });
  house.storage.roomRows.set('other', { id: 'other', title: 'Other', ownerId: 'o', timeZone: 'UTC', settings: {} });
  const list = `/api/v1/rooms/${ROOM_ID}/files`;
  const as = async (role: 'host' | 'moderator' | 'participant', path: string, method = 'GET'): Promise<Answer> =>
    call(house, path, { method, headers: { cookie: `a=b; reelroom=${await house.token(role)}` } });

  const answer = await as('host', list);
  t.same(answer.json(), {
    room: { id: ROOM_ID, title: 'Weekly' },
    files: [],
    maxFileBytes: 1_000_000,
    folders: [
      {
        name: 'Recordings',
        files: [
          {
            id: 'rec1', name: 'Rec - 2026 - Weekly.mp4', bytes: 1000, durationMs: 1000, startedAt: '2026-01-02T00:00:00.000Z', state: 'available',
            url: MOVIE, downloadUrl: `${MOVIE}?download=1`, posterUrl: `/api/v1/rooms/${ROOM_ID}/recordings/rec1/poster`, failure: null,
          },
          {
            id: 'rec2', name: 'Weekly', bytes: 0, durationMs: 0, startedAt: null, state: 'recording', url: null, downloadUrl: null, posterUrl: null, failure: null,
          },
          {
            id: 'rec3', name: 'Weekly', bytes: 0, durationMs: 0, startedAt: '2026-01-01T00:00:00.000Z', state: 'failed', url: null, downloadUrl: null, posterUrl: null,
            failure: { code: 'disk_full', message: 'The disk is full. The journal is kept.', kept: true },
          },
        ],
      },
    ],
  });
  t.match((await as('moderator', list)).json(), { folders: [{ files: [{ id: 'rec1', url: null, downloadUrl: null, privateTo: { name: null } }, {}, {}] }] });
  house.storage.ownerNames.set('rec1', 'Ann');
  t.match((await as('moderator', list)).json(), { folders: [{ files: [{ id: 'rec1', privateTo: { name: 'Ann' } }, { privateTo: undefined }, {}] }] }, 'whose it is');
  t.match([(await as('participant', list)).status, (await as('participant', list)).json().code], [403, 'forbidden']);

  t.equal((await as('host', MOVIE)).status, 200);
  const ownerCookie = { cookie: `reelroom=${await house.token('moderator', 'owner')}` };
  t.equal((await call(house, MOVIE, { headers: ownerCookie })).status, 200, 'the owner opens it, whatever their role (F2)');
  t.match((await call(house, list, { headers: ownerCookie })).json(), { folders: [{ files: [{ id: 'rec1', url: MOVIE, privateTo: undefined }, {}, {}] }] });
  t.match([(await as('moderator', MOVIE)).status, (await as('moderator', MOVIE)).json().code], [403, 'recording_private']);
  t.equal((await as('participant', MOVIE)).json().code, 'recording_private');
  t.equal((await as('moderator', `/api/v1/rooms/${ROOM_ID}/recordings/rec1/poster`)).body.toString(), 'poster');
  t.equal((await as('participant', `/api/v1/rooms/${ROOM_ID}/recordings/rec1/poster`)).status, 403);

  const codeOf = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
    const { status, json } = await call(house, path, { headers });
    return `${status} ${String(json().code)}`;
  };
  const bearer = { authorization: `Bearer ${await house.token('host')}` };
  t.equal(await codeOf(list), '401 token_missing');
  t.equal(await codeOf(list, { cookie: 'reelroom=x' }), '401 token_invalid');
  t.equal(await codeOf('/api/v1/rooms/other/files', bearer), '403 token_foreign_room');
  t.equal(await codeOf('/api/v1/rooms/nowhere/files', bearer), '404 room_unknown');
  t.equal(await codeOf('/api/v1/recordings/nothing/file', bearer), '404 recording_unknown');
  t.equal(await codeOf('/api/v1/rooms/other/recordings/rec1/file', bearer), '404 recording_unknown', 'a recording is its room’s');
  t.equal(await codeOf(`/api/v1/rooms/${ROOM_ID}/recordings/rec2/file`, bearer), '409 recording_not_ready');
  t.equal((await call(house, list, { headers: { authorization: `Bearer ${house.adminSecret}` } })).status, 200);
  t.equal((await call(house, '/api/v1/recordings/rec1/file', { headers: bearer })).status, 200);
  const sent = await call(house, '/api/v1/recordings/rec1/file?download=1');
  t.match([sent.status, sent.headers.location], [307, `${MOVIE}?download=1`], 'without a credential the browser is sent where its cookie is');
});

t.test('a movie is sent whole, in parts, and not again', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  const size = 3 * 1024 * 1024 + 17;
  const content = putMovie(house, size, 'Rec - Größe "quoted" 🎬\u202E.mp4');
  const bearer = `Bearer ${await house.token('host')}`;
  const get = (headers: Record<string, string> = {}, query = '', method = 'GET'): Promise<Answer> =>
    call(house, MOVIE + query, { method, headers: { authorization: bearer, ...headers } });

  const whole = await get();
  t.match(whole.headers, { 'content-type': 'video/mp4', 'content-length': String(size), 'accept-ranges': 'bytes', 'x-content-type-options': 'nosniff' });
  t.equal(whole.headers['content-disposition'], undefined);
  t.ok(whole.body.equals(content));

  const part = await get({ range: 'bytes=1000000-1999999' });
  t.match([part.status, part.headers['content-range'], part.headers['content-length']], [206, `bytes 1000000-1999999/${size}`, '1000000']);
  t.ok(part.body.equals(content.subarray(1_000_000, 2_000_000)));
  t.ok((await get({ range: 'bytes=-17' })).body.equals(content.subarray(-17)));
  const none = await get({ range: `bytes=${size}-` });
  t.match([none.status, none.headers['content-range'], none.body.length], [416, `bytes */${size}`, 0]);

  const etag = String(whole.headers.etag);
  t.equal((await get({ range: 'bytes=0-1', 'if-range': etag })).status, 206);
  t.equal((await get({ range: 'bytes=0-1', 'if-range': '"old"' })).body.length, size);
  const cached = await get({ 'if-none-match': etag });
  t.match([cached.status, cached.body.length], [304, 0]);

  const head = await get({}, '', 'HEAD');
  t.match([head.status, head.headers['content-length'], head.body.length], [200, String(size), 0]);
  const headPart = await get({ range: 'bytes=0-9' }, '', 'HEAD');
  t.match([headPart.status, headPart.headers['content-length'], headPart.headers['content-range']], [206, '10', `bytes 0-9/${size}`]);

  const download = await get({ range: 'bytes=0-0' }, '?download=1');
  const disposition = String(download.headers['content-disposition']);
  t.match(disposition, /^attachment; filename="[\x20-\x7e]+"; filename\*=UTF-8''/);
  t.equal(decodeURIComponent(disposition.split("UTF-8''")[1]!), 'Rec - Größe "quoted" 🎬\u202E.mp4');

  writeFileSync(join(house.folder, 'rooms', ROOM_ID, 'Recordings', 'movie.mp4'), '');
  t.match(await get(), { status: 200, headers: { 'content-length': '0' } }, 'an empty file');
  house.storage.files.get('rec1')!.path = 'gone.mp4';
  const gone = await get();
  t.match([gone.status, gone.json().code], [404, 'file_missing']);
});

t.test('a slow reader gets all of it at its own pace; one that goes leaves nothing open', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  const size = 24 * 1024 * 1024;
  const content = putMovie(house, size);
  const head = `GET ${MOVIE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${await house.token('host')}\r\n\r\n`;

  const slow = createConnection(house.server.port, '127.0.0.1');
  slow.write(head);
  const parts: Buffer[] = [];
  let pauses = 0;
  slow.on('data', (part: Buffer) => {
    parts.push(part);
    if (pauses++ % 50 !== 0) return;
    slow.pause();
    setImmediate(() => slow.resume());
  });
  // The connection stays open after the answer, as HTTP/1.1 has it; the length says when it is whole.
  await new Promise<void>((resolve) => {
    slow.on('data', () => {
      if (parts.reduce((sum, part) => sum + part.length, 0) >= size) resolve();
    });
    slow.on('close', () => resolve());
  });
  slow.destroy();
  const all = Buffer.concat(parts);
  t.ok(all.subarray(all.indexOf('\r\n\r\n') + 4).equals(content));

  const gone = Array.from({ length: 20 }, () => {
    const socket = createConnection(house.server.port, '127.0.0.1');
    socket.write(head);
    return new Promise<void>((resolve) => {
      socket.once('data', () => {
        socket.destroy();
        resolve();
      });
    });
  });
  await Promise.all(gone);
  const again = await call(house, MOVIE, { headers: { authorization: `Bearer ${await house.token('host')}`, range: 'bytes=5-9' } });
  t.ok(again.body.equals(content.subarray(5, 10)), 'the server still serves');
  const openMovies = (): string[] => readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).endsWith('movie.mp4'));
  for (let tries = 0; openMovies().length > 0 && tries < 1000; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  t.same(openMovies(), []);
});

t.test('a file that shrinks while it is sent cuts the connection', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  const size = 24 * 1024 * 1024;
  putMovie(house, size);
  const socket = createConnection(house.server.port, '127.0.0.1');
  socket.write(`GET ${MOVIE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await house.token('host')}\r\n\r\n`);
  let received = 0;
  await new Promise<void>((resolve) => {
    socket.once('data', () => {
      socket.pause();
      truncateSync(join(house.folder, 'rooms', ROOM_ID, 'Recordings', 'movie.mp4'), 100);
      socket.resume();
    });
    socket.on('data', (part: Buffer) => (received += part.length));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
  t.ok(received < size, `${received} bytes`);
});

t.test('the web client and its headers', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  mkdirSync(join(house.folder, 'assets'));
  writeFileSync(join(house.folder, 'assets', 'index-abc123.js'), 'export {}');
  writeFileSync(join(house.folder, 'secrets.json'), '{}');
  writeFileSync(join(house.folder, '.hidden.js'), 'secret');
  for (const path of ['/', '/r/room', '/files', '/files?room=x', '/admin']) {
    const page = await call(house, path);
    t.match([page.status, page.headers['content-type'], page.headers['cache-control']], [200, 'text/html; charset=utf-8', 'no-cache'], path);
    t.match(page.headers['content-security-policy'], /default-src 'self'; script-src 'self';.*frame-ancestors 'none'/);
    t.match(page.headers['content-security-policy'], `connect-src 'self' ws://${new URL(house.baseUrl).host}`);
    t.match(page.headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY' });
  }
  const asset = await call(house, '/assets/index-abc123.js');
  t.match([asset.headers['content-type'], asset.headers['cache-control']], ['text/javascript; charset=utf-8', 'public, max-age=31536000, immutable']);
  const nowhere = ['/nothing', '/assets/nothing.js', '/../secrets.json', '/assets/../../x.js', '/assets/%2e%2e/x.js', '/.hidden.js', '/assets', '/assets/', '//etc/passwd', '/api/v1/nothing', '/r/a/b'];
  for (const path of nowhere) t.match([(await call(house, path)).status, (await call(house, path)).json().code], [404, 'not_found'], path);
  for (const path of ['/nothing', '/r/a/b', '/.hidden.js', '/missing.html']) {
    const page = await call(house, path, { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    t.match([page.status, page.headers['content-type']], [404, 'text/html; charset=utf-8'], `${path}: people get a page`);
    t.ok(page.headers['content-security-policy']);
    t.ok(page.body.equals((await call(house, '/')).body), 'and no file');
  }
  t.match((await call(house, '/api/v1/nothing', { headers: { accept: 'text/html' } })).json().code, 'not_found', 'not of the API');
  const host = await call(house, '/', { headers: { host: "evil'; script-src *" } });
  t.notMatch(host.headers['content-security-policy'], 'evil');

  t.match([(await call(house, '/healthz')).status, (await call(house, '/healthz')).json().status], [200, 'ok']);
  const wrong = await call(house, '/api/v1/rooms');
  t.match([wrong.status, wrong.json().code, wrong.headers.allow], [405, 'method_not_allowed', 'POST']);
  t.match([(await call(house, '/', { method: 'DELETE' })).status], [405]);
});

import { existsSync, readdirSync } from 'node:fs';
import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import t, { type Test } from 'tap';
import { DataPaths } from '../../src/core/paths.js';
import { until } from '../support/server.js';
import { ROOM_ID, startTestServer, type TestServer } from './doubles.js';

const FILES = `/api/v1/rooms/${ROOM_ID}/files`;
const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(5000, 7)]);

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
  json: Record<string, unknown>;
}

interface Asked {
  method?: string;
  role?: 'host' | 'moderator' | 'participant' | null;
  headers?: Record<string, string | number>;
  body?: Buffer | string;
  agent?: Agent;
}

async function open(house: TestServer, path: string, { method = 'GET', role = 'moderator', headers = {}, agent }: Asked): Promise<ClientRequest> {
  const credential: Record<string, string> = role === null ? {} : { authorization: `Bearer ${await house.token(role)}` };
  return httpRequest(house.baseUrl, { path, method, headers: { ...credential, ...headers }, agent: agent ?? false });
}

function answerOf(request: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const body = Buffer.concat(parts);
        const isJson = response.headers['content-type']?.startsWith('application/json') && body.length > 0;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, json: isJson ? JSON.parse(body.toString()) : {} });
      });
    });
  });
}

async function call(house: TestServer, path: string, asked: Asked = {}): Promise<Answer> {
  const request = await open(house, path, asked);
  const answer = answerOf(request);
  request.end(asked.body);
  return answer;
}

const upload = (house: TestServer, name: string, body: Buffer | string = PNG, asked: Asked = {}): Promise<Answer> =>
  call(house, `${FILES}?name=${encodeURIComponent(name)}`, { method: 'POST', body, headers: { 'content-length': Buffer.byteLength(body) }, ...asked });

async function start(t: Test, files: Parameters<typeof startTestServer>[0] = {}) {
  const house = await startTestServer(files);
  t.teardown(() => house.close());
  const folder = new DataPaths(house.folder).storedFiles(ROOM_ID);
  return { house, onDisk: (): string[] => (existsSync(folder) ? readdirSync(folder) : []) };
}

t.test('hosts and moderators put files into Media and Files, rename, read and delete them', async (t) => {
  const { house, onDisk } = await start(t);
  const made = await upload(house, 'Plan/über.PNG');
  t.match([made.status, made.json], [201, { name: 'Plan_über.png', type: 'image/png', bytes: PNG.length, addedAt: /^\d{4}-/, url: `${FILES}/${String(made.json.id)}` }]);
  t.match((await upload(house, 'Plan/über.png', PNG, { role: 'host' })).json, { name: 'Plan_über (2).png' });
  const list = (await call(house, FILES)).json;
  t.match(list, { maxFileBytes: 1_000_000, files: [{ type: 'image/png' }, { type: 'image/png' }], folders: [{ name: 'Recordings' }] });

  const url = String(made.json.url);
  const whole = await call(house, url);
  t.same(whole.body, PNG);
  t.match(whole.headers, {
    'content-type': 'image/png',
    'x-content-type-options': 'nosniff',
    'content-disposition': `attachment; filename="Plan__ber.png"; filename*=UTF-8''Plan_%C3%BCber.png`,
    'accept-ranges': 'bytes',
  });
  const part = await call(house, url, { headers: { range: 'bytes=1-3' } });
  t.same([part.status, part.body.toString()], [206, 'PNG']);
  t.match(await call(house, url, { method: 'HEAD' }), { status: 200, headers: { 'content-length': String(PNG.length) } });

  const rename = (name: unknown, at = url): Promise<Answer> => call(house, at, { method: 'PATCH', body: JSON.stringify({ name }) });
  t.match((await rename('Better')).json, { name: 'Better.png', url });
  t.match((await rename('Better.png')).json, { name: 'Better.png' }, 'its own name is not taken');
  t.match((await rename('Plan_über (2)')).json, { name: 'Plan_über (2) (2).png' });
  t.match((await rename('')).json, { code: 'body_invalid' });
  t.match((await rename(7)).json, { code: 'body_invalid' });
  t.match((await rename('x', `${FILES}/none`)).json, { code: 'file_unknown' });

  t.equal((await call(house, url, { method: 'DELETE' })).status, 204);
  t.match([await call(house, url), await call(house, url, { method: 'DELETE' })], [{ status: 404, json: { code: 'file_unknown' } }, { status: 404 }]);
  t.equal(onDisk().length, 1);
  t.match(await call(house, url, { method: 'PUT', body: 'x' }), { status: 405, headers: { allow: 'GET, HEAD, PATCH, DELETE' } });
});

t.test('participants, strangers and other sites have no part in it', async (t) => {
  const { house, onDisk } = await start(t);
  const { url } = (await upload(house, 'a.png')).json as { url: string };
  for (const [role, code] of [['participant', 'forbidden'], [null, 'token_missing']] as const) {
    t.match((await upload(house, 'b.png', PNG, { role })).json, { code }, String(role));
    t.match((await call(house, FILES, { role })).json, { code });
    t.match((await call(house, url, { role })).json, { code });
    t.match((await call(house, url, { role, method: 'DELETE' })).json, { code });
    t.match((await call(house, url, { role, method: 'PATCH', body: '{"name":"x"}' })).json, { code });
  }
  const origin = { origin: 'http://127.0.0.1:1' };
  t.match((await call(house, url, { method: 'DELETE', headers: origin })).json, { code: 'origin_refused' });
  t.match((await upload(house, 'b.png', PNG, { headers: { ...origin, 'content-length': PNG.length } })).json, { code: 'origin_refused' });
  house.storage.roomRows.set('other', { id: 'other', title: 'Other', ownerId: 'owner', timeZone: 'UTC', settings: {} });
  const foreign = url.replace(`/${ROOM_ID}/`, '/other/');
  t.match((await call(house, foreign)).json, { code: 'token_foreign_room' });
  t.match((await call(house, foreign, { role: null, headers: { authorization: `Bearer ${house.adminSecret}` } })).json, { code: 'file_unknown' }, 'nor is it in another room');
  t.equal(onDisk().length, 1);
});

t.test('what is no whole file of a known type is refused, and the connection goes on', async (t) => {
  const { house, onDisk } = await start(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const page = Buffer.from(`<!doctype html><script>alert(1)</script>${' '.repeat(800_000)}`);
  t.match(await upload(house, 'page.png', page, { agent, headers: { 'content-length': page.length } }), { status: 415, json: { code: 'file_type_refused' } });
  t.match(await upload(house, 'drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>', { agent }), { status: 415 });
  t.match(await call(house, '/healthz', { agent }), { status: 200 }, 'whatever of it was not read');
  t.match(await upload(house, 'a.png', Buffer.alloc(0)), { status: 400, json: { code: 'file_empty' } });
  t.match(await upload(house, '', PNG), { status: 400, json: { code: 'name_invalid' } });
  t.match(await upload(house, 'x'.repeat(1001), PNG), { status: 400, json: { code: 'name_invalid' } });
  t.match(await upload(house, 'a.png', PNG, { headers: { 'transfer-encoding': 'chunked' } }), { status: 411, json: { code: 'length_required' } });
  const huge = await open(house, `${FILES}?name=a.png`, { method: 'POST', headers: { 'content-length': 1_000_001 } });
  const refused = answerOf(huge);
  huge.write(PNG);
  t.match(await refused, { status: 413, json: { code: 'file_too_long' } }, 'before it is sent');
  huge.destroy();
  t.same(onDisk(), []);
});

t.test('a stranger is cut off, and does not have a whole file passed over', async (t) => {
  const { house } = await start(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const request = await open(house, `${FILES}?name=a.png`, { method: 'POST', role: 'participant', agent, headers: { 'content-length': 900_000 } });
  const answer = answerOf(request);
  request.write(PNG);
  t.match(await answer, { status: 403, json: { code: 'forbidden' }, headers: { connection: 'close' } });
  request.destroy();
});

t.test('an upload that is cut off leaves nothing', async (t) => {
  const { house, onDisk } = await start(t);
  const request = await open(house, `${FILES}?name=a.png`, { method: 'POST', headers: { 'content-length': PNG.length } });
  request.on('error', () => undefined);
  request.write(PNG.subarray(0, 3000));
  await until(async () => (onDisk().length === 1 ? true : null), 20_000, () => 'nothing is being written');
  t.match((await call(house, FILES)).json, { files: [] }, 'it is not listed before it is whole');
  request.destroy();
  await until(async () => (onDisk().length === 0 ? true : null), 20_000, () => onDisk().join());
  t.match((await call(house, FILES)).json, { files: [] });
});

t.test('a large file comes back as it went', async (t) => {
  const bytes = 64 * 1024 * 1024;
  const { house } = await start(t, { files: { maxBytes: bytes } });
  const content = Buffer.alloc(bytes, 3);
  PNG.copy(content);
  const made = await upload(house, 'large.png', content);
  t.match(made.json, { bytes });
  const { body } = await call(house, String(made.json.url));
  t.ok(body.equals(content));
});

t.test('a full disk is said', async (t) => {
  const { house, onDisk } = await start(t, { files: { freeBytes: async () => 2 ** 30 } });
  t.match(await upload(house, 'a.png'), { status: 507, json: { code: 'file_no_space' } });
  t.same(onDisk(), []);
});

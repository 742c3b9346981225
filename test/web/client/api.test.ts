import t from 'tap';
import { Api, type Fetch } from '../../../web/src/client/api.js';

interface Call {
  url: string;
  method: string;
  body: unknown;
}

function build(ok: boolean, value: unknown): { api: Api; calls: Call[] } {
  const calls: Call[] = [];
  const fetch: Fetch = async (url, { method, body }) => {
    calls.push({ url, method, body: body === undefined ? null : JSON.parse(body) });
    if (value instanceof Error) throw value;
    return { ok, json: async () => (value === undefined ? Promise.reject(new SyntaxError('no body')) : value) };
  };
  return { api: new Api(fetch), calls };
}

t.test('creates a room', async (t) => {
  const room = { id: 'r', hostUrl: 'h', moderatorUrl: 'm', participantUrl: 'p' };
  const { api, calls } = build(true, { ...room, more: 1 });
  t.same(await api.createRoom('Weekly'), room);
  t.same(calls, [{ url: '/api/v1/rooms', method: 'POST', body: { title: 'Weekly' } }]);
});

t.test('a token travels in the body, never in the address', async (t) => {
  const { api, calls } = build(true, undefined);
  await api.openSession('secret');
  t.same(calls, [{ url: '/api/v1/session', method: 'POST', body: { token: 'secret' } }]);
});

t.test('lists the files of a room', async (t) => {
  const { api, calls } = build(true, { room: { id: 'a/b', title: 'T' }, folders: [{ name: 'Recordings', files: [] }] });
  t.match(await api.files('a/b'), { folders: [{ name: 'Recordings' }] });
  t.equal(calls[0]?.url, '/api/v1/rooms/a%2Fb/files');
});

t.test('refusals keep their code and sentence', async (t) => {
  const { api } = build(false, { code: 'room_unknown', message: 'There is no such room.' });
  await t.rejects(api.files('x'), { code: 'room_unknown', message: 'There is no such room.' });
});

t.test('answers that are not understood, and no answer, are errors of their own', async (t) => {
  await t.rejects(build(true, { id: 1 }).api.createRoom('x'), { code: 'answer_unexpected' });
  await t.rejects(build(false, undefined).api.createRoom('x'), { code: 'answer_unexpected' });
  await t.rejects(build(true, new TypeError('offline')).api.createRoom('x'), { code: 'server_unreachable' });
});

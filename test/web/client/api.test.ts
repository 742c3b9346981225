import t from 'tap';
import { Api, refusalOf, type Fetch } from '../../../web/src/client/api.js';

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

t.test('files of a room are added, renamed and deleted at their addresses', async (t) => {
  const file = { id: 'f', name: 'Plan.pdf', type: 'application/pdf', bytes: 5, addedAt: '2026-01-02T00:00:00.000Z', url: '/api/v1/rooms/r/files/f' };
  const listing = build(true, { room: { id: 'r', title: 'T' }, files: [file], maxFileBytes: 9, folders: [] });
  t.match(await listing.api.files('r'), { files: [file], maxFileBytes: 9 });
  const renamed = build(true, file);
  t.equal(await renamed.api.renameFile(file, 'Plan'), 'Plan.pdf', 'the name that it has now');
  t.same(renamed.calls, [{ url: file.url, method: 'PATCH', body: { name: 'Plan' } }]);
  const deleted = build(true, undefined);
  await deleted.api.deleteFile(file);
  t.same(deleted.calls, [{ url: file.url, method: 'DELETE', body: null }]);
  t.equal(deleted.api.newFileUrl('a/b', 'x&y.pdf'), '/api/v1/rooms/a%2Fb/files?name=x%26y.pdf');
  await t.rejects(build(false, { code: 'file_unknown', message: 'There is no such file.' }).api.deleteFile(file), { code: 'file_unknown' });
  t.match(refusalOf(null), { code: 'answer_unexpected' });
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

import { mock } from 'node:test';
import t from 'tap';
import { RoomSocket, parseServerMessage, type Fact } from '../../../web/src/client/socket.js';
import { FakeSocket, settled } from '../doubles.js';
import { member } from '../samples.js';

function connect(): { fake: FakeSocket; socket: RoomSocket } {
  const fake = new FakeSocket();
  const socket = new RoomSocket(fake);
  fake.open();
  return { fake, socket };
}

t.test('requests wait for the socket to open and are answered by their ids', async (t) => {
  const fake = new FakeSocket();
  const socket = new RoomSocket(fake);
  const first = socket.request({ type: 'ping' });
  const second = socket.request({ type: 'leave' });
  await settled();
  t.same(fake.sent, []);
  fake.open();
  await settled();
  t.same(fake.sent, [{ type: 'ping', id: 1 }, { type: 'leave', id: 2 }]);
  fake.serve({ type: 'error', id: 2, code: 'not_joined', message: 'Join the room first.' });
  fake.serve({ type: 'ok', id: 1 });
  t.match(await first, { type: 'ok' });
  await t.rejects(second, { code: 'not_joined', message: 'Join the room first.' });
  socket.close();
});

t.test('facts and errors without an id go to the listeners', async (t) => {
  const { fake, socket } = connect();
  const facts: Fact['type'][] = [];
  socket.events.on('fact', ({ type }) => facts.push(type));
  fake.serve({ type: 'member-joined', member: member('a') });
  fake.serve({ type: 'error', id: null, code: 'message_invalid', message: 'No.' });
  fake.serve({ type: 'ok', id: 77 });
  t.same(facts, ['member-joined', 'error']);
  socket.close();
});

t.test('what does not fit the protocol is ignored', async (t) => {
  const { fake, socket } = connect();
  const facts: Fact[] = [];
  socket.events.on('fact', (fact) => facts.push(fact));
  for (const data of ['', '{', '[]', 'null', '{"type":"from-the-future"}', '{"type":"member-left"}', new ArrayBuffer(4), 7]) {
    fake.serveRaw(data);
  }
  t.same(facts, []);
  t.equal(parseServerMessage('{"type":"member-left","memberId":"../x"}'), null);
  socket.close();
});

t.test('a lost socket rejects what waits, and says so once', async (t) => {
  const { fake, socket } = connect();
  let closed = 0;
  socket.events.on('closed', () => (closed += 1));
  const request = socket.request({ type: 'ping' });
  await settled();
  fake.drop(1006);
  fake.drop(1006);
  await t.rejects(request, { code: 'connection_lost' });
  await t.rejects(socket.request({ type: 'ping' }), { code: 'connection_lost' });
  t.equal(closed, 1);
});

t.test('a socket that never opens rejects what waits for it', async (t) => {
  const fake = new FakeSocket();
  const socket = new RoomSocket(fake);
  const request = socket.request({ type: 'ping' });
  fake.drop(1006);
  await t.rejects(request, { code: 'connection_lost' });
});

t.test('a socket that takes long to open counts as lost, so that another one is tried', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  t.teardown(() => mock.timers.reset());
  const fake = new FakeSocket();
  const socket = new RoomSocket(fake);
  let closed = 0;
  socket.events.on('closed', () => (closed += 1));
  const request = socket.request({ type: 'ping' });
  mock.timers.tick(9_999);
  t.equal(closed, 0);
  mock.timers.tick(1);
  t.equal(closed, 1);
  t.ok(fake.closedByClient);
  await t.rejects(request, { code: 'connection_lost' });

  const open = connect();
  mock.timers.tick(60_000);
  t.notOk(open.fake.closedByClient, 'one that is open stays');
});

t.test('a server that does not answer counts as lost', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  t.teardown(() => mock.timers.reset());
  const { fake, socket } = connect();
  let closed = 0;
  socket.events.on('closed', () => (closed += 1));
  socket.keepAlive();
  await settled();
  mock.timers.tick(20_000);
  await settled();
  t.match(fake.sent, [{ type: 'ping' }]);
  mock.timers.tick(15_000);
  t.equal(closed, 1);
  t.equal(fake.closedByClient, true);
  mock.timers.tick(60_000);
  await settled();
  t.equal(fake.sent.length, 1, 'no ping after the end');
});

t.test('closing is silent, and twice is fine', async (t) => {
  const { fake, socket } = connect();
  socket.events.on('closed', () => t.fail('told'));
  socket.close();
  socket.close();
  fake.drop(1000);
  t.equal(fake.closedByClient, true);
});

import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { parseJoinLink } from '../../../web/src/client/link.js';
import { RoomClient } from '../../../web/src/client/room-client.js';
import { FakePlatform, FakeTrack, settled } from '../doubles.js';
import { joined, member, recording } from '../samples.js';

function build(t: Test): { platform: FakePlatform; client: RoomClient } {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const platform = new FakePlatform();
  const client = new RoomClient({ socketUrl: 'ws://x', token: 'secret', name: 'Ann', mobile: false, platform });
  t.teardown(() => {
    client.close();
    mock.timers.reset();
  });
  return { platform, client };
}

/** Lets the newest socket open and accepts the join. */
async function accept(platform: FakePlatform, changes: Parameters<typeof joined>[0] = {}): Promise<void> {
  const socket = platform.sockets.at(-1)!;
  socket.open();
  const join = await socket.takes('join');
  socket.serve(joined({ ...changes, id: join.id }));
  await settled();
}

t.test('joins with name, token and protocol version', async (t) => {
  const { platform, client } = build(t);
  client.join();
  await accept(platform);
  t.match(platform.sockets[0]?.sent, [{ type: 'join', protocol: 1, token: 'secret', name: 'Ann', mobile: false }]);
  t.equal(client.state.connection.name, 'joined');
  t.match(client.state.room, { title: 'Weekly planning' });
});

t.test('facts right behind the answer are not lost', async (t) => {
  const { platform, client } = build(t);
  client.join();
  const socket = platform.sockets[0]!;
  socket.open();
  const join = await socket.takes('join');
  socket.serve(joined({ id: join.id }));
  socket.serve({ type: 'member-joined', member: member('a') });
  await settled();
  t.same(client.state.members.map(({ memberId }) => memberId), ['me', 'a']);
});

t.test('a refused token is final and says why', async (t) => {
  const { platform, client } = build(t);
  client.join();
  const socket = platform.sockets[0]!;
  socket.open();
  const { id } = await socket.takes('join');
  socket.serve({ type: 'error', id, code: 'token_expired', message: 'This link has expired.' });
  await settled();
  t.same(client.state.connection, { name: 'refused', code: 'token_expired', message: 'This link has expired.' });
  mock.timers.tick(60_000);
  t.equal(platform.sockets.length, 1, 'no further attempt');
  t.ok(platform.connections.every(({ closed }) => closed));
});

t.test('a lost connection comes back by itself with what was published and shown', async (t) => {
  const { platform, client } = build(t);
  client.setSource('microphone', { track: new FakeTrack('audio', 'mic'), muted: false, size: null });
  client.setViews(new Map([['ta', { widthPx: 10, heightPx: 10 }]]));
  client.join();
  await accept(platform);
  await platform.sockets[0]!.takes('publish');
  platform.sockets[0]!.drop();
  t.equal(client.state.connection.name, 'reconnecting');
  mock.timers.tick(300);
  await accept(platform, { memberId: 'me2', members: [member('me2')] });
  t.equal(client.state.connection.name, 'joined');
  t.equal(client.state.memberId, 'me2');
  t.match(await platform.sockets[1]!.takes('publish'), { sections: [{ source: 'microphone' }] });
  t.match(await platform.sockets[1]!.takes('view'), { tracks: [{ trackId: 'ta' }] });
  t.same(platform.connections.map(({ closed }) => closed), [true, true, false, false]);
});

t.test('a socket that is lost leaves media as it is where the server kept it: ICE is restarted', async (t) => {
  const { platform, client } = build(t);
  client.setSource('microphone', { track: new FakeTrack('audio', 'mic'), muted: false, size: null });
  client.join();
  await accept(platform);
  const first = platform.sockets[0]!;
  first.serve({ type: 'published', id: (await first.takes('publish')).id, answer: 'v=0' });
  first.serve({ type: 'subscribe-offer', offerId: 1, offer: 'offer 0', sections: [{ mid: '0', trackId: 'ta', memberId: 'a', kind: 'video', source: 'camera' }] });
  await first.takes('subscribe-answer');
  first.drop();
  mock.timers.tick(300);
  await accept(platform, { mediaKept: true });
  const second = platform.sockets[1]!;
  t.match(await second.takes('join'), { resume: { memberId: 'me', key: 'key', keepsMedia: true } });
  t.match(await second.takes('publish'), { sections: [{ mid: '0', source: 'microphone' }] });
  t.same(platform.connections.map(({ closed, restarts }) => ({ closed, restarts })), [{ closed: false, restarts: [false, true] }, { closed: false, restarts: [] }]);
  t.match(client.state.remoteTracks, [{ trackId: 'ta' }], 'what was received is not taken away');
});

t.test('a way that is lost while the server answers is looked for by ICE, and given up when that does not help', async (t) => {
  const { platform, client } = build(t);
  client.setSource('microphone', { track: new FakeTrack('audio', 'mic'), muted: false, size: null });
  client.join();
  await accept(platform);
  const socket = platform.sockets[0]!;
  socket.serve({ type: 'published', id: (await socket.takes('publish')).id, answer: 'v=0' });
  const [sending, receiving] = platform.connections;
  let answered = socket.sent.length;
  const answers = async (): Promise<void> => {
    for (await settled(); answered < socket.sent.length; await settled()) {
      const { id, type } = socket.sent[answered++]!;
      socket.serve(type === 'publish' ? { type: 'published', id, answer: 'v=0' } : { type: 'ok', id });
    }
  };
  sending!.become('disconnected');
  mock.timers.tick(1_999);
  await settled();
  t.same(socket.sent.map(({ type }) => type), ['join', 'publish'], 'ICE bridges what is short');
  mock.timers.tick(1);
  await answers();
  t.same(sending!.restarts, [false, true]);
  sending!.become('connected');
  receiving!.become('failed');
  for (let restart = 1; restart <= 5; restart += 1) {
    await answers();
    t.equal(socket.sent.filter(({ type }) => type === 'subscribe-restart').length, restart);
    t.equal(client.state.connection.name, 'joined');
    mock.timers.tick(6_000);
  }
  t.equal(client.state.connection.name, 'reconnecting');
  t.ok(socket.closedByClient && platform.connections.every(({ closed }) => closed));
  mock.timers.tick(300);
  await accept(platform);
  t.notMatch(await platform.sockets[1]!.takes('join'), { resume: { keepsMedia: true } });
  platform.sockets[1]!.serve({ type: 'error', id: null, code: 'media_failed', message: 'The media connection was lost.' });
  t.equal(client.state.connection.name, 'reconnecting');
});

t.test('a network that may be there again is tried at once, and a socket that only seems to live is found out', async (t) => {
  const { platform, client } = build(t);
  client.join();
  await accept(platform);
  platform.hint?.();
  await settled();
  t.match(platform.sockets[0]!.sent.at(-1), { type: 'ping' });
  mock.timers.tick(3_999);
  t.equal(client.state.connection.name, 'joined');
  mock.timers.tick(1);
  t.equal(client.state.connection.name, 'reconnecting');
  for (let attempt = 0; attempt < 6; attempt += 1) {
    mock.timers.tick(8_000);
    platform.sockets.at(-1)!.drop();
    await settled();
  }
  const before = platform.sockets.length;
  platform.timeMs += 50_000;
  platform.hint?.();
  mock.timers.tick(0);
  t.equal(platform.sockets.length, before + 1, 'without the wait');
  platform.timeMs += 5_000;
  platform.hint?.();
  mock.timers.tick(0);
  t.equal(platform.sockets.length, before + 2, 'an attempt of the time without a network is begun anew');
  for (let hint = 0; hint < 100; hint += 1) platform.hint?.();
  mock.timers.tick(100);
  t.equal(platform.sockets.length, before + 2, 'but not one a hint');
  await accept(platform);
  t.equal(client.state.connection.name, 'joined');
});

t.test('who had given up comes back when there is a network again', async (t) => {
  const { platform, client } = build(t);
  client.join();
  for (let attempt = 0; attempt < 50 && client.state.connection.name !== 'disconnected'; attempt += 1) {
    platform.sockets.at(-1)!.drop();
    await settled();
    mock.timers.tick(8000);
  }
  platform.hint?.();
  await accept(platform);
  t.equal(client.state.connection.name, 'joined');
  client.close();
  t.equal(platform.hint, null, 'a client that is closed listens no more');
});

t.test('it gives up after many attempts, and begins again when asked', async (t) => {
  const { platform, client } = build(t);
  client.join();
  for (let attempt = 0; attempt < 50 && client.state.connection.name !== 'disconnected'; attempt += 1) {
    platform.sockets.at(-1)!.drop();
    await settled();
    mock.timers.tick(8000);
  }
  t.equal(client.state.connection.name, 'disconnected');
  const attempts = platform.sockets.length;
  t.equal(attempts, 21);
  mock.timers.tick(600_000);
  t.equal(platform.sockets.length, attempts);
  client.retry();
  await accept(platform);
  t.equal(client.state.connection.name, 'joined');
});

t.test('a server that comes back again and again is never given up, however soon it goes', async (t) => {
  const { platform, client } = build(t);
  client.join();
  for (let turn = 0; turn < 60; turn += 1) {
    await accept(platform);
    t.equal(client.state.connection.name, 'joined');
    platform.sockets.at(-1)!.drop();
    t.equal(client.state.connection.name, 'reconnecting');
    mock.timers.tick(8000);
    await settled();
    if (!t.passing()) break;
  }
});

t.test('after the end of the session media stops and the recording is still told of', async (t) => {
  const { platform, client } = build(t);
  client.join();
  await accept(platform, { recording: recording('recording') });
  const socket = platform.sockets[0]!;
  socket.serve({ type: 'session-ended', reason: 'ended-by-member' });
  t.same(client.state.connection, { name: 'ended', reason: 'ended-by-member' });
  t.ok(platform.connections.every(({ closed }) => closed));
  socket.serve({ type: 'recording', recording: recording('available') });
  t.equal(client.state.recording?.state, 'available');
  socket.drop(1000);
  mock.timers.tick(60_000);
  t.equal(platform.sockets.length, 1, 'no return to an ended session');
  t.equal(client.state.connection.name, 'ended');
});

t.test('a server that stops is waited for', async (t) => {
  const { platform, client } = build(t);
  client.join();
  await accept(platform, { recording: recording('recording') });
  platform.sockets[0]!.serve({ type: 'server-restarting' });
  t.equal(client.state.connection.name, 'joined');
  platform.sockets[0]!.drop(1001);
  t.match(client.state.connection, { name: 'reconnecting', restarting: true });
  // An update takes its time.
  for (let attempt = 0; attempt < 100; attempt += 1) {
    mock.timers.tick(8000);
    platform.sockets.at(-1)!.drop();
    await settled();
  }
  t.equal(client.state.connection.name, 'reconnecting');
  mock.timers.tick(8000);
  await accept(platform, { recording: null });
  t.match(client.state, { connection: { name: 'joined' }, recording: null });
});

t.test('leaving tells the server and is final', async (t) => {
  const { platform, client } = build(t);
  client.join();
  await accept(platform);
  client.leave();
  client.leave();
  await settled();
  t.equal(client.state.connection.name, 'left');
  t.equal(platform.sockets[0]!.sent.filter(({ type }) => type === 'leave').length, 1);
  t.equal(platform.sockets[0]!.closedByClient, true);
  mock.timers.tick(60_000);
  t.equal(platform.sockets.length, 1);
});

t.test('a command carries its refusal back', async (t) => {
  const { platform, client } = build(t);
  await t.rejects(client.command({ type: 'recording-start' }), { code: 'connection_lost' });
  client.join();
  await accept(platform);
  const command = client.command({ type: 'recording-stop' });
  const { id } = await platform.sockets[0]!.takes('recording-stop');
  platform.sockets[0]!.serve({ type: 'error', id, code: 'recording_not_running', message: 'No recording is running.' });
  await t.rejects(command, { code: 'recording_not_running' });
});

t.test('a program waits for what it needs of the room, and hears when nothing more will come', async (t) => {
  const { platform, client } = build(t);
  const two = client.until(({ members }) => members.length === 2);
  const running = client.until((state) => state.recording?.state === 'recording').catch((error: unknown) => error);
  client.join();
  await accept(platform);
  t.equal((await client.until(({ connection }) => connection.name === 'joined')).memberId, 'me', 'what holds already');
  platform.sockets[0]!.serve({ type: 'member-joined', member: member('a') });
  t.match((await two).members, [{ memberId: 'me' }, { memberId: 'a' }]);
  platform.sockets[0]!.drop();
  mock.timers.tick(300);
  platform.sockets[1]!.open();
  const { id } = await platform.sockets[1]!.takes('join');
  platform.sockets[1]!.serve({ type: 'error', id, code: 'token_expired', message: 'This link has expired.' });
  t.match(await running, { code: 'token_expired' });
  await t.rejects(client.until(() => false), { code: 'token_expired' });
});

t.test('a join link is taken apart, and what is none is refused', async (t) => {
  t.same(parseJoinLink('https://meet.example:8443/r/room_1#t=a.b-c.d_e'), { socketUrl: 'wss://meet.example:8443/api/v1/socket', roomId: 'room_1', token: 'a.b-c.d_e' });
  t.equal(parseJoinLink(' http://[::1]:8080/r/x#t=y\n').socketUrl, 'ws://[::1]:8080/api/v1/socket');
  for (const bad of ['', 'meet', 'https://meet.example/r/room', 'https://meet.example/x/room#t=y', 'ftp://meet.example/r/room#t=y', 'https:///r/room#t=y']) {
    t.throws(() => parseJoinLink(bad), { code: 'link_invalid' }, bad);
  }
});

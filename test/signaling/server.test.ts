import t, { type Test as Tap } from 'tap';
import type { RecordingEnding } from '../../src/core/recording.js';
import { CLOSE_CODES, MAX_MESSAGE_BYTES } from '../../src/signaling/protocol.js';
import { Bot } from '../support/bot.js';
import { ROOM_ID, startTestServer, StorageDouble } from './doubles.js';

t.test('two people join, publish and are subscribed to each other', async (t) => {
  const house = await startTestServer();
  t.teardown(() => house.close());
  const { port } = house.server;
  const host = await Bot.connect(port);
  const joined = await host.requestJoin(await house.token('host'), '  Ada\n Lovelace ');
  t.match(joined, {
    type: 'joined',
    room: { roomId: ROOM_ID, title: 'Weekly' },
    members: [{ memberId: host.memberId, name: 'Ada Lovelace', role: 'host', onStage: true, tracks: [] }],
    layout: 'stage',
    recording: null,
    session: { sessionId: String },
  });
  const sections = [
    { mid: '0', source: 'camera' as const },
    { mid: '1', source: 'microphone' as const },
  ];
  t.match(await host.request({ type: 'publish', offer: 'v=0\r\n', sections }), { type: 'published', answer: /^v=0/ });

  const guest = await Bot.join(port, await house.token('participant'), 'Bob');
  t.match(await host.fact('member-joined'), { member: { name: 'Bob', role: 'participant' } });
  await guest.fact('subscribe-offer');
  t.same(house.media.connections.get(guest.memberId)?.subscriptions, ['track-1', 'track-2']);
  t.same(house.media.connections.get(host.memberId)?.subscriptions, [], 'nobody receives their own tracks');
  t.equal(await guest.codeOf({ type: 'subscribe-answer', offerId: 1, answer: 'v=0' }), 'ok');
  t.equal(await guest.codeOf({ type: 'subscribe-answer', offerId: 9, answer: 'v=0' }), 'offer_unknown');

  t.equal(await host.codeOf({ type: 'mute', source: 'microphone', muted: true }), 'ok');
  t.equal(await host.codeOf({ type: 'mute', source: 'screen', muted: true }), 'track_unknown');
  await guest.fact('member-changed', ({ member }) => member.tracks.some(({ source, muted }) => source === 'microphone' && muted));
  t.equal(house.media.connections.get(host.memberId)?.muted.get('track-2'), true);

  const leaving = host.memberId;
  t.equal(await host.codeOf({ type: 'leave' }), 'ok');
  t.equal(await host.socket.closed, 1000);
  t.match(await guest.fact('member-left'), { memberId: leaving });
  t.ok(house.media.connections.get(leaving)?.closed);
  t.same(house.media.connections.get(guest.memberId)?.subscriptions, []);
  t.same([...host.misfits, ...guest.misfits], []);
});

async function startHouse(t: Tap, options: Parameters<typeof startTestServer>[0] = {}) {
  const house = await startTestServer(options);
  t.teardown(() => house.close());
  const enter = async (role: 'host' | 'moderator' | 'participant', name: string = role): Promise<Bot> =>
    Bot.join(house.server.port, await house.token(role), name);
  return { house, enter, port: house.server.port };
}

t.test('a movie that is behind is told of to hosts and moderators, and only while it is (R7)', async (t) => {
  const { house, enter } = await startHouse(t);
  const [host, mod, guest] = [await enter('host'), await enter('moderator'), await enter('participant')];
  await host.codeOf({ type: 'recording-start' });
  const tell = (behindMs: number | null, leftMs: number | null = null, waits = false): void =>
    house.recording.events.emit('progress', { roomId: ROOM_ID, recordingId: 'recording-1', progress: { recordedMs: 100_000, behindMs, leftMs, waits } });
  for (const behindMs of [null, 1_500, 9_000, 40_000, 60_000, 2_000, 1_500]) tell(behindMs, behindMs);
  tell(1_000, null, true);
  for (const bot of [host, mod]) {
    await bot.fact('recording-progress', ({ waits }) => waits);
    t.same(bot.facts.flatMap((fact) => (fact.type === 'recording-progress' ? [fact.behindMs] : [])), [40_000, 60_000, 2_000]);
  }
  t.equal(await guest.codeOf({ type: 'ping' }), 'ok');
  t.notOk(guest.facts.some(({ type }) => type === 'recording-progress'));
  t.same([...host.misfits, ...mod.misfits], []);
});

t.test('a recording is started once, told to all, and shown to who comes later (R2 to R7, R10)', async (t) => {
  const { house, enter } = await startHouse(t);
  const [host, mod, guest] = [await enter('host'), await enter('moderator'), await enter('participant')];
  t.equal(await guest.codeOf({ type: 'recording-start' }), 'forbidden');
  t.equal(await host.codeOf({ type: 'recording-stop' }), 'recording_not_running');
  t.same(house.recording.calls, ['stop'], 'a participant’s command does not get as far as the service');
  t.same(await Promise.all([host.codeOf({ type: 'recording-start' }), mod.codeOf({ type: 'recording-start' })]), ['ok', 'ok']);
  t.equal(house.recording.made, 1);
  for (const bot of [host, mod, guest]) {
    await bot.fact('recording', ({ recording }) => recording.state === 'starting');
    await bot.fact('recording', ({ recording }) => recording.state === 'recording');
  }

  const late = await Bot.connect(house.server.port);
  const joined = await late.requestJoin(await house.token('participant'), 'Late');
  t.match(joined, { recording: { recordingId: 'recording-1', state: 'recording', recordedMs: Number } });
  t.equal(await late.codeOf({ type: 'recording-confirm', recordingId: 'recording-1' }), 'ok');
  t.equal(await late.codeOf({ type: 'recording-confirm', recordingId: 'recording-2' }), 'recording_unknown');
  t.same(house.recording.confirmations, [['recording-1', late.memberId]]);

  t.equal(await mod.codeOf({ type: 'recording-pause' }), 'ok');
  t.equal(await host.codeOf({ type: 'recording-resume' }), 'ok');
  t.equal(await host.codeOf({ type: 'recording-stop' }), 'ok');
  const done = { ...house.recording.current(ROOM_ID)!, state: 'available' as const, name: 'Rec.mp4' };
  const file = { id: 'recording-1', roomId: ROOM_ID, ownerId: 'owner', title: 'Weekly', bytes: 1, durationMs: 1, startedAtMs: 0, path: 'x', failureCode: null, failureMessage: null };
  house.storage.files.set(file.id, { ...file, state: 'available', name: 'Rec.mp4' });
  house.storage.ownerNames.set(file.id, 'Ann');
  const promoted = await Bot.join(house.server.port, await house.token('participant', 'pia'), 'Pia');
  t.equal(await host.codeOf({ type: 'set-role', memberId: promoted.memberId, role: 'host' }), 'ok');
  house.recording.change(done);
  const { recording: seen } = await promoted.fact('recording', (fact) => fact.recording.state === 'available');
  t.match(seen, { name: 'Rec.mp4', url: null, privateTo: { name: 'Ann' } }, 'no link that the server refuses');
  for (const [bot, privateTo] of [[host, undefined], [mod, { name: 'Ann' }]] as const) {
    const { recording } = await bot.fact('recording', (fact) => fact.recording.state === 'available');
    t.match(recording, { name: 'Rec.mp4', url: `/files?room=${ROOM_ID}&file=recording-1` });
    t.same(recording.privateTo, privateTo, 'who may not open it hears whose it is (F3)');
  }
  const { recording } = await guest.fact('recording', (fact) => fact.recording.state === 'available');
  t.match(recording, { name: null, url: null, privateTo: undefined }, 'where the file is, is not for participants');

  house.recording.change({ ...done, state: 'failed', failure: { code: 'disk_full', message: 'Path /data is full.' } });
  t.match(await host.fact('recording', (fact) => fact.recording.state === 'failed'), { recording: { failure: { message: /data/, kept: true } } });
  const told = await guest.fact('recording', (fact) => fact.recording.state === 'failed');
  t.same(told.recording.failure, { code: 'disk_full', message: 'The recording failed.', kept: true });
});

t.test('nobody records from a mobile client, by its own word or its User-Agent (P3)', async (t) => {
  const { house, port } = await startHouse(t);
  const said = await Bot.connect(port);
  await said.requestJoin(await house.token('host'), 'Ann', { mobile: true });
  const seen = await Bot.connect(port, { 'user-agent': 'Mozilla/5.0 (Linux; Android 14) Chrome/126 Mobile Safari/537.36' });
  t.match(await seen.requestJoin(await house.token('host'), 'Ann'), { members: [{}, { mobile: true }] });
  for (const bot of [said, seen]) {
    for (const type of ['recording-start', 'recording-pause', 'recording-resume', 'recording-stop'] as const) {
      t.equal(await bot.codeOf({ type }), 'forbidden', type);
    }
  }
  t.same(house.recording.calls, []);
});

t.test('hosts and moderators mark moments of a running recording (F8)', async (t) => {
  const { house, enter } = await startHouse(t);
  const [host, moderator, guest] = [await enter('host'), await enter('moderator'), await enter('participant')];
  t.equal(await host.codeOf({ type: 'mark' }), 'recording_not_running');
  t.equal(await host.codeOf({ type: 'recording-start' }), 'ok');
  t.equal(await moderator.codeOf({ type: 'mark', label: '  De\u0007cision ' }), 'ok');
  t.equal(await host.codeOf({ type: 'mark' }), 'ok');
  t.equal(await guest.codeOf({ type: 'mark' }), 'forbidden');
  t.equal(await host.codeOf({ type: 'mark', label: 'x'.repeat(101) }), 'message_invalid');
  t.same(house.recording.marks, [[moderator.memberId, 'De cision'], [host.memberId, '']]);
});

t.test('a role that changes counts at once (P1)', async (t) => {
  const { house, enter } = await startHouse(t);
  const [host, guest] = [await enter('host'), await enter('participant')];
  t.equal(await guest.codeOf({ type: 'set-role', memberId: guest.memberId, role: 'host' }), 'forbidden');
  t.equal(await host.codeOf({ type: 'set-role', memberId: guest.memberId, role: 'moderator' }), 'ok');
  t.match(await guest.fact('member-changed'), { member: { memberId: guest.memberId, role: 'moderator' } });
  t.equal(await guest.codeOf({ type: 'recording-start' }), 'ok');
  t.equal(await host.codeOf({ type: 'set-role', memberId: guest.memberId, role: 'participant' }), 'ok');
  t.equal(await guest.codeOf({ type: 'recording-stop' }), 'forbidden');
  t.equal(await host.codeOf({ type: 'set-role', memberId: host.memberId, role: 'participant' }), 'owner_is_host');
  t.match(house.recording.calls, ['start']);
});

t.test('ending for everyone ends the recording; its notices still arrive (P6, R7)', async (t) => {
  const { house, enter } = await startHouse(t);
  const [host, guest] = [await enter('host'), await enter('participant')];
  await host.request({ type: 'recording-start' });
  t.equal(await guest.codeOf({ type: 'end-session' }), 'forbidden');
  t.equal(await host.codeOf({ type: 'end-session' }), 'ok');
  for (const bot of [host, guest]) t.match(await bot.fact('session-ended'), { reason: 'ended-by-member' });
  t.same(house.recording.ended, [ROOM_ID]);
  t.match(house.storage.endedSessions, [[String, 'ended-by-member']]);
  t.ok([...house.media.connections.values()].every(({ closed }) => closed));
  await host.fact('recording', ({ recording }) => recording.state === 'finalising');
  t.equal(await host.codeOf({ type: 'recording-start' }), 'already_left');

  const next = await enter('host', 'Next');
  house.recording.change({ ...house.recording.current(ROOM_ID)!, state: 'available', name: 'Rec.mp4' });
  t.match(await host.fact('recording', ({ recording }) => recording.state === 'available'), { recording: { name: 'Rec.mp4' } });
  t.equal(await host.socket.closed, 1000);
  t.equal(await guest.socket.closed, 1000);
  t.equal(await next.codeOf({ type: 'ping' }), 'ok', 'who uses the room again is not concerned');
});

t.test('a recording that begins while its session ends does not outlive it', async (t) => {
  const { house, enter } = await startHouse(t);
  const host = await enter('host');
  const guest = await enter('participant');
  let begin = (): void => undefined;
  house.recording.beforeStart = new Promise((resolve) => (begin = resolve));
  const started = host.codeOf({ type: 'recording-start' });
  t.equal(await host.codeOf({ type: 'end-session' }), 'ok');
  t.equal(house.recording.current(ROOM_ID), null);
  begin();
  t.equal(await started, 'no_session');
  t.equal(house.recording.current(ROOM_ID)?.state, 'finalising');
  guest.close();
});

t.test('without a recording, the end of the session closes the sockets after the answer', async (t) => {
  const { enter } = await startHouse(t);
  const host = await enter('host');
  t.equal(await host.codeOf({ type: 'end-session' }), 'ok');
  t.equal(await host.socket.closed, 1000);
});

t.test('when the last host is gone, the session ends by time-out; a returning host stops that (S2)', async (t) => {
  const { house, enter } = await startHouse(t, { hostTimeoutMs: 1500 });
  const [host, guest] = [await enter('host'), await enter('participant')];
  host.close();
  await guest.fact('member-left');
  const [session] = house.storage.open.values();
  t.type(session?.hostLeftAtMs, 'number', 'the time is stored, for the next process (S4)');
  const back = await enter('host');
  t.equal(session?.hostLeftAtMs, null);
  back.close();
  t.match(await guest.fact('session-ended'), { reason: 'host-timeout' });
  t.match(house.storage.endedSessions, [[session?.id, 'host-timeout']]);
});

t.test('a session that an earlier process left open ends when it was due (S4)', async (t) => {
  const storage = new StorageDouble();
  storage.open.set('old', { id: 'old', roomId: ROOM_ID, startedAtMs: Date.now() - 1000, endsAtLatestMs: Date.now() + 3_600_000, hostLeftAtMs: null, layout: null, highlighted: null, locked: false });
  const { enter } = await startHouse(t, { storage, hostTimeoutMs: 1500 });
  const moderator = await enter('moderator');
  t.match(await moderator.fact('session-ended'), { reason: 'host-timeout' });
  t.same(storage.endedSessions, [['old', 'host-timeout']]);
});

t.test('levels, sizes and wanted heights go where they belong', async (t) => {
  const { house, enter } = await startHouse(t);
  const [ann, bob] = [await enter('host', 'Ann'), await enter('participant', 'Bob')];
  await ann.request({ type: 'publish', offer: 'v=0', sections: [{ mid: '0', source: 'camera' }] });
  await bob.fact('subscribe-offer');
  house.media.events.emit('wanted-height', { trackId: 'track-1', roomId: ROOM_ID, memberId: ann.memberId, heightPx: 360 });
  t.match(await ann.fact('wanted-height'), { source: 'camera', heightPx: 360 });
  house.media.events.emit('audio-level', { roomId: ROOM_ID, memberId: ann.memberId, levelDbov: 20 });
  house.media.events.emit('audio-level', { roomId: ROOM_ID, memberId: bob.memberId, levelDbov: 90 });
  house.media.events.emit('audio-level', { roomId: ROOM_ID, memberId: 'gone', levelDbov: 1 });
  const expected = [{ memberId: ann.memberId, levelDbov: 20 }, { memberId: bob.memberId, levelDbov: 90 }];
  for (const bot of [ann, bob]) t.same((await bot.fact('levels')).levels, expected);
  t.notOk(bob.facts.some(({ type }) => type === 'wanted-height'));

  const size = { widthPx: 320, heightPx: 180 };
  t.equal(await bob.codeOf({ type: 'view', tracks: [{ trackId: 'track-1', size }, { trackId: 'gone', size }, { trackId: 'track-1', size: null }] }), 'ok');
  t.same(house.media.connections.get(bob.memberId)?.views, [['track-1', size], ['track-1', 'hidden']]);

  t.equal(await ann.codeOf({ type: 'highlight', memberId: bob.memberId }), 'ok');
  t.match(await bob.fact('highlight'), { memberId: bob.memberId });
  t.equal(await bob.codeOf({ type: 'highlight', memberId: null }), 'forbidden');
  t.equal(await ann.codeOf({ type: 'highlight', memberId: 'gone' }), 'member_unknown');

  house.media.connections.get(bob.memberId)?.events.emit('state', { direction: 'subscribe', state: 'failed' });
  t.match(await bob.fact('error'), { id: null, code: 'media_failed' });
});

t.test('how a recording will end is told: its longest to all, the disk to hosts and moderators, also to who comes later', async (t) => {
  const { house, enter } = await startHouse(t);
  const [ann, bob] = [await enter('host', 'Ann'), await enter('participant', 'Bob')];
  await ann.request({ type: 'recording-start' });
  const tell = (ending: RecordingEnding | null): void => {
    if (ending) house.recording.foreseen.set(ROOM_ID, { recordingId: 'recording-1', ending });
    house.recording.events.emit('ending', { roomId: ROOM_ID, recordingId: 'recording-1', ending });
  };
  tell({ reason: 'disk-full', leftMs: 60_000 });
  t.match(await ann.fact('recording-ending'), { recordingId: 'recording-1', reason: 'disk-full', leftMs: 60_000 });
  const [guest, moderator] = [await enter('participant', 'Guest'), await enter('moderator', 'Mo')];
  t.match(await moderator.fact('recording-ending'), { reason: 'disk-full', leftMs: 60_000 });
  for (const bot of [bob, guest]) {
    await bot.request({ type: 'ping' });
    t.notOk(bot.facts.some(({ type }) => type === 'recording-ending'), 'a participant can do nothing about a disk');
  }
  const setRole = (role: 'moderator' | 'participant') => ann.codeOf({ type: 'set-role', memberId: bob.memberId, role });
  t.equal(await setRole('moderator'), 'ok');
  t.match(await bob.fact('waiting'), { waiting: [] }, 'who may do something now hears of it now');
  t.match(await bob.fact('recording-ending'), { reason: 'disk-full' });
  t.equal(await setRole('participant'), 'ok');
  t.match(await bob.fact('recording-ending'), { reason: null, leftMs: null });
  tell({ reason: 'cap', leftMs: 30_000 });
  for (const bot of [ann, bob]) t.match(await bot.fact('recording-ending'), { reason: 'cap', leftMs: 30_000 });
  t.match(await (await enter('participant', 'Late')).fact('recording-ending'), { reason: 'cap' });
  tell(null);
  t.match(await bob.fact('recording-ending', ({ leftMs }) => leftMs === null), { reason: null });
  t.same([...ann.misfits, ...bob.misfits, ...moderator.misfits], []);
});

t.test('how well people’s media arrives is told where it changed, and to who comes later', async (t) => {
  const { house, enter } = await startHouse(t);
  const [ann, bob] = [await enter('host', 'Ann'), await enter('participant', 'Bob')];
  await ann.request({ type: 'publish', offer: 'v=0', sections: [{ mid: '0', source: 'camera' }] });
  const tell = (memberId: string, level: 0 | 1 | 2 | 3): void => house.media.events.emit('quality', { roomId: ROOM_ID, memberId, level });
  for (const level of [3, 1, 2] as const) tell(ann.memberId, level);
  tell(bob.memberId, 3);
  tell('gone', 0);
  const expected = [{ memberId: ann.memberId, level: 2 }, { memberId: bob.memberId, level: 3 }];
  for (const bot of [ann, bob]) t.same((await bot.fact('quality')).members, expected, 'many changes are one fact');
  tell(ann.memberId, 2);
  const late = await enter('participant', 'Late');
  t.same((await late.fact('quality')).members, expected);
  await ann.request({ type: 'publish', offer: 'v=0', sections: [] });
  t.same((await bob.fact('quality')).members, [{ memberId: ann.memberId, level: null }], 'who sends nothing has none');
  t.same([...ann.misfits, ...late.misfits], []);
});

t.test('hosts and moderators choose the layout of recordings; one that runs keeps its shape', async (t) => {
  const { enter } = await startHouse(t);
  const [ann, mod, bob] = [await enter('host', 'Ann'), await enter('moderator', 'Mod'), await enter('participant', 'Bob')];
  t.equal(await bob.codeOf({ type: 'set-layout', layout: 'grid' }), 'forbidden');
  t.equal(await mod.codeOf({ type: 'set-layout', layout: 'grid' }), 'ok');
  for (const bot of [ann, mod, bob]) t.match(await bot.fact('layout'), { layout: 'grid' });
  t.equal(await mod.codeOf({ type: 'set-layout', layout: 'mosaic' as 'grid' }), 'message_invalid');
  t.equal(await ann.codeOf({ type: 'set-layout', layout: 'portrait' }), 'ok', 'before a recording');
  t.equal(await ann.codeOf({ type: 'set-layout', layout: 'stage' }), 'ok');
  t.equal(await ann.codeOf({ type: 'recording-start' }), 'ok');
  t.equal(await ann.codeOf({ type: 'set-layout', layout: 'portrait' }), 'layout_not_while_recording');
  t.equal(await ann.codeOf({ type: 'set-layout', layout: 'speaker' }), 'ok');
  t.equal(await ann.codeOf({ type: 'recording-stop' }), 'ok');
  t.equal(await ann.codeOf({ type: 'set-layout', layout: 'portrait' }), 'ok', 'while the movie is being finished');
});

t.test('offers that name a section or a source twice, or are none, are refused', async (t) => {
  const { house, enter } = await startHouse(t);
  const ann = await enter('host');
  const camera = { mid: '0', source: 'camera' as const };
  t.equal(await ann.codeOf({ type: 'publish', offer: 'x', sections: [camera] }), 'sdp_invalid');
  t.equal(await ann.codeOf({ type: 'publish', offer: 'v=0', sections: [camera, { ...camera, source: 'screen' }] }), 'message_invalid');
  t.equal(await ann.codeOf({ type: 'publish', offer: 'v=0', sections: [camera, { ...camera, mid: '1' }] }), 'message_invalid');
  t.equal(house.media.published, 0);
});

t.test('who cannot join is told why', async (t) => {
  const { house, port } = await startHouse(t);
  const bot = await Bot.connect(port);
  const codeOf = async (token: string, name = 'Ann'): Promise<string> => {
    const answer = await bot.requestJoin(token, name);
    return answer.type === 'error' ? answer.code : answer.type;
  };
  t.equal(await codeOf('x'), 'token_invalid');
  t.equal(await codeOf(await house.tokens.sign({ roomId: ROOM_ID, role: 'host', identity: 'x' }, -60_000)), 'token_expired');
  t.equal(await codeOf(await house.tokens.sign({ roomId: 'nowhere', role: 'host', identity: 'x' })), 'room_unknown');
  t.equal(await codeOf(await house.token('host'), '\u200B'), 'name_invalid');
  t.equal(await codeOf(await house.token('host'), ' '), 'message_invalid');
  t.equal(house.media.connections.size, 0);
  t.equal(await codeOf(await house.token('host')), 'joined', 'and may try again');
});

t.test('a page of another site gets no socket', async (t) => {
  const { port } = await startHouse(t);
  await t.rejects(Bot.connect(port, { origin: 'http://evil.example' }), { message: /403/ });
  await t.rejects(Bot.connect(port, { origin: 'null' }), { message: /403/ });
  (await Bot.connect(port, { origin: `http://127.0.0.1:${port}` })).close();
});

t.test('who does not join in time, talks garbage or too long is closed', async (t) => {
  const silent = await Bot.connect((await startHouse(t, { joinTimeoutMs: 100 })).port);
  t.equal(await silent.socket.closed, CLOSE_CODES.joinTimeout);
  const { enter } = await startHouse(t);
  const host = await enter('host');
  for (let i = 0; i < 30; i++) host.socket.sendText('garbage');
  t.equal(await host.socket.closed, CLOSE_CODES.garbage);
  t.equal(host.facts.filter((fact) => fact.type === 'error' && fact.code === 'message_invalid').length, 21, 'each is answered');
  const long = await enter('host');
  long.socket.sendText(' '.repeat(MAX_MESSAGE_BYTES.afterJoin + 1));
  t.match(await long.fact('error'), { code: 'message_too_long' });
  long.socket.sendBinary(new Uint8Array(10));
  t.match(await long.fact('error'), { code: 'message_invalid' });
  long.socket.sendText(' '.repeat(MAX_MESSAGE_BYTES.afterJoin * 2 + 1));
  await long.socket.closed;
  const witness = await enter('host');
  t.equal(witness.joined.members.find(({ memberId }) => memberId === long.memberId)?.connected, false);
});

t.test('a client that does not read is closed, and the others are not held up', async (t) => {
  const { house, enter } = await startHouse(t);
  const [host, stuck] = [await enter('host'), await enter('participant')];
  const isLost = (): boolean => host.facts.some((fact) => fact.type === 'member-changed' && !fact.member.connected);
  stuck.socket.stopReading();
  const connection = house.media.connections.get(stuck.memberId)!;
  const offer = `v=0${'x'.repeat(190_000)}`;
  let offers = 0;
  while (!isLost() && offers < 1000) {
    connection.events.emit('subscribe-offer', { offerId: 1, sdp: offer, sections: [] });
    offers++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.ok(isLost(), `closed after ${offers} offers`);
  stuck.socket.destroy();
});

t.test('a port that is taken is named', async (t) => {
  const { port } = await startHouse(t);
  const error = await startTestServer({ httpPort: port }).catch((reason: unknown) => reason);
  t.match(error, { code: 'port_in_use', audience: 'operator', message: new RegExp(String(port)) });
});

t.test('closing ends recordings and no session, tells everybody, and is fine twice', async (t) => {
  const { house, enter } = await startHouse(t);
  const [host, guest] = [await enter('host'), await enter('participant')];
  const unjoined = await Bot.connect(house.server.port);
  await host.request({ type: 'recording-start' });
  await Promise.all([house.server.close(), house.server.close()]);
  t.match(await guest.fact('server-restarting'), {});
  t.equal(await host.socket.closed, CLOSE_CODES.goingAway);
  await unjoined.socket.closed;
  t.same(house.recording.ended, [ROOM_ID]);
  t.same(house.storage.endedSessions, []);
  t.match([...house.storage.open.values()], [{ hostLeftAtMs: Number }], 'S2: from now on nobody is here');
  await t.rejects(Bot.connect(house.server.port), { code: 'ECONNREFUSED' });
});

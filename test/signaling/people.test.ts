import t, { type Test as Tap } from 'tap';
import { CLOSE_CODES } from '../../src/signaling/protocol.js';
import { Bot } from '../support/bot.js';
import { startTestServer } from './doubles.js';

async function startHouse(t: Tap, options: Parameters<typeof startTestServer>[0] = {}) {
  const house = await startTestServer(options);
  t.teardown(() => house.close());
  const { port } = house.server;
  const enter = async (role: 'host' | 'moderator' | 'participant', name: string = role): Promise<Bot> =>
    Bot.join(port, await house.token(role, role === 'host' ? 'owner' : name), name);
  return { house, port, enter };
}

const CAMERA = [{ mid: '0', source: 'camera' as const }, { mid: '1', source: 'microphone' as const }];

t.test('who comes to a locked room waits, receives no media, and is let in or not (P5)', async (t) => {
  const { house, port, enter } = await startHouse(t);
  const [host, mod, guest] = [await enter('host'), await enter('moderator'), await enter('participant')];
  t.equal(await guest.codeOf({ type: 'lock', locked: true }), 'forbidden');
  t.equal(await mod.codeOf({ type: 'lock', locked: true }), 'ok');
  t.match(await guest.fact('lock'), { locked: true });

  const [ann, bob] = [await Bot.connect(port), await Bot.connect(port)];
  const annJoins = ann.requestJoin(await house.token('participant', 'ann'), 'Ann');
  t.match(await ann.fact('waiting-for-admission'), { room: { title: 'Weekly' } });
  const bobJoins = bob.requestJoin(await house.token('participant', 'bob'), 'Bob');
  const { waiting } = await host.fact('waiting', (fact) => fact.waiting.length === 2);
  t.match(waiting, [{ name: 'Ann' }, { name: 'Bob' }]);
  await mod.fact('waiting', (fact) => fact.waiting.length === 2);
  t.notOk(guest.facts.some(({ type }) => type === 'waiting' || type === 'member-joined'), 'participants are not told');
  t.equal(house.media.connections.size, 3, 'who waits has no media');
  t.equal(await ann.codeOf({ type: 'chat', text: 'let me in' }), 'not_joined');
  t.equal((await enter('moderator', 'second')).joined.waiting.length, 2, 'moderators pass the door, and see who waits');

  const [first, second] = waiting as unknown as [{ memberId: string }, { memberId: string }];
  t.equal(await guest.codeOf({ type: 'admit', memberId: first.memberId }), 'forbidden');
  t.equal(await mod.codeOf({ type: 'admit', memberId: first.memberId }), 'ok');
  t.match(await annJoins, { type: 'joined', memberId: first.memberId, locked: true, waiting: [] });
  t.match(await guest.fact('member-joined', ({ member }) => member.name === 'Ann'), { member: { onStage: true } });
  t.equal(await host.codeOf({ type: 'decline', memberId: second.memberId }), 'ok');
  t.match(await bobJoins, { type: 'error', code: 'not_admitted' });
  t.equal(await host.codeOf({ type: 'admit', memberId: second.memberId }), 'not_waiting');

  const cleo = await Bot.connect(port);
  const cleoJoins = cleo.requestJoin(await house.token('participant', 'cleo'), 'Cleo');
  await cleo.fact('waiting-for-admission');
  t.equal(await host.codeOf({ type: 'lock', locked: false }), 'ok');
  t.match(await cleoJoins, { type: 'joined', locked: false }, 'an open door lets in who waits');
  t.same([...host.misfits, ...ann.misfits, ...cleo.misfits], []);
});

t.test('who waits and goes away waits no longer; the end of the session is told at the door (P5)', async (t) => {
  const { house, port, enter } = await startHouse(t);
  const host = await enter('host');
  await host.codeOf({ type: 'lock', locked: true });
  const [ann, bob] = [await Bot.connect(port), await Bot.connect(port)];
  const joins = ann.requestJoin(await house.token('participant', 'ann'), 'Ann').catch(() => null);
  await host.fact('waiting', ({ waiting }) => waiting.length === 1);
  ann.socket.destroy();
  await host.fact('waiting', ({ waiting }) => waiting.length === 0);
  const bobJoins = bob.requestJoin(await house.token('participant', 'bob'), 'Bob');
  await host.fact('waiting', ({ waiting }) => waiting.length === 1);
  await host.codeOf({ type: 'end-session' });
  t.match(await bobJoins, { type: 'error', code: 'session_ended' });
  void joins;
});

t.test('a room whose stage is on request: hands, invitations, the audience (P4)', async (t) => {
  const { house, enter } = await startHouse(t, { settings: { stageAccess: 'on-request' } });
  const [host, ann, bob] = [await enter('host'), await enter('participant', 'ann'), await enter('participant', 'bob')];
  t.match(ann.joined.room, { stageAccess: 'on-request', meetingKind: 'interactive' });
  t.match(ann.joined.members, [{ name: 'host', onStage: true }, { name: 'ann', onStage: false }]);
  t.equal(await ann.codeOf({ type: 'publish', offer: 'v=0', sections: CAMERA }), 'not_on_stage');
  t.equal(await ann.codeOf({ type: 'stage-enter' }), 'stage_not_open');
  t.equal(await ann.codeOf({ type: 'stage-answer', accepted: true }), 'not_invited');
  t.equal(await ann.codeOf({ type: 'raise-hand', raised: true }), 'ok');
  await host.fact('member-changed', ({ member }) => member.memberId === ann.memberId && member.handRaisedAt !== null);
  t.equal(await bob.codeOf({ type: 'stage-invite', memberId: ann.memberId }), 'forbidden');
  t.equal(await host.codeOf({ type: 'stage-invite', memberId: ann.memberId }), 'ok');
  await ann.fact('member-changed', ({ member }) => member.memberId === ann.memberId && member.onStage && member.handRaisedAt === null);
  t.equal((await ann.request({ type: 'publish', offer: 'v=0', sections: CAMERA })).type, 'published');

  t.equal(await host.codeOf({ type: 'stage-invite', memberId: bob.memberId }), 'ok');
  await bob.fact('member-changed', ({ member }) => member.memberId === bob.memberId && member.invited && !member.onStage);
  t.equal(await bob.codeOf({ type: 'stage-answer', accepted: true }), 'ok', 'who did not ask is asked');

  await bob.fact('subscribe-offer');
  t.equal(await ann.codeOf({ type: 'stage-leave', memberId: bob.memberId }), 'forbidden');
  t.equal(await host.codeOf({ type: 'stage-leave', memberId: ann.memberId }), 'ok');
  await bob.fact('member-changed', ({ member }) => member.memberId === ann.memberId && !member.onStage && member.tracks.length === 0);
  t.same(house.media.connections.get(bob.memberId)?.subscriptions, [], 'nothing of the audience is received');
});

t.test('a lowered hand is told, and who was moved to the audience does not enter alone (P4)', async (t) => {
  const { house, port, enter } = await startHouse(t);
  const [host, mod, ann, bob] = [await enter('host'), await enter('moderator'), await enter('participant', 'ann'), await enter('participant', 'bob')];
  await ann.codeOf({ type: 'raise-hand', raised: true });
  t.equal(await bob.codeOf({ type: 'lower-hand', memberId: ann.memberId }), 'forbidden');
  t.equal(await mod.codeOf({ type: 'lower-hand', memberId: ann.memberId }), 'ok');
  t.match(await ann.fact('hand-lowered'), { byName: 'moderator' });
  await bob.fact('member-changed', ({ member }) => member.memberId === ann.memberId && member.handRaisedAt === null);
  t.notOk(bob.facts.some(({ type }) => type === 'hand-lowered'), 'others see that it is down, and no more');
  t.equal(await mod.codeOf({ type: 'lower-hand', memberId: host.memberId }), 'forbidden');

  t.equal(await mod.codeOf({ type: 'stage-leave', memberId: ann.memberId }), 'ok');
  await ann.fact('member-changed', ({ member }) => member.memberId === ann.memberId && !member.onStage && member.held === true);
  t.equal(await ann.codeOf({ type: 'stage-enter' }), 'stage_held');
  t.equal(await ann.codeOf({ type: 'leave' }), 'ok');
  await host.fact('member-left', ({ memberId }) => memberId === ann.memberId);
  const again = await Bot.join(port, await house.token('participant', 'ann'), 'ann');
  t.match(again.joined.members.find(({ memberId }) => memberId === again.memberId), { onStage: false, held: true });
  t.equal(await again.codeOf({ type: 'stage-enter' }), 'stage_held', 'by the same link');
  t.equal(await again.codeOf({ type: 'raise-hand', raised: true }), 'ok');
  t.equal(await host.codeOf({ type: 'stage-invite', memberId: again.memberId }), 'ok');
  await again.fact('member-changed', ({ member }) => member.memberId === again.memberId && member.onStage && member.held === undefined);
  t.same([...host.misfits, ...ann.misfits, ...again.misfits], []);
});

t.test('in a webinar the audience cannot ask, and can be invited (P4)', async (t) => {
  const { enter } = await startHouse(t, { settings: { meetingKind: 'webinar' } });
  const [host, ann] = [await enter('host'), await enter('participant', 'ann')];
  t.equal(await ann.codeOf({ type: 'raise-hand', raised: true }), 'hand_not_here');
  t.equal(await host.codeOf({ type: 'stage-invite', memberId: ann.memberId }), 'ok');
  t.equal(await ann.codeOf({ type: 'stage-answer', accepted: true }), 'ok');
  t.equal(await ann.codeOf({ type: 'stage-leave' }), 'ok');
  t.equal(await ann.codeOf({ type: 'stage-enter' }), 'stage_not_open');
});

t.test('moderators turn off and remove; nobody does so to hosts but hosts, and to the owner nobody', async (t) => {
  const { house, enter } = await startHouse(t);
  const [host, mod, ann] = [await enter('host'), await enter('moderator'), await enter('participant', 'ann')];
  await ann.request({ type: 'publish', offer: 'v=0', sections: CAMERA });
  t.equal(await mod.codeOf({ type: 'mute-member', memberId: ann.memberId, source: 'screen' }), 'track_unknown');
  t.equal(await ann.codeOf({ type: 'mute-member', memberId: mod.memberId, source: 'microphone' }), 'forbidden');
  t.equal(await mod.codeOf({ type: 'mute-member', memberId: host.memberId, source: 'microphone' }), 'forbidden');
  t.equal(await mod.codeOf({ type: 'mute-member', memberId: ann.memberId, source: 'microphone' }), 'ok');
  t.match(await ann.fact('muted-by'), { source: 'microphone', byName: 'moderator' });
  t.equal(house.media.connections.get(ann.memberId)?.muted.get('track-2'), true, 'whatever the client does');
  await host.fact('member-changed', ({ member }) => member.tracks.some(({ source, muted }) => source === 'microphone' && muted));
  t.equal(await ann.codeOf({ type: 'mute', source: 'microphone', muted: false }), 'ok', 'they turn it on again themselves');

  t.equal(await mod.codeOf({ type: 'remove-member', memberId: host.memberId }), 'forbidden');
  t.equal(await mod.codeOf({ type: 'remove-member', memberId: ann.memberId }), 'ok');
  t.match(await ann.fact('removed'), { byName: 'moderator' });
  t.equal(await ann.socket.closed, CLOSE_CODES.removed);
  await host.fact('member-left', ({ memberId }) => memberId === ann.memberId);
  t.ok(house.media.connections.get(ann.memberId)?.closed);
});

t.test('chat goes to all, late comers get what was said, and reactions come and go', async (t) => {
  const { enter } = await startHouse(t);
  const [host, ann] = [await enter('host'), await enter('participant', 'ann')];
  t.equal(await ann.codeOf({ type: 'chat', text: '  ' }), 'message_invalid');
  t.equal(await ann.codeOf({ type: 'chat', text: ' Hello 👋 ' }), 'ok');
  t.match((await host.fact('chat')).message, { number: 1, name: 'ann', text: 'Hello 👋', reactions: {} });
  t.equal(await host.codeOf({ type: 'chat-react', number: 1, reaction: '👍' }), 'ok');
  t.same((await ann.fact('chat', ({ message }) => message.reactions['👍'] !== undefined)).message.reactions, { '👍': [host.memberId] });
  t.equal(await host.codeOf({ type: 'chat-react', number: 1, reaction: '👍' }), 'ok');
  t.equal(await host.codeOf({ type: 'chat-react', number: 7, reaction: '👍' }), 'chat_message_unknown');
  const late = await enter('participant', 'late');
  t.same(late.joined.members.filter(({ owner }) => owner).map(({ name }) => name), ['host'], 'the owner is known as such');
  t.match(late.joined.chat, [{ number: 1, text: 'Hello 👋', reactions: {} }]);
});

t.test('whoever loses the socket comes back to their place, and leaves when they do not', async (t) => {
  const { house, port, enter } = await startHouse(t, { awayLimitMs: 300 });
  const [host, ann] = [await enter('host'), await enter('participant', 'ann')];
  await ann.request({ type: 'publish', offer: 'v=0', sections: CAMERA });
  const media = house.media.connections.get(ann.memberId);
  const { memberId, resumeKey } = ann.joined;
  ann.socket.destroy();
  await host.fact('member-changed', ({ member }) => member.memberId === memberId && !member.connected);
  t.notOk(media?.closed, 'what still comes is still shown');
  const token = await house.token('participant', 'ann');
  const stranger = await Bot.connect(port);
  t.not((await stranger.requestJoin(token, 'Ann', { resume: { memberId, key: 'guessed' } })) && stranger.memberId, memberId);
  const back = await Bot.connect(port);
  t.match(await back.requestJoin(token, 'Ann', { resume: { memberId, key: resumeKey } }), { type: 'joined', memberId });
  t.ok(media?.closed, 'media begins anew');
  await host.fact('member-changed', ({ member }) => member.memberId === memberId && member.connected);
  t.notOk(host.facts.some((fact) => fact.type === 'member-left'), 'nobody left');

  const again = await Bot.connect(port);
  t.match(await again.requestJoin(token, 'Ann', { resume: { memberId, key: back.joined.resumeKey } }), { memberId });
  t.equal(await back.socket.closed, CLOSE_CODES.resumedElsewhere, 'two sockets are not one person');
  again.socket.destroy();
  t.match(await host.fact('member-left'), { memberId }, 'who does not come back has left');
});

t.test('whoever comes back with the media of before keeps tracks and what is received, where the server still has them', async (t) => {
  const { house, port, enter } = await startHouse(t);
  const [host, ann] = [await enter('host'), await enter('participant', 'ann')];
  await ann.request({ type: 'publish', offer: 'v=0', sections: CAMERA });
  const media = house.media.connections.get(ann.memberId)!;
  const { memberId } = ann.joined;
  const tracks = (await host.fact('member-changed', ({ member }) => member.tracks.length === 2)).member.tracks;
  t.equal(await ann.codeOf({ type: 'subscribe-restart' }), 'ok');
  t.equal(media.restarts, 1);
  ann.socket.destroy();
  await host.fact('member-changed', ({ member }) => !member.connected);
  t.equal(await host.codeOf({ type: 'mute-member', memberId, source: 'microphone' }), 'ok');
  const token = await house.token('participant', 'ann');
  const resume = (last: Bot): Parameters<Bot['requestJoin']>[2] => ({ resume: { memberId, key: last.joined.resumeKey, keepsMedia: true } });
  const back = await Bot.connect(port);
  t.match(await back.requestJoin(token, 'Ann', resume(ann)), { memberId, mediaKept: true });
  await back.fact('subscribe-offer', ({ offer }) => offer.includes('again'));
  t.match(await back.fact('muted-by'), { source: 'microphone', byName: 'host' }, 'what was missed meanwhile');
  t.equal(media.resumes, 1);
  t.notOk(media.closed);
  const { member } = await host.fact('member-changed', (fact) => fact.member.connected && fact.member.tracks.length === 2);
  t.same(member.tracks.map(({ trackId }) => trackId), tracks.map(({ trackId }) => trackId));
  t.equal(await ann.codeOf({ type: 'ping' }).catch(() => 'gone'), 'gone');
  t.equal(await back.codeOf({ type: 'mute', source: 'microphone', muted: false }), 'ok', 'its commands reach its tracks');

  media.alive = false;
  const anew = await Bot.connect(port);
  const joined = await anew.requestJoin(token, 'Ann', resume(back));
  t.match(joined, { memberId });
  t.notHas(joined, { mediaKept: true });
  t.ok(media.closed, 'of what has failed nothing is kept');
  const stranger = await Bot.connect(port);
  t.notHas(await stranger.requestJoin(token, 'Ann', { resume: { memberId, key: 'guessed', keepsMedia: true } }), { mediaKept: true });
});

t.test('a highlighted person who only loses the connection is highlighted again', async (t) => {
  const { house, port, enter } = await startHouse(t, { awayLimitMs: 200 });
  const [host, ann] = [await enter('host'), await enter('participant', 'ann')];
  await ann.codeOf({ type: 'raise-hand', raised: true });
  await host.codeOf({ type: 'set-role', memberId: ann.memberId, role: 'moderator' });
  t.equal(await host.codeOf({ type: 'highlight', memberId: ann.memberId }), 'ok');
  const { memberId, resumeKey } = ann.joined;
  const token = await house.token('participant', 'ann');
  ann.socket.destroy();
  await host.fact('member-changed', ({ member }) => member.memberId === memberId && !member.connected);
  const back = await Bot.connect(port);
  const joined = await back.requestJoin(token, 'ann', { resume: { memberId, key: resumeKey } });
  t.match(joined, { memberId, highlighted: memberId });
  t.match(back.joined.members.find((member) => member.memberId === memberId), { role: 'moderator', handRaisedAt: Number, onStage: true });
  await host.fact('highlight', (fact) => fact.memberId === memberId);
  t.notOk(host.facts.some(({ type }) => type === 'highlight'), 'nothing was taken away');

  back.socket.destroy();
  await host.fact('member-left', (fact) => fact.memberId === memberId);
  await host.fact('highlight', (fact) => fact.memberId === null);
  const other = await enter('participant', 'bob');
  t.equal(other.joined.highlighted, null);
  const later = await enter('participant', 'ann');
  t.equal(later.joined.highlighted, later.memberId, 'after being away for long, too');
  later.close();
  await host.fact('member-left', (fact) => fact.memberId === later.memberId);
  t.equal((await enter('participant', 'ann')).joined.highlighted, null, 'but not after leaving by choice');
});

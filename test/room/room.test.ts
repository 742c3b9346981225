import fc from 'fast-check';
import t from 'tap';
import { AppError } from '../../src/core/errors.js';
import type { TrackDescription } from '../../src/core/media.js';
import { ROLES, type Role } from '../../src/core/roles.js';
import { may } from '../../src/room/permissions.js';
import { Room, type RoomOptions } from '../../src/room/room.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FACTS = [
  'session-started', 'session-ending', 'session-kept', 'session-ended', 'member-joined', 'member-changed', 'member-left',
  'track-published', 'track-muted', 'track-ended', 'highlight', 'layout',
] as const;

/** A room that writes down its facts, with people who are named by their member ids. */
function makeRoom(options: Partial<RoomOptions> = {}) {
  let sessions = 0;
  const room = new Room({
    roomId: 'r',
    title: 'Weekly',
    timeZone: 'UTC',
    ownerId: 'owner',
    hostTimeoutMs: 15 * MINUTE,
    maxLengthMs: 24 * HOUR,
    newSessionId: () => `s${++sessions}`,
    ...options,
  });
  const told: string[] = [];
  for (const name of FACTS) {
    room.facts.on(name, (value) => {
      const subject = 'memberId' in value ? value.memberId : 'sessionId' in value ? value.sessionId : 'track' in value ? value.track.trackId : 'layout' in value ? value.layout : '';
      told.push(`${name} ${'trackId' in value ? value.trackId : subject}`);
    });
  }
  const enter = (memberId: string, role: Role, nowMs = 0, identity = memberId) =>
    room.join({ memberId, identity, name: memberId, role, mobile: false }, nowMs);
  return { room, told, enter, take: () => told.splice(0) };
}

function track(memberId: string, trackId: string): TrackDescription {
  return { trackId, roomId: 'r', memberId, kind: 'video', source: 'camera', codec: { name: 'VP8', payloadType: 96, clockRateHz: 90_000 } };
}

t.test('a session starts with the first host or moderator (S1)', async (t) => {
  for (const role of ['host', 'moderator'] as const) {
    const { room, enter, take } = makeRoom();
    enter('ann', 'participant');
    t.equal(room.sessionId, null);
    t.equal(room.nextDeadlineMs(), null);
    enter('bob', role, 5);
    t.equal(room.sessionId, 's1');
    t.same(take(), ['member-joined ann', 'session-started s1', 'member-joined bob']);
    enter('cleo', 'host', 6);
    t.same(take(), ['member-joined cleo'], 'the session that runs is joined');
  }
});

t.test('the owner is a host whatever the token says, and stays one (P1)', async (t) => {
  const { room, enter } = makeRoom();
  t.equal(enter('ann', 'participant', 0, 'owner').role, 'host');
  enter('bob', 'host');
  t.throws(() => room.setRole('bob', 'ann', 'moderator', 1), { code: 'owner_is_host' });
  t.equal(room.member('ann')?.role, 'host');
});

t.test('a host promotes and demotes at once; others may not (P1)', async (t) => {
  const { room, enter, take } = makeRoom();
  enter('host', 'host');
  enter('mod', 'moderator');
  enter('guest', 'participant');
  take();
  t.throws(() => room.setRole('mod', 'guest', 'moderator', 1), { code: 'forbidden' });
  t.throws(() => room.setRole('host', 'nobody', 'moderator', 1), { code: 'member_unknown' });
  t.same(take(), []);
  room.setRole('host', 'guest', 'moderator', 1);
  t.same(take(), ['member-changed guest']);
  t.equal(room.member('guest')?.role, 'moderator');
  room.setRole('host', 'guest', 'moderator', 1);
  t.same(take(), [], 'nothing changed, nothing is told');
});

t.test('a host who is demoted leaves the session without one (S2)', async (t) => {
  const { room, enter } = makeRoom();
  enter('ann', 'host');
  room.setRole('ann', 'ann', 'moderator', 3 * MINUTE);
  t.equal(room.nextDeadlineMs(), 13 * MINUTE);
});

t.test('15 minutes after the last host, everybody is out; moderators do not stop that (S2)', async (t) => {
  const { room, enter, take } = makeRoom();
  enter('ann', 'host');
  enter('mod', 'moderator');
  room.people.trackPublished(track('mod', 't1'));
  room.leave('ann', MINUTE);
  take();
  for (let deadline = room.nextDeadlineMs(); deadline !== null; deadline = room.nextDeadlineMs()) room.advance(deadline);
  t.same(take(), ['session-ending s1', 'session-ending s1', 'session-ended s1', 'track-ended t1', 'member-left mod']);
  t.equal(room.sessionId, null);
  enter('mod', 'moderator', 20 * MINUTE);
  t.equal(room.sessionId, 's2', 'the room can be used again');
});

t.test('that the end does not come is told where it was told of, and only then (S2)', async (t) => {
  const { room, enter, take } = makeRoom({ maxLengthMs: 20 * MINUTE });
  enter('ann', 'host');
  enter('mod', 'moderator');
  room.leave('ann', MINUTE);
  enter('ann', 'host', 2 * MINUTE);
  room.leave('ann', 2 * MINUTE);
  take();
  room.advance(12 * MINUTE);
  t.same(take(), ['session-ending s1']);
  enter('ann', 'host', 13 * MINUTE);
  t.same(take(), ['session-kept s1', 'member-joined ann']);
  room.advance(15 * MINUTE);
  room.leave('ann', 15 * MINUTE);
  take();
  room.advance(19 * MINUTE);
  enter('ann', 'host', 19 * MINUTE);
  t.notOk(take().includes('session-kept s1'), 'its longest time is not put off');
});

t.test('a moderator who comes back before any host was there keeps the session, and it is told', async (t) => {
  const { room, enter, take } = makeRoom();
  enter('mod', 'moderator');
  enter('ann', 'participant');
  room.leave('mod', MINUTE);
  room.advance(11 * MINUTE);
  take();
  enter('mod', 'moderator', 12 * MINUTE);
  t.same(take(), ['session-kept s1', 'member-joined mod']);
});

t.test('a session of moderators, before any host, is kept by them and ends when they are gone', async (t) => {
  const { room, enter } = makeRoom();
  enter('mod', 'moderator');
  room.advance(60 * MINUTE);
  t.equal(room.sessionId, 's1');
  room.leave('mod', 60 * MINUTE);
  room.advance(74 * MINUTE);
  t.equal(room.sessionId, 's1');
  room.advance(75 * MINUTE);
  t.equal(room.sessionId, null);
});

t.test('a session that was stored goes on with its times (S4)', async (t) => {
  const session = { sessionId: 'old', startedAtWallMs: 0, hosted: true, hostlessSinceWallMs: 10 * MINUTE };
  const { room, enter } = makeRoom({ session });
  t.equal(room.sessionId, 'old');
  enter('mod', 'moderator', 20 * MINUTE);
  t.equal(room.hostlessSinceMs, 10 * MINUTE);
  room.advance(24.5 * MINUTE);
  enter('ann', 'host', 24.6 * MINUTE);
  t.equal(room.hostlessSinceMs, null);
  t.equal(room.nextDeadlineMs(), 24 * HOUR - 5 * MINUTE, 'of the longest time (S3)');
});

t.test('the stage takes 25; who comes later waits, and the first to wait gets a free place (P4)', async (t) => {
  const { room, enter, take } = makeRoom();
  for (let i = 0; i < 27; i++) enter(`m${i}`, i === 0 ? 'host' : 'participant');
  t.same(room.members().filter(({ onStage }) => !onStage).map(({ memberId }) => memberId), ['m25', 'm26']);
  t.equal(room.people.trackPublished(track('m25', 't1')), false, 'off stage nothing is published');
  t.same(room.tracks(), []);
  take();
  room.leave('m26', 1);
  t.same(take(), ['member-left m26']);
  room.leave('m3', 1);
  t.same(take(), ['member-left m3', 'member-changed m25']);
  t.ok(room.people.trackPublished(track('m25', 't1')));
});

t.test('who is moved to the audience stays there until brought or invited, coming in again included; a host does not (P4)', async (t) => {
  const { room, enter } = makeRoom();
  enter('owner', 'host');
  enter('mod', 'moderator');
  enter('other', 'moderator');
  enter('host', 'host');
  enter('ann', 'participant');
  const { people } = room;
  for (const memberId of ['ann', 'mod']) {
    people.toAudience('other', memberId);
    t.match(room.member(memberId), { onStage: false, held: true });
    t.throws(() => people.enterStage(memberId), { code: 'stage_held' });
    people.raiseHand(memberId, true, 5);
    people.toAudience(memberId, memberId);
    t.throws(() => people.enterStage(memberId), { code: 'stage_held' }, 'neither a hand nor leaving helps');
  }
  t.throws(() => people.invite('mod', 'mod'), { code: 'stage_held' }, 'nor does one bring oneself back');
  people.invite('other', 'mod');
  people.invite('other', 'ann');
  for (const memberId of ['ann', 'mod']) t.match(room.member(memberId), { onStage: true, held: false });

  people.toAudience('other', 'ann');
  people.invite('other', 'ann');
  people.answerInvitation('ann', false);
  people.enterStage('ann');
  t.ok(room.member('ann')?.onStage, 'who was invited is free to come later');
  people.toAudience('ann', 'ann');
  people.enterStage('ann');
  t.ok(room.member('ann')?.onStage, 'who leaves the stage by themselves comes back by themselves');

  people.toAudience('other', 'ann');
  room.leave('ann', 6);
  t.match(enter('ann', 'participant'), { onStage: false, held: true });
  room.leave('ann', 7);
  t.match(enter('bob', 'participant'), { onStage: true, held: false }, 'others are not held for it');
  people.toAudience('owner', 'host');
  people.enterStage('host');
  t.ok(room.member('host')?.onStage);
  room.endSession('owner', 8);
  enter('owner', 'host');
  t.match(enter('ann', 'participant'), { onStage: true, held: false }, 'the next session begins anew');
});

t.test('hosts and moderators take a hand down, of a host only hosts, and of the owner nobody', async (t) => {
  const { room, enter, take } = makeRoom();
  const lowered: string[] = [];
  room.facts.on('hand-lowered', ({ member, by }) => lowered.push(`${by.memberId} ${member.memberId}`));
  enter('owner', 'host');
  enter('host', 'host');
  enter('mod', 'moderator');
  enter('ann', 'participant');
  enter('bob', 'participant');
  for (const { memberId } of room.members()) room.people.raiseHand(memberId, true, 1);
  take();
  const refused = [['ann', 'bob'], ['ann', 'ann'], ['mod', 'host'], ['mod', 'owner'], ['host', 'owner']] as const;
  for (const [by, whom] of refused) t.throws(() => room.people.lowerHand(by, whom), { code: 'forbidden' }, `${by} ${whom}`);
  t.throws(() => room.people.lowerHand('mod', 'gone'), { code: 'member_unknown' });
  t.same(take(), []);
  room.people.lowerHand('mod', 'ann');
  room.people.lowerHand('mod', 'ann');
  room.people.lowerHand('owner', 'host');
  room.people.lowerHand('mod', 'mod');
  t.same(take(), ['member-changed ann', 'member-changed host', 'member-changed mod']);
  t.same(lowered, ['mod ann', 'owner host'], 'nobody is told of their own doing');
  t.equal(room.member('ann')?.handRaisedAtWallMs, null);
  room.people.raiseHand('ann', true, 2);
  t.equal(room.member('ann')?.handRaisedAtWallMs, 2, 'it may be raised again');
});

t.test('a full room refuses the next', async (t) => {
  const { room, enter, take } = makeRoom({ memberLimit: 2 });
  enter('a', 'host');
  enter('b', 'participant');
  take();
  t.throws(() => enter('c', 'host'), { code: 'room_full' });
  t.same(take(), []);
  t.equal(room.members().length, 2);
});

t.test('the layout is a host’s or a moderator’s to choose, and holds until the session ends (V2)', async (t) => {
  const { room, enter, take } = makeRoom({ picture: { layout: 'grid', transitions: false, initials: true } });
  t.same(room.picture, { layout: 'grid', transitions: false, initials: true });
  enter('mod', 'moderator');
  enter('ann', 'participant');
  take();
  t.throws(() => room.setLayout('ann', 'speaker'), { code: 'forbidden' });
  t.same(take(), []);
  room.setLayout('mod', 'speaker');
  room.setLayout('mod', 'speaker');
  t.same(take(), ['layout speaker']);
  t.same(room.picture, { layout: 'speaker', transitions: false, initials: true });
  room.closeSession('host-timeout', 5);
  t.equal(take().at(-1), 'layout grid');
  t.equal(room.picture.layout, 'grid');
  t.equal(makeRoom().room.picture.layout, 'stage', 'as it is where nothing is set');
});

t.test('what was chosen live is taken up by the next process, the highlight with its person (S4)', async (t) => {
  const before = makeRoom();
  before.enter('host', 'host');
  before.enter('ann', 'participant');
  t.same(before.room.choice, { layout: null, highlighted: null, locked: false });
  before.room.setLayout('host', 'grid');
  before.room.highlight('host', 'ann');
  const { choice } = before.room;
  t.same(choice, { layout: 'grid', highlighted: { identity: 'ann', name: 'ann' }, locked: false });

  const session = { sessionId: 's', startedAtWallMs: 0, hosted: true, hostlessSinceWallMs: 0 };
  const { room, enter, take } = makeRoom({ session: { ...session, ...choice } });
  t.equal(room.picture.layout, 'grid');
  enter('host', 'host');
  t.same(room.choice, choice, 'whoever is awaited is kept for a second restart');
  take();
  enter('bob', 'participant');
  room.join({ memberId: 'ann2', identity: 'ann', name: 'ann', role: 'participant', mobile: false }, 1);
  t.same(take(), ['member-joined bob', 'member-joined ann2', 'highlight ann2']);
  t.equal(room.highlighted, 'ann2');

  const other = makeRoom({ session: { ...session, ...choice } });
  other.enter('host', 'host');
  other.room.highlight('host', 'host');
  other.enter('ann', 'participant');
  t.equal(other.room.highlighted, 'host', 'a newer choice counts');
  other.room.highlight('host', null);
  t.same(other.room.choice, { layout: 'grid', highlighted: null, locked: false });
  other.room.closeSession('ended-by-member', 2);
  t.same(other.room.choice, { layout: null, highlighted: null, locked: false }, 'the next session begins as the room is set');
});

t.test('people of an earlier process are at their places, and count once they are back (S4)', async (t) => {
  const before = makeRoom({ stage: { stageAccess: 'on-request', meetingKind: 'interactive' } });
  for (const [memberId, role] of [['host', 'host'], ['ann', 'participant'], ['bob', 'participant']] as const) before.enter(memberId, role);
  before.room.setRole('host', 'ann', 'moderator', 1);
  before.room.highlight('host', 'ann');
  before.room.people.raiseHand('bob', true, 2);
  before.room.say('bob', 'Hello', 3);
  const members = before.room.members();
  const session = { sessionId: 's', startedAtWallMs: 0, hosted: true, hostlessSinceWallMs: MINUTE, ...before.room.choice, members, chat: before.room.chat() };
  const { room, enter, take } = makeRoom({ session, stage: { stageAccess: 'on-request', meetingKind: 'interactive' } });
  t.same(room.members(), members);
  t.equal(room.highlighted, null, 'who is not there is not shown');
  enter('cleo', 'participant', 2 * MINUTE);
  t.equal(room.hostlessSinceMs, MINUTE, 'S2: a host who is awaited is no host');
  take();
  room.returned('ann', 3 * MINUTE);
  t.same(take(), ['highlight ann']);
  room.returned('host', 4 * MINUTE);
  t.equal(room.hostlessSinceMs, null);
  room.returned('nobody', 4 * MINUTE);
  room.say('ann', 'Hello again', 5);
  t.same(room.chat().map(({ number, text }) => [number, text]), [[1, 'Hello'], [2, 'Hello again']]);
  take();
  room.leave('bob', 5 * MINUTE, 'lost');
  t.same(take(), ['member-left bob']);
  room.leave('host', 6 * MINUTE);
  t.equal(room.hostlessSinceMs, 6 * MINUTE);
});

t.test('the highlight is a host’s or a moderator’s, and goes with its person (V2)', async (t) => {
  const { room, enter, take } = makeRoom();
  enter('mod', 'moderator');
  enter('ann', 'participant');
  take();
  t.throws(() => room.highlight('ann', 'ann'), { code: 'forbidden' });
  t.throws(() => room.highlight('mod', 'nobody'), { code: 'member_unknown' });
  t.same(take(), []);
  room.highlight('mod', 'ann');
  room.highlight('mod', 'ann');
  t.same(take(), ['highlight ann']);
  room.leave('ann', 1);
  t.same(take(), ['highlight null', 'member-left ann']);
  t.equal(room.highlighted, null);
});

t.test('tracks are published, muted and ended; each change is told once', async (t) => {
  const { room, enter, take } = makeRoom();
  enter('ann', 'host');
  take();
  t.ok(room.people.trackPublished(track('ann', 't1')));
  t.notOk(room.people.trackPublished(track('ann', 't1')));
  t.notOk(room.people.trackPublished(track('gone', 't2')));
  room.people.muteTrack('t1', true);
  room.people.muteTrack('t1', true);
  t.same(room.tracks(), [{ track: track('ann', 't1'), muted: true }]);
  t.throws(() => room.people.muteTrack('t9', true), { code: 'track_unknown' });
  room.people.endTrack('t1');
  room.people.endTrack('t1');
  t.same(take(), ['track-published t1', 'track-muted t1', 'track-ended t1']);
});

t.test('ending for everyone is for hosts and moderators (P6)', async (t) => {
  const { room, enter, take } = makeRoom();
  enter('ann', 'participant');
  enter('mod', 'moderator');
  take();
  t.throws(() => room.endSession('ann', 1), { code: 'forbidden' });
  room.endSession('mod', 2);
  t.same(take(), ['session-ended s1', 'member-left mod', 'member-left ann']);
});

/** One step of anything that can happen to a room. */
const people = fc.constantFrom('owner', 'b', 'c', 'd', 'e');
const step = fc.oneof(
  fc.record({ do: fc.constant('join' as const), who: people, role: fc.constantFrom(...ROLES) }),
  fc.record({ do: fc.constant('leave' as const), who: people }),
  fc.record({ do: fc.constant('role' as const), who: people, whom: people, role: fc.constantFrom(...ROLES) }),
  fc.record({ do: fc.constant('highlight' as const), who: people, whom: fc.option(people) }),
  fc.record({ do: fc.constant('end' as const), who: people }),
  fc.record({ do: fc.constant('publish' as const), who: people }),
  fc.record({ do: fc.constant('mute' as const), who: people, muted: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 6 * HOUR }) }),
);

t.test('whatever happens, in any order, the room stays consistent and refusals change nothing', async () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { room, enter, take } = makeRoom({ stageLimit: 3, memberLimit: 4 });
      let nowMs = 0;
      let open: string | null = null;
      for (const action of steps) {
        const before = JSON.stringify([room.members(), room.tracks(), room.sessionId, room.highlighted]);
        const actor = 'who' in action ? room.member(action.who) : null;
        try {
          if (action.do === 'join') {
            if (room.member(action.who)) continue;
            enter(action.who, action.role, nowMs);
          } else if (action.do === 'leave') room.leave(action.who, nowMs);
          else if (action.do === 'role') room.setRole(action.who, action.whom, action.role, nowMs);
          else if (action.do === 'highlight') room.highlight(action.who, action.whom);
          else if (action.do === 'end') room.endSession(action.who, nowMs);
          else if (action.do === 'publish') room.people.trackPublished(track(action.who, `t-${action.who}`));
          else if (action.do === 'mute') room.people.muteTrack(`t-${action.who}`, action.muted);
          else {
            const end = nowMs + action.ms;
            for (let due = room.nextDeadlineMs(); due !== null && due <= end; due = room.nextDeadlineMs()) {
              nowMs = Math.max(nowMs, due);
              room.advance(nowMs);
            }
            nowMs = end;
          }
          const needed = { role: 'role.change', highlight: 'highlight', end: 'session.end' } as const;
          if (action.do in needed && !(actor && may(actor, needed[action.do as keyof typeof needed]))) return false;
        } catch (error) {
          if (!(error instanceof AppError) || take().length > 0) return false;
          if (JSON.stringify([room.members(), room.tracks(), room.sessionId, room.highlighted]) !== before) return false;
        }
        for (const fact of take()) {
          if (fact.startsWith('session-started')) {
            if (open !== null) return false;
            open = fact.split(' ')[1]!;
          }
          if (fact.startsWith('session-ended')) {
            if (fact !== `session-ended ${open}`) return false;
            open = null;
          }
        }
        const members = room.members();
        const onStage = members.filter((member) => member.onStage);
        const waiting = members.length - onStage.length;
        const hosts = members.filter(({ role }) => role === 'host');
        const fine =
          room.sessionId === open &&
          onStage.length <= 3 &&
          (waiting === 0 || onStage.length === 3) &&
          members.length <= 4 &&
          (open !== null || hosts.length === 0) &&
          members.every(({ identity, role }) => identity !== 'owner' || role === 'host') &&
          (room.highlighted === null || room.member(room.highlighted) !== null) &&
          room.tracks().every((entry) => room.member(entry.track.memberId)?.onStage === true) &&
          (hosts.length === 0 || room.hostlessSinceMs === null) &&
          (room.nextDeadlineMs() === null) === (open === null);
        if (!fine) return false;
      }
      return true;
    }),
    { numRuns: 500 },
  );
});

import t from 'tap';
import { actionsOn, byHand, groupPeople, isFound, wayOntoStage, type PersonAction } from '../../../web/src/ui/people.js';
import { member } from '../samples.js';

const ids = (people: { memberId: string }[]): string[] => people.map(({ memberId }) => memberId);

t.test('raised hands stand first, the oldest before the others, on stage and in the audience', async (t) => {
  const members = [
    member('a'),
    member('b', { handRaisedAt: 20 }),
    member('c', { handRaisedAt: 10 }),
    member('d', { onStage: false }),
    member('e', { onStage: false, handRaisedAt: 5 }),
  ];
  const { onStage, audience } = groupPeople(members);
  t.same(ids(onStage), ['c', 'b', 'a']);
  t.same(ids(audience), ['e', 'd']);
  t.same(ids(byHand(members)), ['e', 'c', 'b']);
});

t.test('people are found by any part of their name, whatever its accents and case', async (t) => {
  t.ok(isFound('Zoë Ångström', 'ang zoe'));
  t.ok(isFound('ليلى عبد الرحمن', 'عبد'));
  t.ok(isFound('Ada', '  '));
  t.notOk(isFound('Ada Lovelace', 'ada grace'));
});

const named = (action: PersonAction): string => {
  switch (action.kind) {
    case 'mute':
      return action.source;
    case 'highlight':
    case 'pin':
      return action.on ? action.kind : `un${action.kind}`;
    case 'invite':
      return action.asks ? 'invite' : 'bring';
    case 'role':
      return action.role;
    case 'lower-hand':
    case 'to-audience':
    case 'remove':
      return action.kind;
  }
};

const TRACKS = [
  { trackId: '1', kind: 'audio', source: 'microphone', muted: false },
  { trackId: '2', kind: 'video', source: 'camera', muted: true },
  { trackId: '3', kind: 'video', source: 'screen', muted: false },
] as const;

t.test('a menu has what the person may do, and nothing that cannot be done now (P1, P4)', async (t) => {
  const host = member('host', { role: 'host' });
  const other = member('other', { role: 'host', tracks: [...TRACKS] });
  const moderator = member('mod', { role: 'moderator' });
  const guest = member('guest', { tracks: [...TRACKS] });
  const listener = member('listener', { onStage: false });
  const menu = (viewer: typeof host, person: typeof host, marks: { highlighted?: string; pinned?: string } = {}): string[] =>
    actionsOn(person, { viewer, highlighted: marks.highlighted ?? null, pinned: marks.pinned ?? null }).map(named);

  t.same(menu(host, guest), ['highlight', 'pin', 'microphone', 'screen', 'to-audience', 'host', 'moderator', 'remove']);
  t.same(menu(host, other), ['highlight', 'pin', 'microphone', 'screen', 'to-audience', 'moderator', 'participant', 'remove'], 'a host to a host');
  t.same(menu(host, { ...other, owner: true }), ['highlight', 'pin'], 'nothing to the owner');
  t.same(menu(moderator, guest), ['highlight', 'pin', 'microphone', 'screen', 'to-audience', 'remove'], 'roles are for hosts');
  t.same(menu(moderator, host), ['highlight', 'pin'], 'nothing to a host');
  t.same(menu(moderator, moderator), ['highlight', 'pin'], 'and nothing to oneself');
  t.same(menu(moderator, listener), ['invite', 'remove']);
  t.same(menu(moderator, { ...listener, handRaisedAt: 1 }), ['bring', 'lower-hand', 'remove'], 'who asked is not asked back');
  t.same(menu(moderator, { ...host, handRaisedAt: 1 }), ['highlight', 'pin'], 'a host’s hand is not a moderator’s to lower');
  t.same(menu(moderator, { ...listener, invited: true }), ['to-audience', 'remove'], 'an invitation can be taken back');
  t.same(menu(guest, host, { pinned: 'host' }), ['unpin'], 'a participant changes only what they see themselves');
  t.same(menu(guest, listener), []);
  t.same(menu(moderator, guest, { highlighted: 'guest' })[0], 'unhighlight');
  t.same(menu(moderator, listener, { highlighted: 'listener' }), ['unhighlight', 'invite', 'remove'], 'a highlight can always be taken away');
});

t.test('the way onto the stage is that of the room (P4)', async (t) => {
  const way = (role: 'participant' | 'moderator', stageAccess: 'everyone' | 'on-request' | 'invite-only', meetingKind: 'interactive' | 'webinar' = 'interactive'): string =>
    wayOntoStage({ role }, { stageAccess, meetingKind });
  const held = (role: 'participant' | 'moderator', meetingKind: 'interactive' | 'webinar'): string => wayOntoStage({ role, held: true }, { stageAccess: 'everyone', meetingKind });
  t.equal(way('participant', 'everyone'), 'enter');
  t.equal(way('participant', 'on-request'), 'ask');
  t.equal(way('participant', 'invite-only'), 'ask');
  t.equal(way('participant', 'everyone', 'webinar'), 'wait');
  t.equal(way('moderator', 'invite-only', 'webinar'), 'enter');
  t.same([held('participant', 'interactive'), held('moderator', 'interactive'), held('moderator', 'webinar')], ['ask', 'ask', 'wait'], 'who was moved to the audience does not enter alone');
});

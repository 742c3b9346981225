import t from 'tap';
import { Timeline } from '../../src/compositor/timeline.js';
import type { TrackSource } from '../../src/core/media.js';
import type { TimelineEvent } from '../../src/journal/records.js';

function started(track: number, memberId: string, source: TrackSource): TimelineEvent {
  const kind = source === 'camera' || source === 'screen' ? 'video' : 'audio';
  const codec = { name: kind === 'video' ? 'VP8' : 'opus', payloadType: 96, clockRateHz: 90_000 } as const;
  return { kind: 'track-started', track, description: { trackId: `t${track}`, roomId: 'r', memberId, kind, source, codec } };
}

const SIZE = { widthPx: 640, heightPx: 360 };
const everySize = (): typeof SIZE => SIZE;

function shown(timeline: Timeline): { content: string | null; people: string[] } {
  const scene = timeline.scene(everySize);
  return { content: scene.content?.trackId ?? null, people: scene.people.map((person) => person.trackId) };
}

t.test('a camera has a tile while its owner is on stage, it is not muted, and a picture came', async (t) => {
  const timeline = new Timeline();
  timeline.apply(started(1, 'ann', 'camera'));
  t.same(shown(timeline).people, [], 'not on stage');
  timeline.apply({ kind: 'member-on-stage', memberId: 'ann', name: 'Ann' });
  t.same(shown(timeline).people, ['t1']);
  t.same(timeline.scene(() => null).people, [], 'no picture yet');
  timeline.apply({ kind: 'track-muted', track: 1, muted: true });
  t.same(shown(timeline).people, [], 'a muted camera has no tile');
  timeline.apply({ kind: 'track-muted', track: 1, muted: false });
  t.same(shown(timeline).people, ['t1']);
  timeline.apply({ kind: 'member-off-stage', memberId: 'ann' });
  t.same(shown(timeline).people, []);
});

t.test('the screen shared last is the stage content; when it ends the one before is again', async (t) => {
  const timeline = new Timeline();
  for (const memberId of ['ann', 'bob']) timeline.apply({ kind: 'member-on-stage', memberId, name: memberId });
  timeline.apply(started(1, 'ann', 'screen'));
  timeline.apply(started(2, 'bob', 'screen'));
  t.equal(shown(timeline).content, 't2');
  timeline.apply({ kind: 'track-ended', track: 2 });
  t.equal(shown(timeline).content, 't1');
});

t.test('people keep the order in which they came on stage, and the highlight follows the person', async (t) => {
  const timeline = new Timeline();
  for (const memberId of ['bob', 'ann']) timeline.apply({ kind: 'member-on-stage', memberId, name: memberId });
  timeline.apply(started(1, 'ann', 'camera'));
  timeline.apply(started(2, 'bob', 'camera'));
  timeline.apply({ kind: 'highlight', memberId: 'ann' });
  const people = [...timeline.scene(everySize).people].sort((a, b) => a.joinedOrder - b.joinedOrder);
  t.same(people.map(({ memberId, highlighted }) => [memberId, highlighted]), [['bob', false], ['ann', true]]);
});

t.test('places are those that the journal tells, or those of coming, and are kept for who comes back', async (t) => {
  const timeline = new Timeline();
  const on = (memberId: string, seat?: number): void => timeline.apply({ kind: 'member-on-stage', memberId, name: memberId, ...(seat === undefined ? {} : { seat }) });
  const order = (): string[] => [...timeline.scene(everySize).people].sort((a, b) => a.joinedOrder - b.joinedOrder).map(({ memberId }) => memberId);
  for (const [track, memberId] of ['ann', 'bob', 'cleo', 'ann-again'].entries()) timeline.apply(started(track, memberId, 'camera'));
  on('ann');
  on('bob');
  timeline.apply({ kind: 'member-off-stage', memberId: 'ann' });
  on('cleo');
  on('ann');
  t.same(order(), ['ann', 'bob', 'cleo']);
  timeline.apply({ kind: 'member-off-stage', memberId: 'ann' });
  on('ann-again', 0);
  t.same(order(), ['ann-again', 'bob', 'cleo']);
});

t.test('the journal sets the layout unless the job forces one', async (t) => {
  const followed = new Timeline();
  const forced = new Timeline({ layout: 'grid' });
  for (const timeline of [followed, forced]) timeline.apply({ kind: 'layout', layout: 'stage' });
  t.equal(followed.scene(everySize).layout, 'stage');
  t.equal(forced.scene(everySize).layout, 'grid');
});

t.test('without a camera there is a tile of initials only where the room allows it, for who speaks or is highlighted (V3)', async (t) => {
  const speaking = { recent: ['bob'], speaks: (memberId: string) => memberId === 'bob' };
  const letters = (timeline: Timeline): unknown[] => timeline.scene(everySize, speaking).people.map((person) => [person.memberId, person.letters]);
  for (const initials of [true, false, undefined]) {
    const timeline = new Timeline();
    timeline.apply({ kind: 'started', roomId: 'r', sessionId: 's', title: 'T', layout: 'stage', ...(initials === undefined ? {} : { initials }) });
    for (const memberId of ['ann', 'bob', 'cleo']) timeline.apply({ kind: 'member-on-stage', memberId, name: `${memberId} Long Name` });
    timeline.apply(started(1, 'ann', 'camera'));
    timeline.apply({ kind: 'highlight', memberId: 'cleo' });
    t.same(letters(timeline), initials ? [['ann', undefined], ['bob', 'BN'], ['cleo', 'CN']] : [['ann', undefined]]);
    timeline.apply({ kind: 'track-muted', track: 1, muted: true });
    timeline.apply({ kind: 'highlight', memberId: null });
    t.same(letters(timeline), initials ? [['bob', 'BN']] : [], 'who neither speaks nor is highlighted has none');
    timeline.apply(started(2, 'bob', 'camera'));
    t.same(letters(timeline), [['bob', undefined]], 'a camera takes their place');
  }
});

t.test('a microphone is live under the same rules', async (t) => {
  const timeline = new Timeline();
  timeline.apply(started(1, 'ann', 'microphone'));
  t.notOk(timeline.isLive(1));
  timeline.apply({ kind: 'member-on-stage', memberId: 'ann', name: 'Ann' });
  t.ok(timeline.isLive(1));
  timeline.apply({ kind: 'track-muted', track: 1, muted: true });
  t.notOk(timeline.isLive(1));
  t.notOk(timeline.isLive(7), 'unknown tracks are not');
});

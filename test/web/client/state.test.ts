import t from 'tap';
import { initialState, mayControlRecording, ownRole, recordedMsAt, reduce, sharesScreen, weaknessOf, type RoomState } from '../../../web/src/client/state.js';
import { FakeTrack } from '../doubles.js';
import type { RecordingMessage } from '../../../src/signaling/protocol.js';
import { joined, member, recording } from '../samples.js';

const inRoom = (changes: Parameters<typeof joined>[0] = {}): RoomState => reduce(initialState, joined(changes), 1000);

t.test('joining gives the room as it is', async (t) => {
  const state = inRoom({ recording: recording('recording', { recordedMs: 500 }), session: null });
  t.equal(state.connection.name, 'joined');
  t.equal(state.room?.title, 'Weekly planning');
  t.equal(state.sessionRuns, false);
  t.equal(ownRole(state), 'host');
  t.equal(state.recording?.receivedAtMs, 1000);
});

t.test('members come, change in place, and go with their tracks and highlight', async (t) => {
  let state = reduce(inRoom(), { type: 'member-joined', member: member('a') }, 0);
  state = reduce(state, { type: 'member-joined', member: member('b') }, 0);
  state = reduce(state, { type: 'member-changed', member: member('a', { name: 'Ann' }) }, 0);
  t.same(state.members.map(({ name }) => name), ['Person me', 'Ann', 'Person b']);
  const remote = { trackId: 't', memberId: 'a', kind: 'video', source: 'camera', track: new FakeTrack('video', 'x') } as const;
  state = reduce({ ...state, remoteTracks: [remote] }, { type: 'highlight', memberId: 'a' }, 0);
  t.equal(state.highlighted, 'a');
  state = reduce(state, { type: 'member-left', memberId: 'a' }, 0);
  t.same(state.members.map(({ memberId }) => memberId), ['me', 'b']);
  t.same(state.remoteTracks, []);
  t.equal(state.highlighted, null);
});

t.test('the layout of recordings is the one told last', async (t) => {
  const state = inRoom({ layout: 'grid' });
  t.equal(state.layout, 'grid');
  t.equal(reduce(state, { type: 'layout', layout: 'speaker' }, 0).layout, 'speaker');
});

t.test('the same member told twice is there once', async (t) => {
  const state = reduce(inRoom(), { type: 'member-joined', member: member('me', { role: 'moderator' }) }, 0);
  t.equal(state.members.length, 1);
  t.equal(ownRole(state), 'moderator');
});

t.test('controlling a recording takes a role and a computer (P2, P3)', async (t) => {
  const as = (changes: Parameters<typeof member>[1]): boolean => mayControlRecording(inRoom({ members: [member('me', changes)] }));
  t.equal(as({ role: 'host' }), true);
  t.equal(as({ role: 'moderator' }), true);
  t.equal(as({ role: 'participant' }), false);
  t.equal(as({ role: 'host', mobile: true }), false);
  t.equal(mayControlRecording(inRoom({ members: [] })), false);
});

t.test('what becomes of an earlier recording does not hide the one that runs (R9)', async (t) => {
  const told = (state: RoomState, message: RecordingMessage) => reduce(state, { type: 'recording', recording: message }, 5);
  const running = told(initialState, recording('recording', { recordingId: 'rec2' }));
  const both = told(running, recording('available'));
  t.match(both, { recording: { recordingId: 'rec2', state: 'recording' }, earlier: { recordingId: 'rec1', state: 'available' } });
  t.match(told(both, recording('finalising', { recordingId: 'rec2' })), { recording: { recordingId: 'rec2', state: 'finalising' } });
  t.match(told(told(initialState, recording('finalising')), recording('starting', { recordingId: 'rec2' })), { recording: { recordingId: 'rec2' }, earlier: null });
});

t.test('how far behind its movie is is known of the recording that is shown, while it matters (R7)', async (t) => {
  const progress = { recordingId: 'rec1', behindMs: 40_000, leftMs: 20_000, waits: false };
  const told = (state: RoomState, change: Partial<typeof progress> = {}) => reduce(state, { type: 'recording-progress', ...progress, ...change }, 5);
  const became = (state: RoomState, ...what: Parameters<typeof recording>) => reduce(state, { type: 'recording', recording: recording(...what) }, 5);
  const running = became(initialState, 'recording');
  const behind = told(running);
  t.same(behind.movie, progress);
  t.equal(told(running, { recordingId: 'other' }).movie, null);
  t.equal(told(behind, { behindMs: 2_000 }).movie, null, 'it has caught up');
  t.same(told(running, { behindMs: 2_000, waits: true }).movie, { ...progress, behindMs: 2_000, waits: true });
  t.same(became(behind, 'finalising').movie, progress);
  for (const state of ['verifying', 'available', 'failed'] as const) t.equal(became(behind, state).movie, null, state);
  t.equal(became(behind, 'recording', { recordingId: 'rec2' }).movie, null);
});

t.test('recorded time runs only while the state is recording', async (t) => {
  const at = (name: 'recording' | 'paused', nowMs: number): number =>
    recordedMsAt({ ...recording(name, { recordedMs: 5000 }), receivedAtMs: 1000 }, nowMs);
  t.equal(at('recording', 3500), 7500);
  t.equal(at('paused', 3500), 5000);
  t.equal(at('recording', 900), 5000, 'never runs backwards');
});

t.test('the countdown to the end of the session stops when the server says so (S2)', async (t) => {
  const ending = reduce(inRoom(), { type: 'session-ending', leftMs: 300_000, reason: 'host-timeout' }, 1000);
  t.match(ending, { sessionEndsAtMs: 301_000, sessionEndReason: 'host-timeout' });
  t.equal(reduce(ending, { type: 'member-joined', member: member('h', { role: 'host' }) }, 0).sessionEndsAtMs, 301_000);
  t.match(reduce(ending, { type: 'session-kept' }, 0), { sessionEndsAtMs: null, sessionEndReason: null });
});

t.test('how a recording will end counts recorded time, and goes with the recording (R9)', async (t) => {
  const running = reduce(initialState, { type: 'recording', recording: recording('recording', { recordedMs: 5_000 }) }, 1_000);
  const told = { type: 'recording-ending', recordingId: 'rec1', leftMs: 60_000, reason: 'cap' } as const;
  const ends = reduce(running, told, 3_000);
  t.same(ends.recordingEnds, { recordingId: 'rec1', reason: 'cap', atRecordedMs: 67_000 });
  t.equal(reduce(running, { ...told, recordingId: 'other' }, 3_000).recordingEnds, null);
  t.equal(reduce(ends, { ...told, leftMs: null, reason: null }, 4_000).recordingEnds, null);
  const became = (...what: Parameters<typeof recording>) => reduce(ends, { type: 'recording', recording: recording(...what) }, 4_000);
  t.same(became('paused').recordingEnds, ends.recordingEnds);
  t.equal(became('finalising').recordingEnds, null);
  t.equal(became('recording', { recordingId: 'rec2', previousId: 'rec1' }).recordingEnds, null, 'the next part has its own time');
});

t.test('a session begins while people wait, and ends', async (t) => {
  const waiting = inRoom({ session: null });
  t.equal(reduce(waiting, { type: 'session-started', sessionId: 's2' }, 0).sessionRuns, true);
  t.same(reduce(waiting, { type: 'session-ended', reason: 'host-timeout' }, 0).connection, { name: 'ended', reason: 'host-timeout' });
});

t.test('who has a screen that others can see shares it', async (t) => {
  const screen = { trackId: 't', kind: 'video', source: 'screen', muted: false } as const;
  t.equal(sharesScreen(member('m', { tracks: [{ ...screen, source: 'camera' }] })), false);
  t.equal(sharesScreen(member('m', { tracks: [{ ...screen, muted: true }] })), false);
  t.equal(sharesScreen(member('m', { tracks: [screen] })), true);
});

t.test('the quality of people is what was told last, of those who are here and send', async (t) => {
  const told = reduce(inRoom(), { type: 'quality', members: [{ memberId: 'a', level: 3 }, { memberId: 'b', level: 1 }] }, 0);
  t.same(told.quality, { a: 3, b: 1 });
  const changed = reduce(told, { type: 'quality', members: [{ memberId: 'a', level: 0 }, { memberId: 'b', level: null }] }, 0);
  t.same(changed.quality, { a: 0 });
  t.same(reduce(changed, { type: 'member-left', memberId: 'a' }, 0).quality, {});
  t.same(reduce(changed, joined(), 0).quality, {});
});

t.test('only what is weak or worse is shown, and not of who is reconnecting', async (t) => {
  const quality = { good: 3, fair: 2, poor: 1, none: 0 } as const;
  const shown = (memberId: string, connected = true) => weaknessOf({ quality }, { memberId, connected });
  t.same(['good', 'fair', 'poor', 'none', 'unknown'].map((id) => shown(id)), [null, null, 'weak', 'bad', null]);
  t.equal(shown('none', false), null);
});

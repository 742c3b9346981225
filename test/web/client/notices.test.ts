import t from 'tap';
import type { Role } from '../../../src/core/roles.js';
import type { RecordingMessage } from '../../../src/signaling/protocol.js';
import { noticesAfterEarlier, noticesAfterRecording, ownNotice, withNotice, withoutExpired, type Notice } from '../../../web/src/client/notices.js';
import { recording } from '../samples.js';

/** The kinds of notices shown after each of a sequence of states. */
function shown(role: Role, ...states: (RecordingMessage | null)[]): string[][] {
  let notices: Notice[] = [];
  let before: RecordingMessage | null = null;
  return states.map((after, index) => {
    notices = noticesAfterRecording(notices, before, after, role, index);
    before = after;
    return notices.map(({ content }) => content.kind);
  });
}

const whole = (['starting', 'recording', 'paused', 'recording', 'finalising', 'verifying', 'storing', 'available'] as const).map((state) =>
  recording(state),
);

t.test('a host is told of start, recording, upload and file (R2, R3, R6, R7)', async (t) => {
  t.same(shown('host', ...whole), [
    ['recording-starting'],
    ['recording-starting', 'recorded'],
    ['recording-starting', 'recorded'],
    ['recording-starting', 'recorded'],
    ['upload-started'],
    ['upload-started'],
    ['upload-started'],
    ['upload-started', 'recording-available'],
  ]);
});

t.test('a participant is told that it completed, and not of the file', async (t) => {
  t.same(shown('participant', ...whole).slice(4), [
    ['recording-completed'],
    ['recording-completed'],
    ['recording-completed'],
    ['recording-completed'],
  ]);
});

t.test('who joins later sees that it is recorded (R3), paused or not', async (t) => {
  t.same(shown('participant', recording('recording')), [['recorded']]);
  t.same(shown('participant', recording('paused')), [['recorded']]);
});

t.test('who joins after the stop hears nothing of the end but the file', async (t) => {
  t.same(shown('host', recording('storing'), recording('available')), [[], ['recording-available']]);
  t.same(shown('participant', recording('storing'), recording('available')), [[], []]);
  t.same(shown('host', recording('available')), [[]]);
});

t.test('states that were missed are made up for', async (t) => {
  t.same(shown('host', recording('recording'), recording('available')).at(-1), ['upload-started', 'recording-available']);
});

t.test('a failure is told to those who can do something, with its reason', async (t) => {
  const failed = recording('failed', { failure: { code: 'disk_full', message: 'The disk is full.', kept: true } });
  t.same(shown('moderator', recording('recording'), failed).at(-1), ['recording-failed']);
  t.same(shown('participant', recording('recording'), failed).at(-1), ['recording-completed']);
  const [notice] = noticesAfterRecording([], recording('recording'), failed, 'host', 0);
  t.match(notice?.content, { failure: { code: 'disk_full', kept: true } });
});

t.test('a second recording asks for a second confirmation', async (t) => {
  const kinds = shown('participant', recording('recording'), recording('available'), recording('recording', { recordingId: 'rec2' }));
  t.same(kinds.at(-1), ['recording-completed', 'recorded']);
});

t.test('the next part of a recording asks nobody again, and who has not confirmed confirms it (R3, R9)', async (t) => {
  const next = recording('recording', { recordingId: 'rec2', previousId: 'rec1' });
  t.same(shown('participant', recording('recording'), next), [['recorded'], ['recorded']]);
  t.same(shown('host', recording('recording'), next).at(-1), ['recorded', 'recording-goes-on'], 'hosts and moderators hear of it, and it passes');
  const open = noticesAfterRecording([], null, recording('recording'), 'participant', 0);
  t.match(noticesAfterRecording(open, recording('recording'), next, 'participant', 1), [{ content: { kind: 'recorded', recordingId: 'rec2' } }]);
  t.same(noticesAfterRecording([], recording('recording'), next, 'participant', 1), []);
});

t.test('the file of a part is told of while the next one runs (R7, R9)', async (t) => {
  const after = (state: RecordingMessage['state'], role: Role): string[] => noticesAfterEarlier([], recording(state), role).map(({ content }) => content.kind);
  t.same(after('finalising', 'host'), []);
  t.same(after('available', 'host'), ['recording-available']);
  t.same(after('failed', 'moderator'), ['recording-failed']);
  t.same(after('available', 'participant'), []);
});

t.test('a recording that is gone after a reconnection leaves no question behind', async (t) => {
  t.same(shown('participant', recording('recording'), null), [['recorded'], []]);
});

t.test('the file is linked by its page', async (t) => {
  const notices = noticesAfterRecording([], recording('storing'), recording('available', { url: '/files?room=r&file=f' }), 'host', 0);
  t.match(notices[0]?.content, { url: '/files?room=r&file=f', privateTo: null });
  const others = noticesAfterRecording([], recording('storing'), recording('available', { privateTo: { name: 'Ann' } }), 'moderator', 0);
  t.match(others[0]?.content, { privateTo: { name: 'Ann' } }, 'whose it is, for who may not open it (F3)');
});

t.test('notices expire and replace their like', async (t) => {
  const passing: Notice = { key: 'a', content: { kind: 'problem', message: 'x' }, expiresAtMs: 100 };
  const lasting: Notice = { key: 'b', content: { kind: 'recording-starting' }, expiresAtMs: null };
  t.same(withoutExpired([passing, lasting], 99), [passing, lasting]);
  t.same(withoutExpired([passing, lasting], 100), [lasting]);
  t.same(withNotice([passing, lasting], { ...passing, expiresAtMs: 200 }).map(({ expiresAtMs }) => expiresAtMs), [null, 200]);
});

t.test('what happened to oneself is told once for each thing, and passes', async (t) => {
  const off = (source: 'camera' | 'microphone', byName: string, nowMs: number) => ownNotice({ kind: 'muted-by', source, byName }, nowMs);
  const notices = [off('microphone', 'Ada', 0), off('camera', 'Ada', 0), off('microphone', 'Bo', 5), ownNotice({ kind: 'stage', onStage: true }, 5), ownNotice({ kind: 'stage', onStage: false }, 6)].reduce(withNotice, [] as Notice[]);
  t.match(notices.map(({ content }) => content), [{ source: 'camera' }, { source: 'microphone', byName: 'Bo' }, { kind: 'stage', onStage: false }]);
  t.same(withoutExpired(notices, 60_000), []);
});

import fc from 'fast-check';
import t from 'tap';
import type { RecordingState } from '../../src/core/recording.js';
import {
  applyRecordingCommand,
  currentRecording,
  isFinal,
  recordedMsAt,
  takesUp,
  type Actor,
  type RecordingCommand,
  type RecordingProgress,
} from '../../src/room/recording-state.js';

const host: Actor = { role: 'host', mobile: false };
const moderator: Actor = { role: 'moderator', mobile: false };
const start = (recordingId: string, by = host): RecordingCommand => ({ type: 'start', by, recordingId, sessionId: 's' });

/** Gives the commands one after another at 0, 1000, 2000 ms ...; every one must be accepted. */
function run(...commands: RecordingCommand[]): readonly RecordingProgress[] {
  let recordings: readonly RecordingProgress[] = [];
  for (const [index, command] of commands.entries()) {
    const outcome = applyRecordingCommand(recordings, command, index * 1000);
    if ('refusal' in outcome) throw new Error(`${command.type}: ${outcome.refusal}`);
    recordings = outcome.recordings;
  }
  return recordings;
}

const opened: RecordingCommand = { type: 'opened', recordingId: 'a', startedAtWallMs: 5 };
const pause: RecordingCommand = { type: 'pause', by: host };
const resume: RecordingCommand = { type: 'resume', by: moderator };
const stop: RecordingCommand = { type: 'stop', by: host };
const progress = (type: 'composed' | 'verified' | 'stored', recordingId = 'a'): RecordingCommand => ({ type, recordingId });

t.test('the whole way (R12), the counter without pauses (R11)', async (t) => {
  const [recording] = run(start('a'), opened, pause, resume, stop, progress('composed'), progress('verified'), progress('stored'));
  t.match(recording, { state: 'available', startedAtWallMs: 5, recordedMs: 2000, runningSinceMs: null });
});

t.test('the counter runs while recording only', async (t) => {
  const [recording] = run(start('a'), opened) as [RecordingProgress];
  t.equal(recordedMsAt(recording, 61_000), 60_000);
  const [paused] = run(start('a'), opened, pause) as [RecordingProgress];
  t.equal(recordedMsAt(paused, 61_000), 1000);
});

t.test('participants and mobile clients control nothing (P2, P3)', async (t) => {
  const running = run(start('a'), opened);
  for (const by of [{ role: 'participant', mobile: false }, { role: 'host', mobile: true }, { role: 'moderator', mobile: true }] as const) {
    t.same(applyRecordingCommand([], start('b', by), 0), { refusal: 'forbidden' });
    for (const type of ['pause', 'resume', 'stop'] as const) {
      t.same(applyRecordingCommand(running, { type, by }, 0), { refusal: 'forbidden' });
    }
  }
});

t.test('two who start or stop at once make one recording (R10)', async (t) => {
  const first = run(start('a'));
  t.match(applyRecordingCommand(first, start('b', moderator), 1), { changed: false, recording: { recordingId: 'a' }, effects: [] });
  const stopped = run(start('a'), opened, stop);
  t.match(applyRecordingCommand(stopped, { type: 'stop', by: moderator }, 9), { changed: false, recording: { recordingId: 'a' } });
});

t.test('a command out of turn is refused by a code', async (t) => {
  t.same(applyRecordingCommand([], stop, 0), { refusal: 'recording_not_running' });
  t.same(applyRecordingCommand(run(start('a')), pause, 0), { refusal: 'recording_not_running' });
  t.same(applyRecordingCommand(run(start('a'), opened), resume, 0), { refusal: 'recording_not_paused' });
  t.same(applyRecordingCommand(run(start('a'), opened, pause), pause, 0), { refusal: 'recording_already_paused' });
  t.same(applyRecordingCommand(run(start('a'), opened, stop), pause, 0), { refusal: 'recording_not_running' });
  t.same(applyRecordingCommand(run(start('a')), progress('verified'), 0), { refusal: 'recording_out_of_turn' });
  t.same(applyRecordingCommand([], progress('stored'), 0), { refusal: 'recording_unknown' });
});

t.test('a new recording need not wait for the last one\'s file', async (t) => {
  const both = run(start('a'), opened, stop, start('b'));
  t.same(both.map(({ state }) => state), ['finalising', 'starting']);
  t.match(currentRecording(both), { recordingId: 'b' });
  t.match(run(start('a'), opened, stop, start('b'), progress('composed')), [{ state: 'verifying' }, { state: 'starting' }]);
});

t.test('at the cap the next part goes on as the one before was (R9)', async (t) => {
  const roll = (nowMs: number, recordingId = 'b') => ({ command: { type: 'roll' as const, recordingId, capMs: 1_000, startedAtWallMs: 7 }, nowMs });
  const rolled = (recordings: readonly RecordingProgress[], nowMs: number, id?: string) => applyRecordingCommand(recordings, roll(nowMs, id).command, nowMs);
  const running = run(start('a'), opened);
  const beganMs = running[0]?.runningSinceMs ?? 0;
  t.same(rolled(running, beganMs + 999), { refusal: 'recording_out_of_turn' }, 'not before the cap');
  t.same(rolled(running, beganMs + 1_001, 'a'), { refusal: 'recording_out_of_turn' });
  t.same(rolled(run(start('a')), 5_000), { refusal: 'recording_not_running' });
  t.same(rolled(run(start('a'), opened, stop), 5_000), { refusal: 'recording_not_running' });
  const outcome = rolled(running, beganMs + 1_250);
  t.match(outcome, {
    effects: [],
    recording: { recordingId: 'b', state: 'recording', recordedMs: 250, runningSinceMs: beganMs + 1_250, startedAtWallMs: 7 },
    recordings: [{ recordingId: 'a', state: 'finalising', recordedMs: 1_000, runningSinceMs: null }, { recordingId: 'b' }],
  });
  const paused = applyRecordingCommand(running, pause, beganMs + 1_100);
  t.match('refusal' in paused ? paused : rolled(paused.recordings, beganMs + 9_000), {
    recording: { recordingId: 'b', state: 'paused', recordedMs: 100, runningSinceMs: null },
  });
});

t.test('a failure while recording ends the journal; a later start of the server takes it up again', async (t) => {
  const failure = { code: 'disk_full', message: 'full' };
  const failed = applyRecordingCommand(run(start('a'), opened), { type: 'failed', recordingId: 'a', failure }, 9);
  t.match(failed, { effects: ['end-take'], recording: { state: 'failed', failure } });
  if ('refusal' in failed) return;
  t.match(applyRecordingCommand(failed.recordings, { type: 'recovered', recordingId: 'a' }, 10), {
    effects: [],
    recording: { state: 'finalising', failure: null },
  });
});

const NEXT: Record<RecordingState, RecordingState[]> = {
  starting: ['recording', 'finalising', 'failed'],
  recording: ['paused', 'finalising', 'failed'],
  paused: ['recording', 'finalising', 'failed'],
  finalising: ['verifying', 'failed'],
  verifying: ['storing', 'failed', 'finalising'],
  storing: ['available', 'failed', 'finalising'],
  available: [],
  failed: ['finalising'],
};

const actor = fc.oneof(
  { weight: 3, arbitrary: fc.constant(host) },
  {
    weight: 1,
    arbitrary: fc.record({ role: fc.constantFrom('host' as const, 'moderator' as const, 'participant' as const), mobile: fc.boolean() }),
  },
);
const recordingId = fc.constantFrom('a', 'a', 'a', 'b', 'c');
const anyCommand: fc.Arbitrary<RecordingCommand> = fc.oneof(
  fc.record({ type: fc.constant('start' as const), by: actor, recordingId, sessionId: fc.constant('s') }),
  fc.record({ type: fc.constantFrom('pause' as const, 'resume' as const, 'stop' as const), by: actor }),
  fc.constant({ type: 'end' as const }),
  fc.record({ type: fc.constant('opened' as const), recordingId, startedAtWallMs: fc.nat() }),
  fc.record({ type: fc.constantFrom('composed' as const, 'verified' as const, 'stored' as const), recordingId }),
  fc.record({ type: fc.constant('failed' as const), recordingId, failure: fc.constant({ code: 'x', message: 'y' }) }),
  fc.record({ type: fc.constant('recovered' as const), recordingId }),
);

/** What the service says next of a recording when all goes well. */
function expectedNext(recording: RecordingProgress | undefined): RecordingCommand | null {
  if (!recording) return null;
  const { recordingId, state } = recording;
  if (state === 'starting') return { type: 'opened', recordingId, startedAtWallMs: 1 };
  if (state === 'finalising') return progress('composed', recordingId);
  if (state === 'verifying') return progress('verified', recordingId);
  return state === 'storing' ? progress('stored', recordingId) : null;
}

t.test('any interleaving by several people, crashes included, leaves one consistent recording at a time', async (t) => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(anyCommand, fc.constantFrom(0, 1, 2)), fc.nat(1000)), { minLength: 20, maxLength: 100 }), (script) => {
      let recordings: readonly RecordingProgress[] = [];
      let nowMs = 0;
      for (const [step, afterMs] of script) {
        const command = typeof step === 'number' ? expectedNext(recordings[step]) : step;
        if (!command) continue;
        nowMs += afterMs;
        const frozen = JSON.stringify(recordings);
        const outcome = applyRecordingCommand(recordings, command, nowMs);
        t.equal(JSON.stringify(recordings), frozen, 'what was is not written over');
        if ('refusal' in outcome) continue;
        if ('by' in command) t.ok(command.by.role !== 'participant' && !command.by.mobile);
        const changes = outcome.recordings.filter((each, index) => each !== recordings[index]);
        t.equal(changes.length, outcome.changed ? 1 : 0);
        t.ok(outcome.recordings.filter(({ state }) => takesUp(state)).length <= 1, 'one takes up the meeting');
        t.equal(new Set(outcome.recordings.map((each) => each.recordingId)).size, outcome.recordings.length);
        for (const [index, each] of outcome.recordings.entries()) {
          const before = recordings[index]?.state;
          if (before && before !== each.state) t.ok(NEXT[before].includes(each.state), `${before} -> ${each.state}`);
          if (before && before !== each.state) seen.add(`${before} -> ${each.state}`);
          t.equal(each.runningSinceMs !== null, each.state === 'recording', 'the counter runs while recording');
          t.equal(each.failure !== null, each.state === 'failed');
          t.ok(recordedMsAt(each, nowMs) <= nowMs);
        }
        recordings = outcome.recordings;
      }
      const ended = applyRecordingCommand(recordings, { type: 'end' }, nowMs);
      t.ok('recordings' in ended && ended.recordings.every(({ state }) => !takesUp(state)), 'the session\'s end ends it (R8)');
      t.equal(currentRecording(recordings) === null, recordings.every(({ state }) => isFinal(state)));
    }),
    { numRuns: 500 },
  );
  t.ok(seen.has('storing -> available'), 'the scripts come far enough to mean something');
});

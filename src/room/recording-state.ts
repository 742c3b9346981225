import type { RecordingState } from '../core/recording.js';
import type { Role } from '../core/roles.js';

/**
 * The rules of a room's recordings (P2, P3, R8, R10 to R12). Pure: a command and the time go in; out come
 * the recordings as they are then and what is to be done, or a refusal. `nowMs` is a monotonic clock's,
 * so that a wall clock that is set does not change how long a recording is.
 *
 * At most one recording of a room takes up the meeting (`starting`, `recording`, `paused`). Earlier ones
 * may still be on their way to `available`: a meeting need not wait for them to be recorded again.
 */

export interface RecordingProgress {
  recordingId: string;
  sessionId: string;
  state: RecordingState;
  startedAtWallMs: number | null;
  /** Recorded time without pauses until `runningSinceMs`, or altogether where that is null. */
  recordedMs: number;
  runningSinceMs: number | null;
  failure: Failure | null;
}

export interface Failure {
  code: string;
  message: string;
}

/** Who gives a command. */
export interface Actor {
  role: Role;
  mobile: boolean;
}

export type RecordingCommand =
  | { type: 'start'; by: Actor; recordingId: string; sessionId: string }
  | { type: 'pause' | 'resume' | 'stop'; by: Actor }
  /** The session ended, the cap was reached, the disk is full: nobody is asked. */
  | { type: 'end' }
  /** R9: the cap was reached, and the next part goes on without a gap. */
  | { type: 'roll'; recordingId: string; capMs: number; startedAtWallMs: number }
  /** The journal takes packets. */
  | { type: 'opened'; recordingId: string; startedAtWallMs: number }
  /** The movie is complete, it was looked at, it is in its folder. */
  | { type: 'composed' | 'verified' | 'stored'; recordingId: string }
  | { type: 'failed'; recordingId: string; failure: Failure }
  /** The server starts and finds the recording not finished, or failed for a reason that may have passed. */
  | { type: 'recovered'; recordingId: string };

/** What has to be done in the room for the recording that changed. */
export type RecordingEffect = 'begin-take' | 'pause-take' | 'resume-take' | 'end-take';

export type Refusal =
  | 'forbidden'
  | 'recording_not_running'
  | 'recording_already_paused'
  | 'recording_not_paused'
  | 'recording_unknown'
  | 'recording_out_of_turn';

export type RecordingOutcome =
  | {
      recordings: readonly RecordingProgress[];
      /** The recording that the command was about; null where there was none to act on and none was needed. */
      recording: RecordingProgress | null;
      /** False where everything was already as the command wants it (R10). */
      changed: boolean;
      effects: RecordingEffect[];
    }
  | { refusal: Refusal };

/** States in which a recording takes up what happens in the room. */
export function takesUp(state: RecordingState): boolean {
  return state === 'starting' || state === 'recording' || state === 'paused';
}

/** The recording that people in the room have to do with: the running one, else the newest unfinished one. */
export function currentRecording(recordings: readonly RecordingProgress[]): RecordingProgress | null {
  return recordings.find(({ state }) => takesUp(state)) ?? recordings.findLast(({ state }) => !isFinal(state)) ?? null;
}

export function isFinal(state: RecordingState): boolean {
  return state === 'available' || state === 'failed';
}

/** Recorded time at `nowMs`, ms without pauses. */
export function recordedMsAt(recording: RecordingProgress, nowMs: number): number {
  const { recordedMs, runningSinceMs } = recording;
  return runningSinceMs === null ? recordedMs : recordedMs + Math.max(0, nowMs - runningSinceMs);
}

export function applyRecordingCommand(
  recordings: readonly RecordingProgress[],
  command: RecordingCommand,
  nowMs: number,
): RecordingOutcome {
  switch (command.type) {
    case 'start':
    case 'pause':
    case 'resume':
    case 'stop':
      return mayControl(command.by) ? applyControl(recordings, command, nowMs) : { refusal: 'forbidden' };
    case 'end': {
      const running = recordings.find(({ state }) => takesUp(state));
      return running ? end(recordings, running, nowMs) : unchanged(recordings, null);
    }
    case 'roll':
      return roll(recordings, command, nowMs);
    default: {
      const recording = recordings.find(({ recordingId }) => recordingId === command.recordingId);
      return recording ? applyProgress(recordings, recording, command, nowMs) : { refusal: 'recording_unknown' };
    }
  }
}

/** P2 and P3. */
function mayControl(by: Actor): boolean {
  return by.role !== 'participant' && !by.mobile;
}

type ControlCommand = Extract<RecordingCommand, { by: Actor }>;
type RollCommand = Extract<RecordingCommand, { type: 'roll' }>;
type ProgressCommand = Exclude<RecordingCommand, ControlCommand | RollCommand | { type: 'end' }>;

function applyControl(recordings: readonly RecordingProgress[], command: ControlCommand, nowMs: number): RecordingOutcome {
  const current = currentRecording(recordings);
  const running = current && takesUp(current.state) ? current : null;
  switch (command.type) {
    case 'start': {
      if (running) return unchanged(recordings, running);
      const { recordingId, sessionId } = command;
      if (recordings.some((each) => each.recordingId === recordingId)) return { refusal: 'recording_out_of_turn' };
      const started: RecordingProgress = {
        recordingId,
        sessionId,
        state: 'starting',
        startedAtWallMs: null,
        recordedMs: 0,
        runningSinceMs: null,
        failure: null,
      };
      return { recordings: [...recordings, started], recording: started, changed: true, effects: ['begin-take'] };
    }
    case 'pause':
      if (running?.state === 'paused') return { refusal: 'recording_already_paused' };
      if (running?.state !== 'recording') return { refusal: 'recording_not_running' };
      return change(recordings, running, { state: 'paused', ...stopClock(running, nowMs) }, ['pause-take']);
    case 'resume':
      if (running?.state === 'recording') return { refusal: 'recording_not_paused' };
      if (running?.state !== 'paused') return { refusal: 'recording_not_running' };
      return change(recordings, running, { state: 'recording', runningSinceMs: nowMs }, ['resume-take']);
    case 'stop':
      if (running) return end(recordings, running, nowMs);
      // The second of two who press Stop finds the recording ended already: that is what they wanted.
      return current ? unchanged(recordings, current) : { refusal: 'recording_not_running' };
  }
}

function applyProgress(
  recordings: readonly RecordingProgress[],
  recording: RecordingProgress,
  command: ProgressCommand,
  nowMs: number,
): RecordingOutcome {
  const { state } = recording;
  switch (command.type) {
    case 'opened':
      if (state !== 'starting') return { refusal: 'recording_out_of_turn' };
      return change(
        recordings,
        recording,
        { state: 'recording', startedAtWallMs: command.startedAtWallMs, runningSinceMs: nowMs },
        [],
      );
    case 'composed':
      if (state !== 'finalising') return { refusal: 'recording_out_of_turn' };
      return change(recordings, recording, { state: 'verifying' }, []);
    case 'verified':
      if (state !== 'verifying') return { refusal: 'recording_out_of_turn' };
      return change(recordings, recording, { state: 'storing' }, []);
    case 'stored':
      if (state !== 'storing') return { refusal: 'recording_out_of_turn' };
      return change(recordings, recording, { state: 'available' }, []);
    case 'failed':
      if (isFinal(state)) return { refusal: 'recording_out_of_turn' };
      return change(
        recordings,
        recording,
        { state: 'failed', failure: command.failure, ...stopClock(recording, nowMs) },
        takesUp(state) ? ['end-take'] : [],
      );
    case 'recovered':
      if (state === 'available') return { refusal: 'recording_out_of_turn' };
      return change(recordings, recording, { state: 'finalising', failure: null, runningSinceMs: null }, []);
  }
}

/** The new part is as the old one was, running or paused, and has what the old one had beyond the cap. */
function roll(recordings: readonly RecordingProgress[], command: RollCommand, nowMs: number): RecordingOutcome {
  const { recordingId, capMs, startedAtWallMs } = command;
  const running = recordings.find(({ state }) => takesUp(state));
  if (!running || running.state === 'starting') return { refusal: 'recording_not_running' };
  const beyondMs = recordedMsAt(running, nowMs) - capMs;
  if (beyondMs < 0 || recordings.some((each) => each.recordingId === recordingId)) return { refusal: 'recording_out_of_turn' };
  const ended: RecordingProgress = { ...running, state: 'finalising', recordedMs: capMs, runningSinceMs: null };
  const next: RecordingProgress = {
    ...running,
    recordingId,
    startedAtWallMs,
    recordedMs: beyondMs,
    runningSinceMs: running.runningSinceMs === null ? null : nowMs,
  };
  return { recordings: [...recordings.map((each) => (each === running ? ended : each)), next], recording: next, changed: true, effects: [] };
}

function end(recordings: readonly RecordingProgress[], running: RecordingProgress, nowMs: number): RecordingOutcome {
  return change(recordings, running, { state: 'finalising', ...stopClock(running, nowMs) }, ['end-take']);
}

function stopClock(recording: RecordingProgress, nowMs: number): Pick<RecordingProgress, 'recordedMs' | 'runningSinceMs'> {
  return { recordedMs: recordedMsAt(recording, nowMs), runningSinceMs: null };
}

function change(
  recordings: readonly RecordingProgress[],
  before: RecordingProgress,
  patch: Partial<RecordingProgress>,
  effects: RecordingEffect[],
): RecordingOutcome {
  const recording = { ...before, ...patch };
  return { recordings: recordings.map((each) => (each === before ? recording : each)), recording, changed: true, effects };
}

function unchanged(recordings: readonly RecordingProgress[], recording: RecordingProgress | null): RecordingOutcome {
  return { recordings, recording, changed: false, effects: [] };
}

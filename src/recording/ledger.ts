import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { Events } from '../core/events.js';
import type { Log } from '../core/log.js';
import type { RecordingReport, RecordingState } from '../core/recording.js';
import {
  applyRecordingCommand,
  currentRecording,
  isFinal,
  recordedMsAt,
  type RecordingCommand,
  type RecordingEffect,
  type RecordingProgress,
  type Refusal,
} from '../room/recording-state.js';
import type { RecordingChange, RecordingRow, Storage } from '../storage/index.js';
import type { NewRecording } from '../storage/recordings.js';
import type { RecordingServiceEvents, RecordingView } from './types.js';

export interface Applied {
  /** The recording that the command was about, or null where there was none and none was needed. */
  view: RecordingView | null;
  changed: boolean;
  effects: RecordingEffect[];
}

/** What goes into the database with a change. */
export interface Entry {
  /** Identity of who asked for it. */
  actor?: string;
  detail?: Record<string, unknown>;
  set?: NonNullable<RecordingChange['set']>;
  /** With `start`. */
  row?: NewRecording;
}

interface Known {
  roomId: string;
  /** The state that the database has; behind the true one where it could not be written. */
  storedState: RecordingState;
  previousId: string | null;
  name: string | null;
  report: RecordingReport | null;
}

const REFUSALS: Record<Refusal, [sentence: string, status: number]> = {
  forbidden: ['Only hosts and moderators may control the recording, and not from a mobile device.', 403],
  recording_not_running: ['This room is not being recorded.', 409],
  recording_already_paused: ['The recording is paused already.', 409],
  recording_not_paused: ['The recording is not paused.', 409],
  recording_unknown: ['There is no such recording.', 404],
  recording_out_of_turn: ['The recording is not at this step.', 409],
};

/** The recordings that are under way: the rules of `room/recording-state` with their memory, in RAM and in the database. */
export class RecordingLedger {
  readonly events = new Events<RecordingServiceEvents>();
  readonly #recordings: Storage['recordings'];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #rooms = new Map<string, readonly RecordingProgress[]>();
  readonly #known = new Map<string, Known>();

  constructor(recordings: Storage['recordings'], clock: Clock, log: Log) {
    this.#recordings = recordings;
    this.#clock = clock;
    this.#log = log;
  }

  current(roomId: string): RecordingView | null {
    const recording = currentRecording(this.#of(roomId));
    return recording && this.#view(recording);
  }

  state(recordingId: string): RecordingState | null {
    const roomId = this.#known.get(recordingId)?.roomId;
    if (roomId === undefined) return null;
    return this.#of(roomId).find((each) => each.recordingId === recordingId)?.state ?? null;
  }

  /** Recorded time so far; null where it is not known, as after a crash. */
  recordedMs(recordingId: string): number | null {
    const roomId = this.#known.get(recordingId)?.roomId;
    const recording = roomId === undefined ? undefined : this.#of(roomId).find((each) => each.recordingId === recordingId);
    return (recording && recordedMsAt(recording, this.#nowMs())) || null;
  }

  /** What `command` would do. Throws the `AppError` with which it would be refused. */
  foresee(roomId: string, command: RecordingCommand): Applied {
    const { recording, changed, effects } = this.#outcome(roomId, command);
    return { view: recording && this.#view(recording), changed, effects };
  }

  /**
   * A command of a person: in the database first. Where that fails, the command fails, and nothing has
   * changed. Throws `AppError`: a refusal's code, or one of the storage.
   */
  command(roomId: string, command: RecordingCommand, entry: Entry): Applied {
    return this.#apply(roomId, command, entry, true);
  }

  /** A fact that no database can undo: where it cannot be written, that is logged and made up for with the next one. */
  fact(roomId: string, command: RecordingCommand, entry: Entry = {}): Applied {
    return this.#apply(roomId, command, entry, false);
  }

  /**
   * R9: ends the running recording at its cap; `row` goes on. The new part is told of first, so that
   * whoever listens sees no moment without a recording. Throws as `command`; then nothing has changed.
   */
  roll(roomId: string, capMs: number, row: NewRecording): void {
    const before = currentRecording(this.#of(roomId));
    const known = before && this.#known.get(before.recordingId);
    if (!before || !known) throw refused('recording_not_running');
    const startedAtWallMs = Math.round(this.#clock.wallMs() - (recordedMsAt(before, this.#nowMs()) - capMs));
    const { recordings } = this.#outcome(roomId, { type: 'roll', recordingId: row.id, capMs, startedAtWallMs });
    const { recordingId, state } = before;
    this.#recordings.roll(recordingId, { from: known.storedState, next: row, atMs: this.#clock.wallMs(), startedAtMs: startedAtWallMs });
    known.storedState = 'finalising';
    this.#known.set(row.id, { roomId, storedState: state, previousId: recordingId, name: null, report: null });
    this.#rooms.set(roomId, recordings);
    for (const id of [row.id, recordingId]) {
      const changed = recordings.find((each) => each.recordingId === id);
      if (changed) this.events.emit('changed', this.#view(changed));
    }
  }

  /** Takes up a recording that an earlier process left. */
  adopt(row: RecordingRow): void {
    const { id: recordingId, roomId, sessionId, state, failureCode, failureMessage } = row;
    const failure = failureCode === null ? null : { code: failureCode, message: failureMessage ?? '' };
    const recording: RecordingProgress = {
      recordingId,
      sessionId,
      state,
      startedAtWallMs: row.startedAtMs,
      recordedMs: row.durationMs ?? row.report?.durationMs ?? 0,
      runningSinceMs: null,
      failure,
    };
    this.#known.set(recordingId, { roomId, storedState: state, previousId: row.previousId, name: row.name, report: row.report });
    this.#rooms.set(roomId, [...this.#of(roomId), recording]);
  }

  #apply(roomId: string, command: RecordingCommand, entry: Entry, mustStore: boolean): Applied {
    const { recordings, recording, changed, effects } = this.#outcome(roomId, command);
    if (!recording || !changed) return { view: recording && this.#view(recording), changed, effects };
    const { recordingId } = recording;
    if (entry.row) {
      this.#recordings.create(entry.row);
      this.#known.set(recordingId, { roomId, storedState: recording.state, previousId: null, name: null, report: null });
    } else {
      this.#store(recording, entry, mustStore);
    }
    const known = this.#known.get(recordingId);
    if (known && entry.set?.name) known.name = entry.set.name;
    if (known && entry.set?.report) known.report = entry.set.report;
    const view = this.#view(recording);
    this.#keep(roomId, recordings);
    this.events.emit('changed', view);
    return { view, changed, effects };
  }

  #outcome(roomId: string, command: RecordingCommand) {
    const outcome = applyRecordingCommand(this.#of(roomId), command, this.#nowMs());
    if (!('refusal' in outcome)) return outcome;
    throw refused(outcome.refusal);
  }

  #store(recording: RecordingProgress, { actor, detail, set }: Entry, mustStore: boolean): void {
    const known = this.#known.get(recording.recordingId);
    if (!known) return;
    const { state, failure } = recording;
    const failed = { failureCode: failure?.code ?? null, failureMessage: failure?.message ?? null };
    try {
      this.#recordings.change(recording.recordingId, {
        from: known.storedState,
        to: state,
        atMs: this.#clock.wallMs(),
        ...(actor !== undefined && { actor }),
        ...(detail && { detail }),
        set: { ...set, ...failed },
      });
      known.storedState = state;
    } catch (error) {
      if (mustStore) throw error;
      this.#log.error({ err: error, recordingId: recording.recordingId, state }, 'the state of a recording could not be stored');
    }
  }

  /** What has come to its end is the database's alone. */
  #keep(roomId: string, recordings: readonly RecordingProgress[]): void {
    const unfinished = recordings.filter(({ state }) => !isFinal(state));
    for (const { recordingId, state } of recordings) if (isFinal(state)) this.#known.delete(recordingId);
    if (unfinished.length > 0) this.#rooms.set(roomId, unfinished);
    else this.#rooms.delete(roomId);
  }

  #view(recording: RecordingProgress): RecordingView {
    const { recordingId, sessionId, state, startedAtWallMs, failure } = recording;
    const known = this.#known.get(recordingId);
    return {
      recordingId,
      roomId: known?.roomId ?? '',
      sessionId,
      previousId: known?.previousId ?? null,
      state,
      startedAtWallMs,
      recordedMs: Math.round(recordedMsAt(recording, this.#nowMs())),
      asOfWallMs: this.#clock.wallMs(),
      name: known?.name ?? null,
      failure,
      report: known?.report ?? null,
    };
  }

  #of(roomId: string): readonly RecordingProgress[] {
    return this.#rooms.get(roomId) ?? [];
  }

  #nowMs(): number {
    return this.#clock.monotonicUs() / 1000;
  }
}

function refused(refusal: Refusal): AppError {
  const [sentence, status] = REFUSALS[refusal];
  return new AppError(refusal, sentence, { status });
}

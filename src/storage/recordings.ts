import { and, asc, desc, eq, notInArray, type SQL } from 'drizzle-orm';
import { AppError } from '../core/errors.js';
import type { RecordingState } from '../core/recording.js';
import { guarded, type Database } from './database.js';
import { consents, recordingEvents, recordings } from './schema.js';

export type RecordingRow = typeof recordings.$inferSelect;
export type RecordingEventRow = typeof recordingEvents.$inferSelect;
export type ConsentRow = typeof consents.$inferSelect;

export interface NewRecording {
  id: string;
  roomId: string;
  sessionId: string;
  ownerId: string;
  /** Identity of who started it. */
  startedBy: string;
  title: string;
  timeZone: string;
  createdAtMs: number;
  keepJournal: boolean;
  previousId?: string;
}

/** A step of a recording's life: what it was, what it is, and what is known of it from now on. */
export interface RecordingChange {
  from: RecordingState;
  to: RecordingState;
  atMs: number;
  /** Identity of who asked for it; left out where the server did. */
  actor?: string;
  detail?: Record<string, unknown>;
  set?: Partial<
    Pick<
      RecordingRow,
      'name' | 'startedAtMs' | 'durationMs' | 'bytes' | 'path' | 'health' | 'gaps' | 'report' | 'failureCode' | 'failureMessage'
    >
  >;
}

/** Recordings, their history and their consent ledger. Every change of state is one transaction with its event row. */
export class Recordings {
  readonly #db: Database;
  constructor(db: Database) {
    this.#db = db;
  }

  /** Begins as `starting`. Throws `AppError` `recording_running` where one takes up the room already. */
  create(recording: NewRecording): RecordingRow {
    return guarded(() => {
      try {
        return this.#db.transaction((tx) => {
          const row = tx.insert(recordings).values({ ...recording, state: 'starting' }).returning().get();
          const { id, createdAtMs, startedBy } = recording;
          tx.insert(recordingEvents).values({ recordingId: id, atMs: createdAtMs, toState: 'starting', actor: startedBy }).run();
          return row;
        });
      } catch (cause) {
        if ((cause as { code?: unknown }).code !== 'SQLITE_CONSTRAINT_UNIQUE') throw cause;
        throw new AppError('recording_running', 'This room is being recorded already.', { status: 409, cause });
      }
    });
  }

  /**
   * Throws `AppError` `recording_state_conflict` where the recording is not in the state `from`, which
   * then stays as it is.
   */
  change(id: string, change: RecordingChange): RecordingRow {
    const { from, to, atMs, actor = null, detail = null, set = {} } = change;
    return guarded(() =>
      this.#db.transaction((tx) => {
        const row = tx
          .update(recordings)
          .set({ ...set, state: to })
          .where(and(eq(recordings.id, id), eq(recordings.state, from)))
          .returning()
          .get();
        if (!row) {
          throw new AppError('recording_state_conflict', `The recording ${id} is not in the state ${from}.`, { status: 409 });
        }
        tx.insert(recordingEvents).values({ recordingId: id, atMs, fromState: from, toState: to, actor, detail }).run();
        return row;
      }),
    );
  }

  /**
   * R9: the recording `id` ends at its cap, and `next` goes on in its state, with the consents that were
   * given. One transaction. Throws as `change` does.
   */
  roll(id: string, { from, next, atMs, startedAtMs }: { from: RecordingState; next: NewRecording; atMs: number; startedAtMs: number }): void {
    guarded(() =>
      this.#db.transaction(() => {
        this.change(id, { from, to: 'finalising', atMs, detail: { reason: 'cap', next: next.id } });
        this.create({ ...next, previousId: id });
        this.change(next.id, { from: 'starting', to: 'recording', atMs, set: { startedAtMs } });
        if (from !== 'recording') this.change(next.id, { from: 'recording', to: from, atMs });
        for (const consent of this.consents(id)) this.confirm({ ...consent, recordingId: next.id });
      }),
    );
  }

  /** R9: the part that goes on where this one ends. */
  nextPart(id: string): RecordingRow | null {
    return guarded(() => this.#db.select().from(recordings).where(eq(recordings.previousId, id)).get() ?? null);
  }

  /** What becomes known of a recording between two states. */
  note(id: string, set: NonNullable<RecordingChange['set']>): void {
    guarded(() => this.#db.update(recordings).set(set).where(eq(recordings.id, id)).run());
  }

  get(id: string): RecordingRow | null {
    return guarded(() => this.#db.select().from(recordings).where(eq(recordings.id, id)).get() ?? null);
  }

  /** Newest first; of one room, or of all. */
  list(roomId?: string): RecordingRow[] {
    return this.#select(roomId === undefined ? undefined : eq(recordings.roomId, roomId));
  }

  /** What a process that died has left to do; newest first. */
  unfinished(): RecordingRow[] {
    return this.#select(notInArray(recordings.state, ['available', 'failed']));
  }

  failed(): RecordingRow[] {
    return this.#select(eq(recordings.state, 'failed'));
  }

  /** Oldest first. */
  events(id: string): RecordingEventRow[] {
    return guarded(() =>
      this.#db.select().from(recordingEvents).where(eq(recordingEvents.recordingId, id)).orderBy(asc(recordingEvents.id)).all(),
    );
  }

  /** R3. The first confirmation of a member counts. Throws `AppError` `recording_unknown`. */
  confirm(consent: ConsentRow): void {
    if (!this.get(consent.recordingId)) {
      throw new AppError('recording_unknown', 'There is no such recording.', { status: 404 });
    }
    guarded(() => this.#db.insert(consents).values(consent).onConflictDoNothing().run());
  }

  /** In the order of confirming. */
  consents(id: string): ConsentRow[] {
    return guarded(() =>
      this.#db.select().from(consents).where(eq(consents.recordingId, id)).orderBy(asc(consents.confirmedAtMs), asc(consents.memberId)).all(),
    );
  }

  /** Under which name the recording's owner was in the meeting (R3's ledger knows); null where they were not, or confirmed nothing. */
  ownerName(id: string): string | null {
    const ownerId = this.get(id)?.ownerId;
    return this.consents(id).find(({ identity }) => identity === ownerId)?.name ?? null;
  }

  #select(where: SQL | undefined): RecordingRow[] {
    return guarded(() =>
      this.#db.select().from(recordings).where(where).orderBy(desc(recordings.createdAtMs), desc(recordings.id)).all(),
    );
  }
}

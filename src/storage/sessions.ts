import { and, asc, desc, eq, isNull } from 'drizzle-orm';
import { AppError } from '../core/errors.js';
import { guarded, type Database } from './database.js';
import { newId } from './ids.js';
import { sessions } from './schema.js';

export type SessionRow = typeof sessions.$inferSelect;

/** Sessions with all times that their timers are computed from (S4). */
export class Sessions {
  readonly #db: Database;
  constructor(db: Database) {
    this.#db = db;
  }

  /** Starts a session; with one open in the room already, that one is returned and nothing changes. */
  start(session: { roomId: string; startedAtMs: number; endsAtLatestMs: number }): SessionRow {
    return guarded(() =>
      this.#db.transaction(
        (tx) => {
          const open = tx.select().from(sessions).where(openIn(session.roomId)).get();
          return open ?? tx.insert(sessions).values({ id: newId(), ...session }).returning().get();
        },
        { behavior: 'immediate' },
      ),
    );
  }

  get(id: string): SessionRow | null {
    return guarded(() => this.#db.select().from(sessions).where(eq(sessions.id, id)).get() ?? null);
  }

  /** The room's session that has not ended. */
  open(roomId: string): SessionRow | null {
    return guarded(() => this.#db.select().from(sessions).where(openIn(roomId)).get() ?? null);
  }

  /** Of all rooms, oldest first. */
  allOpen(): SessionRow[] {
    return guarded(() => this.#db.select().from(sessions).where(isNull(sessions.endedAtMs)).orderBy(asc(sessions.startedAtMs)).all());
  }

  /** Newest first. */
  list(roomId: string): SessionRow[] {
    return guarded(() => this.#db.select().from(sessions).where(eq(sessions.roomId, roomId)).orderBy(desc(sessions.startedAtMs)).all());
  }

  /** S2: since when no host is there, or that one is (null). Throws `AppError` `session_not_open`. */
  setHostLeft(id: string, hostLeftAtMs: number | null): void {
    this.#change(id, { hostLeftAtMs });
  }

  /** S4: what hosts and moderators chose live. Throws `AppError` `session_not_open`. */
  keepChoice(id: string, choice: Pick<SessionRow, 'layout' | 'highlighted' | 'locked'>): void {
    this.#change(id, choice);
  }

  /** Throws `AppError` `session_not_open`. */
  end(id: string, endedAtMs: number, endReason: string): void {
    this.#change(id, { endedAtMs, endReason });
  }

  #change(id: string, patch: Partial<SessionRow>): void {
    const { changes } = guarded(() =>
      this.#db.update(sessions).set(patch).where(and(eq(sessions.id, id), isNull(sessions.endedAtMs))).run(),
    );
    if (changes === 0) throw new AppError('session_not_open', 'There is no such session, or it has ended.', { status: 404 });
  }
}

function openIn(roomId: string) {
  return and(eq(sessions.roomId, roomId), isNull(sessions.endedAtMs));
}

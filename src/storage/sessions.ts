import { and, asc, desc, eq, getTableColumns, inArray, isNull, lt, sql, type SQL } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { AppError } from '../core/errors.js';
import { guarded, type Database } from './database.js';
import { newId } from './ids.js';
import { sessionChat, sessionMembers, sessions } from './schema.js';

export type SessionRow = typeof sessions.$inferSelect;
export type SessionMember = Omit<typeof sessionMembers.$inferSelect, 'sessionId'>;
export type SessionChatMessage = Omit<typeof sessionChat.$inferSelect, 'sessionId'>;

/** What changed of who is there and of what was said. */
export interface PeopleChanges {
  members: readonly SessionMember[];
  /** Members who left. */
  gone: readonly string[];
  chat: readonly SessionChatMessage[];
  /** Older messages are not kept. */
  chatFrom: number;
}

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

  /** S4: who is there, and what was said. Throws `AppError` `session_not_open`. */
  keepPeople(sessionId: string, { members, gone, chat, chatFrom }: PeopleChanges): void {
    guarded(() =>
      this.#db.transaction(
        (tx) => {
          if (!tx.select().from(sessions).where(isOpen(sessionId)).get()) throw notOpen();
          if (members.length > 0) {
            const target = [sessionMembers.sessionId, sessionMembers.memberId];
            const rows = members.map((member) => ({ ...member, sessionId }));
            tx.insert(sessionMembers).values(rows).onConflictDoUpdate({ target, set: asInserted(sessionMembers) }).run();
          }
          if (gone.length > 0) tx.delete(sessionMembers).where(and(eq(sessionMembers.sessionId, sessionId), inArray(sessionMembers.memberId, [...gone]))).run();
          if (chat.length > 0) {
            const target = [sessionChat.sessionId, sessionChat.number];
            const rows = chat.map((message) => ({ ...message, sessionId }));
            tx.insert(sessionChat).values(rows).onConflictDoUpdate({ target, set: asInserted(sessionChat) }).run();
          }
          tx.delete(sessionChat).where(and(eq(sessionChat.sessionId, sessionId), lt(sessionChat.number, chatFrom))).run();
        },
        { behavior: 'immediate' },
      ),
    );
  }

  /** S4: in the order of joining, and of sending. */
  people(sessionId: string): { members: SessionMember[]; chat: SessionChatMessage[] } {
    const members = (): SessionMember[] =>
      this.#db.select().from(sessionMembers).where(eq(sessionMembers.sessionId, sessionId)).orderBy(asc(sessionMembers.joinedAtWallMs)).all();
    const chat = (): SessionChatMessage[] =>
      this.#db.select().from(sessionChat).where(eq(sessionChat.sessionId, sessionId)).orderBy(asc(sessionChat.number)).all();
    return guarded(() => ({ members: members().map(withoutSession), chat: chat().map(withoutSession) }));
  }

  /** Nothing is kept of who was there and of what was said. Throws `AppError` `session_not_open`. */
  end(id: string, endedAtMs: number, endReason: string): void {
    guarded(() =>
      this.#db.transaction(
        (tx) => {
          const { changes } = tx.update(sessions).set({ endedAtMs, endReason }).where(isOpen(id)).run();
          if (changes === 0) throw notOpen();
          tx.delete(sessionMembers).where(eq(sessionMembers.sessionId, id)).run();
          tx.delete(sessionChat).where(eq(sessionChat.sessionId, id)).run();
        },
        { behavior: 'immediate' },
      ),
    );
  }

  #change(id: string, patch: Partial<SessionRow>): void {
    const { changes } = guarded(() => this.#db.update(sessions).set(patch).where(isOpen(id)).run());
    if (changes === 0) throw notOpen();
  }
}

function isOpen(id: string) {
  return and(eq(sessions.id, id), isNull(sessions.endedAtMs));
}

/** Of a row that is there already: every column as the new one has it. */
function asInserted(table: SQLiteTable): Record<string, SQL> {
  return Object.fromEntries(Object.entries(getTableColumns(table)).map(([key, { name }]) => [key, sql`excluded.${sql.identifier(name)}`]));
}

function notOpen(): AppError {
  return new AppError('session_not_open', 'There is no such session, or it has ended.', { status: 404 });
}

/** A row is of one session; whoever asked knows which. */
function withoutSession<T extends object>(row: T): T {
  const others = { ...row } as T & { sessionId?: string };
  delete others.sessionId;
  return others;
}

function openIn(roomId: string) {
  return and(eq(sessions.roomId, roomId), isNull(sessions.endedAtMs));
}

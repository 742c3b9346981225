import type { Log } from '../core/log.js';
import type { Room } from '../room/room.js';
import type { Member, SessionEndReason } from '../room/types.js';
import type { KeptMember, SessionStore } from './stores.js';

/** Changes that come closer to each other than this are written together, ms. */
const SPACING_MS = 200;

export interface KeptSessionParts {
  room: Room;
  sessions: SessionStore;
  log: Log;
  /** Steady wall time. */
  nowMs: () => number;
  /** Hash of what brings the member back; null where nothing does. */
  keyHash: (memberId: string) => string | null;
}

/**
 * What of a running session the next start of the server has to know (S4), written down as it changes: since when no
 * host is there, what was chosen live, who is here and in which part, what was said in the chat.
 */
export class KeptSession {
  readonly #parts: KeptSessionParts;
  readonly #members = new Set<string>();
  readonly #chat = new Set<number>();
  #hostlessSince: number | null;
  #choice: string;
  #timer: NodeJS.Timeout | undefined;
  #writtenAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: KeptSessionParts) {
    this.#parts = parts;
    const { room } = parts;
    this.#hostlessSince = room.hostlessSinceMs;
    this.#choice = JSON.stringify(room.choice);
    const { facts } = room;
    const changed = ({ memberId }: Member): void => this.memberChanged(memberId);
    facts.on('member-joined', changed);
    facts.on('member-changed', changed);
    facts.on('member-left', changed);
    facts.on('chat', ({ number }) => {
      this.#chat.add(number);
      this.#writeSoon();
    });
    facts.on('session-started', () => this.#started());
  }

  /** After any command: what it changed of the clock and of what was chosen is written at once. */
  look(): void {
    this.#keepHostless(this.#parts.room.hostlessSinceMs);
    const { sessionId, choice } = this.#parts.room;
    const text = JSON.stringify(choice);
    if (sessionId === null || text === this.#choice) return;
    this.#choice = text;
    this.#store((sessions) => sessions.keepChoice(sessionId, choice));
  }

  memberChanged(memberId: string): void {
    this.#members.add(memberId);
    this.#writeSoon();
  }

  ended(sessionId: string, reason: SessionEndReason): void {
    this.close();
    this.#store((sessions) => sessions.end(sessionId, this.#parts.nowMs(), reason));
  }

  /** The server stops. S2: whoever was here is gone from now on, however long it takes to start again. */
  stopped(): void {
    this.#keepHostless(this.#parts.room.hostlessSinceMs ?? this.#parts.nowMs());
    this.#write();
    this.close();
  }

  /** Clears the timer, and with it what was to be written. Twice is fine. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#members.clear();
    this.#chat.clear();
  }

  /** Who came before it is of it, too. */
  #started(): void {
    this.#hostlessSince = null;
    for (const { memberId } of this.#parts.room.members()) this.memberChanged(memberId);
  }

  #keepHostless(sinceMs: number | null): void {
    const { sessionId } = this.#parts.room;
    if (sessionId === null || sinceMs === this.#hostlessSince) return;
    this.#hostlessSince = sinceMs;
    this.#store((sessions) => sessions.setHostLeft(sessionId, sinceMs));
  }

  /** A single change is written in this turn of the event loop, so that hardly anything is lost with the process. */
  #writeSoon(): void {
    const waitMs = Math.max(0, this.#writtenAtMs + SPACING_MS - performance.now());
    this.#timer ??= setTimeout(() => this.#write(), waitMs);
  }

  #write(): void {
    const { room, keyHash } = this.#parts;
    const { sessionId } = room;
    this.#writtenAtMs = performance.now();
    const changed = [...this.#members];
    const said = new Set(this.#chat);
    this.close();
    if (sessionId === null || changed.length + said.size === 0) return;
    const members = changed.flatMap((memberId): KeptMember[] => {
      const [member, hash] = [room.member(memberId), keyHash(memberId)];
      return member && hash !== null ? [{ ...member, keyHash: hash }] : [];
    });
    const here = new Set(members.map(({ memberId }) => memberId));
    const chat = room.chat();
    this.#store((sessions) =>
      sessions.keepPeople(sessionId, {
        members,
        gone: changed.filter((memberId) => !here.has(memberId)),
        chat: chat.filter(({ number }) => said.has(number)),
        chatFrom: chat[0]?.number ?? 0,
      }),
    );
  }

  /** A full disk is no reason to end a meeting: what cannot be stored is logged. */
  #store(write: (sessions: SessionStore) => void): void {
    try {
      write(this.#parts.sessions);
    } catch (error) {
      this.#parts.log.error({ err: error, roomId: this.#parts.room.roomId }, 'the session could not be stored');
    }
  }
}

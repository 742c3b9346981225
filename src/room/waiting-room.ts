import { AppError } from '../core/errors.js';

/** P5: more people than this do not wait for one room. */
export const WAITING_LIMIT = 100;

/** Who stands at a locked door. */
export interface Waiting {
  memberId: string;
  name: string;
  sinceWallMs: number;
}

/** P5: people who want to come into a locked room, in the order of their coming. Pure. */
export class WaitingRoom<Newcomer extends { memberId: string; name: string }> {
  readonly #waiting = new Map<string, { newcomer: Newcomer; sinceWallMs: number }>();

  /** Throws `waiting_room_full`. */
  add(newcomer: Newcomer, nowMs: number): void {
    if (this.#waiting.size >= WAITING_LIMIT) {
      throw new AppError('waiting_room_full', 'Too many people wait for this room; try again later.', { status: 503 });
    }
    this.#waiting.set(newcomer.memberId, { newcomer, sinceWallMs: nowMs });
  }

  list(): Waiting[] {
    return [...this.#waiting.values()].map(({ newcomer: { memberId, name }, sinceWallMs }) => ({ memberId, name, sinceWallMs }));
  }

  has(memberId: string): boolean {
    return this.#waiting.has(memberId);
  }

  /** Whoever waited under this id waits no longer. Throws `not_waiting`. */
  take(memberId: string): Newcomer {
    const entry = this.#waiting.get(memberId);
    if (!entry) throw new AppError('not_waiting', 'This person does not wait any more.', { status: 404 });
    this.#waiting.delete(memberId);
    return entry.newcomer;
  }

  clear(): string[] {
    const ids = [...this.#waiting.keys()];
    this.#waiting.clear();
    return ids;
  }
}

import { AppError } from '../core/errors.js';
import type { ClientCalls, ClientSocket, Occupant } from './occupants.js';

/** P5: somebody at the door. */
export interface Knocker {
  socket: ClientSocket;
  calls: ClientCalls;
  /** Gets the place in the room, or why there is none. */
  decided: (decision: Occupant | AppError) => void;
}

/** P5: the sockets of those who wait to be let in. */
export class Door {
  readonly #knockers = new Map<string, Knocker>();

  get size(): number {
    return this.#knockers.size;
  }

  add(memberId: string, knocker: Knocker): void {
    this.#knockers.set(memberId, knocker);
  }

  /** False where nobody of this name waits. */
  remove(memberId: string): boolean {
    return this.#knockers.delete(memberId);
  }

  /** Tells whoever waited what was decided. */
  decide(memberId: string, decide: (knocker: Knocker) => Occupant | AppError): void {
    const knocker = this.#knockers.get(memberId);
    if (!knocker) return;
    this.#knockers.delete(memberId);
    try {
      knocker.decided(decide(knocker));
    } catch (error) {
      knocker.decided(error instanceof AppError ? error : new AppError('internal', 'The server could not do this.', { cause: error }));
    }
  }

  /** Closes all sockets; who waited may come again. */
  dismiss(code: number, reason: string): void {
    for (const { socket } of this.#knockers.values()) socket.close(code, reason);
  }
}

export function notAdmitted(reason: 'declined' | 'session-ended'): AppError {
  const sentence = reason === 'declined' ? 'You were not let into this meeting.' : 'The meeting has ended.';
  return new AppError(reason === 'declined' ? 'not_admitted' : 'session_ended', sentence, { status: 403 });
}

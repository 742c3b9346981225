import type { TrackSource } from '../core/media.js';
import type { MediaConnection } from '../media/types.js';
import type { ServerMessage } from './protocol.js';
import { isKeyOf, keyHashOf, newResumeKey } from './resume-keys.js';

/** The client's end of the line, as a room sees it. */
export interface ClientSocket {
  /** A droppable message is left out while the client is slow to read. */
  send(message: ServerMessage, options?: { droppable: boolean }): void;
  close(code: number, reason: string): void;
}

/** What a client is told that is no message. */
export interface ClientCalls {
  /** The session ended, or somebody removed the person: no further command of this client counts. */
  ended(): void;
}

/** A member with its socket and its media. */
export interface Occupant {
  readonly memberId: string;
  readonly connection: MediaConnection;
  readonly socket: ClientSocket;
  readonly calls: ClientCalls;
  /** Whoever has it comes back as this member. */
  readonly resumeKey: string;
  /** While the socket is lost: the member leaves when it fires. */
  readonly away: NodeJS.Timeout | null;
  /** It came back on another socket with the media that it had. */
  readonly mediaKept: boolean;
  /** What somebody else turned off, by that person's name: told again to who comes back. */
  readonly turnedOff: Map<TrackSource, string>;
}

/** The members of a room with their sockets and media. */
export class Occupants {
  readonly #occupants = new Map<string, Occupant>();

  get size(): number {
    return this.#occupants.size;
  }

  get(memberId: string): Occupant | undefined {
    return this.#occupants.get(memberId);
  }

  all(): Occupant[] {
    return [...this.#occupants.values()];
  }

  /** Whoever has this member's key; null where there is none such. */
  withKey(memberId: string, key: string): Occupant | null {
    const occupant = this.#occupants.get(memberId);
    return occupant && isKeyOf(key, keyHashOf(occupant.resumeKey)) ? occupant : null;
  }

  add(memberId: string, connection: MediaConnection, socket: ClientSocket, calls: ClientCalls): Occupant {
    const occupant: Occupant = { memberId, connection, socket, calls, resumeKey: newResumeKey(), away: null, mediaKept: false, turnedOff: new Map() };
    // The connection may outlive the socket.
    const send = (message: ServerMessage): void => this.#occupants.get(memberId)?.socket.send(message);
    connection.events.on('subscribe-offer', ({ offerId, sdp, sections }) => send({ type: 'subscribe-offer', offerId, offer: sdp, sections }));
    connection.events.on('state', ({ direction, state }) => {
      if (state !== 'failed') return;
      send({ type: 'error', id: null, code: 'media_failed', message: `The media connection (${direction}) was lost.` });
    });
    this.#occupants.set(memberId, occupant);
    return occupant;
  }

  /** The same member and media on another socket. */
  move(before: Occupant, socket: ClientSocket, calls: ClientCalls): Occupant {
    const occupant: Occupant = { ...before, socket, calls, resumeKey: newResumeKey(), away: null, mediaKept: true };
    this.forget(before);
    this.#occupants.set(before.memberId, occupant);
    return occupant;
  }

  /** The socket is lost; `away` is the timer that ends the wait for it. */
  away(occupant: Occupant, away: NodeJS.Timeout): void {
    this.#occupants.set(occupant.memberId, { ...occupant, away });
  }

  isConnected(memberId: string): boolean {
    return this.#occupants.get(memberId)?.away === null;
  }

  /** Takes it out and closes its media. False where it is not here, or another one of the same member is. */
  remove({ memberId, resumeKey }: Occupant): boolean {
    const occupant = this.#occupants.get(memberId);
    if (!occupant || occupant.resumeKey !== resumeKey) return false;
    this.forget(occupant);
    occupant.connection.close();
    return true;
  }

  /** Takes it out; its media stays open. */
  forget({ memberId, away }: Occupant): void {
    if (away) clearTimeout(away);
    this.#occupants.delete(memberId);
  }

  /** Tells everybody what is for them; null: nothing is. */
  tell(messageFor: (memberId: string) => ServerMessage | null, options?: { droppable: boolean }): void {
    for (const { memberId, socket } of this.#occupants.values()) {
      const message = messageFor(memberId);
      if (message) socket.send(message, options);
    }
  }

  /** Clears the timers. Twice is fine. */
  close(): void {
    for (const { away } of this.#occupants.values()) if (away) clearTimeout(away);
  }
}

import type { Member } from '../room/types.js';
import type { ClientSocket } from './occupants.js';
import { CLOSE_CODES, type ServerMessage } from './protocol.js';

/** How long a socket stays for the notice that the recording is ready (R7) after its session ended, ms. */
const WATCH_LIMIT_MS = 15 * 60_000;

/** How long it stays without a recording, so that answers under way arrive, ms. */
const FAREWELL_MS = 1000;

/** Sockets that outlive their session until its recording is ready. */
export class Watchers {
  readonly #onGone: () => void;
  readonly #watchers = new Map<ClientSocket, Member>();
  #recordingId: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  /** `onGone`: some of them went away. */
  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** The session's people become watchers, of its recording where there is one. Those of an earlier session go. */
  watch(people: ReadonlyMap<ClientSocket, Member>, recordingId: string | null): void {
    this.dismiss();
    this.#recordingId = recordingId;
    for (const [socket, member] of people) this.#watchers.set(socket, member);
    this.#timer = setTimeout(() => this.dismiss(), recordingId === null ? FAREWELL_MS : WATCH_LIMIT_MS);
  }

  /** Tells those who wait for this recording; null: this one gets nothing. */
  tell(recordingId: string, messageFor: (member: Member) => ServerMessage | null, options?: { droppable: boolean }): void {
    if (recordingId !== this.#recordingId) return;
    for (const [socket, member] of this.#watchers) {
      const message = messageFor(member);
      if (message) socket.send(message, options);
    }
  }

  /** Nothing more comes of this recording. */
  finished(recordingId: string): void {
    if (recordingId === this.#recordingId) this.dismiss();
  }

  /** A socket that was closed needs no more notices. */
  forget(socket: ClientSocket): void {
    if (this.#watchers.delete(socket)) this.#onGone();
  }

  dismiss(code: number = CLOSE_CODES.normal, reason = 'session-ended'): void {
    clearTimeout(this.#timer);
    const sockets = [...this.#watchers.keys()];
    this.#watchers.clear();
    this.#recordingId = null;
    for (const socket of sockets) socket.close(code, reason);
    this.#onGone();
  }

  /** Twice is fine. */
  close(): void {
    clearTimeout(this.#timer);
    this.#watchers.clear();
  }
}

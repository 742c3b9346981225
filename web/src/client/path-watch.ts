import type { PeerConnection } from './rtc.js';

/** A way that is gone for this long has changed, or is no more, ms: what is shorter ICE bridges by itself. */
const GONE_MS = 2_000;
/** A new way is there within this time, or is looked for again, ms. */
const FIND_MS = 6_000;
/** After so many of them the connection itself is given up. */
const MAX_RESTARTS = 5;

export interface PathEvents {
  /** Media gets through no more: ICE should be restarted. */
  lost(): void;
  /** Restarts did not help. */
  failed(): void;
}

/** Watches whether a peer connection reaches the server, and says when its ICE has to be restarted. */
export class PathWatch {
  readonly #connection: PeerConnection;
  readonly #events: PathEvents;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #restarts = 0;
  /** Nothing can be said to the server. */
  #held = false;
  #closed = false;

  constructor(connection: PeerConnection, events: PathEvents) {
    this.#connection = connection;
    this.#events = events;
    connection.addEventListener('connectionstatechange', () => this.#look());
  }

  /** Nothing can be said to the server, until `restarted`. */
  hold(): void {
    this.#held = true;
    this.#settle();
  }

  /** A restart is under way that was not asked for here: whether it helps is seen later. */
  restarted(): void {
    this.#held = false;
    this.#settle();
    if (!this.#closed && this.#connection.connectionState !== 'new') this.#wait(FIND_MS);
  }

  /** Twice is fine. */
  close(): void {
    this.#closed = true;
    this.#settle();
  }

  #look(): void {
    if (this.#closed || this.#held) return;
    switch (this.#connection.connectionState) {
      case 'connected':
        this.#settle();
        break;
      case 'disconnected':
        if (this.#timer === null) this.#wait(GONE_MS);
        break;
      case 'failed':
        // A restart that is under way has its time.
        if (this.#restarts === 0) this.#restart();
        break;
    }
  }

  #settle(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#restarts = 0;
  }

  #wait(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#connection.connectionState === 'connected') this.#settle();
      else this.#restart();
    }, ms);
  }

  #restart(): void {
    this.#restarts += 1;
    if (this.#restarts > MAX_RESTARTS) {
      this.close();
      this.#events.failed();
      return;
    }
    this.#wait(FIND_MS);
    this.#events.lost();
  }
}

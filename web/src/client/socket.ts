import * as v from 'valibot';
import { AppError } from '../../../src/core/errors.js';
import { Events } from '../../../src/core/events.js';
import { serverMessage, type ClientMessage, type ServerMessage } from '../../../src/signaling/protocol.js';
import type { Socket } from './rtc.js';

/** A client message before it has its id. */
export type Request = ClientMessage extends infer M ? (M extends ClientMessage ? Omit<M, 'id'> : never) : never;

export type Answer = Extract<ServerMessage, { type: 'ok' | 'joined' | 'published' }>;
export type Fact = Exclude<ServerMessage, Answer>;

/** Where requests are made: the socket of now. */
export interface Requests {
  /** Rejects with the server's `AppError`, or with `connection_lost`. */
  request(message: Request): Promise<Answer>;
}

export interface RoomSocketEvents {
  /** The answer to `join`, in its order among the facts: a promise would resolve after later ones. */
  joined: Extract<ServerMessage, { type: 'joined' }>;
  /** Everything that answers no request, errors without an id included. */
  fact: Fact;
  /** The socket is gone; emitted once, not after `close()`. */
  closed: { code: number };
}

/** A connection that takes longer to open is not waited for, ms: while nothing gets through, each try is a new one. */
const OPEN_TIMEOUT_MS = 10_000;
/** An answer that takes longer means that the connection is dead, ms. */
const ANSWER_TIMEOUT_MS = 15_000;
/** The same where there is reason to think so, ms. */
const PROBE_TIMEOUT_MS = 4_000;
/** Keeps idle connections open through proxies and finds dead ones, ms. */
const PING_INTERVAL_MS = 20_000;

const LOST = new Set(['connection_lost', 'answer_late']);

/** The room's WebSocket with requests that are answered by id. One object is one connection. */
export class RoomSocket implements Requests {
  readonly events = new Events<RoomSocketEvents>();
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  readonly #open: Promise<void>;
  readonly #opening: ReturnType<typeof setTimeout>;
  #giveUp: () => void = () => undefined;
  #isOpen = false;
  #ping: ReturnType<typeof setInterval> | null = null;
  #probe: Promise<boolean> | null = null;
  #closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#opening = setTimeout(() => this.#ended(1006), OPEN_TIMEOUT_MS);
    this.#open = new Promise((resolve, reject) => {
      this.#giveUp = () => reject(new AppError('connection_lost', 'The connection was lost.'));
      socket.addEventListener('open', () => {
        clearTimeout(this.#opening);
        this.#isOpen = true;
        resolve();
      });
    });
    // A connection that never opens is reported by `closed`; a request made meanwhile gets the rejection.
    this.#open.catch(() => undefined);
    socket.addEventListener('message', (event) => this.#received(event.data));
    socket.addEventListener('close', (event) => this.#ended(event.code));
  }

  /**
   * Sends a request, at once where the socket is open, and resolves with its answer. Rejects with the server's `AppError`, with
   * `connection_lost`, or with `answer_late`.
   */
  async request(message: Request, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Answer> {
    if (!this.#isOpen) await this.#open;
    if (this.#closed) throw new AppError('connection_lost', 'The connection was lost.');
    const id = this.#nextId++;
    return new Promise<Answer>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new AppError('answer_late', 'The server did not answer in time.'));
        this.#ended(1006);
      }, timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.send(JSON.stringify({ ...message, id }));
    });
  }

  /** Starts the keep-alive. Twice is fine. */
  keepAlive(): void {
    this.#ping ??= setInterval(() => {
      this.request({ type: 'ping' }).catch(() => undefined);
    }, PING_INTERVAL_MS);
  }

  /** Whether the server still answers; one that does not do so soon counts as lost. */
  probe(): Promise<boolean> {
    this.#probe ??= this.request({ type: 'ping' }, PROBE_TIMEOUT_MS)
      .then(() => true)
      .catch((error: unknown) => !(error instanceof AppError && LOST.has(error.code)))
      .finally(() => (this.#probe = null));
    return this.#probe;
  }

  /** Ends the connection without a `closed` event; `code` is of RFC 6455 section 7.4. Twice is fine. */
  close(code = 1000): void {
    this.events.removeAll();
    this.#ended(code);
  }

  #received(data: unknown): void {
    if (this.#closed || typeof data !== 'string') return;
    const message = parseServerMessage(data);
    if (message === null) return;
    switch (message.type) {
      case 'joined':
        this.events.emit('joined', message);
        this.#take(message.id)?.resolve(message);
        break;
      case 'ok':
      case 'published':
        this.#take(message.id)?.resolve(message);
        break;
      case 'error': {
        const waiting = message.id === null ? undefined : this.#take(message.id);
        if (waiting) waiting.reject(new AppError(message.code, message.message));
        else this.events.emit('fact', message);
        break;
      }
      case 'waiting-for-admission':
        // P5: people take their time.
        for (const { timer } of this.#waiting.values()) clearTimeout(timer);
        this.keepAlive();
        this.events.emit('fact', message);
        break;
      default:
        this.events.emit('fact', message);
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (!waiting) return undefined;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    return waiting;
  }

  #ended(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#opening);
    this.#giveUp();
    if (this.#ping !== null) clearInterval(this.#ping);
    for (const id of [...this.#waiting.keys()]) {
      this.#take(id)?.reject(new AppError('connection_lost', 'The connection was lost.'));
    }
    // 1006 and its like are said by the system alone.
    this.#socket.close(code === 1000 || code >= 3000 ? code : undefined);
    this.events.emit('closed', { code });
    this.events.removeAll();
  }
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: AppError): void;
  timer: ReturnType<typeof setTimeout>;
}

/** A server's message, or null where it is of a newer protocol or broken: such a one is ignored. */
export function parseServerMessage(text: string): ServerMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const result = v.safeParse(serverMessage, value);
  return result.success ? result.output : null;
}

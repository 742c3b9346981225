import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SOCKET_PATH } from '../../src/signaling/protocol.js';
import type { Request } from '../../web/src/client/index.js';
import type { PersonPattern } from './pattern.js';
import type { FromPublishers, ToPublishers } from './publisher-messages.js';
import { until } from './server.js';
import type { Way } from './way.js';

export type PublisherState = Extract<FromPublishers, { kind: 'state' }>;

/** The test's side of a process of publishers. A publisher comes back by itself when its server does. */
export class Publishers {
  readonly #child: ChildProcess;
  readonly #states = new Map<string, PublisherState>();
  readonly #waiting = new Map<number, (error: { code: string; message: string } | null) => void>();
  /** What the connection of each became, in order, without repetition. */
  readonly connections = new Map<string, PublisherState['connection'][]>();
  /** Refusals and problems, the newest hundred. */
  readonly problems: string[] = [];
  #number = 0;

  constructor() {
    const entry = fileURLToPath(new URL('./publisher-process.js', import.meta.url));
    this.#child = fork(entry, { execArgv: ['--experimental-websocket', '--no-warnings'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (message: FromPublishers) => this.#hear(message));
    this.#child.on('exit', () => {
      for (const settle of this.#waiting.values()) settle({ code: 'publisher_gone', message: 'The publishers\' process ended.' });
      this.#waiting.clear();
    });
  }

  /** `link` is a join link as people get it; the token is in its fragment. `way`: what signaling and media go through. */
  join(key: string, link: string, pattern: PersonPattern, { way, ...options }: { widthPx: number; fps: number; mobile?: boolean; way?: Way }): void {
    const url = new URL(link);
    this.#say({ kind: 'join', key, socketUrl: `ws://${way ? `127.0.0.1:${way.tcpPort}` : url.host}${SOCKET_PATH}`, roomId: url.pathname.split('/').at(-1) ?? '', token: tokenOf(link), pattern, ...options, ...(way && { mediaPort: way.udpPort }) });
  }

  leave(key: string): void {
    this.#say({ kind: 'leave', key });
    this.#states.delete(key);
  }

  /** What a browser says when the network is there again: those who wait to come back try at once. */
  hintAtNetwork(): void {
    this.#say({ kind: 'network-hint' });
  }

  /** Null: done; else the server's refusal. */
  command(key: string, request: Request): Promise<{ code: string; message: string } | null> {
    const number = this.#number++;
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      this.#say({ kind: 'command', key, number, request });
    });
  }

  state(key: string): PublisherState | null {
    return this.#states.get(key) ?? null;
  }

  async untilState(key: string, holds: (state: PublisherState) => boolean, limitMs: number): Promise<PublisherState> {
    const look = (): PublisherState | null => {
      const state = this.#states.get(key);
      return state && holds(state) ? state : null;
    };
    return until(look, limitMs, () => `${key} is ${JSON.stringify(this.#states.get(key))}, problems: ${this.problems.join('; ')}`);
  }

  /** Twice is fine. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.disconnect();
    const giveUp = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(giveUp);
  }

  #say(message: ToPublishers): void {
    this.#child.send(message);
  }

  #hear(message: FromPublishers): void {
    if (message.kind === 'state') {
      this.#states.set(message.key, message);
      const became = this.connections.get(message.key) ?? [];
      if (became.at(-1) !== message.connection) this.connections.set(message.key, [...became, message.connection]);
    } else if (message.kind === 'problem') {
      this.problems.push(`${message.key}: ${message.text}`);
      if (this.problems.length > 100) this.problems.shift();
    } else {
      this.#waiting.get(message.number)?.(message.error);
      this.#waiting.delete(message.number);
    }
  }
}

/** The token of a join link; it is in the fragment, which browsers never send. */
export function tokenOf(link: string): string {
  return new URLSearchParams(new URL(link).hash.slice(1)).get('t') ?? '';
}

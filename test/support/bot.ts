import * as v from 'valibot';
import {
  PROTOCOL_VERSION,
  SOCKET_PATH,
  serverMessage,
  type ClientMessage,
  type ServerMessage,
} from '../../src/signaling/protocol.js';
import { TestSocket } from './web-socket.js';

/** A client message before it has its id. */
export type BotRequest = ClientMessage extends infer M ? (M extends ClientMessage ? Omit<M, 'id'> : never) : never;
export type Answer = Extract<ServerMessage, { type: 'ok' | 'error' | 'joined' | 'published' }>;
type OfType<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** How long a test waits for what must come, ms. */
const PATIENCE_MS = 60_000;

/** A scripted room client. Every message of the server is checked against the protocol's schema. */
export class Bot {
  readonly socket: TestSocket;
  /** Facts that no `fact()` has taken yet, in order; also answers to what was sent past `request`. */
  readonly facts: ServerMessage[] = [];
  /** Messages of the server that did not fit the schema; stays empty. */
  readonly misfits: string[] = [];
  memberId = '';
  #joined: OfType<'joined'> | null = null;
  readonly #answers = new Map<number, { settle: (answer: Answer) => void; giveUp: () => void }>();
  readonly #waiting = new Set<() => void>();
  #gone = false;
  #nextId = 1;

  private constructor(socket: TestSocket) {
    this.socket = socket;
    socket.onText((text) => this.#received(text));
    void socket.closed.then(() => {
      this.#gone = true;
      for (const { giveUp } of this.#answers.values()) giveUp();
      for (const look of [...this.#waiting]) look();
    });
  }

  static async connect(port: number, headers: Record<string, string> = {}): Promise<Bot> {
    return new Bot(await TestSocket.open(`ws://127.0.0.1:${port}${SOCKET_PATH}`, headers));
  }

  /** Connects and joins; throws where the server refuses. */
  static async join(port: number, token: string, name: string, options: { mobile?: boolean } = {}): Promise<Bot> {
    const bot = await Bot.connect(port);
    const answer = await bot.requestJoin(token, name, options);
    if (answer.type !== 'joined') throw new Error(`join was answered by ${JSON.stringify(answer)}`);
    return bot;
  }

  async requestJoin(token: string, name: string, options: { mobile?: boolean; resume?: { memberId: string; key: string; keepsMedia?: boolean } } = {}): Promise<Answer> {
    const { mobile = false, resume } = options;
    const answer = await this.request({ type: 'join', protocol: PROTOCOL_VERSION, token, name, mobile, ...(resume && { resume }) });
    if (answer.type !== 'joined') return answer;
    this.memberId = answer.memberId;
    this.#joined = answer;
    return answer;
  }

  /** The answer to `join`. Throws before it came. */
  get joined(): OfType<'joined'> {
    if (!this.#joined) throw new Error('this bot has not joined');
    return this.#joined;
  }

  /** Sends a request and resolves with its answer, an error included. */
  request(message: BotRequest): Promise<Answer> {
    if (this.#gone) return Promise.reject(new Error(`no answer to ${message.type}: the connection has ended`));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        clearTimeout(timer);
        reject(new Error(`no answer to ${message.type}`));
      };
      const timer = setTimeout(giveUp, PATIENCE_MS);
      const settle = (answer: Answer): void => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.#answers.set(id, { settle, giveUp });
      this.socket.sendText(JSON.stringify({ ...message, id }));
    });
  }

  /** The code of a refusal, or `ok`. */
  async codeOf(message: BotRequest): Promise<string> {
    const answer = await this.request(message);
    return answer.type === 'error' ? answer.code : 'ok';
  }

  /** The next fact of a type that fits, taken out of `facts`; waits for it. */
  async fact<T extends ServerMessage['type']>(type: T, fits: (fact: OfType<T>) => boolean = () => true): Promise<OfType<T>> {
    const take = (): OfType<T> | undefined => {
      const index = this.facts.findIndex((fact) => fact.type === type && fits(fact as OfType<T>));
      return index < 0 ? undefined : (this.facts.splice(index, 1)[0] as OfType<T>);
    };
    return this.until(take, () => `no fitting "${type}" came; there are ${JSON.stringify(this.facts).slice(0, 1000)}`);
  }

  /** The connection has ended. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Looks now and after each message for what must come; gives up when the connection ends. */
  until<T>(look: () => T | undefined, complaint: () => string): Promise<T> {
    const found = look();
    if (found !== undefined) return Promise.resolve(found);
    if (this.#gone) return Promise.reject(new Error(complaint()));
    return new Promise((resolve, reject) => {
      let patient = true;
      const again = (): void => {
        const late = look();
        if (late === undefined && patient && !this.#gone) return;
        this.#waiting.delete(again);
        clearTimeout(timer);
        if (late === undefined) reject(new Error(complaint()));
        else resolve(late);
      };
      const timer = setTimeout(() => {
        patient = false;
        again();
      }, PATIENCE_MS);
      this.#waiting.add(again);
    });
  }

  close(): void {
    this.socket.close();
  }

  #received(text: string): void {
    const parsed = v.safeParse(serverMessage, JSON.parse(text));
    if (!parsed.success) {
      this.misfits.push(text);
      return;
    }
    const message = parsed.output;
    const isAnswer = message.type === 'ok' || message.type === 'error' || message.type === 'joined' || message.type === 'published';
    const settle = isAnswer && message.id !== null ? this.#answers.get(message.id)?.settle : undefined;
    if (isAnswer && settle && message.id !== null) {
      this.#answers.delete(message.id);
      settle(message);
      return;
    }
    this.facts.push(message);
    for (const look of [...this.#waiting]) look();
  }
}

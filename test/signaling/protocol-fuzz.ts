import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { packageRoot } from '../../src/core/paths.js';
import type { Role } from '../../src/core/roles.js';
import { clientMessage, type ClientMessage, type ServerMessage } from '../../src/signaling/protocol.js';
import { Bot } from '../support/bot.js';
import { startTestServer, type TestServer } from './doubles.js';
import { clientMessages, mutated } from './messages.js';

/**
 * A live server and clients that say anything. The oracle: the server lives, answers each message once and with a
 * documented code where it refuses, nothing happens that the client's role does not allow, and the room is afterwards
 * as it was wherever the role may change nothing.
 */

export interface Fuzzer {
  name: string;
  role: Role | null;
  mobile: boolean;
  /** Facts that others may see because of it, beyond its own coming, going and showing. */
  mayCause: readonly ServerMessage['type'][];
  /** Requests that are always refused. */
  mayNot: RegExp;
}

const RUNS_THE_MEETING = ['highlight', 'layout', 'lock', 'waiting', 'chat', 'muted-by', 'hand-lowered'] as const;

const RUNNING = 'highlight|set-layout|lower-hand|stage-invite|mute-member|remove-member|lock|admit|decline|end-session';
const RECORDING = 'recording-start|recording-pause|recording-resume|recording-stop';

export const FUZZERS: readonly Fuzzer[] = [
  { name: 'a stranger', role: null, mobile: false, mayCause: [], mayNot: /^(?!ping$)/ },
  { name: 'a participant', role: 'participant', mobile: false, mayCause: ['chat'], mayNot: new RegExp(`^(${RUNNING}|${RECORDING}|mark|set-role)$`) },
  { name: 'a mobile moderator', role: 'moderator', mobile: true, mayCause: RUNS_THE_MEETING, mayNot: new RegExp(`^(${RECORDING}|set-role)$`) },
  { name: 'a moderator', role: 'moderator', mobile: false, mayCause: [...RUNS_THE_MEETING, 'recording'], mayNot: /^set-role$/ },
  { name: 'a host', role: 'host', mobile: false, mayCause: [...RUNS_THE_MEETING, 'recording'], mayNot: /^join$/ },
];

/** Who comes, goes and publishes is told to all. */
const OWN: readonly ServerMessage['type'][] = ['member-joined', 'member-changed', 'member-left', 'subscribe-offer'];

/** Messages sent before the answers are waited for. */
const BURST = 20;
const CHUNK = 1000;
const ANSWERS = new Set<ServerMessage['type']>(['ok', 'error', 'published', 'joined']);

/** Time that passes with each look at the clock: the limits of rates hold, and the fuzz is not their test. */
const STEP_US = 35_000;
const NAME = 'Fuzzer';

export interface Fuzzed {
  /** Messages that the server answered. */
  messages: number;
  connections: number;
  codes: string[];
  /** Types of messages that were done, not refused. */
  done: string[];
  failures: string[];
}

export async function fuzzProtocol(fuzzer: Fuzzer, { messages, seed }: { messages: number; seed: number }): Promise<Fuzzed> {
  let nowUs = 0;
  const clock = { wallMs: () => Date.now(), monotonicUs: () => (nowUs += STEP_US) };
  const house = await startTestServer({ clock, awayLimitMs: 20, settings: { maxSessionMs: 72 * 3_600_000 } });
  try {
    return await new Run(fuzzer, house, seed).run(messages);
  } finally {
    await house.close();
  }
}

/** What may be different afterwards only where the role allows it. */
interface RoomFacts {
  locked: boolean;
  waiting: string[];
  highlighted: string | null;
  layout: string;
  recording: unknown;
  session: string | undefined;
  people: unknown[];
}

class Run {
  readonly #fuzzer: Fuzzer;
  readonly #house: TestServer;
  readonly #seed: number;
  readonly #codes = new Set<string>();
  readonly #done = new Set<string>();
  readonly #failures = new Set<string>();
  #nextId = 1;
  #owner!: Bot;
  #bystander!: Bot;
  #knockerId = '';
  #fuzzerIds = new Set<string>();
  #heard = 0;
  #connections = 0;

  constructor(fuzzer: Fuzzer, house: TestServer, seed: number) {
    this.#fuzzer = fuzzer;
    this.#house = house;
    this.#seed = seed;
  }

  async run(messages: number): Promise<Fuzzed> {
    const knocker = await this.#openTheRoom();
    const before = await this.#look();
    for (const bot of [this.#owner, this.#bystander]) bot.facts.length = 0;
    const token = this.#fuzzer.role && (await this.#house.token(this.#fuzzer.role, 'fuzzer'));
    const texts = this.#texts();
    let resume: { memberId: string; key: string } | undefined;
    while (this.#heard < messages && this.#failures.size === 0) {
      const bot = await Bot.connect(this.#house.server.port);
      this.#connections++;
      if (token !== null) await this.#enter(bot, token, resume);
      resume = await this.#talk(bot, texts, messages);
    }
    await this.#judge(before);
    for (const bot of [this.#owner, this.#bystander, knocker]) {
      this.#check(bot.misfits.length === 0, `messages that do not fit: ${bot.misfits.slice(0, 3).join()}`);
      bot.close();
    }
    return {
      messages: this.#heard,
      connections: this.#connections,
      codes: [...this.#codes].sort(),
      done: [...this.#done].sort(),
      failures: [...this.#failures],
    };
  }

  /** An owner and a bystander who show something, and somebody at the locked door. */
  async #openTheRoom(): Promise<Bot> {
    const { server } = this.#house;
    const camera = { type: 'publish' as const, offer: 'v=0', sections: [{ mid: '0', source: 'camera' as const }] };
    this.#owner = await Bot.join(server.port, await this.#house.token('host'), 'Owner');
    await this.#owner.request(camera);
    this.#bystander = await Bot.join(server.port, await this.#house.token('participant'), 'Bystander');
    await this.#bystander.request(camera);
    await this.#owner.request({ type: 'lock', locked: true });
    const knocker = await Bot.connect(server.port);
    knocker.requestJoin(await this.#house.token('participant', 'knocker'), 'Knocker').catch(() => undefined);
    const { waiting } = await this.#owner.fact('waiting', (fact) => fact.waiting.length > 0);
    this.#knockerId = waiting[0]?.memberId ?? '';
    return knocker;
  }

  async #enter(bot: Bot, token: string, resume: { memberId: string; key: string } | undefined): Promise<void> {
    const joins = bot.requestJoin(token, NAME, { mobile: this.#fuzzer.mobile, ...(resume && { resume }) });
    // P5: a participant is let in each time; others pass the door.
    const admit = async (): Promise<void> => {
      if (this.#fuzzer.role !== 'participant') return;
      await bot.fact('waiting-for-admission');
      const { waiting } = await this.#owner.fact('waiting', (fact) => fact.waiting.some(({ name }) => name === NAME));
      for (const { memberId, name } of waiting) if (name === NAME) await this.#owner.request({ type: 'admit', memberId });
    };
    const admitted = admit().catch(() => undefined);
    const answer = await joins;
    this.#check(answer.type === 'joined', `join was answered by ${JSON.stringify(answer)}`);
    this.#fuzzerIds.add(bot.memberId);
    if (resume && bot.memberId === resume.memberId) this.#done.add('resume');
    else await admitted;
  }

  /** Until the server closes the socket, all is said, or, now and then, the connection is just lost. */
  async #talk(bot: Bot, texts: Iterator<string>, messages: number): Promise<{ memberId: string; key: string } | undefined> {
    const isLost = this.#connections % 7 === 0;
    bot.facts.length = 0;
    for (let bursts = 0; !bot.gone && this.#heard < messages && !(isLost && bursts === 2); bursts++) {
      const types = new Map<number, string>();
      for (let count = 0; count < BURST; count++) {
        const text = String(texts.next().value);
        noteType(text, types);
        bot.socket.sendText(text);
      }
      const answers = (): ServerMessage[] => bot.facts.filter(({ type }) => ANSWERS.has(type));
      await bot.until(() => answers().length >= BURST || undefined, () => 'not all answered').catch(() => undefined);
      // Where the server closes the socket for garbage, the rest is not read.
      if (!bot.gone) this.#check(answers().length === BURST, `${BURST} messages, ${answers().length} answers`);
      this.#heard += answers().length;
      for (const answer of answers()) this.#note(answer, types);
      bot.facts.length = 0;
      this.#drain();
    }
    this.#check(bot.misfits.length === 0, `messages that do not fit: ${bot.misfits.slice(0, 3).join()}`);
    const lost = isLost && !bot.gone && bot.memberId !== '';
    bot.socket.destroy();
    return lost ? { memberId: bot.memberId, key: bot.joined.resumeKey } : undefined;
  }

  #note(answer: ServerMessage, types: ReadonlyMap<number, string>): void {
    if (answer.type === 'error') this.#codes.add(answer.code);
    if (answer.type !== 'ok' && answer.type !== 'published') return;
    const type = types.get(answer.id);
    if (type) this.#done.add(type);
  }

  /** What the others were told is what may have happened. */
  #drain(): void {
    const { mayCause, name, role } = this.#fuzzer;
    // Of the door the owner hears when a participant comes to it.
    const atTheDoor: readonly string[] = role === 'participant' ? ['waiting'] : [];
    const allowed = new Set<string>([...OWN, ...mayCause, ...atTheDoor, 'levels']);
    for (const bot of [this.#owner, this.#bystander]) {
      for (const fact of bot.facts.splice(0)) {
        if (role === null ? fact.type !== 'levels' : !allowed.has(fact.type)) this.#failures.add(`${name} caused "${fact.type}"`);
        if (fact.type === 'chat' && !this.#fuzzerIds.has(fact.message.memberId)) this.#failures.add(`${name} wrote in another one's name`);
        if (fact.type === 'member-changed' && fact.member.memberId === this.#owner.memberId) this.#failures.add(`${name} changed the owner`);
        if (role === 'participant' && fact.type === 'member-changed' && fact.member.memberId === this.#bystander.memberId) {
          this.#failures.add(`${name} changed the bystander`);
        }
      }
    }
  }

  async #judge(before: RoomFacts): Promise<void> {
    const { role, mobile } = this.#fuzzer;
    this.#drain();
    this.#check((await this.#owner.codeOf({ type: 'ping' })) === 'ok', 'the server lives');
    const after = await this.#look();
    const mayNothing = role === null || role === 'participant';
    const same = (what: keyof RoomFacts): void =>
      this.#check(JSON.stringify(after[what]) === JSON.stringify(before[what]), `${what} was ${JSON.stringify(before[what])}, is ${JSON.stringify(after[what])}`);
    same('session');
    if (mayNothing) for (const what of ['locked', 'waiting', 'highlighted', 'layout', 'recording', 'people'] as const) same(what);
    const { recording, storage, media } = this.#house;
    const mayRecord = !mayNothing && !mobile;
    this.#check(recording.calls.length > 0 === mayRecord, `the recording was asked ${recording.calls.length} times`);
    if (mayNothing) this.#check(recording.marks.length === 0, 'a moment was marked');
    this.#check(recording.confirmations.every(([, memberId]) => this.#fuzzerIds.has(memberId)), 'others confirmed');
    this.#check(storage.endedSessions.length === 0, 'the session was ended');
    if (role === null) this.#check(media.connections.size === 4, 'a stranger came in');
    for (const type of this.#done) this.#check(!this.#fuzzer.mayNot.test(type), `"${type}" was done`);
    const documented = readFileSync(join(packageRoot, 'docs', 'protocol.md'), 'utf8');
    for (const code of this.#codes) this.#check(documented.includes(`\`${code}\``), `the code "${code}" is not documented`);
    this.#check(!this.#codes.has('internal'), 'something failed inside');
  }

  /** The room as a host who comes in now sees it. */
  async #look(): Promise<RoomFacts> {
    const bot = await Bot.join(this.#house.server.port, await this.#house.token('host', 'inspector'), 'Inspector');
    const { joined } = bot;
    await bot.request({ type: 'leave' });
    await bot.socket.closed;
    await this.#owner.fact('member-left', ({ memberId }) => memberId === bot.memberId);
    return {
      locked: joined.locked,
      waiting: joined.waiting.flatMap(({ name }) => (name === NAME ? [] : [name])),
      highlighted: joined.highlighted,
      layout: joined.layout,
      recording: joined.recording,
      session: joined.session?.sessionId,
      people: joined.members.filter(({ memberId }) => memberId !== bot.memberId && !this.#fuzzerIds.has(memberId)),
    };
  }

  /** Fitting messages about those who are there, such with something wrong, and noise. */
  *#texts(): Generator<string> {
    // An id of its own tells which message an answer is to.
    const messages = fc.tuple(clientMessages, fc.nat()).map(([message, pick]) => this.#aimed({ ...message, id: this.#nextId++ }, pick));
    const anything = fc.oneof(
      { arbitrary: messages.map((message) => JSON.stringify(message)), weight: 7 },
      { arbitrary: mutated(messages), weight: 2 },
      { arbitrary: fc.string({ unit: 'binary' }), weight: 1 },
    );
    for (let chunk = 0; ; chunk++) yield* fc.sample(anything, { numRuns: CHUNK, seed: this.#seed + chunk });
  }

  #aimed(message: ClientMessage, pick: number): ClientMessage {
    const { role } = this.#fuzzer;
    const runs = role === 'host' || role === 'moderator';
    const [owner, bystander, gone] = [this.#owner.memberId, this.#bystander.memberId, 'gone'] as const;
    const anyone = [owner, bystander, gone][pick % 3]!;
    switch (message.type) {
      case 'highlight':
        return message.memberId === null ? message : { ...message, memberId: anyone };
      case 'set-role':
        // Others' roles are a host's to change; what follows is about the roles as they were.
        return { ...message, memberId: role === 'host' ? gone : anyone };
      case 'remove-member':
        // Likewise who is here. The owner cannot be removed.
        return { ...message, memberId: runs ? [owner, gone][pick % 2]! : anyone };
      case 'end-session':
        return runs ? { type: 'ping', id: message.id } : message;
      case 'lower-hand':
      case 'stage-invite':
      case 'mute-member':
        return { ...message, memberId: anyone };
      case 'stage-leave':
        return message.memberId === undefined ? message : { ...message, memberId: anyone };
      case 'admit':
      case 'decline':
        return { ...message, memberId: [this.#knockerId, bystander, gone][pick % 3]! };
      case 'view':
        return { ...message, tracks: [{ trackId: 'track-1', size: null }, ...message.tracks].slice(0, 64) };
      case 'recording-confirm':
        return { ...message, recordingId: `recording-${pick % 3}` };
      default:
        return message;
    }
  }

  #check(holds: boolean, complaint: string): void {
    if (!holds) this.#failures.add(complaint);
  }
}

function noteType(text: string, types: Map<number, string>): void {
  try {
    const { id, type } = JSON.parse(text) as { id: number; type: string };
    // A flipped digit can make it another one's id; then nobody knows which of them was answered.
    types.set(id, types.has(id) ? '' : type);
  } catch {
    // Noise is refused, and has no type.
  }
}

/** All that a client can say. */
export const MESSAGE_TYPES: readonly string[] = clientMessage.options.map(({ entries }) => entries.type.literal);

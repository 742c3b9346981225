import * as v from 'valibot';
import type { Role } from '../core/roles.js';
import { may, type Action } from '../room/permissions.js';
import { parseSmallJson } from './json.js';
import { CLOSE_CODES, MAX_MESSAGE_BYTES, PROTOCOL_VERSION, clientMessage, type ClientMessage } from './protocol.js';
import { RateLimit } from './rate-limit.js';

export type JoinMessage = Extract<ClientMessage, { type: 'join' }>;
/** What a joined client may send. */
export type MemberCommand = Exclude<ClientMessage, { type: 'join' }>;

/** What the server does with a message. `id` is the refused request's, where it could be read. */
export type Decision =
  | { kind: 'join'; message: JoinMessage }
  | { kind: 'command'; message: MemberCommand }
  | { kind: 'refuse'; id: number | null; code: string; message: string; close: { code: number; reason: string } | null };

/** Messages that do not fit the schema, or come too fast, before the socket is closed. */
const GARBAGE = { perSecond: 0.1, burst: 20 };

/** A client joining with many tracks sends a few dozen messages at once; a person clicking, a few a second. */
const RATE = { perSecond: 30, burst: 150 };

/** An offer costs the server more than any other message. */
const COST: Partial<Record<ClientMessage['type'], number>> = { publish: 5, 'subscribe-answer': 2, 'subscribe-restart': 5 };

/** The longest `view` has some 400 values. */
const MAX_PARTS = 1000;

const permissions: Partial<Record<ClientMessage['type'], Action>> = {
  highlight: 'highlight',
  'set-layout': 'layout',
  'set-role': 'role.change',
  'lower-hand': 'stage.control',
  'stage-invite': 'stage.control',
  'mute-member': 'moderate',
  'remove-member': 'moderate',
  lock: 'door',
  admit: 'door',
  decline: 'door',
  'recording-start': 'recording.control',
  'recording-pause': 'recording.control',
  'recording-resume': 'recording.control',
  'recording-stop': 'recording.control',
  'mark': 'recording.mark',
  'end-session': 'session.end',
};

type State =
  | { kind: 'before-join' }
  /** `join` is being checked. */
  | { kind: 'joining' }
  | { kind: 'joined'; who: () => { role: Role; mobile: boolean } }
  | { kind: 'left' };

/**
 * What one client may do next. Pure: it sees messages and the time (monotonic ms), and says what to do
 * with each; a refused message changes nothing but how much more garbage is borne.
 */
export class ClientSession {
  #state: State = { kind: 'before-join' };
  readonly #rate: RateLimit;
  readonly #patience: RateLimit;

  constructor(nowMs: number) {
    this.#rate = new RateLimit(RATE, nowMs);
    this.#patience = new RateLimit(GARBAGE, nowMs);
  }

  get state(): State['kind'] {
    return this.#state.kind;
  }

  /** `join` was accepted. `who` gives the member's role as it is at the time of asking. */
  joined(who: () => { role: Role; mobile: boolean }): void {
    if (this.#state.kind === 'joining') this.#state = { kind: 'joined', who };
  }

  /** `join` was refused; the client may try again. */
  joinRefused(): void {
    if (this.#state.kind === 'joining') this.#state = { kind: 'before-join' };
  }

  left(): void {
    this.#state = { kind: 'left' };
  }

  /** One message: its text (null for a binary one) and its length in UTF-8. */
  receive(text: string | null, bytes: number, nowMs: number): Decision {
    const isMember = this.#state.kind === 'joined';
    const limit = isMember ? MAX_MESSAGE_BYTES.afterJoin : MAX_MESSAGE_BYTES.beforeJoin;
    if (bytes > limit) return this.#garbled(nowMs, null, 'message_too_long', `A message has at most ${limit} bytes here.`);
    if (!this.#rate.take(nowMs)) return this.#garbled(nowMs, null, 'rate_limited', 'Too many messages; wait a moment.');
    if (text === null) return this.#garbled(nowMs, null, 'message_invalid', 'Messages are text, not binary.');
    const json = parseSmallJson(text, MAX_PARTS);
    if (json === undefined) {
      return this.#garbled(nowMs, null, 'message_invalid', `The message is not JSON, or has more than ${MAX_PARTS} values.`);
    }
    const parsed = v.safeParse(clientMessage, json, { abortEarly: true });
    if (!parsed.success) {
      const issue = parsed.issues[0];
      const where = v.getDotPath(issue);
      const sentence = `The message does not fit the protocol${where ? ` at "${where.slice(0, 80)}"` : ''}.`;
      return this.#garbled(nowMs, idOf(json), 'message_invalid', sentence);
    }
    const message = parsed.output;
    const extraCost = (COST[message.type] ?? 1) - 1;
    if (extraCost > 0 && !this.#rate.take(nowMs, extraCost)) {
      return this.#garbled(nowMs, message.id, 'rate_limited', 'Too many messages; wait a moment.');
    }
    return this.#decide(message);
  }

  #decide(message: ClientMessage): Decision {
    const state = this.#state;
    if (message.type === 'join') {
      if (state.kind === 'left') return refuse(message.id, 'already_left', 'Open a new connection to join again.');
      if (state.kind !== 'before-join') return refuse(message.id, 'already_joined', 'This connection has joined already.');
      if (message.protocol !== PROTOCOL_VERSION) {
        return refuse(message.id, 'protocol_version', `This server speaks version ${PROTOCOL_VERSION} of the protocol; reload the page.`);
      }
      this.#state = { kind: 'joining' };
      return { kind: 'join', message };
    }
    if (message.type === 'ping') return { kind: 'command', message };
    if (state.kind === 'left') return refuse(message.id, 'already_left', 'You have left the room.');
    if (state.kind !== 'joined') return refuse(message.id, 'not_joined', 'Join the room first.');
    const action = permissions[message.type];
    if (action && !may(state.who(), action)) {
      return refuse(message.id, 'forbidden', 'Your role or device does not allow this.');
    }
    return { kind: 'command', message };
  }

  #garbled(nowMs: number, id: number | null, code: string, message: string): Decision {
    const close = this.#patience.take(nowMs) ? null : { code: CLOSE_CODES.garbage, reason: code };
    return { kind: 'refuse', id, code, message, close };
  }
}

function refuse(id: number, code: string, message: string): Decision {
  return { kind: 'refuse', id, code, message, close: null };
}

/** The id of a message that does not fit otherwise, so that its sender learns which one it was. */
function idOf(json: unknown): number | null {
  if (typeof json !== 'object' || json === null || !('id' in json)) return null;
  const { id } = json;
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= 2 ** 31 ? id : null;
}

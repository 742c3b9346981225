import { AppError } from '../core/errors.js';
import type { Reaction } from '../core/chat.js';
import type { Member } from './types.js';

/** Of a session's chat so many messages are kept for those who come later. */
export const CHAT_MEMORY = 200;

export interface ChatMessage {
  /** Counts up from 1 within a session. */
  number: number;
  memberId: string;
  name: string;
  text: string;
  sentAtWallMs: number;
  /** Who reacted with what, members' ids. */
  reactions: Partial<Record<Reaction, string[]>>;
}

/** What people wrote in a session. Pure. */
export class Chat {
  readonly #messages: ChatMessage[] = [];
  #sent = 0;

  /** What an earlier process had, oldest first; numbers go on from there. */
  restore(messages: readonly ChatMessage[]): void {
    this.#messages.push(...messages.slice(-CHAT_MEMORY));
    this.#sent = this.#messages.at(-1)?.number ?? 0;
  }

  /** The newest ones, oldest first. */
  messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  send(by: Pick<Member, 'memberId' | 'name'>, text: string, nowMs: number): ChatMessage {
    const message: ChatMessage = { number: ++this.#sent, memberId: by.memberId, name: by.name, text, sentAtWallMs: nowMs, reactions: {} };
    this.#messages.push(message);
    if (this.#messages.length > CHAT_MEMORY) this.#messages.shift();
    return message;
  }

  /** Puts a person's reaction to a message, or takes it away where it was. Throws `chat_message_unknown`. */
  react(memberId: string, number: number, reaction: Reaction): ChatMessage {
    const at = this.#messages.findIndex((message) => message.number === number);
    const message = this.#messages[at];
    if (!message) throw new AppError('chat_message_unknown', 'This message is not kept any more.', { status: 404 });
    const { [reaction]: before = [], ...others } = message.reactions;
    const after = before.includes(memberId) ? before.filter((id) => id !== memberId) : [...before, memberId];
    const changed = { ...message, reactions: after.length > 0 ? { ...others, [reaction]: after } : others };
    this.#messages[at] = changed;
    return changed;
  }

  clear(): void {
    this.#messages.length = 0;
  }
}

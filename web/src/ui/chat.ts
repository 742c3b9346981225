import type { ChatMessageMessage } from '../../../src/signaling/protocol.js';

/** What the chat's page works out of its messages. Pure. */

/** Messages of others after the one that was read last. A number above all others is of a session that ended. */
export function unreadOf(chat: readonly ChatMessageMessage[], readNumber: number, ownId: string | null): ChatMessageMessage[] {
  const read = (chat.at(-1)?.number ?? 0) < readNumber ? 0 : readNumber;
  return chat.filter(({ number, memberId }) => number > read && memberId !== ownId);
}

/** A message of the same person so soon after another one needs no name again, ms. */
const SAME_BREATH_MS = 3 * 60_000;

export function goesOn(before: ChatMessageMessage | undefined, message: ChatMessageMessage): boolean {
  return before !== undefined && before.memberId === message.memberId && before.name === message.name && message.sentAt - before.sentAt < SAME_BREATH_MS;
}

export type TextPart = { kind: 'text'; text: string } | { kind: 'link'; text: string; url: string };

/** What a sentence may put behind an address. */
const PUNCTUATION = /[.,;:!?'"’”»]+$/u;

/** Addresses of the web in a text, to be clicked; everything else stays as it is. */
export function linkParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of text.matchAll(/\bhttps?:\/\/[^\s<>]+/giu)) {
    const words = withoutTail(match[0]);
    if (!isWebAddress(words)) continue;
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) });
    parts.push({ kind: 'link', text: words, url: words });
    at = match.index + words.length;
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

function withoutTail(words: string): string {
  const bare = words.replace(PUNCTUATION, '');
  // A bracket that was opened before the address is not of it.
  if (bare.endsWith(')') && !bare.includes('(')) return withoutTail(bare.slice(0, -1));
  return bare;
}

function isWebAddress(words: string): boolean {
  if (!URL.canParse(words)) return false;
  const { protocol, hostname } = new URL(words);
  return (protocol === 'http:' || protocol === 'https:') && hostname !== '';
}

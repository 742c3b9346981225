import t from 'tap';
import type { ChatMessageMessage } from '../../../src/signaling/protocol.js';
import { goesOn, linkParts, unreadOf } from '../../../web/src/ui/chat.js';

const message = (number: number, memberId = 'a', changes: Partial<ChatMessageMessage> = {}): ChatMessageMessage => ({
  ...{ number, memberId, name: memberId, text: `text ${number}`, sentAt: number * 1000, reactions: {} },
  ...changes,
});

t.test('unread is what others wrote since the chat was read', async (t) => {
  const chat = [message(1), message(2, 'me'), message(3, 'b'), message(4)];
  const unread = (read: number): number[] => unreadOf(chat, read, 'me').map(({ number }) => number);
  t.same(unread(0), [1, 3, 4]);
  t.same(unread(3), [4]);
  t.same(unread(4), []);
  t.same(unread(40), [1, 3, 4], 'the numbers began anew: another session');
  t.same(unreadOf([], 7, 'me'), []);
});

t.test('who goes on writing is named once', async (t) => {
  t.notOk(goesOn(undefined, message(1)));
  t.ok(goesOn(message(1), message(2)));
  t.notOk(goesOn(message(1), message(2, 'b')));
  t.notOk(goesOn(message(1), message(2, 'a', { name: 'renamed' })));
  t.notOk(goesOn(message(1), message(2, 'a', { sentAt: 10 * 60_000 })));
});

t.test('addresses of the web become links, and nothing else does', async (t) => {
  const links = (text: string): string[] => linkParts(text).flatMap((part) => (part.kind === 'link' ? [part.url] : []));
  t.same(links('See https://example.org/a?b=1&c=%20#d, then http://localhost:8080/x.'), ['https://example.org/a?b=1&c=%20#d', 'http://localhost:8080/x']);
  t.same(links('(as in https://example.org/a) and https://example.org/Rail_(bird)!'), ['https://example.org/a', 'https://example.org/Rail_(bird)']);
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'xhttps://example.org', 'https://', '<https>', 'ftp://example.org', 'www.example.org']) t.same(links(text), [], text);
  t.same(links('https://example.org"onmouseover="x'), ['https://example.org"onmouseover="x'], 'it stays one attribute, whatever it contains');
});

t.test('no character of a message is lost', async (t) => {
  for (const text of ['', 'plain', 'https://a.org', 'a https://a.org. b\n(https://b.org/c(d)e) https://', '!!https://a.org!!']) {
    t.equal(linkParts(text).map((part) => part.text).join(''), text);
  }
});

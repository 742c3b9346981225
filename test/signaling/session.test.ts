import fc from 'fast-check';
import t from 'tap';
import { ROLES, type Role } from '../../src/core/roles.js';
import { may } from '../../src/room/permissions.js';
import { CLOSE_CODES, MAX_MESSAGE_BYTES, type ClientMessage } from '../../src/signaling/protocol.js';
import { ClientSession, type Decision } from '../../src/signaling/session.js';
import { leastMs } from '../support/least-ms.js';
import { clientMessages, mutatedText } from './messages.js';

const JOIN = { type: 'join', id: 1, protocol: 1, token: 'x', name: 'Ada', mobile: false };

function say(session: ClientSession, message: unknown, nowMs = 0): Decision {
  const text = JSON.stringify(message);
  return session.receive(text, Buffer.byteLength(text), nowMs);
}

function codeOf(decision: Decision): string {
  return decision.kind === 'refuse' ? decision.code : decision.kind;
}

function joined(role: Role, mobile = false): ClientSession {
  const session = new ClientSession(0);
  say(session, JOIN);
  session.joined(() => ({ role, mobile }));
  return session;
}

t.test('a client joins once, and does nothing else before and after', async (t) => {
  const session = new ClientSession(0);
  t.equal(codeOf(say(session, { type: 'recording-start', id: 1 })), 'not_joined');
  t.equal(codeOf(say(session, { type: 'ping', id: 1 })), 'command');
  t.equal(codeOf(say(session, { ...JOIN, protocol: 2 })), 'protocol_version');
  t.equal(codeOf(say(session, JOIN)), 'join');
  t.equal(codeOf(say(session, JOIN)), 'already_joined', 'while the first is being checked');
  t.equal(codeOf(say(session, { type: 'leave', id: 1 })), 'not_joined');
  session.joinRefused();
  t.equal(codeOf(say(session, JOIN)), 'join', 'another token may be tried');
  session.joined(() => ({ role: 'host', mobile: false }));
  t.equal(codeOf(say(session, JOIN)), 'already_joined');
  t.equal(codeOf(say(session, { type: 'recording-start', id: 1 })), 'command');
  session.left();
  t.equal(codeOf(say(session, { type: 'recording-start', id: 1 })), 'already_left');
  t.equal(codeOf(say(session, JOIN)), 'already_left');
  session.joined(() => ({ role: 'host', mobile: false }));
  t.equal(session.state, 'left', 'a check of the token that ends late lets nobody in');
});

t.test('the role is that of the moment, and is asked for every command (P2, P3)', async (t) => {
  const commands = ['recording-start', 'recording-pause', 'recording-resume', 'recording-stop'] as const;
  for (const type of commands) {
    for (const role of ROLES) {
      const allowed = role === 'participant' ? 'forbidden' : 'command';
      t.equal(codeOf(say(joined(role), { type, id: 1 })), allowed, `${role} ${type}`);
      t.equal(codeOf(say(joined(role, true), { type, id: 1 })), 'forbidden', `mobile ${role} ${type}`);
    }
  }
  let role: Role = 'participant';
  const session = new ClientSession(0);
  say(session, JOIN);
  session.joined(() => ({ role, mobile: false }));
  t.equal(codeOf(say(session, { type: 'end-session', id: 1 })), 'forbidden');
  role = 'moderator';
  t.equal(codeOf(say(session, { type: 'end-session', id: 1 })), 'command');
});

t.test('what does not fit is refused with the id of its request, where it has one', async (t) => {
  const session = joined('host');
  t.match(say(session, { type: 'mute', id: 7, source: 'nose', muted: true }), { code: 'message_invalid', id: 7, message: /source/ });
  t.match(say(session, { type: 'mute', id: 'x' }), { code: 'message_invalid', id: null });
  t.match(say(session, { type: 'leave', id: 3, extra: 1 }), { code: 'message_invalid', id: 3 });
  t.match(say(session, null), { code: 'message_invalid', id: null });
  t.match(session.receive('{"type":', 8, 0), { code: 'message_invalid', id: null });
  t.match(session.receive(null, 8, 0), { code: 'message_invalid', id: null });
  t.match(session.receive('{"__proto__":{"type":"leave","id":1}}', 40, 0), { code: 'message_invalid' });
});

t.test('the length of a message is limited, more so before joining', async (t) => {
  const session = new ClientSession(0);
  t.equal(codeOf(session.receive('x', MAX_MESSAGE_BYTES.beforeJoin + 1, 0)), 'message_too_long');
  const inside = joined('host');
  const offer = { type: 'publish', id: 1, offer: 'v'.repeat(MAX_MESSAGE_BYTES.beforeJoin + 1), sections: [] };
  t.equal(codeOf(say(inside, offer)), 'command');
  t.equal(codeOf(inside.receive('x', MAX_MESSAGE_BYTES.afterJoin + 1, 0)), 'message_too_long');
});

t.test('a flood is refused, a pause makes good', async (t) => {
  const session = joined('host');
  let accepted = 0;
  while (codeOf(say(session, { type: 'ping', id: 1 })) === 'command') accepted++;
  t.ok(accepted >= 100 && accepted < 200, String(accepted));
  t.match(say(session, { type: 'ping', id: 1 }, 10), { code: 'rate_limited' });
  t.equal(codeOf(say(session, { type: 'ping', id: 1 }, 1000)), 'command');
});

t.test('a client that talks nothing but garbage is closed; one that errs now and then is not', async (t) => {
  const session = joined('host');
  let refused = 0;
  let last: Decision;
  do {
    last = session.receive('garbage', 7, 0);
    refused++;
  } while (last.kind === 'refuse' && !last.close && refused < 1000);
  t.match(last, { close: { code: CLOSE_CODES.garbage } });
  t.ok(refused <= 30, String(refused));

  const clumsy = joined('host');
  for (let minute = 0; minute < 600; minute++) {
    t.match(clumsy.receive('garbage', 7, minute * 60_000), { close: null });
    if (!t.passing()) break;
  }
});

t.test('whatever comes is decided without an exception, and a refusal changes no state', async () => {
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), mutatedText, clientMessages.map((message) => JSON.stringify(message)));
  const role = fc.constantFrom(...ROLES);
  fc.assert(
    fc.property(role, fc.boolean(), fc.array(anything, { maxLength: 20 }), (who, mobile, texts) => {
      const session = joined(who, mobile);
      return texts.every((text, index) => {
        const decision = session.receive(text, Buffer.byteLength(text), index * 1000);
        if (session.state !== 'joined') return false;
        if (decision.kind === 'join') return false;
        if (decision.kind === 'refuse') return /^[a-z_]+$/.test(decision.code) && decision.message.length < 300;
        const { type } = decision.message;
        return !type.startsWith('recording-') || type === 'recording-confirm' || may({ role: who, mobile }, 'recording.control');
      });
    }),
    { numRuns: 1000 },
  );
});

t.test('every message of the protocol is accepted from who may send it', async (t) => {
  fc.assert(
    fc.property(clientMessages, (message: ClientMessage) => {
      if (message.type === 'join') return true;
      return codeOf(say(joined('host'), message)) === 'command';
    }),
  );
  t.pass();
});

const LONGEST_MS = 5;

t.test(`the nastiest messages of the greatest length cost at most ${LONGEST_MS} ms`, async (t) => {
  const fill = (unit: string): string => unit.repeat(Math.floor((MAX_MESSAGE_BYTES.afterJoin - 100) / unit.length));
  const keys = Array.from({ length: 20_000 }, (_, index) => `"k${index}":0`).join();
  const nasty = {
    'nested arrays': fill('['),
    'nested objects': fill('{"a":'),
    'many keys': `{"type":"leave","id":1,${keys}}`,
    'many tracks': `{"type":"view","id":1,"tracks":[${fill('{"trackId":"t","size":null},').slice(0, -1)}]}`,
    'many sections': `{"type":"publish","id":1,"offer":"","sections":[${fill('{"mid":"0","source":"camera"},').slice(0, -1)}]}`,
    'a long name': `{"type":"join","id":1,"protocol":1,"token":"","mobile":false,"name":"${fill(' ')}"}`,
    'a long type': `{"type":"${fill('x')}","id":1}`,
    'escaped quotes': `{"type":"leave","id":1,"x":"${fill('\\"')}"}`,
    backslashes: `{"type":"leave","id":1,"x":"${fill('\\')}`,
    'a long offer': `{"type":"publish","id":1,"sections":[],"offer":"${'v'.repeat(199_000)}"}`,
  };
  for (const [what, text] of Object.entries(nasty)) {
    const bytes = Buffer.byteLength(text);
    const cost = leastMs(LONGEST_MS, () => joined('host').receive(text, bytes, 0));
    t.ok(cost <= LONGEST_MS, `${what}: ${cost.toFixed(1)} ms`);
  }
});

import fc from 'fast-check';
import t from 'tap';
import type { Role } from '../../src/core/roles.js';
import type { ClientMessage, ServerMessage } from '../../src/signaling/protocol.js';
import { Bot } from '../support/bot.js';
import { ROOM_ID, startTestServer } from './doubles.js';
import { clientMessages, mutatedText } from './messages.js';

/**
 * A live server and clients that say anything. The oracle: the server lives, answers each message once
 * and with a code where it refuses, and nothing happens that the client's role does not allow.
 */

const MESSAGES_EACH = 1200;

/** Messages sent before the answers are waited for. */
const BURST = 40;

const ANSWERS = new Set<ServerMessage['type']>(['ok', 'error', 'published', 'joined']);

interface Fuzzer {
  name: string;
  role: Role | null;
  mobile: boolean;
  /** Facts that the others may see because of it. */
  mayCause: RegExp;
  mayRecord: boolean;
}

const own = 'member-joined|member-changed|member-left|subscribe-offer';
const fuzzers: Fuzzer[] = [
  { name: 'a stranger', role: null, mobile: false, mayCause: /^$/, mayRecord: false },
  { name: 'a participant', role: 'participant', mobile: false, mayCause: new RegExp(`^(${own})$`), mayRecord: false },
  { name: 'a mobile moderator', role: 'moderator', mobile: true, mayCause: new RegExp(`^(${own}|highlight|layout)$`), mayRecord: false },
  { name: 'a moderator', role: 'moderator', mobile: false, mayCause: new RegExp(`^(${own}|highlight|layout|recording)$`), mayRecord: true },
  { name: 'a host', role: 'host', mobile: false, mayCause: new RegExp(`^(${own}|highlight|layout|recording)$`), mayRecord: true },
];

for (const fuzzer of fuzzers) {
  t.test(`${fuzzer.name} says anything`, { timeout: 120_000 }, async (t) => {
    const house = await startTestServer();
    t.teardown(() => house.close());
    const { port } = house.server;
    const token = fuzzer.role && (await house.token(fuzzer.role, 'fuzzer'));
    const owner = await Bot.join(port, await house.token('host'), 'Owner');
    await owner.request({ type: 'publish', offer: 'v=0', sections: [{ mid: '0', source: 'camera' }] });
    const bystander = await Bot.join(port, await house.token('participant'), 'Bystander');
    await owner.fact('member-joined');
    owner.facts.length = 0;

    const seed = Date.now() % 2 ** 31;
    t.comment(`seed ${seed}`);
    const mayEnd = fuzzer.role === 'host' || fuzzer.role === 'moderator';
    const rightIds = (message: ClientMessage, pick: number): ClientMessage => {
      const memberId = [owner.memberId, bystander.memberId, 'gone'][pick % 3]!;
      if (message.type === 'highlight' && message.memberId !== null) return { ...message, memberId };
      // The end of the session and other people's roles are a host's to change; the fuzz goes on with both as they were.
      if (message.type === 'set-role') return { ...message, memberId: fuzzer.role === 'host' ? 'gone' : memberId };
      if (message.type === 'end-session' && mayEnd) return { type: 'ping', id: message.id };
      if (message.type === 'view') return { ...message, tracks: [{ trackId: 'track-1', size: null }, ...message.tracks].slice(0, 64) };
      if (message.type === 'recording-confirm') return { ...message, recordingId: `recording-${pick % 3}` };
      return message;
    };
    const fitting = fc.tuple(clientMessages, fc.nat()).map(([message, pick]) => JSON.stringify(rightIds(message, pick)));
    const harmless = (text: string): boolean => !mayEnd || !/"type":"(end-session|set-role)"/.test(text);
    const anything = fc.oneof(
      { arbitrary: fitting, weight: 6 },
      { arbitrary: mutatedText.filter(harmless), weight: 3 },
      { arbitrary: fc.string({ unit: 'binary' }), weight: 1 },
    );
    const texts = fc.sample(anything, { numRuns: MESSAGES_EACH, seed });

    const codes = new Set<string>();
    const misfits: string[] = [];
    let connections = 0;
    for (let next = 0; next < texts.length; connections++) {
      const bot = await Bot.connect(port);
      if (token) t.equal((await bot.requestJoin(token, 'Fuzzer', { mobile: fuzzer.mobile })).type, 'joined');
      const answers = (): ServerMessage[] => bot.facts.filter(({ type }) => ANSWERS.has(type));
      let sent = 0;
      while (!bot.gone && next < texts.length) {
        const burst = texts.slice(next, next + BURST);
        for (const text of burst) bot.socket.sendText(text);
        next += burst.length;
        sent += burst.length;
        // Where the server closes the socket for garbage, the rest goes unanswered; else the count below tells.
        await bot.until(() => answers().length >= sent || undefined, () => 'not all answered').catch(() => undefined);
        if (!bot.gone) t.equal(answers().length, sent, 'one answer to each message');
      }
      for (const fact of bot.facts) if (fact.type === 'error') codes.add(fact.code);
      misfits.push(...bot.misfits);
      bot.socket.destroy();
      if (!t.passing()) break;
    }

    t.equal(await owner.codeOf({ type: 'ping' }), 'ok', 'the server lives');
    t.comment(`${connections} connections, codes ${[...codes].sort().join(' ')}`);
    t.same([...misfits, ...owner.misfits, ...bystander.misfits], []);
    for (const code of codes) t.match(code, /^[a-z]+(_[a-z]+)*$/);
    t.notOk(codes.has('internal'), 'nothing failed inside');
    const caused = new Set(owner.facts.map(({ type }) => type).filter((type) => type !== 'levels'));
    for (const type of caused) t.match(type, fuzzer.mayCause, `${fuzzer.name} may cause "${type}"`);
    t.equal(house.recording.calls.length > 0, fuzzer.mayRecord, 'commands reach the service from who may give them');
    t.equal(house.storage.endedSessions.length, 0);
    t.notOk(bystander.facts.some((fact) => fact.type === 'member-changed' && fact.member.memberId === bystander.memberId), 'nobody changed the bystander');
    const still = await owner.codeOf({ type: 'set-role', memberId: bystander.memberId, role: 'participant' });
    t.equal(still, 'ok', 'the owner is still a host');
    owner.close();
    bystander.close();
    if (fuzzer.role === null) t.equal(house.media.connections.size, 2, `nobody else came into ${ROOM_ID}`);
  });
}

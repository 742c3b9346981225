import t, { type Test } from 'tap';
import { CLOSE_CODES } from '../../src/signaling/protocol.js';
import { CHAT_MEMORY } from '../../src/room/chat.js';
import { Bot } from '../support/bot.js';
import { until } from '../support/server.js';
import { startTestServer, StorageDouble, type TestServer } from './doubles.js';

/** A meeting goes on after the server was started again: everybody is who and where they were (S4). */

const PATIENCE_MS = 20_000;

interface Place {
  bot: Bot;
  token: string;
  name: string;
}

/** A server, and what comes after it on the same storage. */
class Row {
  readonly #t: Test;
  readonly #options: Parameters<typeof startTestServer>[0];
  readonly storage = new StorageDouble();
  house!: TestServer;

  constructor(t: Test, options: Parameters<typeof startTestServer>[0] = {}) {
    this.#t = t;
    this.#options = options;
  }

  async start(): Promise<void> {
    const house = await startTestServer({ ...this.#options, storage: this.storage });
    this.#t.teardown(() => house.close());
    this.house = house;
  }

  async enter(role: 'host' | 'participant', name: string = role): Promise<Place> {
    const token = await this.house.token(role, role === 'host' ? 'owner' : 'of-one-link');
    return { bot: await Bot.join(this.house.server.port, token, name), token, name };
  }

  /** Comes to the server of now, as who one was at the earlier one. */
  async again({ bot, token, name }: Place, key = bot.joined.resumeKey): Promise<Place> {
    const back = await Bot.connect(this.house.server.port);
    await back.requestJoin(token, name, { resume: { memberId: bot.memberId, key } });
    return { bot: back, token, name };
  }

  /** Who is written down for the next start, by name. */
  async written(holds: (people: ReturnType<StorageDouble['sessions']['people']>) => boolean): Promise<void> {
    const people = (): ReturnType<StorageDouble['sessions']['people']> => this.storage.sessions.people([...this.storage.open.keys()][0] ?? '');
    await until(async () => (holds(people()) ? true : null), PATIENCE_MS, () => JSON.stringify(people()));
  }
}

for (const how of ['stopped', 'killed'] as const) {
  t.test(`a server that is ${how}: roles, stage, hands and chat are as they were, and seats are kept by their keys`, async (t) => {
    const row = new Row(t, { settings: { stageAccess: 'on-request' } });
    await row.start();
    const [host, ann, bob] = [await row.enter('host'), await row.enter('participant', 'Ann'), await row.enter('participant', 'Bob')];
    const gone = await row.enter('participant', 'Gone');
    await gone.bot.request({ type: 'leave' });
    t.equal(await host.bot.codeOf({ type: 'set-role', memberId: ann.bot.memberId, role: 'moderator' }), 'ok');
    t.equal(await host.bot.codeOf({ type: 'highlight', memberId: ann.bot.memberId }), 'ok');
    t.equal(await bob.bot.codeOf({ type: 'raise-hand', raised: true }), 'ok');
    t.equal(await bob.bot.codeOf({ type: 'chat', text: 'Where were we?' }), 'ok');
    t.equal(await ann.bot.codeOf({ type: 'chat-react', number: 1, reaction: '👍' }), 'ok');
    await row.written(({ members, chat }) => members.length === 3 && members.some(({ role }) => role === 'moderator') && members.some((one) => one.handRaisedAtWallMs !== null) && chat[0]?.reactions['👍']?.length === 1);
    t.notMatch(JSON.stringify([...row.storage.people.values()].map(({ members }) => [...members.values()])), ann.bot.joined.resumeKey, 'no key is written down');
    if (how === 'stopped') {
      await row.house.server.close();
      await Promise.all([host, ann, bob].map(async ({ bot }) => t.equal(await bot.socket.closed, CLOSE_CODES.goingAway)));
    }
    await row.start();

    const thief = await row.again({ ...ann, name: 'Mallory' }, 'guessed');
    t.not(thief.bot.memberId, ann.bot.memberId);
    t.equal(thief.bot.joined.members.find(({ memberId }) => memberId === thief.bot.memberId)?.role, 'participant', 'who knows no key gets no role');
    await thief.bot.request({ type: 'leave' });
    const before = new Map((await row.again(bob)).bot.joined.members.map((member) => [member.memberId, member]));
    t.match(before.get(ann.bot.memberId), { name: 'Ann', connected: false, role: 'moderator', onStage: true });
    const annAgain = await row.again(ann);
    t.match(annAgain.bot.joined, { memberId: ann.bot.memberId, highlighted: ann.bot.memberId, session: { sessionId: host.bot.joined.session?.sessionId } });
    t.match(annAgain.bot.joined.chat, [{ number: 1, memberId: bob.bot.memberId, text: 'Where were we?', reactions: { '👍': [ann.bot.memberId] } }]);
    const members = new Map(annAgain.bot.joined.members.map((member) => [member.memberId, member]));
    t.same([...members.keys()], [host, ann, bob].map(({ bot }) => bot.memberId), 'in their order, and nobody twice');
    t.match(members.get(bob.bot.memberId), { connected: true, onStage: false, handRaisedAt: Number, role: 'participant' });
    t.equal(await annAgain.bot.codeOf({ type: 'stage-invite', memberId: bob.bot.memberId }), 'ok', 'a role that is shown is a role that counts');
    t.equal(await annAgain.bot.codeOf({ type: 'chat', text: 'Here.' }), 'ok');
    t.match((await annAgain.bot.fact('chat')).message, { number: 2 });
    t.not((await row.again(ann)).bot.memberId, ann.bot.memberId, 'a key opens once');
  });
}

t.test('who does not come back in time has left, and stops no time-out', async (t) => {
  const row = new Row(t, { awayLimitMs: 1_500 });
  await row.start();
  const [, guest] = [await row.enter('host'), await row.enter('participant', 'Ann')];
  await row.written(({ members }) => members.length === 2);
  const hostLeft = (): number | null | undefined => [...row.storage.open.values()][0]?.hostLeftAtMs;
  await row.house.server.close();
  const leftAtMs = hostLeft();
  t.type(leftAtMs, 'number');
  await row.start();
  const back = await row.again(guest);
  t.equal(back.bot.joined.members.length, 2);
  await back.bot.fact('member-left');
  t.equal(hostLeft(), leftAtMs, 'S2: since the server stopped');
  await row.written(({ members }) => members.length === 1);
});

t.test('a session whose time-out passed while the server was down is over, and nothing is kept of it', async (t) => {
  const row = new Row(t, { hostTimeoutMs: 200 });
  await row.start();
  const host = await row.enter('host');
  await row.written(({ members }) => members.length === 1);
  await row.house.server.close();
  const [session] = row.storage.open.values();
  session!.hostLeftAtMs! -= 1_000;
  await row.start();
  await until(async () => (row.storage.open.size === 0 ? true : null), PATIENCE_MS, () => 'the session goes on');
  t.match(row.storage.endedSessions, [[session!.id, 'host-timeout']]);
  t.equal(row.storage.people.size, 0);
  const again = await row.again(host);
  t.not(again.bot.joined.session?.sessionId, session!.id);
  t.equal(again.bot.joined.members.length, 1);
});

t.test('what is written down has a bound: of the chat the newest messages, numbered on', async (t) => {
  const row = new Row(t);
  await row.start();
  // Two, since nobody may say so much at once.
  const [host, guest] = [await row.enter('host'), await row.enter('participant')];
  for (let number = 1; number <= CHAT_MEMORY + 5; number++) {
    t.equal(await (number % 2 === 0 ? host : guest).bot.codeOf({ type: 'chat', text: `Message ${number}` }), 'ok');
  }
  await row.written(({ chat }) => chat.length === CHAT_MEMORY && chat[0]?.number === 6);
  await row.start();
  const back = await row.again(host);
  t.equal(back.bot.joined.chat.length, CHAT_MEMORY);
  t.match(back.bot.joined.chat.at(-1), { number: CHAT_MEMORY + 5 });
});

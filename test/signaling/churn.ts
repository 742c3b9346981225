import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import type { Test } from 'tap';
import { systemClock } from '../../src/core/clock.js';
import { createMediaServer } from '../../src/media/server.js';
import { SAMPLE_OFFER } from '../media/support/sample-offer.js';
import { Bot } from '../support/bot.js';
import { until } from '../support/server.js';
import { startTestServer } from './doubles.js';

/** What is left of people who came and went. */
interface Holds {
  connections: number;
  tracks: number;
  members: number;
  timers: number;
  sockets: number;
  heapBytes: number;
}

const JOINS_PER_S = 10;
const AWAY_LIMIT_MS = 300;
/** Until caches are filled and code is compiled. */
const WARM_UP_S = 2;
const SETTLED_LIMIT_MS = 20_000;
/** More than this is a leak: 600 people who each left a megabyte's hundredth behind. */
const MAX_GROWTH_BYTES = 6_000_000;

/**
 * Ten people a second come, publish and go, each in another way, through the real signaling and media server in this
 * process. Whoever stays sees them come and go; then all is as it was before them.
 */
export async function checkChurn(t: Test, seconds: number): Promise<void> {
  const media = await createMediaServer({ host: '127.0.0.1', port: 0, announcedAddresses: [], clock: systemClock, log: pino({ level: 'silent' }) });
  const house = await startTestServer({ media, awayLimitMs: AWAY_LIMIT_MS });
  t.teardown(async () => {
    await house.close();
    await media.close();
  });
  const { port } = house.server;
  const witness = await Bot.join(port, await house.token('host'), 'Witness');
  const token = await house.token('participant');
  let [came, refused] = [0, 0];

  const visit = async (turn: number): Promise<void> => {
    const name = `Visitor ${turn}`;
    const bot = await Bot.connect(port);
    const answer = await bot.requestJoin(token, name);
    if (answer.type !== 'joined') {
      refused++;
      return;
    }
    came++;
    const published = await bot.request({ type: 'publish', offer: SAMPLE_OFFER, sections: [{ mid: '0', source: 'microphone' }, { mid: '1', source: 'camera' }] });
    if (published.type !== 'published') t.fail(JSON.stringify(published));
    switch (turn % 5) {
      case 0:
        await bot.request({ type: 'leave' });
        break;
      case 1:
        bot.close();
        break;
      case 2:
        bot.socket.destroy();
        break;
      case 3: {
        // Comes back to its place, and then goes.
        bot.socket.destroy();
        const back = await Bot.connect(port);
        const again = await back.requestJoin(token, name, { resume: { memberId: bot.memberId, key: bot.joined.resumeKey } });
        if (again.type !== 'joined') t.fail(JSON.stringify(again));
        back.close();
        break;
      }
      default:
        // In the middle of something.
        bot.request({ type: 'publish', offer: SAMPLE_OFFER, sections: [] }).catch(() => undefined);
        bot.socket.destroy();
    }
  };

  const visits = async (from: number, forSeconds: number): Promise<void> => {
    const started = performance.now();
    const under: Promise<void>[] = [];
    for (let turn = 0; turn < forSeconds * JOINS_PER_S; turn++) {
      under.push(visit(from + turn));
      await wait(Math.max(0, started + ((turn + 1) * 1000) / JOINS_PER_S - performance.now()));
    }
    await Promise.all(under);
  };

  const holds = (): Holds => {
    const resources = process.getActiveResourcesInfo();
    const count = (kind: string): number => resources.filter((name) => name === kind).length;
    const { connections, tracks } = media.stats();
    return { connections, tracks, members: here.size, timers: count('Timeout'), sockets: count('TCPSocketWrap'), heapBytes: usedHeap() };
  };
  // Who is here, by what the witness is told.
  const here = new Set<string>();
  const listen = (): void => {
    for (const fact of witness.facts.splice(0)) {
      if (fact.type === 'member-joined') here.add(fact.member.memberId);
      if (fact.type === 'member-left') here.delete(fact.memberId);
    }
  };
  const settled = async (): Promise<Holds> => {
    await until(() => {
      listen();
      const { connections, tracks } = media.stats();
      return connections === 1 && tracks === 0 && here.size === 0 ? true : null;
    }, SETTLED_LIMIT_MS, () => `${JSON.stringify(media.stats())}, still in the list: ${[...here].join()}`);
    await wait(100);
    return holds();
  };

  await visits(0, WARM_UP_S);
  const before = await settled();
  await visits(1000, seconds);
  const after = await settled();

  t.comment(`${came} came; ${JSON.stringify({ before, after })}`);
  t.equal(refused, 0);
  t.ok(came >= seconds * JOINS_PER_S);
  t.equal(await witness.codeOf({ type: 'ping' }), 'ok');
  const late = await Bot.join(port, token, 'Late');
  t.same(late.joined.members.map(({ name }) => name), ['Witness', 'Late'], 'no ghost in the list');
  late.close();
  t.same([after.connections, after.tracks, after.members], [1, 0, 0]);
  t.ok(after.timers <= before.timers, `${after.timers} timers, ${before.timers} before`);
  t.ok(after.sockets <= before.sockets, `${after.sockets} sockets, ${before.sockets} before`);
  t.ok(after.heapBytes - before.heapBytes < MAX_GROWTH_BYTES, `${after.heapBytes - before.heapBytes} bytes more`);
  t.same(witness.misfits, []);
  witness.close();
}

function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

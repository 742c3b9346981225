import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readConfig } from '../src/core/config.js';
import { startServer } from '../src/main.js';
import { SAMPLE_OFFER } from '../test/media/support/sample-offer.js';
import { Bot } from '../test/support/bot.js';
import { tokenOf } from '../test/support/publishers.js';
import { temporaryData, type CreatedRoom } from '../test/support/server.js';
import { memoryOfTree } from './processes.js';
import type { Measurement } from './trial.js';

const AUDIENCE = fileURLToPath(new URL('./audience-people.js', import.meta.url));
const PEOPLE = 500;
/** Fills caches and compiles what is used. */
const FIRST_PEOPLE = 50;
const WATCHED_S = 20;

/**
 * What 500 people in the audience of one room cost the server: memory with their connections and the offers made to
 * them, and CPU while nothing happens but what keeps their sockets alive. One person on stage publishes; no packets flow.
 * This process is the server and nothing else.
 */
export async function audience(): Promise<Measurement> {
  const data = await temporaryData();
  const server = await startServer(readConfig({ data: data.dir, host: '127.0.0.1', port: '0', encoder: 'ffmpeg' }, { REELROOM_LOG: 'error' }));
  const port = Number(new URL(server.url).port);
  try {
    const body = JSON.stringify({ title: 'Bench', stageAccess: 'invite-only' });
    const room = (await (await fetch(`${server.url}/api/v1/rooms`, { method: 'POST', body })).json()) as CreatedRoom;
    const host = await Bot.join(port, tokenOf(room.hostUrl), 'Host');
    await host.request({ type: 'publish', offer: SAMPLE_OFFER, sections: [{ mid: '0', source: 'microphone' }, { mid: '1', source: 'camera' }] });
    host.socket.onText(() => undefined);
    const come = async (count: number): Promise<() => void> => {
      const people = fork(AUDIENCE, [String(port), tokenOf(room.participantUrl), String(count)]);
      const [first] = (await Promise.race([once(people, 'message'), once(people, 'exit')])) as [unknown];
      if (first !== 'here') throw new Error('The audience could not come.');
      return () => people.disconnect();
    };
    const first = await come(FIRST_PEOPLE);
    const [before, aloneCpu] = [usedBytes(), await cpuMsPerS()];
    const [cpu, startMs] = [process.cpuUsage(), performance.now()];
    const rest = await come(PEOPLE);
    const { user, system } = process.cpuUsage(cpu);
    const joinMs = (performance.now() - startMs) / PEOPLE;
    await wait(1000);
    const [after, crowdCpu] = [usedBytes(), await cpuMsPerS()];
    first();
    rest();
    return {
      value: (after.resident - before.resident) / PEOPLE / 1000,
      also: {
        people: PEOPLE,
        heapKb: (after.heap - before.heap) / PEOPLE / 1000,
        cpuMsPerS: (crowdCpu - aloneCpu) / PEOPLE,
        crowdCpuMsPerS: crowdCpu,
        joinMs,
        joinCpuMs: (user + system) / 1000 / PEOPLE,
      },
    };
  } finally {
    await server.close();
    await data.remove();
  }
}

function usedBytes(): { heap: number; resident: number } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed + external, resident: memoryOfTree(process.pid) };
}

async function cpuMsPerS(): Promise<number> {
  const [before, startMs] = [process.cpuUsage(), performance.now()];
  await wait(WATCHED_S * 1000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (performance.now() - startMs);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inHouse } from './house.js';
import { cpuOfAll } from './processes.js';
import type { Measurement } from './trial.js';

const CLIENT = fileURLToPath(new URL('./idle-clients.js', import.meta.url));
const PEOPLE = 20;
const SETTLE_MS = 3_000;
const WATCHED_S = 20;

/**
 * CPU of the real server for each connected client while nobody shows or says anything: consent checks and reports of
 * both peer connections of libwebrtc, and what keeps the socket alive.
 */
export function idleClient(): Promise<Measurement> {
  return inHouse(async (house) => {
    const { pid } = house.server;
    const room = await house.room();
    await wait(SETTLE_MS);
    const alone = await cpuMsPerS(pid);
    const args = ['--experimental-websocket', '--no-warnings', CLIENT, room.hostUrl, room.participantUrl, String(PEOPLE)];
    const clients = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const [first] = (await Promise.race([once(clients.stdout, 'data'), once(clients, 'exit')])) as [Buffer | number];
    if (String(first) !== 'connected\n') throw new Error(`The clients could not connect: ${String(first)}`);
    await wait(SETTLE_MS);
    const crowd = await cpuMsPerS(pid);
    clients.stdin.end();
    await once(clients, 'exit');
    return { value: (crowd - alone) / PEOPLE, also: { people: PEOPLE, aloneCpuMsPerS: alone, crowdCpuMsPerS: crowd } };
  });
}

async function cpuMsPerS(pid: number): Promise<number> {
  const [before, startMs] = [cpuOfAll([pid]), performance.now()];
  await wait(WATCHED_S * 1000);
  return ((cpuOfAll([pid]) - before) * 1e6) / (performance.now() - startMs);
}

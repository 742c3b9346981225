import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readMp4Info } from '../../src/recording/mp4-info.js';
import { Bot } from '../support/bot.js';
import { commandLine, createRoom, ServerProcess, temporaryData, until, type ListedRecording } from '../support/server.js';

/** More recordings than the machine composes at once: the meetings notice nothing, and every movie is made in its turn. */

t.setTimeout(300_000);
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir, env: { REELROOM_COMPOSITORS: '1' } });
t.teardown(async () => {
  await server.stop();
  await data.remove();
});
const port = Number(new URL(server.url).port);

async function enter(hostUrl: string, name: string): Promise<Bot> {
  return Bot.join(port, String(hostUrl.split('#t=')[1]), name);
}

async function listed(): Promise<ListedRecording[]> {
  const { stdout } = await commandLine(data.dir, 'recordings', 'list', '--json');
  return JSON.parse(stdout) as ListedRecording[];
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

t.test('the second of two recordings waits for its turn, says so, and is whole in the end', async (t) => {
  const rooms = [await createRoom(server, 'First'), await createRoom(server, 'Second')];
  const [first, second] = (await Promise.all(rooms.map(({ hostUrl }) => enter(hostUrl, 'Ada')))) as [Bot, Bot];
  const guest = await enter(rooms[1]?.participantUrl ?? '', 'Cleo');
  for (const host of [first, second]) {
    t.equal(await host.codeOf({ type: 'recording-start' }), 'ok');
    await host.fact('recording', ({ recording }) => recording.state === 'recording');
  }
  const told = await second.fact('recording-progress', ({ waits, behindMs }) => waits && behindMs > 3_000);
  t.equal(told.leftMs, null, 'when its turn comes nobody knows');
  await sleep(8_000);
  for (const host of [second, first]) t.equal(await host.codeOf({ type: 'recording-stop' }), 'ok');
  await second.fact('recording', ({ recording }) => recording.state === 'finalising');
  await second.fact('recording', ({ recording }) => recording.state === 'available');
  t.notOk(first.facts.some(({ type }) => type === 'recording-progress'), 'the first is in time, and hears nothing of it');
  t.notOk(guest.facts.some(({ type }) => type === 'recording-progress'), 'nor does a participant');
  const movies = await until(
    async () => {
      const all = await listed();
      return all.every(({ state }) => state === 'available') ? all : null;
    },
    60_000,
    () => 'a recording did not become available',
  );
  t.equal(movies.length, 2);
  for (const { health, report, durationMs, path, name } of movies) {
    t.equal(health, 'complete', name);
    t.match(report, { missing: 0, frames: Math.round(durationMs / (1000 / 30)) });
    t.ok(durationMs > 9_000, `${durationMs} ms`);
    t.ok((await readMp4Info(path))?.moovInFront);
  }
  t.same([...first.misfits, ...second.misfits, ...guest.misfits], []);
  t.ok(server.output.includes('waits until others are composed'));
});

t.test('what a recording cost is known at the next start', async (t) => {
  const known = JSON.parse(await readFile(join(data.dir, 'costs.json'), 'utf8')) as { machine: string; coresPerRecording: number };
  t.match(known.machine, /^Reelroom .*; Node /);
  t.ok(known.coresPerRecording > 0.1 && known.coresPerRecording < 10);
});

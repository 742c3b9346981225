import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { systemClock } from '../../src/core/clock.js';
import { DataPaths } from '../../src/core/paths.js';
import { createSignalingServer } from '../../src/signaling/server.js';
import { Tokens } from '../../src/signaling/tokens.js';
import { FileShelf, openStorage, type Storage } from '../../src/storage/index.js';
import { Bot } from '../support/bot.js';
import { MediaDouble, RecordingDouble } from './doubles.js';

async function serve(dataDir: string, storage: Storage) {
  const server = await createSignalingServer({
    config: { dataDir, host: '127.0.0.1', httpPort: 0, hostTimeoutMs: 900_000, timeZone: 'Asia/Tokyo' },
    clock: systemClock,
    log: pino({ level: 'silent' }),
    media: new MediaDouble(),
    storage,
    recording: new RecordingDouble(),
    files: new FileShelf({ paths: new DataPaths(dataDir), rows: storage.roomFiles, options: { maxBytes: 1000 } }),
    tokens: new Tokens(Buffer.alloc(32, 3).toString('base64url'), () => Date.now()),
    adminSecret: 'secret',
    webRoot: dataDir,
  });
  return { server, port: server.port, url: `http://127.0.0.1:${server.port}` };
}

t.test('rooms and sessions are in the real storage, and sessions survive the process (S4)', async (t) => {
  const dataDir = t.testdir();
  const path = join(dataDir, 'reelroom.db');
  const storage = openStorage(path);
  const first = await serve(dataDir, storage);
  const response = await fetch(`${first.url}/api/v1/rooms`, { method: 'POST', body: JSON.stringify({ title: 'Weekly/🎬', kind: 'channel' }) });
  const { id, hostUrl } = (await response.json()) as { id: string; hostUrl: string };
  t.match(storage.rooms.get(id), { title: 'Weekly/🎬', kind: 'channel', timeZone: 'Asia/Tokyo' });
  const token = hostUrl.split('#t=')[1]!;

  const host = await Bot.join(first.port, token, 'Ann');
  const session = storage.sessions.open(id);
  t.match(session, { roomId: id, hostLeftAtMs: null, endedAtMs: null });
  t.equal(session!.endsAtLatestMs - session!.startedAtMs, 24 * 60 * 60_000);

  // A second server on the same files is what comes after a crash of the first, which then is closed.
  const storageAfter = openStorage(path);
  const second = await serve(dataDir, storageAfter);
  const back = await Bot.connect(second.port);
  t.match(await back.requestJoin(token, 'Ann'), { session: { sessionId: session!.id } });
  back.close();
  await back.socket.closed;
  for (let tries = 0; storageAfter.sessions.open(id)?.hostLeftAtMs === null && tries < 1000; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
  t.type(storageAfter.sessions.open(id)?.hostLeftAtMs, 'number');
  await second.server.close();
  t.match(storageAfter.sessions.get(session!.id), { endReason: 'server-stopped', endedAtMs: Number });

  await first.server.close();
  await host.socket.closed;
  storage.close();
  storageAfter.close();
});

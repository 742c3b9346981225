import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadSecrets } from '../../src/signaling/secrets.js';
import { Bot } from '../support/bot.js';
import { tokenOf } from '../support/publishers.js';
import { createRoom, failToStart, ServerProcess } from '../support/server.js';
import { reelroom } from './support.js';

t.test('serves until it is told to end, and knows where it is reached meanwhile', async (t) => {
  const data = t.testdir();
  const server = await ServerProcess.start({ dataDir: data });
  t.teardown(() => server.kill());
  t.equal((await fetch(server.url)).status, 200);
  const room = JSON.parse((await reelroom(data, ['room', 'create', '--title', 'T', '--json'])).stdout) as { hostUrl: string };
  t.match(room.hostUrl, `${server.url}/r/`, 'links name the port that is listened on');
  t.same(await server.stop(), { code: 0, signal: null });
  t.notOk(existsSync(join(data, 'server.json')));
  t.match((await reelroom(data, ['room', 'create', '--title', 'T', '--json'])).stdout, 'http://127.0.0.1:8080/r/');
});

t.test('the admin secret of a first start is shown once, and it listens on this machine alone', async (t) => {
  const data = t.testdir();
  const shown = /^Admin secret, shown this once: ([A-Za-z0-9_-]{43})$/m;
  const first = await ServerProcess.start({ dataDir: data });
  t.teardown(() => first.kill());
  const secret = shown.exec(first.output)?.[1] ?? '';
  t.equal(secret, loadSecrets(join(data, 'secrets.json')).adminSecret);
  t.match(first.url, 'http://127.0.0.1:');
  const headers = { authorization: `Bearer ${secret}` };
  t.equal((await fetch(`${first.url}/api/v1/rooms`, { method: 'POST', headers, body: '{"title":"x"}' })).status, 201);
  await first.stop();
  const second = await ServerProcess.start({ dataDir: data });
  t.notMatch(second.output, shown);
  t.notMatch(second.output, secret);
  await second.stop();
});

t.test('links of a server whose key or algorithm was changed are refused as such; with EdDSA its public key is there', async (t) => {
  const data = t.testdir();
  const codeAt = async (server: ServerProcess, link: string): Promise<string> => {
    const bot = await Bot.connect(Number(new URL(server.url).port));
    const answer = await bot.requestJoin(tokenOf(link), 'Ann');
    bot.close();
    return answer.type === 'error' ? answer.code : answer.type;
  };
  const first = await ServerProcess.start({ dataDir: data, env: { REELROOM_TOKENS: 'EdDSA' } });
  t.teardown(() => first.kill());
  const room = await createRoom(first, 'T');
  t.equal(await codeAt(first, room.hostUrl), 'joined');
  t.match(await (await fetch(`${first.url}/api/v1/keys`)).json(), { keys: [{ crv: 'Ed25519', alg: 'EdDSA' }] });
  await first.stop();

  const hmac = await ServerProcess.start({ dataDir: data });
  t.teardown(() => hmac.kill());
  t.equal(await codeAt(hmac, room.hostUrl), 'token_key_unknown');
  await hmac.stop();

  const path = join(data, 'secrets.json');
  writeFileSync(path, JSON.stringify({ ...loadSecrets(path), tokenKey: randomBytes(32).toString('base64url') }));
  const rotated = await ServerProcess.start({ dataDir: data, env: { REELROOM_TOKENS: 'EdDSA' } });
  t.teardown(() => rotated.kill());
  t.equal(await codeAt(rotated, room.hostUrl), 'token_key_unknown');
  await rotated.stop();
  t.match(await failToStart({ dataDir: data, env: { REELROOM_TOKENS: 'none' } }), { code: 2, output: /REELROOM_TOKENS is "none"/ });
});

t.test('what keeps it from starting is one sentence with a code', async (t) => {
  const data = t.testdir();
  const server = await ServerProcess.start({ dataDir: data });
  t.teardown(() => server.kill());
  const port = Number(new URL(server.url).port);
  const samePort = await failToStart({ dataDir: join(data, 'other'), port });
  t.match(samePort, { code: 1, output: /^reelroom: .*\[port_in_use\]$/m });
  const sameData = await failToStart({ dataDir: data });
  t.match(sameData, { code: 1, output: /^reelroom: .*\[data_in_use\]$/m });
  t.equal((await fetch(server.url)).status, 200, 'the one that runs is not disturbed');
  const noFolder = await failToStart({ dataDir: join(data, 'server.json', 'data') });
  t.match(noFolder, { code: 1, output: /^reelroom: .*\[database_unwritable\]$/m });
});

t.test('a server that was killed leaves no address behind', async (t) => {
  const data = t.testdir();
  const server = await ServerProcess.start({ dataDir: data });
  await server.kill();
  t.match((await reelroom(data, ['room', 'create', '--title', 'T', '--json'])).stdout, 'http://127.0.0.1:8080/r/');
});

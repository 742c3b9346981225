import { createSocket } from 'node:dgram';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import t from 'tap';
import { launchChromium } from '../support/chromium.js';
import { recordingRows } from '../support/database.js';
import { generator } from '../support/random.js';
import { PEOPLE } from '../support/pattern.js';
import { Publishers } from '../support/publishers.js';
import { commandLine, createRoom, eventLoopCpuMs, failToStart, freePort, ServerProcess, temporaryData, until } from '../support/server.js';

/** What must cost little and change nothing, on the real server. */
const SMALL = { widthPx: 320, fps: 15 } as const;

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** Datagrams of every first byte's kind (RFC 7983), most of them wrong in some way. */
function garbage(random: () => number): Buffer {
  const bytes = Buffer.from(Array.from({ length: Math.floor(random() * 1200) }, () => Math.floor(random() * 256)));
  const kind = Math.floor(random() * 5);
  // STUN with a length that lies; DTLS of no version; RTP whose extension runs beyond the packet; RTCP.
  const start = [[0, 1, 0xff, 0xfc, 0x21, 0x12, 0xa4, 0x42], [22, 254, 253, 0, 0], [0x90, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xbe, 0xde, 0xff, 0xff], [0x8f, 200, 0xff, 0xff], []][kind] ?? [];
  return Buffer.concat([Buffer.from(start), bytes]);
}

t.setTimeout(590_000);
t.test('garbage on the media port disturbs neither server nor meeting', { timeout: 300_000 }, async (t) => {
  const data = await temporaryData();
  const rtcPort = await freeUdpPort();
  const server = await ServerProcess.start({ dataDir: data.dir, env: { REELROOM_RTC_PORT: String(rtcPort) } });
  const publishers = new Publishers();
  t.teardown(async () => {
    await publishers.close();
    await server.stop();
    await data.remove();
  });
  const room = await createRoom(server, 'Noise');
  publishers.join('host', room.hostUrl, PEOPLE.host, SMALL);
  publishers.join('guest', room.participantUrl, PEOPLE.participant, SMALL);
  for (const key of ['host', 'guest']) await publishers.untilState(key, (state) => state.receiving >= 2, 60_000);
  t.equal(await publishers.command('host', { type: 'recording-start' }), null);

  const seed = Date.now() % 2 ** 32;
  t.comment(`seed ${seed}`);
  const random = generator(seed);
  const socket = createSocket('udp4');
  const usedBeforeMs = eventLoopCpuMs(server.pid);
  for (let round = 0; round < 50; round++) {
    for (let count = 0; count < 60; count++) socket.send(garbage(random), rtcPort, '127.0.0.1');
    t.ok((await fetch(`${server.url}/healthz`)).ok, `the server answers after ${(round + 1) * 60} datagrams`);
  }
  socket.close();
  const usedMs = eventLoopCpuMs(server.pid) - usedBeforeMs;
  t.ok(usedMs < 50 * 60, `3,000 datagrams, the meeting and 50 answers cost ${usedMs} ms of CPU: at most 1 ms each`);
  t.equal(publishers.state('host')?.recording?.state, 'recording');
  t.equal(publishers.state('guest')?.connection, 'joined');
  t.equal(await publishers.command('host', { type: 'recording-stop' }), null);
  await publishers.untilState('host', (state) => state.recording?.state === 'available', 60_000);
});

t.test('links that do not fit are answered in words', { timeout: 300_000 }, async (t) => {
  const data = await temporaryData();
  const server = await ServerProcess.start({ dataDir: data.dir });
  const chromium = await launchChromium();
  t.teardown(async () => {
    await chromium.close();
    await server.stop();
    await data.remove();
  });
  const [room, other] = [await createRoom(server, 'One'), await createRoom(server, 'Two')];
  const expired = await commandLine(data.dir, 'token', room.id, '--role', 'host', '--days', '0.00001');
  t.equal(expired.code, 0, expired.stderr);
  // The token's day is over after 0.864 s; a token's times are whole seconds.
  await until(() => null, 2500, () => '').catch(() => undefined);
  const links: [string, string, RegExp][] = [
    ['broken', room.hostUrl.replace(/.{12}$/, 'aaaaaaaaaaaa'), /damaged|not made by this server/i],
    ['expired', expired.stdout.trim(), /expired/i],
    ['of another room', other.hostUrl.replace(`/r/${other.id}`, `/r/${room.id}`), /another room/i],
    ['to a room that is not there', room.hostUrl.replace(`/r/${room.id}`, '/r/nosuchroom'), /another room|no such room|no room/i],
    ['without its token', room.hostUrl.replace(/#.*/, ''), /not complete/i],
  ];
  for (const [what, link, words] of links) {
    const person = await chromium.person();
    await person.open(link);
    const shown = async (): Promise<string> => person.evaluate<string>('document.body.innerText');
    const joining = await until(async () => {
      if (words.test(await shown())) return 'told';
      return (await person.count('button', 'Join')) > 0 ? 'asked' : null;
    }, 60_000, () => 'the page stays empty');
    if (joining === 'asked') {
      await person.fill('textbox', 'Your name', 'Nobody');
      await person.click('button', 'Join');
    }
    const told = await until(async () => (words.test(await shown()) ? true : null), 60_000, () => `the page says nothing of ${words}`).catch(async () => shown());
    t.equal(told, true, `a link ${what}`);
    t.equal(await person.count('button', 'Leave'), 0, 'nobody gets in');
    await person.close();
  }
});

t.test('a port that is taken is said in one sentence', { timeout: 300_000 }, async (t) => {
  const [data, second] = [await temporaryData(), await temporaryData()];
  const server = await ServerProcess.start({ dataDir: data.dir });
  t.teardown(async () => {
    await server.stop();
    await Promise.all([data.remove(), second.remove()]);
  });
  const port = Number(new URL(server.url).port);
  const taken = await failToStart({ dataDir: second.dir, port });
  t.equal(taken.code, 1);
  t.match(taken.output, new RegExp(`port.*${port}|${port}.*port`, 'i'));
  t.notMatch(taken.output, /^\s+at /m, 'without a stack');
  t.ok((await fetch(`${server.url}/healthz`)).ok, 'the first server goes on');
});

t.test('without an encoder the meeting goes on and nothing recorded is lost', { timeout: 300_000 }, async (t) => {
  const data = await temporaryData();
  // Present, executable and of no use: neither H.264 nor AAC.
  const useless = join(data.dir, 'ffmpeg');
  mkdirSync(data.dir, { recursive: true });
  writeFileSync(useless, '#!/bin/sh\necho "ffmpeg version 0 Copyright (c) 2000-2001"\n');
  chmodSync(useless, 0o755);
  const store = join(data.dir, 'store');
  const port = await freePort();
  let server = await ServerProcess.start({ dataDir: store, port, env: { REELROOM_FFMPEG: useless } });
  const publishers = new Publishers();
  t.teardown(async () => {
    await publishers.close();
    await server.stop();
    await data.remove();
  });
  const room = await createRoom(server, 'No encoder');
  publishers.join('host', room.hostUrl, PEOPLE.host, SMALL);
  publishers.join('guest', room.participantUrl, PEOPLE.participant, SMALL);
  for (const key of ['host', 'guest']) await publishers.untilState(key, (state) => state.receiving >= 2, 60_000);
  const refusal = await publishers.command('host', { type: 'recording-start' });
  if (refusal) {
    t.match(refusal, { code: 'encoder_missing', message: /ffmpeg/i });
  } else {
    const recordedFor = performance.now();
    await until(() => (performance.now() - recordedFor > 2000 ? true : null), 60_000, () => '');
    await publishers.command('host', { type: 'recording-stop' });
    const row = await until(() => recordingRows(store).find(({ state }) => state === 'failed' || state === 'available') ?? null, 60_000, () => JSON.stringify(recordingRows(store)));
    t.match(row, { state: 'failed', failure_message: /ffmpeg|encoder/i }, 'it says what is missing');
    for (const key of ['host', 'guest']) t.match(publishers.state(key), { connection: 'joined', receiving: 2 }, 'the meeting goes on');
    await server.stop();
    server = await ServerProcess.start({ dataDir: store, port });
    const mended = await until(() => recordingRows(store).find(({ id, state }) => id === row.id && state === 'available') ?? null, 60_000, () => JSON.stringify(recordingRows(store))).catch(() => null);
    t.equal(mended?.state, 'available', 'with an encoder the next start makes the movie');
  }
});

t.test('a full disk ends the recording in words, keeps what was written, and the meeting goes on', { timeout: 300_000 }, async (t) => {
  if (process.getuid?.() !== 0) {
    // A small file system of one's own needs root; `.ci/run` has it.
    t.comment('not root: no file system can be mounted, so only a read-only data directory is tried');
    const readOnly = await temporaryData();
    chmodSync(readOnly.dir, 0o555);
    t.teardown(() => readOnly.remove());
    const refused = await failToStart({ dataDir: join(readOnly.dir, 'store') });
    t.equal(refused.code, 1);
    t.notMatch(refused.output, /^\s+at /m, 'one sentence, no stack');
    return;
  }
  const data = await temporaryData();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=640m', 'tmpfs', data.dir]);
  const publishers = new Publishers();
  let server: ServerProcess | null = null;
  t.teardown(async () => {
    await publishers.close();
    await server?.stop();
    execFileSync('umount', ['-l', data.dir]);
    await data.remove();
  });
  server = await ServerProcess.start({ dataDir: data.dir });
  const running = server;
  const room = await createRoom(server, 'Full');
  publishers.join('host', room.hostUrl, PEOPLE.host, SMALL);
  publishers.join('guest', room.participantUrl, PEOPLE.participant, SMALL);
  for (const key of ['host', 'guest']) await publishers.untilState(key, (state) => state.receiving >= 2, 60_000);
  t.equal(await publishers.command('host', { type: 'recording-start' }), null);
  await publishers.untilState('host', (state) => state.recording?.state === 'recording', 60_000);
  const recordedFrom = performance.now();
  await until(() => (performance.now() - recordedFrom > 2000 ? true : null), 60_000, () => '');
  // All that is left of the disk, at once: no watching of the free space can be in time.
  try {
    for (let part = 0; ; part++) writeFileSync(join(data.dir, `ballast-${part}`), Buffer.alloc(256 << 10));
  } catch (error) {
    t.match(error, { code: 'ENOSPC' });
  }
  const told = await publishers.untilState('host', ({ recording }) => recording !== null && recording.state !== 'recording', 60_000);
  t.comment(`${told.recording?.state} ${JSON.stringify(told.recording?.failure)}`);
  const full = await publishers.untilState('host', ({ recording }) => recording?.state === 'failed' || recording?.state === 'available', 60_000);
  const { recordingId = '' } = full.recording ?? {};
  const refusal = await publishers.command('host', { type: 'recording-start' });
  t.match(refusal, { code: 'disk_full', message: /space|disk/i }, 'another recording is refused in words');
  for (const key of ['host', 'guest']) t.match(publishers.state(key), { connection: 'joined', receiving: 2 }, `${key} is in the meeting still`);
  t.ok((await fetch(`${running.url}/healthz`)).ok, 'the server goes on');
  if (full.recording?.state === 'failed') {
    t.match(full.recording.failure?.message, /disk|space|full/i, 'it says why');
    for (const name of readdirSync(data.dir)) if (name.startsWith('ballast-')) rmSync(join(data.dir, name));
    await server.stop();
    server = await ServerProcess.start({ dataDir: data.dir });
  }
  const kept = await until(() => recordingRows(data.dir).find(({ id, state }) => id === recordingId && state === 'available') ?? null, 60_000, () => JSON.stringify(recordingRows(data.dir)));
  t.ok((kept.duration_ms ?? 0) > 1500, `what was recorded until then is kept: ${kept.duration_ms} ms`);
});

import t from 'tap';
import { launchChromium } from '../support/chromium.js';
import { recordingRows } from '../support/database.js';
import { PEOPLE } from '../support/pattern.js';
import { Publishers } from '../support/publishers.js';
import { commandLine, createRoom, ServerProcess, temporaryData, until } from '../support/server.js';
import { enter, TEXTS } from './party.js';

/** Who may do what to a recording, and what becomes of it when people come and go (P2, P3, R3, R8, R10). */
const SMALL = { widthPx: 320, fps: 15 } as const;
const PAUSE_MS = 4000;
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';

t.setTimeout(400_000);
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir });
const chromium = await launchChromium();
const publishers = new Publishers();
t.teardown(async () => {
  await publishers.close();
  await chromium.close();
  await server.stop();
  await data.remove();
});
const room = await createRoom(server, 'Roles');
publishers.join('host', room.hostUrl, PEOPLE.host, SMALL);
publishers.join('moderator', room.moderatorUrl, PEOPLE.moderator, SMALL);
publishers.join('participant', room.participantUrl, PEOPLE.participant, SMALL);
publishers.join('phone', room.hostUrl, PEOPLE.fox, { ...SMALL, mobile: true });
for (const key of ['host', 'moderator', 'participant', 'phone']) {
  await publishers.untilState(key, (state) => state.connection === 'joined' && state.members === 4 && state.receiving >= 6, 60_000);
}

t.test('a participant and a phone are refused, and nothing begins (P2, P3, R10)', async (t) => {
  t.match(await publishers.command('participant', { type: 'recording-start' }), { code: 'forbidden' });
  const phone = await publishers.command('phone', { type: 'recording-start' });
  t.ok(phone, 'a host on a phone is refused');
  t.match(phone?.message, /\w/);
  t.equal(recordingRows(data.dir).length, 0);
  t.match(await publishers.command('host', { type: 'recording-stop' }), { code: 'recording_not_running' }, 'a stop out of turn');
});

t.test('a phone that does not say so is known by its User-Agent (P3)', async (t) => {
  const phone = await enter(chromium, room.hostUrl, PEOPLE.late, { userAgent: IPHONE });
  await phone.click('button', 'More options');
  await phone.sees('menuitem', 'Media and Files');
  t.equal(await phone.count('menuitem', 'Record'), 0);
  await phone.close();
});

t.test('two who press at once make one recording (R10)', async (t) => {
  const answers = await Promise.all(['host', 'moderator'].map((key) => publishers.command(key, { type: 'recording-start' })));
  t.same(answers, [null, null], 'both are told that it runs');
  for (const key of ['host', 'moderator', 'participant']) await publishers.untilState(key, (state) => state.recording?.state === 'recording', 60_000);
  t.equal(recordingRows(data.dir).length, 1);
  t.match(await publishers.command('participant', { type: 'recording-stop' }), { code: 'forbidden' });
  t.ok(await publishers.command('phone', { type: 'recording-stop' }), 'a phone may not stop it either');
});

t.test('who joins later is told and confirms; a participant has no stop (R3, R4)', async (t) => {
  const late = await enter(chromium, room.participantUrl, PEOPLE.late);
  await late.reads(TEXTS.recorded);
  await late.click('button', 'Confirm');
  await late.sees('status', 'Recording');
  t.equal(await late.count('button', 'Stop recording'), 0);
  t.equal(await late.count('timer', 'Recording time'), 0);
  await late.close();
});

t.test('a pause is told to all and takes no command of a participant (R11)', async (t) => {
  t.match(await publishers.command('participant', { type: 'recording-pause' }), { code: 'forbidden' });
  t.equal(await publishers.command('moderator', { type: 'recording-pause' }), null);
  for (const key of ['host', 'participant']) await publishers.untilState(key, (state) => state.recording?.state === 'paused', 60_000);
  const pausedAtMs = Date.now();
  await until(() => (Date.now() - pausedAtMs > PAUSE_MS ? true : null), 60_000, () => 'time stands still');
  t.equal(await publishers.command('host', { type: 'recording-resume' }), null, 'another one may resume');
  for (const key of ['moderator', 'participant']) await publishers.untilState(key, (state) => state.recording?.state === 'recording', 60_000);
});

t.test('the hosts leave, and the recording goes on until the moderator stops it (R8)', async (t) => {
  publishers.leave('host');
  publishers.leave('phone');
  await publishers.untilState('moderator', (state) => state.members === 2, 60_000);
  t.equal(publishers.state('moderator')?.recording?.state, 'recording');
  const [before] = recordingRows(data.dir);
  t.equal(before?.state, 'recording');
  t.equal(await publishers.command('moderator', { type: 'recording-stop' }), null);
  t.equal(await publishers.command('moderator', { type: 'recording-stop' }).then((refusal) => refusal?.code ?? 'done'), 'done', 'stopping twice is fine');
  const ready = await until(() => recordingRows(data.dir).find(({ state }) => state === 'available') ?? null, 60_000, () => JSON.stringify(recordingRows(data.dir)));
  t.equal(ready.id, before?.id);
  t.equal(recordingRows(data.dir).length, 1);
});

t.test('the pause is not in the movie (R11)', async (t) => {
  const [recording] = recordingRows(data.dir);
  if (!recording) throw new Error('a recording');
  const { code, stdout, stderr } = await commandLine(data.dir, 'recordings', 'verify', recording.id, '--json');
  t.equal(code, 0, stdout + stderr);
  const found = JSON.parse(stdout) as { durationMs: number; wallMs: number; composedSkewMs: number };
  const shown = JSON.parse((await commandLine(data.dir, 'recordings', 'show', recording.id, '--json')).stdout) as { events: { to: string; at: string }[] };
  const atOf = (state: string, which: 0 | -1): number => Date.parse(shown.events.filter(({ to }) => to === state).at(which)?.at ?? '');
  const elapsedMs = atOf('finalising', 0) - atOf('recording', 0);
  t.ok(elapsedMs - found.wallMs >= PAUSE_MS, `${elapsedMs} ms from start to stop, ${found.wallMs} ms of them recorded`);
  t.ok(Math.abs(found.durationMs - found.wallMs) < 1000, `the movie lasts ${found.durationMs} ms`);
  t.type(found.composedSkewMs, 'number');
});

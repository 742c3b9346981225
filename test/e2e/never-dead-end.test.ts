import t, { type Test } from 'tap';
import { setTimeout as wait } from 'node:timers/promises';
import { DataPaths } from '../../src/core/paths.js';
import { launchChromium } from '../support/chromium.js';
import { recordingRows, sessionRows } from '../support/database.js';
import { journalFacts, type JournalTrack } from '../support/journal-facts.js';
import { PEOPLE } from '../support/pattern.js';
import { Publishers, type PublisherState } from '../support/publishers.js';
import { createRoom, freePort, ServerProcess, temporaryData, until } from '../support/server.js';
import { freeUdpPort, Way } from '../support/way.js';
import { enter } from './party.js';

/**
 * Never a dead end: the way to the server is cut, or the server dies or is stopped, in the middle of a recording. Real
 * clients (libwebrtc under the client library) come back by themselves, to the place that they had.
 */

const SMALL = { widthPx: 320, fps: 15 } as const;
const STALL_MS = 2_000;
const BLACKOUT_MS = 30_000;
const PATIENCE_MS = 60_000;

t.setTimeout(400_000);
const data = await temporaryData();
const [port, rtcPort] = [await freePort(), await freeUdpPort()];
const start = (): Promise<ServerProcess> => ServerProcess.start({ dataDir: data.dir, port, env: { REELROOM_RTC_PORT: String(rtcPort) } });
let server = await start();
const way = await Way.open({ tcpPort: port, udpPort: rtcPort });
const publishers = new Publishers();
t.teardown(async () => {
  await publishers.close();
  way.close();
  await server.stop();
  await data.remove();
});

const room = await createRoom(server, 'Never a dead end');
publishers.join('host', room.hostUrl, PEOPLE.host, SMALL);
publishers.join('guest', room.participantUrl, PEOPLE.participant, { ...SMALL, way });

const isWhole = ({ connection, members, receiving }: PublisherState): boolean => connection === 'joined' && members === 2 && receiving === 2;

/** Both are in the room, once each, and receive each other. */
async function whole(holds: (state: PublisherState) => boolean = () => true): Promise<{ host: PublisherState; guest: PublisherState }> {
  const [host, guest] = [
    await publishers.untilState('host', (state) => isWhole(state) && holds(state), PATIENCE_MS),
    await publishers.untilState('guest', (state) => isWhole(state) && holds(state), PATIENCE_MS),
  ];
  return { host, guest };
}

/** What the recording has of this person's camera so far, in the order of the tracks' beginnings. */
async function recordedCameras(recordingId: string, memberId: string): Promise<JournalTrack[]> {
  const { tracks } = await journalFacts(new DataPaths(data.dir).journal(recordingId));
  return tracks.filter(({ description }) => description.memberId === memberId && description.source === 'camera');
}

t.test('a recording runs, somebody has a hand up, a role and the highlight', async (t) => {
  const { guest } = await whole();
  const memberId = guest.memberId ?? '';
  t.equal(await publishers.command('host', { type: 'recording-start' }), null);
  t.equal(await publishers.command('guest', { type: 'raise-hand', raised: true }), null);
  t.equal(await publishers.command('guest', { type: 'chat', text: 'Do you hear me?' }), null);
  t.equal(await publishers.command('host', { type: 'set-role', memberId, role: 'moderator' }), null);
  t.equal(await publishers.command('host', { type: 'highlight', memberId }), null);
  await whole(({ recording, highlighted }) => recording?.state === 'recording' && highlighted === memberId);
});

t.test('a stall of 2 s is nothing: nobody comes back, for nobody was gone', async (t) => {
  const before = await whole();
  way.cut();
  await wait(STALL_MS);
  way.mend();
  t.equal(await publishers.command('guest', { type: 'ping' }), null);
  await wait(STALL_MS);
  const after = await whole();
  t.same(publishers.connections.get('guest'), ['joined']);
  t.equal(after.guest.memberId, before.guest.memberId);
});

t.test('after a blackout of 30 s the guest is back at the same place, on the same track of the recording', async (t) => {
  const before = await whole();
  const memberId = before.guest.memberId ?? '';
  const recordingId = before.guest.recording?.recordingId ?? '';
  way.cut();
  await publishers.untilState('guest', ({ connection }) => connection === 'reconnecting', BLACKOUT_MS);
  await wait(BLACKOUT_MS);
  t.equal(publishers.state('host')?.recording?.state, 'recording');
  way.mend();
  const mendedMs = performance.now();
  const { host, guest } = await whole();
  t.comment(`back after ${Math.round(performance.now() - mendedMs)} ms`);
  t.match(guest, { memberId, highlighted: memberId, own: { role: 'moderator', handRaisedAt: before.guest.own?.handRaisedAt, onStage: true } });
  t.equal(host.highlighted, memberId);
  t.same(host.names.toSorted(), [PEOPLE.host.name, PEOPLE.participant.name].toSorted(), 'no ghost');
  t.match(guest.recording, { recordingId, state: 'recording' });

  const dark = await until(async () => {
    const [camera, ...others] = await recordedCameras(recordingId, memberId);
    const gaps = camera?.framesAtMs.flatMap((atMs, index, all) => (atMs - (all[index - 1] ?? atMs) > BLACKOUT_MS ? [{ index, atMs, ms: atMs - (all[index - 1] ?? atMs) }] : [])) ?? [];
    const [gap] = gaps;
    // A second of pictures behind the gap: it is a stream again, and not a late packet.
    return camera && gap && camera.framesAtMs.length > gap.index + SMALL.fps ? { others: others.length, gaps: gaps.length, sentMs: camera.framesSentMs[gap.index]! - camera.framesSentMs[gap.index - 1]!, ...gap } : null;
  }, PATIENCE_MS, () => 'the recorded track does not go on');
  t.match(dark, { others: 0, gaps: 1 }, 'one track, before and after');
  t.ok(Math.abs(dark.sentMs - dark.ms) < STALL_MS, `its timestamps went on, too: ${dark.sentMs} of ${dark.ms} ms`);
  t.comment(`no picture for ${Math.round(dark.ms)} ms`);
});

/** Everybody is who and where they were, in the same session. */
function isAsBefore(t: Test, { host, guest }: Awaited<ReturnType<typeof whole>>, before: Awaited<ReturnType<typeof whole>>): void {
  t.equal(host.memberId, before.host.memberId);
  const { memberId, chat, own } = before.guest;
  t.match(guest, { memberId, highlighted: memberId, chat, own: { role: 'moderator', handRaisedAt: own?.handRaisedAt, onStage: true } });
  t.same(chat, ['Do you hear me?']);
  t.same(host.names, before.host.names, 'in their places, and no ghost');
  t.match(sessionRows(data.dir), [{ ended_at_ms: null }], 'one session');
}

t.test('a server that dies and is started again has everybody back, and the recording is whole (S4)', async (t) => {
  const before = await whole();
  const recordingId = before.host.recording?.recordingId;
  await server.kill();
  await publishers.untilState('host', ({ connection }) => connection === 'reconnecting', PATIENCE_MS);
  server = await start();
  const { host, guest } = await whole(({ recording }) => recording?.state !== 'recording');
  isAsBefore(t, { host, guest }, before);
  t.comment(`the recording is ${host.recording?.state ?? 'over'}`);
  await until(() => recordingRows(data.dir).find(({ id, state }) => id === recordingId && state === 'available') ?? null, PATIENCE_MS, () => JSON.stringify(recordingRows(data.dir)));
  t.equal(await publishers.command('host', { type: 'recording-start' }), null, 'and the next one may begin');
  await whole(({ recording }) => recording?.state === 'recording' && recording.recordingId !== recordingId);
});

t.test('a server that is stopped and started again has everybody back, too (S4)', async (t) => {
  const before = await whole();
  await server.stop();
  for (const key of ['host', 'guest']) await publishers.untilState(key, ({ connection, restarting }) => connection === 'reconnecting' && restarting, PATIENCE_MS);
  server = await start();
  const { host, guest } = await whole(({ recording }) => recording?.state !== 'recording');
  isAsBefore(t, { host, guest }, before);
  t.comment(`the recording is ${host.recording?.state ?? 'over'}`);
  await until(() => (recordingRows(data.dir).every(({ state }) => state === 'available') ? true : null), PATIENCE_MS, () => JSON.stringify(recordingRows(data.dir)));
  t.equal(recordingRows(data.dir).length, 2);
  t.ok(before.host.recording?.recordingId);
});

t.test('a browser comes back by itself, and so do people who reload, go back, or have a second window', async (t) => {
  const chromium = await launchChromium();
  t.teardown(() => chromium.close());
  const page = await enter(chromium, room.participantUrl, PEOPLE.late);
  const everybody = ({ connection, members, receiving }: PublisherState): boolean => connection === 'joined' && members === 3 && receiving === 4;
  await publishers.untilState('host', everybody, PATIENCE_MS);
  await server.kill();
  await publishers.untilState('host', ({ connection }) => connection === 'reconnecting', PATIENCE_MS);
  server = await start();
  const { names } = await publishers.untilState('host', everybody, PATIENCE_MS);
  t.same(names.toSorted(), [PEOPLE.host.name, PEOPLE.participant.name, PEOPLE.late.name].toSorted(), 'each once');
  await page.sees('figure', PEOPLE.host.name);
  await page.sees('button', 'Leave');

  const here = async (members: number): Promise<string[]> => {
    const state = await publishers.untilState('host', (one) => one.connection === 'joined' && one.members === members && one.receiving === 2 * (members - 1), PATIENCE_MS);
    return state.names.toSorted();
  };
  const three = names.toSorted();
  const joinAgain = async (): Promise<void> => {
    await page.sees('textbox', 'Your name');
    for (const device of ['Camera', 'Microphone']) await page.check(device, true);
    await page.click('button', 'Join');
    await page.sees('button', 'Leave');
    t.same(await here(3), three, 'once');
  };
  await page.page.reload();
  await joinAgain();

  // Back to what was looked at before, while the meeting goes on in the page: there is a way to it.
  await page.evaluate(`history.replaceState(null, '', '/'); history.pushState(null, '', ${JSON.stringify(room.participantUrl)})`);
  await page.page.goBack();
  await page.sees('button', 'Create room');
  await page.click('button', 'Back to the meeting');
  await page.sees('figure', PEOPLE.host.name);
  t.same(await here(3), three, 'nobody had left');

  // Away from the page, and back by the browser's own buttons.
  await page.page.goto('about:blank');
  await here(2);
  await page.page.goBack();
  await joinAgain();

  // A second window of the host, on a computer whose clock is wrong by hours.
  t.equal(await publishers.command('host', { type: 'recording-start' }), null);
  const wrong = `{ const Right = Date; Date = class extends Right { constructor(...at) { if (at.length > 0) super(...at); else super(Right.now() + 9 * 3_600_000); } static now() { return Right.now() + 9 * 3_600_000; } }; }`;
  const second = await enter(chromium, room.hostUrl, PEOPLE.host, { initScripts: [wrong] });
  t.same(await here(4), [...three, PEOPLE.host.name].toSorted(), 'two windows are two places');
  const parts = (await second.text('timer', 'Recording time')).split(':').map(Number);
  t.ok(parts.reduce((sum, part) => sum * 60 + part, 0) < PATIENCE_MS / 1000, `recorded for ${parts.join(':')}, whatever the clock says`);
  await second.click('button', 'Leave');
  t.same(await here(3), three, 'the other one stays');
  t.equal(publishers.state('host')?.recording?.state, 'recording');
});

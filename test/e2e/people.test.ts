import t from 'tap';
import type { Locator, Page } from 'playwright-core';
import { lossyProxy, type Link, type LossyProxy } from '../media/support/lossy-proxy.js';
import { launchChromium } from '../support/chromium.js';
import { PEOPLE, type PersonPattern } from '../support/pattern.js';
import type { Person } from '../support/person.js';
import { createRoom, ServerProcess, temporaryData, until } from '../support/server.js';
import { enter, hasRead } from './party.js';

/**
 * The meeting as its people know it, through the pages alone: who is here and what may be done about them (P1), the
 * stage (P4), the door (P5), the chat, and one's own view, which is nobody else's (V2).
 */
/** Louder is a tone; what others beep leaks at -60 dB into it. */
const HEARD_DB = -45;

t.setTimeout(590_000);
const data = await temporaryData();
// Of a session without a host the last five minutes begin after 3 s.
const server = await ServerProcess.start({ dataDir: data.dir, env: { REELROOM_HOST_TIMEOUT_MIN: '5.05' } });
const chromium = await launchChromium();
t.teardown(async () => {
  await chromium.close();
  await server.stop();
  await data.remove();
});

/** Keeps what the page got of its devices, to be asked whether it is on. */
const KEEP_DEVICES = `{
  const open = MediaDevices.prototype.getUserMedia;
  globalThis.ownTracks = [];
  MediaDevices.prototype.getUserMedia = async function (constraints) {
    const stream = await open.call(this, constraints);
    ownTracks.push(...stream.getTracks());
    return stream;
  };
}`;

interface Visitor extends Person {
  readonly page: Page;
  /** Types of what the page told the server, in order. */
  readonly said: string[];
}

const house = {
  async person(options: Parameters<typeof chromium.person>[0]): Promise<Visitor> {
    const person = await chromium.person(options);
    const said: string[] = [];
    person.page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => said.push((JSON.parse(String(payload)) as { type: string }).type));
    });
    return Object.assign(person, { said });
  },
};
const come = (link: string, pattern: PersonPattern): Promise<Visitor> => enter(house, link, { ...pattern, fps: 5 }, { initScripts: [KEEP_DEVICES] });

/** Comes in with all media over a line that loses what `line` says; nothing of the room's words is lost. */
async function comeBy(line: Link, link: string, pattern: PersonPattern): Promise<Visitor> {
  const overLine = {
    async person(options: Parameters<typeof chromium.person>[0]): Promise<Visitor> {
      const visitor = await house.person(options);
      await visitor.page.routeWebSocket(/.*/, (socket) => {
        let proxy: LossyProxy | undefined;
        let order = Promise.resolve();
        socket.connectToServer().onMessage((text) => {
          // One after the other: the first offer or answer names the server's port.
          order = order.then(async () => {
            const message = JSON.parse(String(text)) as Record<string, unknown>;
            for (const field of ['offer', 'answer']) {
              const sdp = message[field];
              if (typeof sdp !== 'string') continue;
              proxy ??= await lossyProxy(Number(/a=candidate:1 1 udp \d+ \S+ (\d+)/.exec(sdp)?.[1]), line);
              message[field] = proxy.rewrite(sdp);
            }
            socket.send(JSON.stringify(message));
          });
        });
        visitor.page.once('close', () => proxy?.close());
      });
      return visitor;
    },
  };
  return enter(overLine, link, { ...pattern, fps: 5 }, { initScripts: [KEEP_DEVICES] });
}

const DEVICES_ON = `ownTracks.filter((track) => track.readyState === 'live' && track.enabled).map(({ kind }) => kind).sort().join()`;
/** Name of the person whose tile is the largest. */
const LARGEST = `[...document.querySelectorAll('figure')].sort((a, b) => b.clientWidth - a.clientWidth)[0]?.getAttribute('aria-label')`;
/** Whether the picture of somebody's camera runs. */
const flows = (name: string): string => `[...document.querySelectorAll('figure')].some((tile) => tile.getAttribute('aria-label') === ${JSON.stringify(name)} && tile.querySelector('video')?.videoWidth > 0)`;

/** How loud a person's tone is in a page, dB: the loudest of 2.5 s, in which it beeps at least twice. */
const loudness = (hz: number): string => `(async () => {
  const context = new AudioContext();
  const analysers = [...document.querySelectorAll('audio')].filter(({ srcObject }) => srcObject?.getAudioTracks().length > 0).map(({ srcObject }) => {
    const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(srcObject).connect(analyser);
    return analyser;
  });
  const bin = Math.round(${hz} * 4096 / context.sampleRate);
  const spectrum = new Float32Array(2048);
  let loudest = -200;
  for (const endMs = performance.now() + 2500; performance.now() < endMs; await new Promise((resolve) => setTimeout(resolve, 30))) {
    for (const analyser of analysers) {
      analyser.getFloatFrequencyData(spectrum);
      loudest = Math.max(loudest, ...spectrum.slice(bin - 1, bin + 2));
    }
  }
  await context.close();
  return loudest;
})()`;

async function comesTrue(person: Person, expression: string, complaint: string): Promise<void> {
  await until(async () => ((await person.evaluate<boolean>(expression)) ? true : null), 60_000, () => complaint);
}

async function act(person: Person, name: string, item: string): Promise<void> {
  await person.click('button', `Actions for ${name}`);
  await person.click('menuitem', item);
}

const HANNA = PEOPLE.host.name;
const MILO = PEOPLE.moderator.name;
const PIA = PEOPLE.participant.name;
const LENA = PEOPLE.late.name;
const room = await createRoom(server, 'People');
const host = await come(room.hostUrl, PEOPLE.host);
const moderator = await come(room.moderatorUrl, PEOPLE.moderator);
const guest = await come(room.participantUrl, PEOPLE.participant);
for (const person of [host, moderator, guest]) for (const name of [HANNA, MILO, PIA]) await person.sees('figure', name);

t.test('what one writes all can read; reactions come and go; what is unread is counted', async (t) => {
  await guest.click('button', 'Chat');
  await guest.reads('No messages yet');
  await guest.fill('textbox', 'Message', 'See https://example.org/plan.');
  await guest.page.keyboard.press('Shift+Enter');
  await guest.page.keyboard.type('<b>Second</b> line');
  await guest.page.keyboard.press('Enter');
  const count = host.page.getByRole('button', { name: 'Chat', exact: true });
  await until(async () => ((await count.innerText()).includes('1 unread message') ? true : null), 60_000, () => 'nothing is counted');
  await hasRead(host, `${PIA} wrote: See https://example.org/plan.\n<b>Second</b> line`);
  await host.click('button', 'Chat');
  await host.reads('<b>Second</b> line');
  t.equal(await host.count('link', 'https://example.org/plan'), 1, 'an address is a link');
  t.match(await host.attribute('link', 'https://example.org/plan', 'rel'), /noopener/);
  t.notMatch(await count.innerText(), /unread/);

  await host.click('button', 'React');
  await host.click('button', 'React with 👍');
  await guest.sees('button', `👍 by ${HANNA}`);
  await guest.click('button', `👍 by ${HANNA}`);
  await host.sees('button', `👍 by You, ${PIA}`);
  await guest.click('button', `👍 by ${HANNA}, You`);
  await host.sees('button', '👍 by You');

  await guest.fill('textbox', 'Message', 'x'.repeat(2001));
  await guest.reads('1 character too many');
  await guest.page.keyboard.press('Enter');
  t.equal(await guest.page.getByRole('log').getByRole('article').count(), 1, 'nothing too long is sent');
  await guest.fill('textbox', 'Message', 'x'.repeat(1990));
  await guest.reads('10 characters left');
  await guest.fill('textbox', 'Message', '');
  for (const person of [host, guest]) {
    await person.page.keyboard.press('Escape');
    await person.misses('textbox', 'Message');
    await comesTrue(person, `document.activeElement.getAttribute('aria-label') === 'Chat'`, 'the focus does not return');
  }
});

t.test('a moderator turns a microphone off, and it is off; only its owner turns it on again', async (t) => {
  await until(async () => ((await host.evaluate<number>(loudness(PEOPLE.participant.frequencyHz))) > HEARD_DB ? true : null), 60_000, () => `${PIA} is not heard`);
  await moderator.click('button', 'People');
  t.equal(await moderator.count('button', 'Make host'), 0);
  await act(moderator, PIA, 'Mute');
  await guest.reads(`${MILO} turned your microphone off`);
  t.equal(await guest.attribute('button', 'Mute', 'aria-pressed'), 'true');
  t.equal(await guest.evaluate(DEVICES_ON), 'video', 'her own device is off');
  await until(async () => ((await host.evaluate<number>(loudness(PEOPLE.participant.frequencyHz))) < HEARD_DB ? true : null), 60_000, () => `${PIA} is still heard`);
  await moderator.click('button', `Actions for ${PIA}`);
  await moderator.sees('menuitem', 'Stop camera');
  t.equal(await moderator.count('menuitem', 'Mute'), 0, 'what is off cannot be turned off');
  await moderator.page.keyboard.press('Escape');
  t.equal(await moderator.count('dialog', 'People and chat'), 1, 'Escape closes the menu alone');
  await guest.click('button', 'Share screen');
  await host.sees('region', `Screen shared by ${PIA}`);
  await act(moderator, PIA, 'Stop screen');
  await guest.reads(`${MILO} stopped your screen`);
  t.equal(await guest.attribute('button', 'Share screen', 'aria-pressed'), 'false');
  await host.misses('region', `Screen shared by ${PIA}`);
  await moderator.click('button', `Actions for ${HANNA}`);
  for (const item of ['Mute', 'Remove', 'Move to audience', 'Make participant']) t.equal(await moderator.count('menuitem', item), 0, `a moderator does not "${item}" a host`);
  await moderator.page.keyboard.press('Escape');
  await guest.click('button', 'Mute');
  await until(async () => ((await host.evaluate<number>(loudness(PEOPLE.participant.frequencyHz))) > HEARD_DB ? true : null), 60_000, () => `${PIA} is not heard again`);
});

t.test('a private pin is one\'s own: nobody is told, and nothing is highlighted (V2)', async (t) => {
  const before = guest.said.length;
  await guest.click('button', `Pin ${MILO} for me`);
  await comesTrue(guest, `${LARGEST} === ${JSON.stringify(MILO)}`, 'who is pinned is not large');
  await guest.click('button', 'View');
  await guest.page.getByRole('menuitemradio', { name: 'Grid' }).click();
  t.equal(await guest.evaluate(LARGEST), MILO, 'in every view');
  await host.click('button', 'People');
  await host.sees('button', `Actions for ${MILO}`);
  for (const person of [host, moderator]) t.equal(await person.page.getByText('Highlighted for everyone').count(), 0);
  t.same([...new Set(guest.said.slice(before))].filter((type) => type !== 'view' && type !== 'ping'), [], 'the server hears of sizes alone');
  await guest.click('button', 'View');
  await guest.click('menuitem', `Unpin ${MILO}`);
  await comesTrue(guest, `new Set([...document.querySelectorAll('figure')].map(({ clientWidth }) => clientWidth)).size === 1`, 'the grid is not even');
});

t.test('a host makes a moderator, who may at once do more; and takes it back (P1)', async (t) => {
  await act(host, PIA, 'Make moderator');
  await guest.click('button', 'People');
  await guest.page.getByRole('checkbox', { name: 'Lock room', exact: true }).waitFor();
  await act(host, PIA, 'Make participant');
  await guest.misses('checkbox', 'Lock room');
  await guest.page.keyboard.press('Escape');
  t.equal(await guest.count('button', 'More options'), 1);
});

t.test('a locked room lets people wait, and hosts and moderators decide (P5)', async (t) => {
  await host.check('Lock room', true);
  await guest.reads('The room is locked');
  const late = await come(room.participantUrl, PEOPLE.late);
  await late.sees('heading', 'The host will let you in soon');
  await comesTrue(late, `document.querySelector('video')?.videoWidth > 0`, 'the preview is gone');
  t.equal(await late.count('figure', HANNA), 0, 'nothing of the meeting is shown');
  t.equal(await late.evaluate(DEVICES_ON), 'audio,video', 'the devices are kept');
  t.notOk(late.said.includes('publish'), 'and nothing is sent');
  await moderator.page.getByRole('listitem', { name: LENA }).getByRole('button', { name: 'Decline' }).click();
  await late.sees('heading', 'You were not let in');
  await host.misses('button', 'Admit');

  await late.click('button', 'Ask again');
  await late.click('button', 'Join');
  await late.sees('heading', 'The host will let you in soon');
  await host.page.keyboard.press('Escape');
  await host.reads(`${LENA} wants to come in.`);
  t.equal(await guest.page.getByText(`${LENA} wants to come in.`).count(), 0, 'participants are not asked');
  await host.click('button', 'Admit');
  await late.sees('button', 'Mute');
  for (const person of [host, moderator, guest]) await person.sees('figure', LENA);
  await comesTrue(host, flows(LENA), `${LENA} is not seen`);

  await act(moderator, LENA, 'Remove');
  await moderator.clickIn(`Remove ${LENA}?`, 'button', 'Cancel');
  await late.sees('button', 'Mute');
  await act(moderator, LENA, 'Remove');
  await moderator.clickIn(`Remove ${LENA}?`, 'button', 'Remove from the room');
  await late.sees('heading', 'You were removed from the room');
  await late.reads(`${MILO} ended your part in this meeting.`);
  t.equal(await late.evaluate(DEVICES_ON), '', 'and their devices are off');
  for (const person of [host, guest]) await person.misses('figure', LENA);
  await late.click('button', 'Enter again');
  await late.click('button', 'Join');
  await late.sees('heading', 'The host will let you in soon');
  await late.click('button', 'Leave');
  await late.sees('heading', 'You left the room');
  await host.misses('button', 'Admit');
  await late.close();
});

t.test('somebody goes off the stage and comes back with what they choose (P4)', async (t) => {
  await guest.click('button', 'More options');
  await guest.click('menuitem', 'Leave the stage');
  await guest.misses('button', 'Mute');
  await guest.misses('button', 'Share screen');
  await guest.reads('You can go on stage at any time.');
  await comesTrue(guest, `${DEVICES_ON} === ''`, 'devices are still on');
  await host.misses('figure', PIA);
  await guest.click('button', 'Join the stage');
  await comesTrue(guest, `document.querySelector('dialog video')?.videoWidth > 0`, 'there is no preview');
  t.equal(await host.count('figure', PIA), 0, 'nobody sees it');
  await guest.page.getByRole('checkbox', { name: 'Microphone', exact: true }).setChecked(false);
  await guest.clickIn('Join the stage?', 'button', 'Join the stage');
  await host.sees('figure', PIA);
  await comesTrue(host, flows(PIA), 'her camera does not come');
  t.equal(await guest.attribute('button', 'Mute', 'aria-pressed'), 'true', 'the microphone stays off, as she chose');

  await act(moderator, PIA, 'Move to audience');
  await guest.reads('Raise your hand to come on stage.');
  t.equal(await guest.count('button', 'Join the stage'), 0, 'who was moved does not come back alone');
  await guest.click('button', 'Raise hand');
  await act(moderator, PIA, 'Bring on stage');
  await host.sees('figure', PIA);
  for (const person of [host, moderator, guest]) t.same(person.problems.filter((words) => !words.includes('favicon')), []);
  await Promise.all([host.close(), moderator.close(), guest.close()]);
});

t.test('in a room on request hands are raised, and people invited (P4)', async (t) => {
  const { hostUrl, participantUrl } = await createRoom(server, 'On request', { stageAccess: 'on-request' });
  const host = await come(hostUrl, PEOPLE.host);
  const guest = await come(participantUrl, PEOPLE.participant);
  await guest.reads('Raise your hand to come on stage.');
  t.equal(await guest.count('button', 'Mute'), 0);
  await comesTrue(guest, `${DEVICES_ON} === ''`, 'devices are on in the audience');
  await guest.click('button', 'Raise hand');
  await guest.sees('button', 'Lower hand');
  await host.click('button', 'People');
  await act(host, PIA, 'Lower hand');
  await guest.reads(`${HANNA} lowered your hand`);
  await host.page.keyboard.press('Escape');
  await guest.click('button', 'Raise hand');
  const people = host.page.getByRole('button', { name: 'People', exact: true });
  await until(async () => ((await people.innerText()).includes('1 raised hand') ? true : null), 60_000, () => 'the hand is not counted');
  await people.click();
  await host.click('button', 'Bring on stage');
  await guest.reads('You are on stage.');
  t.equal(await guest.attribute('button', 'Mute', 'aria-pressed'), 'true');
  await host.sees('figure', PIA);
  t.notOk(guest.said.includes('publish'), 'nothing is sent before she turns it on');
  await guest.click('button', 'Stop camera');
  await comesTrue(host, flows(PIA), 'her camera does not come');

  await act(host, PIA, 'Move to audience');
  await guest.reads('You are in the audience now.');
  await comesTrue(guest, `${DEVICES_ON} === ''`, 'the camera stays on');
  await act(host, PIA, 'Invite to stage');
  await guest.clickIn('Join the stage?', 'button', 'Not now');
  await comesTrue(guest, `${DEVICES_ON} === ''`, 'the preview stays on');
  await act(host, PIA, 'Invite to stage');
  await comesTrue(guest, `document.querySelector('dialog video')?.videoWidth > 0`, 'there is no preview');
  t.equal(await host.count('figure', PIA), 0, 'nobody sees the preview');
  await guest.clickIn('Join the stage?', 'button', 'Join the stage');
  await comesTrue(host, flows(PIA), 'her camera does not come');
  await host.close();
  await guest.close();
});

t.test('in a webinar the audience is told that it can be invited, and has no hand to raise; without a host it hears how long it lasts (P4, S2)', async (t) => {
  const { hostUrl, participantUrl } = await createRoom(server, 'Webinar', { meetingKind: 'webinar' });
  const host = await come(hostUrl, PEOPLE.host);
  const guest = await come(participantUrl, PEOPLE.participant);
  await guest.reads('A host or a moderator can invite you to the stage.');
  for (const name of ['Raise hand', 'Join the stage', 'Mute', 'Share screen']) t.equal(await guest.count('button', name), 0, `no ${name}`);
  await comesTrue(guest, flows(HANNA), 'the stage is not seen');
  await host.click('button', 'People');
  await act(host, PIA, 'Invite to stage');
  await guest.clickIn('Join the stage?', 'button', 'Join the stage');
  await comesTrue(host, flows(PIA), 'who is invited is not seen');
  await host.close();

  await hasRead(guest, 'The session ends in 5 minutes unless a host comes back.');
  const left = guest.page.getByRole('timer').filter({ hasText: /^The session ends in \d:\d\d unless a host comes back\.$/ });
  const before = await left.innerText();
  await until(async () => ((await left.innerText()) < before ? true : null), 60_000, () => 'the countdown stands still (S2)');
  const back = await come(hostUrl, PEOPLE.host);
  await left.waitFor({ state: 'detached' });
  await back.close();
  await guest.close();
});

t.test('whose line is bad is told it, and the others see it', async (t) => {
  const { hostUrl, participantUrl } = await createRoom(server, 'A bad line');
  const host = await come(hostUrl, PEOPLE.host);
  const guest = await comeBy({ loss: 0.12, seed: 7 }, participantUrl, PEOPLE.participant);
  const sign = (where: Locator): Locator => where.getByText(/^(Very weak|Weak) connection$/);
  const isThere = { state: 'attached', timeout: 60_000 } as const;
  await t.resolves(sign(host.page.getByRole('figure', { name: PIA, exact: true })).waitFor(isThere), 'on the tile');
  await t.resolves(guest.reads('Your connection is weak'), 'in her own page');
  await host.click('button', 'People');
  await t.resolves(sign(host.page.getByRole('listitem', { name: PIA, exact: true })).waitFor(isThere), 'in the list of people');
  await host.close();
  await guest.close();
});

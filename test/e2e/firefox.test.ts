import t, { type Test } from 'tap';
import type { KeyInput } from 'puppeteer-core';
import { recordingRows } from '../support/database.js';
import { launchFirefox } from '../support/firefox.js';
import { PEOPLE } from '../support/pattern.js';
import { Publishers } from '../support/publishers.js';
import { createRoom, ServerProcess, temporaryData, until } from '../support/server.js';
import { RULES, violations } from './axe.js';
import { TEXTS } from './party.js';

/** A meeting and its recording in Firefox without a pointer, from the link to the files; axe looks at each state. */
const NAME = 'Keys in Firefox';

t.setTimeout(400_000);
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir });
const firefox = await launchFirefox(440);
const publishers = new Publishers();
t.teardown(async () => {
  await publishers.close();
  await firefox.close();
  await server.stop();
  await data.remove();
});
const room = await createRoom(server, NAME);
publishers.join('participant', room.participantUrl, PEOPLE.participant, { widthPx: 320, fps: 15 });
const host = await firefox.person();
await host.page.setViewport({ width: 1024, height: 700 });

const press = (key: KeyInput): Promise<void> => host.page.keyboard.press(key);
const focus = (): Promise<string> => host.evaluate('(({ activeElement: at }) => at.getAttribute("aria-label") ?? at.labels?.[0]?.innerText ?? at.innerText)(document)');

async function focusIs(name: string): Promise<void> {
  let at = '';
  const ask = async (): Promise<true | null> => ((at = await focus()) === name ? true : null);
  await until(ask, 60_000, () => `the focus is on "${at}", not on "${name}"`);
}

const KEYS = {
  forwards: () => press('Tab'),
  backwards: async () => {
    await host.page.keyboard.down('Shift');
    await press('Tab');
    await host.page.keyboard.up('Shift');
  },
  downwards: () => press('ArrowDown'),
};

/** Moves the focus to what bears the name. Behind the last element and before the first one are the browser's own. */
async function goTo(name: string, way: keyof typeof KEYS): Promise<void> {
  const seen: string[] = [];
  while ((await focus()) !== name) {
    if (seen.push(await focus()) > 40) throw new Error(`${way} come ${seen.join(', ')}, never "${name}"`);
    await KEYS[way]();
  }
}

async function choose(item: string, way: keyof typeof KEYS = 'forwards'): Promise<void> {
  await goTo('More options', way);
  await press('Enter');
  await focusIs('Record');
  await goTo(item, 'downwards');
  await press('Enter');
}

async function isSound(t: Test, state: string): Promise<void> {
  // What is just being faded in has not got its contrast yet.
  await host.evaluate('Promise.all(document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity).map(({ finished }) => finished.catch(() => undefined))).then(() => true)');
  t.same((await violations(host, RULES)).serious, [], `axe finds nothing serious: ${state}`);
}

t.test('the join page: devices, name, Enter', async (t) => {
  await host.open(room.hostUrl);
  await focusIs('Your name');
  await until(async () => ((await host.evaluate<boolean>('document.querySelector("video")?.videoWidth > 0')) ? true : null), 60_000, () => 'no preview');
  await isSound(t, 'join page');
  for (const name of ['Camera', 'Microphone', 'Join']) await goTo(name, 'forwards');
  await goTo('Your name', 'backwards');
  await host.page.keyboard.type('Ada');
  await press('Enter');
  await focusIs(NAME);
  await host.sees('figure', PEOPLE.participant.name);
  await isSound(t, 'room');
});

t.test('the menu and the question, and Escape gives the focus back (R1)', async (t) => {
  await goTo('More options', 'forwards');
  await press('Enter');
  await focusIs('Record');
  await isSound(t, 'menu');
  await press('Escape');
  await focusIs('More options');
  await choose('Record');
  await focusIs('Start Recording');
  await isSound(t, 'question');
  await press('Escape');
  await focusIs('More options');
  t.equal(recordingRows(data.dir).length, 0);
});

t.test('people and chat', async (t) => {
  await goTo('People', 'backwards');
  await press('Enter');
  await focusIs('People');
  await isSound(t, 'people');
  await press('ArrowRight');
  await focusIs('Chat');
  await goTo('Message', 'forwards');
  await host.page.keyboard.type('By keys alone');
  await press('Enter');
  await host.reads('By keys alone');
  await isSound(t, 'chat');
  await press('Escape');
  await focusIs('Chat');
});

t.test('a person is moved off the stage and brought back, and another is let in at the locked door (P4, P5)', async (t) => {
  const { participant, late } = PEOPLE;
  const act = async (item: string): Promise<void> => {
    await goTo(`Actions for ${participant.name}`, 'forwards');
    await press('Enter');
    await host.sees('menuitem', item);
    await goTo(item, 'downwards');
    await press('Enter');
  };
  await goTo('People', 'backwards');
  await press('Enter');
  await focusIs('People');
  await goTo('Lock room', 'forwards');
  await press(' ');
  await act('Move to audience');
  await publishers.untilState('participant', ({ own }) => own?.onStage === false, 60_000);
  await host.misses('figure', participant.name);
  publishers.join('late', room.participantUrl, late, { widthPx: 320, fps: 15 });
  await publishers.untilState('late', ({ connection }) => connection === 'waiting', 60_000);
  await host.sees('button', 'Admit');
  await isSound(t, 'door');
  await goTo('Lock room', 'backwards');
  await goTo('Admit', 'forwards');
  await press('Enter');
  await publishers.untilState('late', ({ connection }) => connection === 'joined', 60_000);
  await host.sees('figure', late.name);
  await goTo('Lock room', 'backwards');
  await act('Invite to stage');
  await publishers.untilState('participant', ({ own }) => own?.invited === true, 60_000);
  t.equal(await publishers.command('participant', { type: 'stage-answer', accepted: true }), null);
  await host.sees('figure', participant.name);
  await press('Escape');
  await focusIs('People');
});

t.test('recorded, confirmed and stopped (R1, R3, R4, R5, R6, R7)', async (t) => {
  await choose('Record');
  await focusIs('Start Recording');
  await press('Enter');
  await host.sees('button', 'Confirm');
  await isSound(t, 'notice');
  await goTo('Confirm', 'backwards');
  await press('Enter');
  await host.misses('button', 'Confirm');
  await until(() => recordingRows(data.dir).find(({ state }) => state === 'recording') ?? null, 60_000, () => 'nothing is recorded');
  await goTo('Stop recording', 'forwards');
  await press(' ');
  await host.sees('dialog', TEXTS.stopQuestion);
  // It bears the square's name.
  await until(async () => ((await host.evaluate<boolean>('document.activeElement.closest("dialog") !== null')) ? true : null), 60_000, () => 'the focus stays behind the question');
  t.equal(await focus(), 'Stop recording');
  await press('Enter');
  await host.reads(TEXTS.available);
  await isSound(t, 'available');
});

t.test('the file in Media and Files is reached and played (F1)', async (t) => {
  await choose('Media and Files');
  await focusIs('Media and Files');
  const [row] = recordingRows(data.dir);
  await goTo(row?.path?.split('/').at(-1) ?? 'a file', 'forwards');
  await isSound(t, 'files');
  await press('Enter');
  await until(async () => ((await host.evaluate<number>('document.querySelector("video")?.readyState ?? 0')) >= 2 ? true : null), 60_000, () => 'it does not play');
  await isSound(t, 'player');
  t.same(host.problems, []);
});

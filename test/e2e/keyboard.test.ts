import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Page } from 'playwright-core';
import { packageRoot } from '../../src/core/paths.js';
import type { ServerMessage } from '../../src/signaling/protocol.js';
import { launchChromium } from '../support/chromium.js';
import type { Person } from '../support/person.js';
import { createRoom, ServerProcess, temporaryData, until } from '../support/server.js';
import { recording } from '../web/samples.js';
import { TEXTS } from './party.js';

/** From the link to the files without a pointer: Tab, Enter, Space, Escape and arrows; and what a screen reader hears. */
const STAND_INS = readFileSync(join(packageRoot, 'test', 'e2e', 'pages', 'stand-ins.js'), 'utf8');
const LOOK = { wall: ['#dfe7e4', '#9fb8b0'], shirt: '#2f4b7c', skin: '#e8b48f', hair: '#4a2f22', long: true };

t.setTimeout(400_000);
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir });
const chromium = await launchChromium();
t.teardown(async () => {
  await chromium.close();
  await server.stop();
  await data.remove();
});
const room = await createRoom(server, 'Keys');

interface Visitor extends Person {
  readonly page: Page;
  tell(message: ServerMessage): void;
}

/** At the join page; what is said of recordings is granted without the server. */
async function visitor(link: string): Promise<Visitor> {
  let tell: (message: ServerMessage) => void = () => undefined;
  const person = await chromium.person({ initScripts: [`${STAND_INS}\ninstallStandIns(${JSON.stringify({ look: LOOK, devices: 'two of each' })});`] });
  await person.page.setViewportSize({ width: 1280, height: 720 });
  await person.page.routeWebSocket(/.*/, (socket) => {
    const real = socket.connectToServer();
    socket.onMessage((message) => {
      const { type, id } = JSON.parse(String(message)) as { type: string; id: number };
      if (type.startsWith('recording-')) socket.send(JSON.stringify({ type: 'ok', id }));
      else real.send(message);
    });
    tell = (message) => socket.send(JSON.stringify(message));
  });
  await person.open(link);
  return Object.assign(person, { tell: (message: ServerMessage) => tell(message) });
}

const FOCUS = '(({ activeElement: at }) => at.getAttribute("aria-label") ?? at.labels?.[0]?.innerText ?? at.innerText)(document)';

function focus(person: Person): Promise<string> {
  return person.evaluate<string>(FOCUS);
}

async function focusIs(person: Person, name: string): Promise<void> {
  await until(async () => ((await focus(person)) === name ? true : null), 30_000, () => `the focus is not on "${name}"`).catch(async (error: unknown) => {
    throw new Error(`it is on "${await focus(person)}"`, { cause: error });
  });
}

/** Through the join page by keys alone. */
async function enterByKeys(person: Visitor, name: string): Promise<void> {
  await focusIs(person, 'Your name');
  await person.page.keyboard.type(name);
  await person.page.keyboard.press('Enter');
  await focusIs(person, 'Keys');
}

t.test('everything of the join page is reached in its order, and Enter joins', async (t) => {
  const person = await visitor(room.hostUrl);
  const { keyboard } = person.page;
  await focusIs(person, 'Your name');
  await person.page.getByRole('combobox', { name: 'Video source' }).waitFor();
  for (const name of ['Camera', 'Video source', 'Microphone', 'Audio source', 'Speaker', 'Test sound', 'Join']) {
    await keyboard.press('Tab');
    t.equal(await focus(person), name);
    t.not(await person.evaluate('getComputedStyle(document.activeElement).boxShadow'), 'none', `${name} shows that it has the focus`);
  }
  await keyboard.press('Enter');
  await focusIs(person, 'Your name');
  t.equal(await person.count('button', 'Leave'), 0, 'nobody joins without a name');
  await keyboard.press('Shift+Tab');
  t.equal(await focus(person), 'Language');
  await keyboard.press('Tab');
  await keyboard.press('Tab');
  t.equal(await focus(person), 'Camera');
  await keyboard.press('Space');
  t.notOk(await person.page.getByRole('checkbox', { name: 'Camera' }).isChecked());
  await keyboard.press('Tab');
  await keyboard.press('ArrowDown');
  t.ok(await until(async () => ((await person.page.getByRole('checkbox', { name: 'Camera' }).isChecked()) ? true : null), 30_000, () => 'another camera is not taken'), 'who chooses a camera wants it');
  await keyboard.press('Shift+Tab');
  await keyboard.press('Shift+Tab');
  await enterByKeys(person, 'Ada');
  await person.close();
});

t.test('a menu is gone through by its keys, and gives the focus back', async (t) => {
  const person = await visitor(room.hostUrl);
  const { keyboard } = person.page;
  await enterByKeys(person, 'Ada');
  await person.page.getByRole('button', { name: 'More options' }).focus();
  await keyboard.press('Enter');
  await focusIs(person, 'Record');
  await keyboard.press('ArrowUp');
  const last = await focus(person);
  t.not(last, 'Record', 'upwards from the first is the last');
  await keyboard.press('ArrowDown');
  t.equal(await focus(person), 'Record');
  await keyboard.press('End');
  t.equal(await focus(person), last);
  await keyboard.press('Home');
  t.equal(await focus(person), 'Record');
  await keyboard.press('Escape');
  await focusIs(person, 'More options');
  await keyboard.press('Enter');
  await focusIs(person, 'Record');
  await keyboard.press('Tab');
  await person.misses('menuitem', 'Record');
  await person.close();
});

t.test('a dialog keeps the focus until it is answered, and gives it back', async (t) => {
  const person = await visitor(room.hostUrl);
  const { keyboard } = person.page;
  await enterByKeys(person, 'Ada');
  for (const [item, first, stops] of [['Record', 'Start Recording', 2], ['Layout of the recording', 'Use this layout', 3]] as const) {
    await person.page.getByRole('button', { name: 'More options' }).focus();
    await keyboard.press('Enter');
    await focusIs(person, 'Record');
    for (let steps = 0; (await focus(person)) !== item && steps < 20; steps += 1) await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await focusIs(person, first);
    const seen = new Set<string>();
    for (let step = 0; step < 3 * stops; step += 1) {
      await keyboard.press(step < 2 * stops ? 'Tab' : 'Shift+Tab');
      // The browser's own bar is a stop on the way; without one, as here, it is the page as a whole.
      const where = await person.evaluate<string>(`(({ activeElement: at }) => at === document.body ? 'browser' : at.closest('dialog') ? ${FOCUS} : 'behind')(document)`);
      seen.add(where);
    }
    t.notOk(seen.has('behind'), `${item}: ${[...seen].join(', ')}`);
    t.ok(seen.has('Cancel') && seen.has(first), `${item}: all of it is reached: ${[...seen].join(', ')}`);
    await keyboard.press('Escape');
    await focusIs(person, 'More options');
  }
  await person.close();
});

t.test('notices are read out, come first in the order of the keys, and leave the focus somewhere when they go', async (t) => {
  const person = await visitor(room.participantUrl);
  const { keyboard } = person.page;
  await enterByKeys(person, 'Cleo');
  const regions = async (): Promise<{ live: string; words: string }[]> => {
    const session = await person.page.context().newCDPSession(person.page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    await session.detach();
    const byId = new Map(nodes.map((node) => [node.nodeId, node]));
    const wordsOf = (id: string): string => {
      const node = byId.get(id);
      if (!node) return '';
      return node.role?.value === 'StaticText' ? String(node.name?.value ?? '') : (node.childIds ?? []).map(wordsOf).join(' ');
    };
    return nodes.flatMap((node) => {
      const live = node.properties?.find(({ name }) => name === 'live')?.value.value as string | undefined;
      const root = node.properties?.find(({ name }) => name === 'root')?.value.relatedNodes;
      return live && live !== 'off' && !root?.length ? [{ live, words: wordsOf(node.nodeId) }] : [];
    });
  };
  const hears = async (words: string): Promise<void> => {
    await until(async () => ((await regions()).some((region) => region.live === 'polite' && region.words.includes(words)) ? true : null), 30_000, () => `"${words}" is not read out`);
  };
  person.tell({ type: 'session-started', sessionId: 's' });
  person.tell({ type: 'recording', recording: recording('starting') });
  await hears(TEXTS.starting);
  person.tell({ type: 'recording', recording: recording('recording') });
  await hears(TEXTS.recorded);
  await focusIs(person, 'Keys');
  await keyboard.press('Shift+Tab');
  t.equal(await focus(person), 'Confirm');
  t.not(await person.evaluate('getComputedStyle(document.activeElement).boxShadow'), 'none');
  await keyboard.press('Shift+Tab');
  t.equal(await focus(person), 'Dismiss');
  await keyboard.press('Enter');
  await focusIs(person, 'Confirm');
  await keyboard.press('Enter');
  await person.misses('button', 'Confirm');
  await focusIs(person, 'Keys');
  t.same((await regions()).filter(({ words }) => words.includes(TEXTS.recorded)), []);
  await person.close();
});

t.test('the files are opened, watched and left by keys, and a whiteboard is used', async (t) => {
  const person = await visitor(room.hostUrl);
  const { keyboard } = person.page;
  const entry = { bytes: 1, durationMs: 1000, startedAt: null, url: '/none.mp4', posterUrl: null, downloadUrl: '/none.mp4', failure: null, state: 'available' };
  const folders = [{ name: 'Recordings', files: [{ ...entry, id: 'one', name: 'One.mp4' }, { ...entry, id: 'two', name: 'Two.mp4' }] }];
  const files = [{ id: 'plan', name: 'Plan.pdf', type: 'application/pdf', bytes: 1, addedAt: '2026-01-02T00:00:00Z', url: '/none.pdf' }];
  await person.page.route('**/api/v1/rooms/*/files', (route) => route.fulfill({ json: { room: { id: room.id, title: 'Keys' }, files, maxFileBytes: 1e9, folders } }));
  await enterByKeys(person, 'Ada');
  await person.page.getByRole('button', { name: 'More options' }).focus();
  await keyboard.press('Enter');
  await focusIs(person, 'Record');
  await keyboard.press('ArrowDown');
  await focusIs(person, 'Media and Files');
  await keyboard.press('Enter');
  await person.sees('link', 'Two.mp4');
  await focusIs(person, 'Media and Files');
  const tabThrough = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      await keyboard.press('Tab');
      t.equal(await focus(person), name);
    }
  };
  await tabThrough('Add files', 'Plan.pdf', 'Download', 'Rename');
  await keyboard.press('Enter');
  await focusIs(person, 'Name');
  await keyboard.press('Escape');
  await focusIs(person, 'Rename');
  await tabThrough('Delete', 'One.mp4', 'Download', 'Two.mp4');
  await keyboard.press('Enter');
  await focusIs(person, 'Player: Two.mp4');
  for (let steps = 0; (await focus(person)) !== 'Close player' && steps < 20; steps += 1) await keyboard.press('Tab');
  await keyboard.press('Enter');
  await focusIs(person, 'Two.mp4');
  await person.page.getByRole('heading', { name: 'Media and Files' }).focus();
  await keyboard.press('Shift+Tab');
  t.equal(await focus(person), 'Back to the meeting');
  await keyboard.press('Enter');
  await person.sees('figure', 'Ada');

  // Drawing takes a pointer; all else about a whiteboard does not.
  await person.page.getByRole('button', { name: 'More options' }).focus();
  await keyboard.press('Enter');
  await focusIs(person, 'Record');
  for (let steps = 0; (await focus(person)) !== 'Whiteboard' && steps < 20; steps += 1) await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await person.sees('button', 'Pen');
  await person.page.getByRole('button', { name: 'Pen', exact: true }).focus();
  await tabThrough('Eraser', 'Laser pointer', 'Black', 'Red');
  await keyboard.press('Enter');
  t.equal(await person.attribute('button', 'Red', 'aria-pressed'), 'true');
  await tabThrough('Blue', 'Green', 'Thin', 'Thick', 'Undo', 'Clear');
  t.equal(await person.attribute('button', 'Undo', 'aria-disabled'), 'true', 'there is nothing yet');
  await keyboard.press('Enter');
  t.equal(await person.attribute('button', 'Undo', 'aria-disabled'), 'false', 'clearing can be undone');
  await tabThrough('Stop presenting');
  await keyboard.press('Enter');
  await person.misses('button', 'Pen');
  await person.close();
});

t.test('where the system forces its colours, the focus and what is switched on are still seen', async (t) => {
  const person = await visitor(room.hostUrl);
  await person.page.emulateMedia({ forcedColors: 'active' });
  await focusIs(person, 'Your name');
  const outline = await person.evaluate<string>('(({ outlineStyle: style, outlineWidth: width }) => `${style} ${width}`)(getComputedStyle(document.activeElement))');
  t.equal(outline, 'solid 2px');
  const camera = person.page.getByRole('checkbox', { name: 'Camera' });
  const look = (): Promise<string> => person.evaluate<string>('getComputedStyle(document.querySelector(".switch input")).backgroundColor');
  await camera.setChecked(true);
  const on = await look();
  await camera.setChecked(false);
  // The colour changes over some frames.
  t.ok(await until(async () => ((await look()) === on ? null : true), 20_000, () => `off looks as on: ${on}`));
  await person.close();
});

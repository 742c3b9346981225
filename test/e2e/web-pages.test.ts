import t from 'tap';
import type { Page } from 'playwright-core';
import type { ServerMessage } from '../../src/signaling/protocol.js';
import { launchChromium } from '../support/chromium.js';
import { PEOPLE } from '../support/pattern.js';
import type { Person } from '../support/person.js';
import { createRoom, ServerProcess, temporaryData, until } from '../support/server.js';
import { member, recording } from '../web/samples.js';
import { enter, TEXTS } from './party.js';

/**
 * The pages as people use them, at the sizes and with the keys that they have. The server is the real
 * one; what is hard to bring about is told to the page in its stead.
 */
const SIZES = { laptop: [1366, 768], phone: [390, 844], 'phone on its side': [844, 390], 'small phone on its side': [667, 375], narrow: [801, 500] } as const;

t.setTimeout(400_000);
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir });
const chromium = await launchChromium();
t.teardown(async () => {
  await chromium.close();
  await server.stop();
  await data.remove();
});
const room = await createRoom(server, 'Pages');

interface Visitor extends Person {
  readonly page: Page;
  /** Types of messages that the server does not get, as on a slow line. */
  readonly held: Set<string>;
  /** Says something to the page as if the server did. */
  tell(message: ServerMessage): void;
  /** Ends the connection, and lets none be made again. */
  cutOff(): Promise<void>;
}

/** A person in the room at a laptop's size; commands about recordings are granted without the server. */
async function visitor(link: string): Promise<Visitor> {
  let tell: (message: ServerMessage) => void = () => undefined;
  let cutOff = async (): Promise<void> => undefined;
  const held = new Set<string>();
  const house = {
    async person(options: Parameters<typeof chromium.person>[0]) {
      const person = await chromium.person(options);
      await person.page.setViewportSize({ width: 1366, height: 768 });
      await person.page.routeWebSocket(/.*/, (socket) => {
        const real = socket.connectToServer();
        socket.onMessage((message) => {
          const { type, id } = JSON.parse(String(message)) as { type: string; id: number };
          if (type.startsWith('recording-')) socket.send(JSON.stringify({ type: 'ok', id }));
          else if (!held.has(type)) real.send(message);
        });
        tell = (message) => socket.send(JSON.stringify(message));
        cutOff = async () => {
          await person.page.context().setOffline(true);
          await socket.close();
          await real.close();
        };
      });
      return person;
    },
  };
  const person = await enter(house, link, { ...PEOPLE.host, fps: 5 });
  await person.sees('figure', PEOPLE.host.name);
  return Object.assign(person, { held, tell: (message: ServerMessage) => tell(message), cutOff: () => cutOff() });
}

/** Name of what has the focus. */
function focus(person: Person): Promise<string> {
  return person.evaluate<string>('(({ activeElement: at }) => at.getAttribute("aria-label") ?? at.labels?.[0]?.innerText ?? at.innerText)(document)');
}

async function focusIs(person: Person, name: string): Promise<void> {
  await until(async () => ((await focus(person)) === name ? true : null), 60_000, () => `the focus is not on "${name}"`);
}

/** By name of each button that is shown: its size, and whether a click in its middle would hit it. */
const BUTTONS = `Object.fromEntries([...document.querySelectorAll('button')].filter((button) => button.offsetWidth > 0).map((button) => {
  const { x, y, width, height } = button.getBoundingClientRect();
  const hit = button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
  return [button.getAttribute('aria-label') ?? button.innerText, { width: button.offsetWidth, height: button.offsetHeight, hit }];
}))`;

t.test('at every size each control can be reached, and no notice lies over another word', async (t) => {
  const host = await visitor(room.hostUrl);
  host.tell({ type: 'recording', recording: recording('starting') });
  host.tell({ type: 'recording', recording: recording('recording', { recordedMs: 36_000_000 }) });
  await host.reads(TEXTS.recorded);
  await host.cutOff();
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    await host.page.setViewportSize({ width, height });
    const buttons = await host.evaluate<Record<string, { width: number; height: number; hit: boolean }>>(BUTTONS);
    for (const name of ['Stop recording', 'Mute', 'Stop camera', 'Share screen', 'People', 'Chat', 'More options', 'Leave', 'Confirm']) {
      const button = buttons[name];
      t.ok(button?.hit, `${size}: nothing lies over ${name}`);
      t.ok(button && button.width >= 44 && button.height >= 44, `${size}: ${name} is large enough for a finger: ${JSON.stringify(button)}`);
    }
    const [notice, words, title] = await Promise.all(
      [host.page.getByText(TEXTS.recorded), host.page.getByText('The connection was lost'), host.page.getByRole('heading', { name: 'Pages' })].map((found) => found.boundingBox()),
    );
    t.ok(notice && words && notice.y + notice.height < words.y, `${size}: the banner is clear of the notices`);
    t.ok(notice && title && title.y + title.height < notice.y, `${size}: so is the title`);
  }
  await host.close();
});

t.test('a form says beside the field what is wrong, and takes the focus there', async (t) => {
  const person = await chromium.person();
  for (const [url, field, button] of [[server.url, 'Meeting title', 'Create room'], [room.participantUrl, 'Your name', 'Join']] as const) {
    await person.open(url);
    await person.page.getByRole('textbox', { name: field, exact: true }).press('Tab');
    await person.click('button', button);
    const box = person.page.getByRole('textbox', { name: field, exact: true });
    await focusIs(person, field);
    const [problem] = (await box.getAttribute('aria-describedby'))?.split(' ') ?? [];
    const [around, words] = await Promise.all([box.boundingBox(), person.page.locator(`[id="${problem}"]`).boundingBox()]);
    t.ok(around && words && words.height > 0 && words.y - around.y - around.height < 12, `${button}: below its field`);
  }
  await person.close();
});

t.test('an address that leads nowhere says so, and home', async (t) => {
  const person = await chromium.person();
  await person.open(`${server.url}/nothing/here`);
  await person.sees('heading', 'There is nothing here');
  await person.click('button', 'To the home page');
  await person.sees('textbox', 'Meeting title');
  t.equal(person.page.url(), `${server.url}/`);
  await person.close();
});

t.test('a moderator highlights somebody for everyone, and lays the recording out, by their menus (V2)', async (t) => {
  const moderator = await visitor(room.moderatorUrl);
  const guest = await enter(chromium, room.participantUrl, PEOPLE.participant);
  const options = `Options for ${PEOPLE.participant.name}`;
  const large = `[...document.querySelectorAll('figure')].sort((a, b) => b.clientWidth - a.clientWidth)[0].getAttribute('aria-label')`;
  t.equal(await guest.count('button', options), 0, 'a participant has no such menu');
  await moderator.sees('figure', PEOPLE.participant.name);
  await moderator.page.getByRole('button', { name: options, exact: true }).focus();
  await moderator.page.keyboard.press('Enter');
  await focusIs(moderator, 'Highlight for everyone');
  await moderator.page.keyboard.press('Enter');
  await guest.reads('Highlighted for everyone');
  for (const person of [moderator, guest]) await until(async () => ((await person.evaluate(large)) === PEOPLE.participant.name ? true : null), 60_000, () => 'who is highlighted is not large');
  await moderator.click('button', options);
  await moderator.click('menuitem', 'Remove highlight');
  await until(async () => ((await guest.evaluate<boolean>(`!document.body.innerText.includes('Highlighted for everyone')`)) ? true : null), 5000, () => 'the highlight stays');

  await moderator.click('button', 'More options');
  await moderator.click('menuitem', 'Layout of the recording');
  await moderator.page.getByRole('radio', { name: 'Speaker' }).check();
  await moderator.click('button', 'Use this layout');
  await moderator.click('button', 'More options');
  await moderator.click('menuitem', 'Layout of the recording');
  await until(async () => ((await moderator.page.getByRole('radio', { name: 'Speaker' }).isChecked()) ? true : null), 5000, () => 'the layout is not kept');
  await moderator.click('button', 'Cancel');
  await guest.close();
  await moderator.close();
});

t.test('a participant\'s menu is not empty', async (t) => {
  const guest = await visitor(room.participantUrl);
  await guest.click('button', 'More options');
  const menu = guest.page.getByRole('menu', { name: 'More options' });
  t.match(await menu.innerText(), /hosts and moderators/i);
  t.same(await guest.page.getByRole('menuitem').allInnerTexts(), ['Present a file', 'Whiteboard', 'Leave the stage', 'Settings'], 'nothing that sounds like a command of a host');
  const described = 'document.getElementById(document.activeElement.closest("[role=menu]")?.getAttribute("aria-describedby"))?.innerText ?? ""';
  await until(async () => (/hosts and moderators/i.test(await guest.evaluate<string>(described)) ? true : null), 60_000, () => 'screen readers do not come by');
  await guest.page.keyboard.press('Escape');
  await menu.waitFor({ state: 'hidden' });
  await focusIs(guest, 'More options');
  await guest.close();
});

t.test('many people and a shared screen find room on a phone', async (t) => {
  const host = await visitor(room.hostUrl);
  for (let index = 1; index < 25; index += 1) {
    const name = index === 1 ? 'ليلى عبد الرحمن' : `A name that is rather long and goes on and on, number ${index}`;
    host.tell({ type: 'member-joined', member: member(`m${index}`, { name }) });
  }
  t.equal(await host.page.getByRole('figure', { name: 'ليلى عبد الرحمن' }).locator('.tile-initials').innerText(), 'ل\u200cا', 'initials are not joined to a word');
  await host.click('button', 'Share screen');
  await host.sees('region', `Screen shared by ${PEOPLE.host.name}`);
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    await host.page.setViewportSize({ width, height });
    // Sizes are followed in the next frame.
    const outside = `(() => {
      const stage = document.querySelector('.stage').getBoundingClientRect();
      return [...document.querySelectorAll('.stage figure, .stage section, .tile-name')].filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return left < stage.left - 0.5 || right > stage.right + 0.5 || (element.matches('figure') && width < 100);
      }).length;
    })()`;
    await until(async () => ((await host.evaluate<number>(outside)) === 0 ? true : null), 2000, () => `${size}: tiles are cut or too small`);
    const scrolled = await host.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight');
    t.notOk(scrolled, `${size}: the page itself does not scroll`);
  }
  await host.close();
});

t.test('people and chat find room at every size, and leave the meeting\'s controls in reach', async (t) => {
  const host = await visitor(room.hostUrl);
  const long = 'A name that is rather long and goes on and on, with an unbreakableunbreakableunbreakableword';
  for (let index = 1; index < 25; index += 1) host.tell({ type: 'member-joined', member: member(`m${index}`, { name: `${index} ${long}`, onStage: index < 12, handRaisedAt: index % 3 === 0 ? index : null }) });
  host.tell({ type: 'lock', locked: true });
  host.tell({ type: 'waiting', waiting: [{ memberId: 'w1', name: long, since: 1 }] });
  for (let number = 1; number < 40; number += 1) {
    host.tell({ type: 'chat', message: { number, memberId: 'm1', name: long, text: `${long} https://example.org/${'a'.repeat(200)}`, sentAt: number, reactions: { '👍': ['m1'] } } });
  }
  const sizes = { ...SIZES, 'small phone': [360, 640] as const };
  for (const tab of ['People', 'Chat']) {
    await host.click('button', tab);
    for (const [size, [width, height]] of Object.entries(sizes)) {
      await host.page.setViewportSize({ width, height });
      const at = `${tab}, ${size}`;
      const buttons = await host.evaluate<Record<string, { width: number; height: number; hit: boolean }>>(BUTTONS);
      for (const name of ['Mute', 'People', 'Chat', 'More options', 'Leave', 'Close the panel']) t.ok(buttons[name]?.hit, `${at}: nothing lies over ${name}`);
      if (tab === 'Chat') t.ok(buttons['Send']?.hit, `${at}: nothing lies over Send`);
      for (const name of ['People', 'Chat', 'Leave']) t.ok((buttons[name]?.width ?? 0) >= 40, `${at}: ${name} is wide enough for a finger`);
      const outside = `(() => {
        const panel = document.querySelector('dialog.panel').getBoundingClientRect();
        const cut = [...document.querySelectorAll('dialog.panel *:not(.hidden-text *)')].filter((element) => {
          const { left, right, width } = element.getBoundingClientRect();
          return width > 1 && (left < panel.left - 0.5 || right > panel.right + 0.5);
        });
        return [...cut.map(({ className }) => className), ...(document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight ? ['page scrolls'] : []), ...(panel.width < 280 || panel.height < 150 ? ['panel is small'] : [])];
      })()`;
      t.same(await host.evaluate(outside), [], `${at}: everything is inside`);
    }
    await host.page.setViewportSize({ width: 1366, height: 768 });
  }
  await host.page.keyboard.press('Escape');
  await focusIs(host, 'Chat');
  await host.close();
});

t.test('keys alone reach everything, and the focus is never lost', async (t) => {
  const host = await visitor(room.hostUrl);
  const { keyboard } = host.page;
  await focusIs(host, 'Pages');
  const order = ['View', `Options for ${PEOPLE.host.name}`, 'Mute', 'Stop camera', 'Share screen', 'People', 'Chat', 'More options', 'Leave'];
  for (const name of order) {
    await keyboard.press('Tab');
    t.equal(await focus(host), name);
    t.not(await host.evaluate('getComputedStyle(document.activeElement).boxShadow'), 'none', `${name} shows that it has the focus`);
  }
  await keyboard.press('Shift+Tab');
  const record = async (): Promise<void> => {
    await keyboard.press('Enter');
    await focusIs(host, 'Record');
    await keyboard.press('Enter');
    await focusIs(host, 'Start Recording');
  };
  await record();
  await keyboard.press('Escape');
  await focusIs(host, 'More options');
  await record();
  await keyboard.press('Shift+Tab');
  await focusIs(host, 'Cancel');
  await keyboard.press('Enter');
  await focusIs(host, 'More options');
  await record();
  await keyboard.press('Enter');
  await focusIs(host, 'More options');
  t.equal(await host.page.getByRole('dialog').count(), 0);

  await keyboard.press('Enter');
  await focusIs(host, 'Record');
  await keyboard.press('ArrowDown');
  await focusIs(host, 'Media and Files');
  await keyboard.press('Enter');
  await focusIs(host, 'Media and Files');
  await host.reads('No recordings yet');
  await host.close();
});

t.test('from the files there is a way back to the meeting, and an open list survives a lost connection', async (t) => {
  const host = await visitor(room.hostUrl);
  const entry = { id: 'one', name: 'One.mp4', bytes: 1, durationMs: 1000, startedAt: null, url: '/none.mp4', posterUrl: null, downloadUrl: null, failure: null };
  const broken = { ...entry, id: 'three', name: 'Three.mp4', url: null, state: 'failed', failure: { code: 'disk_full', message: 'No room in /data.', kept: true } };
  const files = [{ ...entry, state: 'available' }, { ...entry, id: 'two', name: 'Two.mp4', url: null, state: 'finalising' }, broken];
  const folders = [{ name: 'Recordings', files }];
  let asked = 0;
  await host.page.route('**/api/v1/rooms/*/files', (route) => {
    asked += 1;
    return asked === 1 ? route.fulfill({ json: { room: { id: room.id, title: 'Pages' }, folders } }) : route.abort();
  });
  await host.click('button', 'More options');
  await host.click('menuitem', 'Media and Files');
  await host.reads('The disk is full. What was recorded is kept.');
  await host.click('link', 'One.mp4');
  await host.sees('region', 'Player: One.mp4');
  await until(() => (asked >= 3 ? true : null), 60_000, () => 'the list is not asked for again');
  await host.sees('region', 'Player: One.mp4');
  await host.click('link', 'Close player');
  await focusIs(host, 'One.mp4');
  await host.click('button', 'Back to the meeting');
  await host.sees('figure', PEOPLE.host.name);
  t.equal(host.page.url(), room.hostUrl, 'the link is whole');
  await host.close();
});

t.test('a share that takes its time shows that it is under way', async (t) => {
  const host = await visitor(room.hostUrl);
  const busy = async (expected: string): Promise<void> => {
    await until(async () => ((await host.attribute('button', 'Share screen', 'aria-busy')) === expected ? true : null), 60_000, () => `not ${expected}`);
  };
  await busy('false');
  host.held.add('publish');
  await host.click('button', 'Share screen');
  await busy('true');
  t.equal(await host.count('region', `Screen shared by ${PEOPLE.host.name}`), 0);
  await host.click('button', 'Share screen');
  await busy('false');
  await host.close();
});

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

t.setTimeout(120_000);
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
  /** Says something to the page as if the server did. */
  tell(message: ServerMessage): void;
  /** Ends the connection, and lets none be made again. */
  cutOff(): Promise<void>;
}

/** A person in the room at a laptop's size; commands about recordings are granted without the server. */
async function visitor(link: string): Promise<Visitor> {
  let tell: (message: ServerMessage) => void = () => undefined;
  let cutOff = async (): Promise<void> => undefined;
  const house = {
    async person(options: Parameters<typeof chromium.person>[0]) {
      const person = await chromium.person(options);
      await person.page.setViewportSize({ width: 1366, height: 768 });
      await person.page.routeWebSocket(/.*/, (socket) => {
        const real = socket.connectToServer();
        socket.onMessage((message) => {
          const { type, id } = JSON.parse(String(message)) as { type: string; id: number };
          if (type.startsWith('recording-')) socket.send(JSON.stringify({ type: 'ok', id }));
          else real.send(message);
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
  return Object.assign(person, { tell: (message: ServerMessage) => tell(message), cutOff: () => cutOff() });
}

t.test('at every size each control can be reached, and no notice lies over another word', async (t) => {
  const host = await visitor(room.hostUrl);
  host.tell({ type: 'recording', recording: recording('starting') });
  host.tell({ type: 'recording', recording: recording('recording', { recordedMs: 36_000_000 }) });
  await host.reads(TEXTS.recorded);
  await host.cutOff();
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    await host.page.setViewportSize({ width, height });
    for (const name of ['Stop recording', 'Mute', 'Stop camera', 'Share screen', 'More options', 'Leave', 'Confirm']) {
      const button = host.page.getByRole('button', { name, exact: true });
      // A trial waits until a click would hit the element and no other.
      await t.resolves(button.click({ trial: true, timeout: 3000 }), `${size}: ${name}`);
      const box = await button.boundingBox();
      t.ok(box && box.width >= 44 && box.height >= 44, `${size}: ${name} is large enough for a finger: ${JSON.stringify(box)}`);
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
  const focused = (): Promise<string> => person.evaluate<string>('document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText');
  for (const [url, field, button] of [[server.url, 'Meeting title', 'Create room'], [room.participantUrl, 'Your name', 'Join']] as const) {
    await person.open(url);
    await person.page.getByRole('textbox', { name: field, exact: true }).press('Tab');
    await person.click('button', button);
    const box = person.page.getByRole('textbox', { name: field, exact: true });
    t.equal(await focused(), field);
    const [problem] = (await box.getAttribute('aria-describedby'))?.split(' ') ?? [];
    const [around, words] = await Promise.all([box.boundingBox(), person.page.locator(`[id="${problem}"]`).boundingBox()]);
    t.ok(around && words && words.height > 0 && words.y - around.y - around.height < 12, `${button}: below its field`);
  }
  await person.close();
});

t.test('a participant\'s menu is not empty', async (t) => {
  const guest = await visitor(room.participantUrl);
  await guest.click('button', 'More options');
  const menu = guest.page.getByRole('menu', { name: 'More options' });
  t.match(await menu.innerText(), /hosts and moderators/i);
  t.equal(await guest.page.getByRole('menuitem', { disabled: false }).count(), 0);
  t.match(await guest.evaluate<string>('document.activeElement.innerText'), /hosts and moderators/i, 'screen readers come by');
  await guest.page.keyboard.press('Escape');
  await menu.waitFor({ state: 'hidden' });
  t.equal(await guest.evaluate<string>('document.activeElement.innerText'), 'More options', 'the focus is back');
  await guest.close();
});

t.test('many people and a shared screen find room on a phone', async (t) => {
  const host = await visitor(room.hostUrl);
  for (let index = 1; index < 25; index += 1) {
    const name = index === 1 ? 'ليلى عبد الرحمن' : `A name that is rather long and goes on and on, number ${index}`;
    host.tell({ type: 'member-joined', member: member(`m${index}`, { name }) });
  }
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

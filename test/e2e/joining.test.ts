import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Page } from 'playwright-core';
import { packageRoot } from '../../src/core/paths.js';
import { launchChromium } from '../support/chromium.js';
import { PEOPLE, patternScript } from '../support/pattern.js';
import type { Person } from '../support/person.js';
import { createRoom, ServerProcess, temporaryData, until } from '../support/server.js';
import { enter } from './party.js';

/** The way into a room: languages, devices, what is remembered, and a way on wherever it ends. */
const STAND_INS = readFileSync(join(packageRoot, 'test', 'e2e', 'pages', 'stand-ins.js'), 'utf8');
const LOOK = { wall: ['#dfe7e4', '#9fb8b0'], shirt: '#2f4b7c', skin: '#e8b48f', hair: '#4a2f22', long: true };
const standIns = (devices: string): string => `${STAND_INS}\ninstallStandIns(${JSON.stringify({ look: LOOK, devices })});`;
const languages = (...tags: string[]): string => `Object.defineProperty(Navigator.prototype, 'languages', { get: () => ${JSON.stringify(tags)} });`;
const NO_STORAGE = `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } });`;
/** Keeps what the page asks of devices and speakers. */
const ASKED = `
  window.asked = { devices: [], sinks: [] };
  const open = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = function (wanted) { asked.devices.push(wanted); return open.call(this, wanted); };
  const sinks = new WeakMap();
  Object.defineProperty(HTMLMediaElement.prototype, 'sinkId', { get() { return sinks.get(this) ?? ''; } });
  HTMLMediaElement.prototype.setSinkId = async function (id) {
    asked.sinks.push(id);
    if (id === window.goneSpeaker) throw new DOMException('gone', 'NotFoundError');
    sinks.set(this, id);
  };
`;

t.setTimeout(400_000);
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir });
const chromium = await launchChromium();
t.teardown(async () => {
  await chromium.close();
  await server.stop();
  await data.remove();
});
const room = await createRoom(server, 'Joining');

async function visit(address: string, ...initScripts: string[]): Promise<Person & { readonly page: Page }> {
  const person = await chromium.person({ initScripts });
  await person.open(address);
  return person;
}

const direction = (person: Person): Promise<string> => person.evaluate<string>('`${document.documentElement.lang} ${document.documentElement.dir}`');

async function directionIs(person: Person, expected: string): Promise<void> {
  await until(async () => ((await direction(person)) === expected ? true : null), 30_000, () => `the page is not ${expected}`);
}

t.test('the page is in the language of the browser, and in the one that the person chooses from then on', async (t) => {
  const person = await visit(server.url, languages('fr', 'ar-EG', 'en'));
  await directionIs(person, 'ar rtl');
  t.equal(await person.evaluate('getComputedStyle(document.querySelector("input")).direction'), 'rtl', 'an empty field too');
  await person.click('button', 'إنشاء غرفة');
  await person.reads('أدخِل عنوانًا');
  const select = person.page.getByRole('combobox', { name: 'اللغة' });
  await select.selectOption('en');
  await directionIs(person, 'en ltr');
  await person.sees('button', 'Create room');
  await person.reads('Give the meeting a title first.');
  await person.fill('textbox', 'Meeting title', 'اجتماع');
  t.equal(await person.evaluate('getComputedStyle(document.querySelector("input")).direction'), 'rtl', 'what is written decides');
  await person.open(room.participantUrl);
  await person.sees('button', 'Join');
  t.equal(await direction(person), 'en ltr', 'it is remembered');
  await person.page.getByRole('combobox', { name: 'Language' }).selectOption('ar');
  await person.sees('button', 'انضمام');
  await person.open(server.url);
  await directionIs(person, 'ar rtl');
  t.same(person.problems, []);
  await person.close();
});

t.test('who reads English loads no other language, and a language that cannot be had changes nothing', async (t) => {
  const person = await chromium.person();
  const scripts: string[] = [];
  person.page.on('request', (request) => {
    if (request.resourceType() === 'script') scripts.push(new URL(request.url()).pathname);
  });
  await person.open(server.url);
  await person.sees('button', 'Create room');
  t.equal(scripts.length, 1, scripts.join(' '));
  await person.page.route('**/assets/**', (route) => route.abort());
  const select = person.page.getByRole('combobox', { name: 'Language' });
  await select.selectOption('ar');
  await until(async () => ((await select.inputValue()) === 'en' ? true : null), 30_000, () => 'the list does not go back');
  t.equal(await direction(person), 'en ltr');
  await person.close();
});

t.test('a browser that keeps nothing lets people join and choose all the same', async (t) => {
  const person = await visit(room.hostUrl, NO_STORAGE, standIns('two of each'));
  await person.page.getByRole('combobox', { name: 'Language' }).selectOption('ar');
  await directionIs(person, 'ar rtl');
  await person.page.getByRole('combobox', { name: 'اللغة' }).selectOption('en');
  await person.page.getByRole('combobox', { name: 'Video source' }).selectOption({ label: 'Desk camera' });
  await person.fill('textbox', 'Your name', 'Nobody’s memory');
  await person.click('button', 'Join');
  await person.sees('figure', 'Nobody’s memory');
  t.same(person.problems, []);
  await person.close();
});

t.test('devices and name are remembered, as wishes that a missing device does not turn into a failure', async (t) => {
  const person = await visit(room.hostUrl, standIns('two of each'), ASKED);
  for (const [name, label] of [['Video source', 'Desk camera'], ['Audio source', 'Headset'], ['Speaker', 'Headset']] as const) {
    await person.page.getByRole('combobox', { name }).selectOption({ label });
  }
  await person.fill('textbox', 'Your name', 'Ada');
  await person.click('button', 'Join');
  await person.sees('figure', 'Ada');
  await person.open(server.url);
  await person.open(room.hostUrl);
  await person.sees('button', 'Join');
  t.equal(await person.page.getByRole('textbox', { name: 'Your name' }).inputValue(), 'Ada');
  t.match(await until(() => person.evaluate<object[]>('asked.devices').then(([first]) => first ?? null), 30_000, () => 'no device is asked for'), {
    video: { deviceId: { ideal: 'videoinput-1' } },
    audio: { deviceId: { ideal: 'audioinput-1' } },
  });
  const speaker = person.page.getByRole('combobox', { name: 'Speaker' });
  t.equal(await speaker.inputValue(), 'audiooutput-1');
  await person.close();
});

t.test('a sound tries the speaker, what others say comes from it too, and a speaker that is gone is named', async (t) => {
  const person = await visit(room.hostUrl, standIns('two of each'), ASKED);
  await person.page.getByRole('combobox', { name: 'Speaker' }).selectOption({ label: 'Headset' });
  await person.click('button', 'Test sound');
  const sinks = (count: number): Promise<true> => until(async () => ((await person.evaluate<string[]>('asked.sinks')).filter((id) => id === 'audiooutput-1').length >= count ? true : null), 30_000, () => 'the sound goes elsewhere');
  await sinks(1);
  const busy = async (): Promise<true | null> => ((await person.attribute('button', 'Test sound', 'aria-busy')) === 'false' ? true : null);
  await until(busy, 30_000, () => 'the sound has no end');
  t.notOk(await person.evaluate('document.body.innerText.includes("cannot be used now")'));

  await person.fill('textbox', 'Your name', 'Ada');
  await person.click('button', 'Join');
  const other = await enter(chromium, room.participantUrl, PEOPLE.participant);
  await person.sees('figure', PEOPLE.participant.name);
  await sinks(2);
  await other.close();

  await person.open(server.url);
  await person.open(room.hostUrl);
  await person.evaluate('window.goneSpeaker = "audiooutput-1"');
  await person.click('button', 'Test sound');
  await person.reads('cannot be used now');
  await person.close();
});

t.test('in the room another camera and microphone take over, on or off as they are', async (t) => {
  const other = await enter(chromium, room.participantUrl, PEOPLE.participant);
  const person = await visit(room.hostUrl, standIns('two of each'), ASKED);
  await person.fill('textbox', 'Your name', 'Ada');
  await person.click('button', 'Join');
  await other.sees('figure', 'Ada');
  const framesAtOther = (): Promise<number> => other.evaluate<number>('document.querySelector("figure[aria-label=Ada] video")?.getVideoPlaybackQuality().totalVideoFrames ?? 0');
  const frames = async (more: number): Promise<true> => {
    const before = await framesAtOther();
    return until(async () => ((await framesAtOther()) >= before + more ? true : null), 60_000, () => 'the other one sees no picture');
  };
  await frames(5);
  await person.click('button', 'Mute');
  await other.reads('Microphone muted');
  // From here on a picture that goes, even for a moment, is noted.
  await other.evaluate('window.gone = 0; new MutationObserver(() => { if (!document.querySelector("figure[aria-label=Ada] video")) window.gone += 1; }).observe(document.body, { subtree: true, childList: true })');
  await person.click('button', 'More options');
  await person.click('menuitem', 'Settings');
  await person.page.getByRole('combobox', { name: 'Video source' }).selectOption({ label: 'Desk camera' });
  await person.page.getByRole('combobox', { name: 'Audio source' }).selectOption({ label: 'Headset' });
  t.same(await person.evaluate('asked.devices.slice(-2).map(({ audio, video }) => (audio ?? video).deviceId)'), [{ ideal: 'videoinput-1' }, { ideal: 'audioinput-1' }]);
  await person.reads('Your microphone is off, and stays off.');
  await person.page.getByRole('combobox', { name: 'Language' }).selectOption('ar');
  await person.sees('dialog', 'الإعدادات');
  await person.page.getByRole('combobox', { name: 'اللغة' }).selectOption('en');
  await person.click('button', 'Close');
  await frames(5);
  t.equal(await other.evaluate('window.gone'), 0, 'the others see one picture become the other');
  t.equal(await person.page.getByRole('button', { name: 'Mute' }).getAttribute('aria-pressed'), 'true');
  t.same(person.problems, []);
  await person.close();
  await other.close();
});

t.test('a browser that holds the sound back is asked for it by a button that is read out', async (t) => {
  const other = await enter(chromium, room.hostUrl, PEOPLE.participant);
  const person = await visit(room.hostUrl, standIns('one of each'), `const play = HTMLMediaElement.prototype.play;
    window.held = true;
    HTMLMediaElement.prototype.play = function () { return window.held && this instanceof HTMLAudioElement ? Promise.reject(new DOMException('', 'NotAllowedError')) : play.call(this); };`);
  await person.fill('textbox', 'Your name', 'Ada');
  await person.click('button', 'Join');
  const alert = person.page.getByRole('alert').filter({ hasText: 'holds the sound back' });
  await alert.waitFor();
  await person.evaluate('window.held = false');
  await alert.getByRole('button', { name: 'Turn on sound' }).click();
  await alert.waitFor({ state: 'detached' });
  t.ok(await person.evaluate('[...document.querySelectorAll("audio")].every((audio) => !audio.paused)'));
  await person.close();
  await other.close();
});

t.test('a device that is refused is explained, and tried again without leaving the page', async (t) => {
  for (const [devices, words] of [['refused', /use the camera and the microphone.*next to the address/], ['none', /No camera and no microphone were found/], ['busy', /in use by another program/]] as const) {
    const person = await visit(room.hostUrl, standIns('one of each'), ASKED, `window.refusal = ${JSON.stringify({ refused: 'NotAllowedError', none: 'NotFoundError', busy: 'NotReadableError' }[devices])};
      const good = MediaDevices.prototype.getUserMedia;
      MediaDevices.prototype.getUserMedia = function (wanted) { return window.refusal ? Promise.reject(new DOMException('', refusal)) : good.call(this, wanted); };`);
    const alert = person.page.getByRole('alert').filter({ hasText: words });
    await alert.waitFor();
    t.match(await alert.innerText(), /join without them/, devices);
    await person.evaluate('window.refusal = null');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await alert.waitFor({ state: 'detached' });
    t.ok(await person.page.getByRole('checkbox', { name: 'Camera' }).isChecked());
    await person.evaluate('window.refusal = "NotReadableError"');
    await person.check('Microphone', false);
    await person.page.getByRole('checkbox', { name: 'Microphone' }).click();
    const one = person.page.getByRole('alert').filter({ hasText: /The microphone is in use.*join without it/ });
    await one.waitFor();
    await person.evaluate('window.refusal = null');
    await one.getByRole('button', { name: 'Try again' }).click();
    await one.waitFor({ state: 'detached' });
    await person.close();
  }
});

t.test('a browser without WebRTC is told so before it asks for anything', async (t) => {
  const person = await visit(room.hostUrl, 'delete window.RTCPeerConnection;', ASKED);
  await person.sees('heading', 'This browser cannot take part');
  await person.reads('current Firefox, Chrome, Edge or Safari');
  t.same(await person.evaluate('asked.devices'), []);
  t.same(person.problems, []);
  await person.close();
});

t.test('every refusal has its words in the language of the page, and a way on', async (t) => {
  const refusals: Record<string, [english: RegExp, arabic: RegExp, button: string]> = {
    token_expired: [/expired.*new one/, /انتهت صلاحية هذا الرابط/, 'Enter again'],
    token_invalid: [/damaged.*new one/, /هذا الرابط تالف/, 'Enter again'],
    token_foreign_room: [/another room.*Ask/, /لغرفة أخرى/, 'Enter again'],
    room_full: [/full.*Try again/, /ممتلئة/, 'Enter again'],
    not_admitted: [/decided so.*ask once more/, /قرر ذلك مضيف/, 'Ask again'],
    session_ended: [/ended.*same link/, /انتهى الاجتماع/, 'Enter again'],
    server_stopping: [/stopping.*Try again/, /يتوقف/, 'Enter again'],
    protocol_version: [/versions.*Load the page again/, /إصدار/, 'Load the page again'],
    of_a_newer_server: [/^As the server says it\.$/, /^As the server says it\.$/, 'Enter again'],
  };
  const person = await chromium.person({ initScripts: [standIns('none'), `Object.defineProperty(Navigator.prototype, 'languages', { get: () => [window.wantedLanguage ?? 'en'] });`] });
  let code = '';
  await person.page.routeWebSocket(/.*/, (socket) => {
    socket.onMessage((message) => {
      const { id } = JSON.parse(String(message)) as { id: number };
      socket.send(JSON.stringify({ type: 'error', id, code, message: 'As the server says it.' }));
    });
  });
  for (const [refusal, [english, arabic, button]] of Object.entries(refusals)) {
    code = refusal;
    await person.open(server.url);
    await person.open(room.participantUrl);
    await person.fill('textbox', 'Your name', 'Nobody');
    await person.click('button', 'Join');
    await person.sees('heading', refusal === 'not_admitted' ? 'You were not let in' : 'You cannot enter this room');
    const words = person.page.locator('.message-body p');
    t.match(await words.innerText(), english, refusal);
    await person.sees('button', button);
    await person.evaluate(`window.wantedLanguage = 'ar'; dispatchEvent(new Event('languagechange'))`);
    await person.sees('heading', refusal === 'not_admitted' ? 'لم يُسمَح لك بالدخول' : 'لا يمكنك دخول هذه الغرفة');
    t.match(await words.innerText(), arabic, refusal);
  }
  await person.close();
});

t.test('from the click on Join to the first remote picture, and what that time is made of', async (t) => {
  const fast = await createRoom(server, 'Fast');
  const host = await enter(chromium, fast.hostUrl, { ...PEOPLE.host, fps: 30 });
  await host.sees('figure', PEOPLE.host.name);
  /** Marks the click, the messages of the socket and the first frame of somebody else. */
  const MARKS = `
    window.marks = [];
    const mark = (name) => marks.push([name, performance.now()]);
    addEventListener('submit', () => mark('click'), true);
    const Socket = WebSocket;
    window.WebSocket = class extends Socket {
      constructor(...args) {
        super(...args);
        mark('socket');
        this.addEventListener('open', () => mark('open'));
        this.addEventListener('message', ({ data }) => mark('< ' + JSON.parse(data).type));
      }
      send(text) { mark('> ' + JSON.parse(text).type); super.send(text); }
    };
    const Peer = RTCPeerConnection;
    window.RTCPeerConnection = class extends Peer {
      constructor(...args) {
        super(...args);
        mark('peer');
        this.addEventListener('connectionstatechange', () => mark('peer ' + this.connectionState));
        this.addEventListener('track', ({ track }) => { mark('track ' + track.kind); track.addEventListener('unmute', () => mark('unmute ' + track.kind)); });
      }
    };
    const watch = () => {
      const video = document.querySelector('.tile video:not(.video-mirrored)');
      if (!video) return requestAnimationFrame(watch);
      mark('element');
      video.requestVideoFrameCallback(() => mark('picture'));
    };
    addEventListener('DOMContentLoaded', watch);
  `;
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const guest = await visit(fast.participantUrl, patternScript({ ...PEOPLE.participant, fps: 15 }), MARKS);
    await guest.fill('textbox', 'Your name', PEOPLE.participant.name);
    await guest.page.locator('.preview video').waitFor();
    await guest.click('button', 'Join');
    const marks = await until(async () => {
      const all = await guest.evaluate<[string, number][]>('marks');
      return all.some(([name]) => name === 'picture') ? all : null;
    }, 60_000, () => 'no picture comes');
    const clickMs = marks.find(([name]) => name === 'click')?.[1] ?? 0;
    const first = new Map<string, number>();
    for (const [name, atMs] of marks) if (!first.has(name)) first.set(name, Math.round(atMs - clickMs));
    times.push(first.get('picture') ?? Infinity);
    t.comment([...first].map(([name, atMs]) => `${name} ${atMs}`).join(', '));
    await guest.close();
  }
  times.sort((a, b) => a - b);
  t.comment(`click to first remote picture: median ${times[2]} ms, worst ${times.at(-1)} ms`);
  t.ok(times.every(Number.isFinite));
  await host.close();
});

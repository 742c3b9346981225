import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { prepare } from './lib/build.mjs';
import { main, root, run, say } from './lib/process.mjs';

/**
 * Takes pictures of the pages in their states, at the sizes that people have, to be looked at:
 * `node scripts/screenshots.mjs [--only TEXT] [--out FOLDER] [--language CODE]` writes `STATE-SIZE-SCHEME.png`.
 * The server is the real one; states that are hard to come by are told to the page in its stead. The test of
 * accessibility goes through the same scenes.
 */
const SIZES = { phone: [360, 780], landscape: [780, 360], laptop: [1280, 720], large: [2560, 1440] };
/** The browser's languages, which `speak` changes while the page is open. */
const LANGUAGES = "Object.defineProperty(Navigator.prototype, 'languages', { get: () => [window.wantedLanguage ?? 'en-US'] });";
const LOOKS = {
  ada: { wall: ['#dfe7e4', '#9fb8b0'], shirt: '#2f4b7c', skin: '#e8b48f', hair: '#4a2f22', long: true },
  bo: { wall: ['#ece3d6', '#c9ae90'], shirt: '#3d6b58', skin: '#8d5b3f', hair: '#1d1714', long: false },
  cleo: { wall: ['#dfe3f1', '#a3acd0'], shirt: '#b4533f', skin: '#f0c6a6', hair: '#b0783a', long: true },
};
const LONG_NAME = 'Prof. Dr. Maximiliane-Alexandra von Hohenstein-Württemberg 🎓 und Kolleginnen, Bibliothek';
const LONG_TITLE = 'Quarterly review of the evening opening hours, the reading rooms and everything else we planned 📚✨!!';
const RTL_NAME = 'ليلى عبد الرحمن';

/** Pages of states; each is a function of a stage (below), and its name begins with its page's. */
const SCENES = {
  async 'home'({ visit, url }) {
    const home = await visit(url);
    await home.shoot('home-empty');
    await home.click('button', 'Create room');
    await home.shoot('home-invalid');
    await home.fill('textbox', 'Meeting title', 'Library planning');
    await home.page.route('**/api/v1/rooms', (route) => route.abort());
    await home.click('button', 'Create room');
    await home.reads('cannot be reached');
    await home.shoot('home-unreachable');
    await home.page.unroute('**/api/v1/rooms');
    await home.page.route('**/api/v1/rooms', () => undefined);
    await home.click('button', 'Create room');
    await home.shoot('home-creating');
  },
  async 'home-created'({ visit, url }) {
    for (const [name, title] of [['home-created', 'Library planning'], ['home-created-long', LONG_TITLE]]) {
      const home = await visit(url);
      await home.fill('textbox', 'Meeting title', title);
      await home.click('button', 'Create room');
      await home.sees('link', 'Host link');
      await home.shoot(name);
      await home.close();
    }
  },
  async 'unknown'({ visit, url }) {
    await (await visit(`${url}/nothing/here`)).shoot('unknown');
  },
  async 'join'({ visit, room }) {
    for (const devices of ['two of each', 'refused', 'none', 'starting']) {
      const join = await visit(room.participantUrl, { devices });
      await join.sees('button', 'Join');
      await join.shoot(`join-${devices.replaceAll(' ', '-')}`);
      if (devices === 'none') {
        await join.click('button', 'Join');
        await join.shoot('join-nameless');
      }
      await join.close();
    }
    const old = await visit(room.participantUrl, { script: 'delete window.RTCPeerConnection;' });
    await old.reads('cannot take part');
    await old.shoot('join-old-browser');
  },
  async 'join-broken'({ visit, room }) {
    const broken = await visit(room.hostUrl.replace(/.{12}$/, 'aaaaaaaaaaaa'));
    await broken.reads('cannot enter');
    await broken.shoot('join-broken');
    await (await visit(room.hostUrl.replace(/#.*/, ''))).shoot('join-incomplete');
  },
  async 'room-alone'({ enter, room }) {
    const host = await enter(room.hostUrl, 'Ada Lovelace', { devices: 'two of each' });
    await host.shoot('room-alone');
    await host.click('button', 'More options');
    await host.shoot('room-menu');
    await host.click('menuitem', 'Record');
    await host.shoot('room-start-question');
    await host.click('button', 'Cancel');
    await host.click('button', 'More options');
    await host.click('menuitem', 'Settings');
    await host.shoot('room-settings');
    await host.click('button', 'Close');
    await host.click('button', 'More options');
    await host.click('menuitem', 'End session for everyone');
    await host.shoot('room-end-question');
    await host.click('button', 'Cancel');
    await host.tell({ type: 'recording', recording: recording('starting') });
    await host.shoot('room-starting');
    await host.tell({ type: 'recording', recording: recording('recording', { recordedMs: 3_723_000 }) });
    await host.shoot('room-recorded-notice');
    await host.click('button', 'Confirm');
    await host.click('button', 'Mute');
    await host.shoot('room-recording');
    await host.click('button', 'More options');
    await host.shoot('room-recording-menu');
    await host.page.keyboard.press('Escape');
    await host.click('button', 'Stop recording');
    await host.shoot('room-stop-question');
    await host.click('button', 'Cancel');
    await host.tell({ type: 'recording', recording: recording('paused', { recordedMs: 3_723_000 }) });
    await host.tell({ type: 'recording-ending', recordingId: 'one', leftMs: 1_260_000, reason: 'disk-full' });
    await host.reads('This disk holds about 21 more minutes');
    await host.shoot('room-paused');
    await host.tell({ type: 'recording', recording: recording('finalising') });
    await host.shoot('room-uploading');
    await host.tell({ type: 'recording', recording: recording('available', { name: 'Rec.mp4', url: '/files?room=x', privateTo: { name: RTL_NAME } }) });
    await host.tell({ type: 'session-ending', leftMs: 300_000, reason: 'host-timeout' });
    await host.shoot('room-available');
    await host.tell({ type: 'recording', recording: recording('recording', { recordingId: 'two' }) });
    await host.tell({ type: 'recording', recording: recording('failed', { recordingId: 'two', failure: { code: 'disk_full', message: 'The disk is full. What was recorded before is kept and can be finished when there is room again.', kept: true } }) });
    await host.shoot('room-failed');
    await host.cutOff();
    await host.reads('connection was lost');
    await host.shoot('room-reconnecting');
  },
  async 'room-behind'({ enter, room }) {
    const host = await enter(room.hostUrl, 'Ada Lovelace');
    const behind = (changes) => host.tell({ type: 'recording-progress', recordingId: 'one', behindMs: 41_000, leftMs: 130_000, waits: false, ...changes });
    await host.tell({ type: 'recording', recording: recording('recording', { recordedMs: 3_723_000 }) });
    await host.click('button', 'Confirm');
    await behind({});
    await host.reads('and will catch up');
    await host.shoot('room-behind');
    await behind({ waits: true, leftMs: null });
    await host.shoot('room-behind-waiting');
    await host.tell({ type: 'recording', recording: recording('finalising', { recordedMs: 3_723_000 }) });
    await behind({});
    await host.click('button', 'Dismiss');
    await host.reads('being made');
    await host.shoot('room-behind-making');
  },
  async 'room-participant'({ enter, room }) {
    const guest = await enter(room.participantUrl, 'Cleo');
    await guest.shoot('room-waiting');
    await guest.click('button', 'More options');
    await guest.shoot('room-participant-menu');
    await guest.page.keyboard.press('Escape');
    await guest.tell({ type: 'session-started', sessionId: 's' });
    await guest.tell({ type: 'recording', recording: recording('recording') });
    await guest.click('button', 'Confirm');
    await guest.shoot('room-participant-recording');
    await guest.tell({ type: 'recording', recording: recording('finalising') });
    await guest.shoot('room-completed');
    await guest.tell({ type: 'session-ended', reason: 'ended-by-member' });
    await guest.shoot('room-ended');
  },
  async 'room-left'({ enter, room }) {
    const guest = await enter(room.hostUrl, 'Cleo');
    await guest.click('button', 'Leave');
    await guest.shoot('room-left');
  },
  async 'room-connecting'({ visit, room }) {
    const guest = await visit(room.hostUrl);
    await guest.page.routeWebSocket(/.*/, () => undefined);
    await guest.fill('textbox', 'Your name', 'Cleo');
    await guest.click('button', 'Join');
    await guest.shoot('room-connecting');
  },
  async 'room-crowd'({ enter, room }) {
    const host = await enter(room.hostUrl, LONG_NAME);
    const names = [RTL_NAME, 'Bo', '🦊', '山田 太郎', 'Grace Hopper', 'Alan Turing', 'Katherine Johnson', LONG_NAME, 'Edsger Dijkstra', 'Barbara Liskov', 'Radia Perlman', 'Ken'];
    const join = (name, index) => host.tell({ type: 'member-joined', member: member(`m${index}`, name, { role: index === 7 ? 'moderator' : 'participant' }) });
    for (const [index, name] of names.slice(0, 3).entries()) await join(name, index);
    await host.shoot('room-crowd-4');
    for (const [index, name] of names.entries()) if (index > 2) await join(name, index);
    await host.shoot('room-crowd-13');
    await host.click('button', 'Share screen');
    await host.sees('region', `Screen shared by ${LONG_NAME}`);
    await host.shoot('room-crowd-sharing');
    await host.tell({ type: 'recording', recording: recording('starting') });
    await host.tell({ type: 'recording', recording: recording('recording') });
    await host.shoot('room-crowd-sharing-notices');
    for (let index = names.length; index < 24; index += 1) await join(`Person ${index}`, index);
    await host.click('button', 'Share screen');
    await host.shoot('room-crowd-25');
  },
  async 'room-highlight'({ enter, room }) {
    const host = await enter(room.hostUrl, 'Ada Lovelace');
    const join = (name, memberId) => host.tell({ type: 'member-joined', member: member(memberId, name) });
    for (const [index, name] of ['Bo Diallo', RTL_NAME, LONG_NAME].entries()) await join(name, `m${index}`);
    await host.page.getByRole('figure', { name: RTL_NAME }).hover();
    await host.click('button', `Options for ${RTL_NAME}`);
    await host.shoot('room-tile-menu');
    await host.page.keyboard.press('Escape');
    await host.tell({ type: 'highlight', memberId: 'm1' });
    await host.page.mouse.move(0, 0);
    await host.shoot('room-highlighted');
    await host.click('button', 'Share screen');
    await host.sees('region', 'Screen shared by Ada Lovelace');
    await host.shoot('room-highlighted-sharing');
    await host.click('button', 'More options');
    await host.click('menuitem', 'Layout of the recording');
    await host.shoot('room-layout-question');
  },
  async 'people'({ enter, room }) {
    const host = await enter(room.hostUrl, 'Ada Lovelace');
    const mic = [{ trackId: 't', kind: 'audio', source: 'microphone', muted: false }];
    const people = [
      member('m0', 'Bo Diallo', { role: 'moderator', tracks: mic }),
      member('m1', LONG_NAME, { tracks: mic, handRaisedAt: 2 }),
      member('m2', RTL_NAME, { onStage: false, handRaisedAt: 1 }),
      member('m3', 'Cleo Brandt', { connected: false }),
      member('m4', 'Grace Hopper', { onStage: false, invited: true }),
      member('m5', 'Alan Turing', { onStage: false }),
    ];
    for (const person of people) await host.tell({ type: 'member-joined', member: person });
    await host.tell({ type: 'quality', members: [{ memberId: 'm0', level: 1 }, { memberId: 'm1', level: 0 }, { memberId: 'm2', level: 2 }, { memberId: host.memberId, level: 1 }] });
    await host.reads('Your connection is weak');
    await host.shoot('people-hands');
    await host.click('button', 'Dismiss');
    await host.click('button', 'People');
    await host.shoot('people-panel');
    await host.tell({ type: 'lock', locked: true });
    await host.tell({ type: 'waiting', waiting: [{ memberId: 'w1', name: 'Dora', since: 1 }, { memberId: 'w2', name: LONG_NAME, since: 2 }] });
    await host.shoot('people-waiting');
    await host.click('button', 'Actions for Bo Diallo');
    await host.shoot('people-menu');
    await host.click('menuitem', 'Remove');
    await host.shoot('people-remove-question');
    await host.click('button', 'Cancel');
    await host.click('button', 'Close the panel');
    await host.tell({ type: 'waiting', waiting: [{ memberId: 'w1', name: 'Dora', since: 1 }, { memberId: 'w2', name: LONG_NAME, since: 2 }, { memberId: 'w3', name: 'Ken', since: 3 }] });
    await host.shoot('people-door-notices');
    await host.tell({ type: 'muted-by', source: 'microphone', byName: 'Bo Diallo' });
    await host.tell({ type: 'waiting', waiting: [] });
    await host.shoot('people-muted-by');
    for (let index = 10; index < 30; index += 1) await host.tell({ type: 'member-joined', member: member(`m${index}`, `Person ${index}`, { onStage: index < 20 }) });
    await host.click('button', 'People');
    await host.shoot('people-many');
    await host.fill('searchbox', 'Find a person', 'person 12');
    await host.shoot('people-found');
    await host.click('button', 'Close the panel');
    await host.tell({ type: 'removed', byName: 'Bo Diallo' });
    await host.shoot('people-removed');
  },
  async 'door'({ enter, visit, createRoom }) {
    const room = await createRoom('Library planning');
    const host = await enter(room.hostUrl, 'Ada Lovelace');
    await host.click('button', 'People');
    await host.check('Lock room', true);
    for (const decision of ['Decline', 'Admit']) {
      const guest = await visit(room.participantUrl, { look: LOOKS.cleo });
      await guest.fill('textbox', 'Your name', 'Cleo');
      await guest.click('button', 'Join');
      await guest.sees('heading', 'The host will let you in soon');
      if (decision === 'Decline') await guest.shoot('door-waiting');
      await host.click('button', decision);
      if (decision === 'Decline') {
        await guest.sees('heading', 'You were not let in');
        await guest.shoot('door-declined');
      } else await guest.sees('button', 'Mute');
      await guest.close();
    }
  },
  async 'audience'({ enter, createRoom }) {
    const room = await createRoom('Library planning', { stageAccess: 'on-request' });
    const host = await enter(room.hostUrl, 'Ada Lovelace');
    const guest = await enter(room.participantUrl, 'Cleo', { look: LOOKS.cleo, sees: ['button', 'Raise hand'] });
    await guest.shoot('audience');
    await guest.click('button', 'Raise hand');
    await guest.sees('button', 'Lower hand');
    await guest.shoot('audience-hand');
    await guest.click('button', 'Lower hand');
    await host.click('button', 'People');
    await host.click('button', 'Actions for Cleo');
    await host.click('menuitem', 'Invite to stage');
    await guest.sees('dialog', 'Join the stage?');
    await guest.page.waitForTimeout(1500);
    await guest.shoot('audience-invited');
    await guest.click('button', 'Join the stage');
    await guest.sees('button', 'Mute');
    await host.click('button', 'Actions for Cleo');
    await host.click('menuitem', 'Mute');
    await guest.reads('turned your microphone off');
    await guest.click('button', 'More options');
    await guest.shoot('audience-on-stage');
    await guest.click('menuitem', 'Leave the stage');
    await guest.sees('button', 'Raise hand');
    await guest.shoot('audience-again');
    await guest.click('button', 'Chat');
    await guest.shoot('audience-chat');
  },
  async 'chat'({ enter, room }) {
    const host = await enter(room.hostUrl, 'Ada Lovelace');
    await host.tell({ type: 'member-joined', member: member('m0', 'Bo Diallo') });
    await host.tell({ type: 'member-joined', member: member('m1', RTL_NAME) });
    await host.click('button', 'Chat');
    await host.shoot('chat-empty');
    await host.click('button', 'Close the panel');
    await host.tell(message(1, 'm0', 'Bo Diallo', 'Good morning! The figures are at https://example.org/figures?year=2026&branch=all (and below).', { '👍': ['m1'], '🎉': ['m0', 'm1', 'gone'] }));
    await host.tell(message(2, 'm0', 'Bo Diallo', 'Evening hours brought nine in ten.'));
    await host.tell(message(3, 'm1', RTL_NAME, 'صباح الخير! شكرًا جزيلًا.'));
    await host.shoot('chat-unread');
    await host.click('button', 'Chat');
    await host.fill('textbox', 'Message', 'Thank you both 👏');
    await host.page.keyboard.press('Enter');
    await host.tell(message(20, 'm0', LONG_NAME, `One long word: ${'reading-room-'.repeat(12)}\nand a second line.`, { '❤️': ['m0'] }));
    await host.page.getByRole('button', { name: 'React', exact: true }).nth(1).click();
    await host.shoot('chat-messages');
    for (let number = 21; number < 60; number += 1) await host.tell(message(number, `m${number % 2}`, number % 2 ? RTL_NAME : 'Bo Diallo', `Message number ${number}`));
    await host.fill('textbox', 'Message', 'word '.repeat(420));
    await host.shoot('chat-too-long');
    await host.page.getByRole('log').evaluate((list) => list.scrollTo(0, 0));
    await host.tell(message(60, 'm0', 'Bo Diallo', 'Something new'));
    await host.shoot('chat-scrolled');
  },
  async 'views'({ enter, room }) {
    const host = await enter(room.hostUrl, 'Ada Lovelace');
    for (const [index, name] of ['Bo Diallo', RTL_NAME, LONG_NAME, 'Ken'].entries()) await host.tell({ type: 'member-joined', member: member(`m${index}`, name, { connected: index !== 3 }) });
    await host.click('button', 'View');
    await host.shoot('views-menu');
    await host.click('menuitemradio', 'Speaker');
    await host.shoot('views-speaker');
    await host.page.getByRole('figure', { name: 'Ken' }).hover();
    await host.click('button', 'Options for Ken');
    await host.click('menuitem', 'Pin for me');
    await host.click('button', 'Share screen');
    await host.sees('region', 'Screen shared by Ada Lovelace');
    await host.shoot('views-pinned');
    await host.click('button', 'View');
    await host.click('menuitem', 'Unpin Ken');
    await host.click('button', 'View');
    await host.click('menuitemradio', 'Grid');
    await host.shoot('views-grid');
  },
  async 'present'({ enter, room }) {
    const host = await enter(room.hostUrl, 'Ada Lovelace');
    const files = [['Plan.pdf', 'application/pdf'], [`${LONG_NAME}.png`, 'image/png'], ['خطة المكتبة.mp4', 'video/mp4']].map(([name, type], index) => ({ id: `f${index}`, name, type, bytes: 1_300_000 * 9 ** index, addedAt: '2026-03-05T09:30:00Z', url: `/x${index}` }));
    const recorded = { id: 'r', name: `Rec - 2026-03-05 09.30.00 - ${LONG_TITLE}.mp4`, bytes: 48_200_000, durationMs: 1_860_000, startedAt: '2026-03-05T09:30:00Z', state: 'available', url: '/y', posterUrl: null, downloadUrl: '/y', failure: null };
    const list = { room: { id: room.id, title: 'Library planning' }, files, maxFileBytes: 1e9, folders: [{ name: 'Recordings', files: [recorded] }] };
    await host.page.route('**/api/**/files', (route) => route.fulfill({ json: list }));
    await host.click('button', 'More options');
    await host.click('menuitem', 'Present a file');
    await host.reads('Plan.pdf');
    await host.shoot('present-question');
    await host.click('button', 'Cancel');
    await host.click('button', 'More options');
    await host.click('menuitem', 'Whiteboard');
    await host.click('button', 'Thick');
    await host.click('button', 'Blue');
    const { x, y, width, height } = await host.page.locator('.surface').boundingBox();
    const at = (turn) => [x + width * (0.5 + 0.3 * Math.cos(turn)), y + height * (0.5 + 0.25 * Math.sin(2 * turn))];
    await host.page.mouse.move(...at(0));
    await host.page.mouse.down();
    for (let turn = 0.1; turn < 6; turn += 0.1) await host.page.mouse.move(...at(turn));
    await host.page.mouse.up();
    await host.shoot('present-board');
    await host.click('button', 'More options');
    await host.click('menuitem', 'Present a file');
    await host.page.locator('input[type=file]').setInputFiles('docs/images/files.jpg');
    await host.click('button', 'Laser pointer');
    await host.shoot('present-picture');
  },
  async 'room-real'({ enter, createRoom }) {
    const room = await createRoom(LONG_TITLE);
    const ada = await enter(room.hostUrl, 'Ada Lovelace');
    const bo = await enter(room.moderatorUrl, 'Bo Diallo', { look: LOOKS.bo });
    await ada.page.waitForTimeout(3000);
    await ada.shoot('room-two');
    await enter(room.participantUrl, 'Cleo', { look: LOOKS.cleo });
    await bo.click('button', 'Share screen');
    await ada.page.waitForTimeout(4000);
    await ada.shoot('room-sharing');
  },
  /** The pictures of the README: docs/images. */
  async 'tour'({ enter, createRoom, out, listed }) {
    const room = await createRoom('Library planning');
    const ada = await enter(room.hostUrl, 'Ada Okafor', { real: true });
    const bo = await enter(room.moderatorUrl, 'Bo Diallo', { look: LOOKS.bo, real: true });
    const cleo = await enter(room.participantUrl, 'Cleo Brandt', { look: LOOKS.cleo, real: true });
    await bo.click('button', 'Share screen');
    await ada.click('button', 'More options');
    await ada.click('menuitem', 'Record');
    await ada.click('button', 'Start Recording');
    for (const person of [ada, bo, cleo]) await person.click('button', 'Confirm');
    // The pointer over the slide would show whose it is.
    await ada.page.mouse.move(0, 0);
    await ada.page.waitForTimeout(25_000);
    const picture = (name) => ada.page.screenshot({ path: join(out, `tour-${name}.jpg`), quality: 88 });
    await picture('room');
    await ada.click('button', 'Stop recording');
    await ada.page.getByRole('dialog').getByRole('button', { name: 'Stop recording' }).click();
    await ada.sees('link', 'Your recording is available', 60_000);
    await ada.click('link', 'Your recording is available');
    const [recording] = await listed();
    await ada.sees('region', `Player: ${recording.name}`);
    await ada.page.setViewportSize({ width: 1366, height: 1400 });
    await ada.page.evaluate(`(async () => {
      const video = document.querySelector('video[src]');
      video.muted = true;
      await video.play();
      video.currentTime = 16;
    })()`);
    await ada.page.waitForTimeout(2500);
    while ((await ada.count('button', 'Dismiss')) > 0) await ada.page.getByRole('button', { name: 'Dismiss' }).last().click();
    await ada.page.evaluate('scrollTo(0, 0)');
    // The player's controls show while the pointer is over it.
    await ada.page.mouse.move(600, 400);
    await ada.page.mouse.move(610, 410);
    await ada.page.waitForTimeout(500);
    await picture('files');
    await run('ffmpeg', ['-v', 'error', '-y', '-ss', '16', '-i', recording.path, '-frames:v', '1', '-vf', 'scale=1366:-2:in_color_matrix=bt709:out_color_matrix=bt601:out_range=pc', '-q:v', '3', join(out, 'tour-movie.jpg')]);
  },
  async 'files'({ visit, createRoom, url }) {
    const room = await createRoom('Library planning');
    const files = await visit(room.hostUrl);
    await files.sees('button', 'Join');
    const page = `${url}/files?room=${room.id}`;
    /** Opens the page, whose next question for the list is answered by `body`; resolves when it was asked. */
    const openWith = async (body) => {
      let asked = () => undefined;
      const question = new Promise((resolve) => (asked = resolve));
      await files.page.route('**/api/**/files', (route) => (asked(), body(route)), { times: 1 });
      await Promise.all([question, files.page.goto(page)]);
    };
    const added = [['Plan.pdf', 'application/pdf'], [`${LONG_TITLE}.png`, 'image/png'], ['خطة المكتبة.mp4', 'video/mp4']].map(([name, type], index) => ({ id: `f${index}`, name, type, bytes: 1_300_000 * 9 ** index, addedAt: '2026-03-05T09:30:00Z', url: `/x${index}` }));
    const listing = (list) => (route) => route.fulfill({ json: { room: { id: room.id, title: LONG_TITLE }, files: added, maxFileBytes: 1e9, folders: [{ name: 'Recordings', files: list }] } });
    await files.page.goto(page);
    await files.reads('No recordings yet');
    await files.shoot('files-empty');
    await openWith(() => undefined);
    await files.shoot('files-loading');
    await openWith((route) => route.abort());
    await files.reads('Try again');
    await files.shoot('files-unreachable');
    const states = ['recording', 'finalising', 'available', 'failed', 'available'];
    const list = states.map((state, index) => ({ id: `r${index}`, name: `Rec - 2026-03-0${5 - index} 09.30.00 - ${index === 4 ? LONG_TITLE : 'Library planning'}.mp4`, bytes: state === 'available' ? 48_200_000 * (index + 1) : 0, durationMs: state === 'recording' ? 0 : 1_860_000 * index, startedAt: `2026-03-0${5 - index}T09:30:00Z`, state, url: state === 'available' ? '/x' : null, posterUrl: null, downloadUrl: state === 'available' ? '/x' : null, failure: state === 'failed' ? { code: 'disk_full', message: 'The disk is full. What was received is kept in data/recordings/r3/journal; free some space and restart the server.', kept: true } : null }));
    list[4] = { ...list[4], url: null, downloadUrl: null, privateTo: { name: RTL_NAME } };
    await files.page.route('**/files', (route, request) => (request.resourceType() === 'document' ? route.continue() : listing(list)(route)));
    await files.page.goto(`${page}&file=r4`);
    await files.reads('Being finished');
    await files.page.route('**/files?name=*', () => undefined);
    await files.page.locator('input[type=file]').setInputFiles([
      { name: 'Slides.html', mimeType: 'image/png', buffer: Buffer.from('<html>') },
      { name: `${LONG_NAME}.pdf`, mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') },
    ]);
    await files.reads('can be added');
    await files.shoot('files-list');
    await files.page.getByRole('button', { name: 'Rename' }).first().click();
    await files.shoot('files-rename');
    await files.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await files.page.getByRole('button', { name: 'Delete' }).nth(1).click();
    await files.shoot('files-delete');
    await files.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    list[1] = { ...list[1], progress: { recordedMs: 1_860_000, behindMs: 700_000, leftMs: 190_000, waits: false } };
    list[3] = { ...list[1], id: 'r3', name: list[3].name, progress: { recordedMs: 1_860_000, behindMs: 1_860_000, leftMs: null, waits: true } };
    await files.reads('waits for other recordings');
    await files.shoot('files-progress');
    await files.click('link', list[2].name);
    await files.reads('could not play');
    await files.shoot('files-not-playable');
    const cues = ['00:00.000 --> 10:00.000\nBeginning', '10:00.000 --> 20:00.000\nAda shares a screen', '20:00.000 --> 31:00.000\nموعد الاجتماع القادم'];
    await files.page.route('**/chapters.vtt', (route) => route.fulfill({ contentType: 'text/vtt', body: `WEBVTT\n\n${cues.join('\n\n')}\n` }));
    list[2] = { ...list[2], sidecars: { 'chapters.vtt': '/chapters.vtt' } };
    await files.page.reload();
    await files.sees('button', 'Ada shares a screen 10:00');
    await files.shoot('files-chapters');
    await files.page.goto(`${url}/files`);
    await files.reads('from the menu');
    await files.shoot('files-no-room');
  },
};

function member(memberId, name, changes = {}) {
  return { memberId, name, role: 'participant', mobile: false, onStage: true, handRaisedAt: null, invited: false, connected: true, tracks: [], ...changes };
}

function message(number, memberId, name, text, reactions = {}) {
  return { type: 'chat', message: { number, memberId, name, text, sentAt: 1_795_000_000_000 + number * 50_000, reactions } };
}

function recording(state, changes = {}) {
  return { recordingId: 'one', state, recordedMs: 0, name: null, url: null, failure: null, ...changes };
}

/** Names of the scenes. */
export const sceneNames = Object.keys(SCENES);

/**
 * Plays one scene on a server of its own; `shoot(page, state)` is called at each state. The programs must be built.
 * @param name {string}
 * @param shoot {(page: import('playwright-core').Page, state: string) => Promise<void>}
 */
export async function playScene(name, shoot, out = '') {
  const { launchChromium } = await import('../dist/test/support/chromium.js');
  const { commandLine, createRoom, ServerProcess, temporaryData } = await import('../dist/test/support/server.js');
  const standIns = readFileSync(join(root, 'test', 'e2e', 'pages', 'stand-ins.js'), 'utf8');
  const data = await temporaryData();
  const server = await ServerProcess.start({ dataDir: data.dir });
  const listed = async () => JSON.parse((await commandLine(data.dir, 'recordings', 'list', '--json')).stdout);
  const house = await launchChromium();
  /** `script` runs before the page's own; `real`: nothing comes between the page and the server. */
  const visit = async (address, { look = LOOKS.ada, devices = 'one of each', script = '', real = false } = {}) => {
    const person = await house.person({ initScripts: [LANGUAGES, `${standIns}\ninstallStandIns(${JSON.stringify({ look, devices })});`, script] });
    await person.page.setViewportSize({ width: 1366, height: 768 });
    await person.page.context().grantPermissions(['camera', 'microphone', 'clipboard-write']);
    const visitor = Object.assign(person, { shoot: (state) => shoot(person.page, state) });
    // The server's words go through, with more of ours between them.
    if (!real) await person.page.routeWebSocket(/.*/, (socket) => {
      const upstream = socket.connectToServer();
      // The server knows nothing of the recordings that scenes tell of.
      socket.onMessage((text) => {
        const { type, id } = JSON.parse(text);
        if (type.startsWith('recording-')) socket.send(JSON.stringify({ type: 'ok', id }));
        else upstream.send(text);
      });
      // Nor of the connections.
      upstream.onMessage((text) => {
        const message = JSON.parse(text);
        if (message.type === 'joined') visitor.memberId = message.memberId;
        if (message.type !== 'quality') socket.send(text);
      });
      visitor.tell = async (message) => socket.send(JSON.stringify(message));
      visitor.cutOff = async () => {
        await person.page.context().setOffline(true);
        await socket.close();
        await upstream.close();
      };
    });
    await person.open(address);
    return visitor;
  };
  const enter = async (link, called, { sees, ...options } = {}) => {
    const person = await visit(link, options);
    await person.fill('textbox', 'Your name', called);
    await person.click('button', 'Join');
    await person.sees(...(sees ?? ['figure', called]));
    return person;
  };
  try {
    const room = await createRoom(server, 'Library planning');
    await SCENES[name]({ visit, enter, room, out, listed, url: server.url, createRoom: (title, settings) => createRoom(server, title, settings) });
  } finally {
    await house.close();
    await server.stop();
    await data.remove();
  }
}

/** Changes the language of the page as the browser's settings do. */
export async function speak(page, language) {
  await page.evaluate((code) => {
    window.wantedLanguage = code;
    dispatchEvent(new Event('languagechange'));
  }, language);
  await page.waitForFunction((code) => document.documentElement.lang === code, language);
}

async function shootAll(page, path, language) {
  if (language !== 'en') await speak(page, language);
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(350);
      await page.screenshot({ path: `${path}-${size}-${colorScheme}.png` });
    }
  }
  await page.setViewportSize({ width: 1366, height: 768 });
  await page.emulateMedia({ colorScheme: 'light' });
  // Scenes find their way by the English names.
  if (language !== 'en') await speak(page, 'en');
  say(path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const { values: flags } = parseArgs({
      options: { only: { type: 'string', default: '' }, out: { type: 'string', default: 'data/screenshots' }, language: { type: 'string', default: 'en' } },
    });
    await prepare({ forTests: true });
    const out = resolve(flags.out);
    await mkdir(out, { recursive: true });
    for (const name of sceneNames.filter((known) => known.includes(flags.only))) {
      await playScene(name, (page, state) => shootAll(page, join(out, state), flags.language), out).catch((error) => {
        say(`${name}: ${error.message}`);
        process.exitCode = 1;
      });
    }
  });
}

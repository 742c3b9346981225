import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { launchChromium } from '../support/chromium.js';
import { launchFirefox } from '../support/firefox.js';
import { journalFacts, keepJournal } from '../support/journal-facts.js';
import { judgeMovie } from '../support/judge-movie.js';
import { departuresFromV1, inspectMovie } from '../support/movie-facts.js';
import { PEOPLE, sourceEvents, type PatternReport, type PersonPattern } from '../support/pattern.js';
import { commandLine, npmCommandLine, ServerProcess, temporaryData, until, type CreatedRoom, type ListedRecording } from '../support/server.js';
import { VIEWPORT, type Person } from '../support/person.js';
import { enter, hasRead, patternReport, startRecording, stopBySquare, TEXTS } from './party.js';

/**
 * The main job, through the pages alone: four people meet, one shares a screen, the host records, and
 * the movie shows and sounds what each page put in. The machine may be slower than four browsers need;
 * so the movie is judged by what the pages drew and by what reached the server (its journal).
 */
const TITLE = 'Weekly Sync';

t.setTimeout(590_000);
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir });
const chromium = await launchChromium();
const firefox = await launchFirefox(PEOPLE.fox.frequencyHz);
t.teardown(async () => {
  await Promise.allSettled([chromium.close(), firefox.close()]);
  await server.stop();
  await data.remove();
});

const room = await createRoomOnHomePage();
// Four software encoders at full rate are more than two cores carry; the host's camera moves at 30 frames/s.
const MODERATOR = { ...PEOPLE.moderator, fps: 15 };
const PARTICIPANT = { ...PEOPLE.participant, fps: 15 };
const host = await enter(chromium, room.hostUrl, PEOPLE.host);
const moderator = await enter(chromium, room.moderatorUrl, MODERATOR);
const participant = await enter(chromium, room.participantUrl, PARTICIPANT);
const fox = await enter(firefox, room.participantUrl, PEOPLE.fox);
const party: [PersonPattern, Person][] = [[PEOPLE.host, host], [MODERATOR, moderator], [PARTICIPANT, participant], [PEOPLE.fox, fox]];
const everybody = party.map(([, person]) => person);
const keptJournal = join(data.dir, 'kept-journal');
let sharedAtMs = 0;
let stoppedAtMs = 0;
/** By then the host's page had been told that the recording ended. */
let endedByMs = 0;
let startedAtMs = 0;
/** Pictures that run in a page: webcams, and what is shared. */
const FLOWING = `[...document.querySelectorAll('video')].filter((video) => video.videoWidth > 0 && video.currentTime > 0).length`;
const recordedMs = (): number => Date.now() - startedAtMs;
let recording: ListedRecording;
let reports: Map<string, PatternReport>;

async function createRoomOnHomePage(): Promise<Omit<CreatedRoom, 'id'>> {
  const organiser = await chromium.person();
  await organiser.open(server.url);
  await organiser.fill('textbox', 'Meeting title', TITLE);
  await organiser.click('button', 'Create room');
  const link = async (name: string): Promise<string> => new URL((await organiser.attribute('link', name, 'href')) ?? '', server.url).href;
  const links = { hostUrl: await link('Host link'), moderatorUrl: await link('Moderator link'), participantUrl: await link('Participant link') };
  await organiser.close();
  return links;
}

async function listed(): Promise<ListedRecording[]> {
  const { code, stdout, stderr } = await commandLine(data.dir, 'recordings', 'list', '--json');
  if (code !== 0) throw new Error(`recordings list ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as ListedRecording[];
}

t.test('everybody sees and hears everybody', async (t) => {
  for (const [own, person] of party) {
    for (const [other] of party) if (other !== own) await person.sees('figure', other.name);
    const videos = await until(async () => ((await person.evaluate<number>(FLOWING)) >= party.length ? party.length : null), 60_000, () => `${own.name} lacks pictures`);
    t.equal(videos, party.length, `${own.name} sees four pictures that run`);
    const sound = `[...document.querySelectorAll('audio')].filter((audio) => audio.srcObject?.getAudioTracks().some((track) => !track.muted)).length`;
    await until(async () => ((await person.evaluate<number>(sound)) >= party.length - 1 ? true : null), 60_000, () => `${own.name} lacks sound`);
  }
});

t.test('the host records; all are told, and only host and moderator have controls (R1, R2, R3, R4)', async (t) => {
  await startRecording(host);
  const told = await Promise.allSettled(everybody.map((person) => hasRead(person, TEXTS.starting, 60_000)));
  t.same(told.map(({ status }) => status), everybody.map(() => 'fulfilled'), 'all are asked to wait a moment');
  await Promise.all(everybody.map(async (person) => {
    await person.reads(TEXTS.recorded);
    await person.click('button', 'Confirm');
    await person.sees('status', 'Recording');
  }));
  await Promise.all([host, moderator].map(async (person) => {
    await person.sees('button', 'Stop recording');
    const before = await person.text('timer', 'Recording time');
    await until(async () => ((await person.text('timer', 'Recording time')) !== before ? true : null), 60_000, () => 'the counter stands still');
  }));
  await Promise.all([participant, fox].map(async (person) => {
    t.equal(await person.count('timer', 'Recording time'), 0, 'a participant has no counter');
    t.equal(await person.count('button', 'Stop recording'), 0, 'and no stop square');
    await person.click('button', 'More options');
    for (const item of ['Record', 'Stop recording', 'Pause recording']) t.equal(await person.count('menuitem', item), 0, `and no "${item}"`);
  }));
  const light = await host.page.getByRole('status', { name: 'Recording', exact: true }).boundingBox();
  t.ok(light && light.x < VIEWPORT.width / 4 && light.y > VIEWPORT.height * 0.75, `the indicator is bottom left: ${JSON.stringify(light)}`);
});

t.test('a grid of webcams, then a shared screen, are recorded (V2)', async () => {
  const running = (await listed())[0];
  if (!running) throw new Error('the recording is not listed while it runs');
  await keepJournal(join(data.dir, 'recordings', running.id, 'journal'), keptJournal);
  startedAtMs = Date.parse(running.startedAt);
  await until(() => (recordedMs() > 12_000 ? true : null), 60_000, () => 'time stands still');
  await moderator.click('button', 'Share screen');
  // Not before the server has pictures of it.
  await until(async () => ((await host.evaluate<number>(FLOWING)) > party.length ? true : null), 60_000, () => 'the host sees no screen');
  sharedAtMs = recordedMs();
  await until(() => (recordedMs() > sharedAtMs + 12_000 ? true : null), 60_000, () => 'time stands still');
  await keepJournal(join(data.dir, 'recordings', running.id, 'journal'), keptJournal);
  reports = new Map();
  stoppedAtMs = recordedMs();
});

t.test('the host stops; all are told; the file is ready at once (R5, R6, R7, F3)', async (t) => {
  await stopBySquare(host);
  await hasRead(host, TEXTS.uploading, 60_000);
  endedByMs = recordedMs();
  for (const [index, person] of everybody.entries()) await hasRead(person, index < 2 ? TEXTS.uploading : TEXTS.completed);
  for (const person of everybody) await person.misses('status', 'Recording');
  // What the pages drew; asked for now, when asking disturbs no recording.
  for (const [pattern, person] of party) reports.set(pattern.name, await patternReport(person));
  for (const [pattern, person] of party) t.same(person.problems.filter((text) => !text.includes('favicon')), [], `${pattern.name}'s console is clean`);
  // The machine is small: who is not looked at any more goes, so that the compositor can catch up.
  await firefox.close();
  const toldMs = performance.now();
  for (const person of [host, moderator]) await person.sees('link', TEXTS.available, 120_000);
  t.comment(`available ${Math.round(performance.now() - toldMs)} ms later`);
  t.equal(await participant.count('link', TEXTS.available), 0, 'the link is for host and moderator');
  // F3: it leads a moderator to where the file is, and says whose it is.
  const isPrivate = `Private to ${PEOPLE.host.name} until they share it`;
  await moderator.reads(isPrivate);
  t.equal(await host.page.getByText(isPrivate).count(), 0);
  await moderator.click('link', TEXTS.available);
  const row = moderator.page.getByRole('listitem').filter({ hasText: isPrivate });
  await row.waitFor();
  t.equal(await row.getAttribute('aria-current'), 'true');
  t.equal(await row.getByRole('link').count(), 0, 'nothing there leads to a refusal');
  await Promise.all([moderator.close(), participant.close()]);
});

t.test('the file is in Media and Files, plays and downloads (F1)', async (t) => {
  await host.click('link', TEXTS.available);
  recording = await until(async () => (await listed())[0] ?? null, 1000, () => 'nothing is listed');
  t.match(recording.name, /^Rec - \d{4}-\d\d-\d\d \d\d[.:_-]\d\d[.:_-]\d\d - Weekly Sync\.mp4$/, 'named by date, time and title');
  await host.sees('link', recording.name);
  await host.click('link', recording.name);
  const player = `[...document.querySelectorAll('video')].find((video) => video.currentSrc !== '')`;
  await until(async () => ((await host.evaluate<boolean>(`!!${player}`)) ? true : null), 60_000, () => 'there is no player');
  await host.evaluate(`${player}.play()`);
  await until(async () => ((await host.evaluate<boolean>(`${player}.currentTime > 1 && ${player}.readyState >= 2`)) ? true : null), 60_000, () => 'it does not play');
  t.same(await host.evaluate(`[${player}.videoWidth, ${player}.videoHeight]`), [1920, 1080]);

  const file = await readFile(recording.path);
  t.equal(file.length, recording.bytes);
  const part = await host.evaluate<{ status: number; range: string; bytes: number[] }>(`(async () => {
    const response = await fetch(${player}.currentSrc, { headers: { Range: 'bytes=1000-1099' } });
    return { status: response.status, range: response.headers.get('content-range'), bytes: [...new Uint8Array(await response.arrayBuffer())] };
  })()`);
  t.same(part, { status: 206, range: `bytes 1000-1099/${file.length}`, bytes: [...file.subarray(1000, 1100)] }, 'a range is served');
  const [download] = await Promise.all([host.page.waitForEvent('download'), host.click('button', 'Download')]);
  t.equal(download.suggestedFilename(), recording.name);
  t.ok((await readFile(await download.path())).equals(file), 'the download is the file');
});

t.test('the command line agrees', async (t) => {
  const throughNpm = await npmCommandLine(data.dir, 'recordings', 'list', '--json');
  t.same((JSON.parse(throughNpm.stdout) as ListedRecording[]).map(({ id }) => id), [recording.id]);
  t.match(recording, { state: 'available', health: 'complete' });
  t.equal(basename(dirname(recording.path)), 'Recordings');
  t.equal(basename(recording.path), recording.name);
  t.equal((await stat(recording.path)).size, recording.bytes);
  t.ok(recording.durationMs >= stoppedAtMs && recording.durationMs < endedByMs + 1000, `${recording.durationMs} ms recorded, stop was pressed after ${stoppedAtMs} ms, told by ${endedByMs} ms`);
  const verified = await commandLine(data.dir, 'recordings', 'verify', recording.id);
  t.equal(verified.code, 0, verified.stdout + verified.stderr);
  const again = join(data.dir, 'again.mp4');
  const rendered = await commandLine(data.dir, 'render', keptJournal, again);
  t.equal(rendered.code, 0, rendered.stdout + rendered.stderr);
  const [one, two] = [await inspectMovie(recording.path), await inspectMovie(again)];
  t.same({ ...two, durationMs: 0, boxes: [] }, { ...one, durationMs: 0, boxes: [] }, 'the journal makes the same movie again');
});

t.test('the movie is as specified (V1)', async (t) => {
  const facts = await inspectMovie(recording.path);
  t.same(departuresFromV1(facts), []);
  t.ok(Math.abs(facts.durationMs - recording.durationMs) < 100);
});

t.test('picture and sound are what the pages put in (V2, V6, V7)', async (t) => {
  const journal = await journalFacts(keptJournal);
  t.match(journal.end, { end: 'clean' });
  const people = party.map(([{ name, colour, frequencyHz }]) => {
    const report = reports.get(name);
    if (!report) throw new Error('a report for each person');
    return { name, colour, frequencyHz, source: { events: sourceEvents(report), drawnAtMs: report.cameraFrames } };
  });
  const { checks, notes } = await judgeMovie(recording.path, journal, people, { live: true });
  for (const note of notes) t.comment(note);
  for (const { holds, says } of checks) t.ok(holds, says);
  t.ok(checks.some(({ says }) => says.startsWith('screen in stage')), 'the shared screen was looked for');
});

import { join } from 'node:path';
import t from 'tap';
import { launchChromium } from '../support/chromium.js';
import { run } from '../support/media-tools.js';
import { departuresFromV1, inspectMovie } from '../support/movie-facts.js';
import { silentSpans, soundOf } from '../support/movie-sound.js';
import { PEOPLE } from '../support/pattern.js';
import { commandLine, createRoom, ServerProcess, temporaryData, until, type ListedRecording } from '../support/server.js';
import { enter, hasRead, startRecording, stopBySquare, TEXTS } from './party.js';

/** A meeting longer than a recording may be, with moments marked on the way, through the pages alone (R9, F8). */

t.setTimeout(400_000);
// Long enough that a slow machine does not come to a third part.
const CAP_S = 48;
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir, env: { REELROOM_MAX_RECORDING_MIN: String(CAP_S / 60) } });
const chromium = await launchChromium();
t.teardown(async () => {
  await chromium.close();
  await server.stop();
  await data.remove();
});

interface Part extends ListedRecording {
  part: number;
  previousId: string | null;
  firstId: string;
}

async function listed(): Promise<Part[]> {
  const { stdout } = await commandLine(data.dir, 'recordings', 'list', '--json');
  return JSON.parse(stdout) as Part[];
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

t.test('a recording that reaches its cap goes on in a second part; moments marked are its chapters', async (t) => {
  const room = await createRoom(server, 'Long Sync');
  const host = await enter(chromium, room.hostUrl, { ...PEOPLE.host, fps: 15 });
  const moderator = await enter(chromium, room.moderatorUrl, { ...PEOPLE.moderator, fps: 15 });
  const mark = async (person: typeof host): Promise<void> => {
    await person.click('button', 'More options');
    await person.click('menuitem', 'Mark this moment');
    await person.reads('This moment is marked; it becomes a chapter of the recording.');
  };
  await startRecording(host);
  for (const person of [host, moderator]) await hasRead(person, TEXTS.recorded);
  await host.click('button', 'Confirm');
  await sleep(3_000);
  await mark(host);
  const parts = await until(async () => ((await listed()).length === 2 ? await listed() : null), 60_000, () => 'there was no second part');
  t.match(parts, [{ state: 'recording', part: 2, previousId: parts[1]?.id, firstId: parts[1]?.id }, { part: 1, previousId: null }]);
  // The first one's file comes while the second one runs.
  await hasRead(host, TEXTS.available);
  t.equal(await host.count('button', 'Stop recording'), 1, 'the host sees it run');
  t.equal(await host.count('button', 'Confirm'), 0, 'and is not asked again');
  t.equal(await moderator.count('button', 'Confirm'), 1, 'who has not confirmed still may');
  await moderator.click('button', 'Confirm');
  await sleep(2_000);
  await mark(moderator);
  await sleep(1_500);
  await stopBySquare(host);
  const [second, first] = await until(
    async () => {
      const all = await listed();
      return all.every(({ state }) => state === 'available') ? (all as [Part, Part]) : null;
    },
    60_000,
    () => 'the parts did not become available',
  );
  t.match(first.name, /^Rec - .* - Long Sync\.mp4$/);
  t.match(second.name, /^Rec - .* - Long Sync - part 2\.mp4$/);
  t.equal(first.report?.frames, CAP_S * 30);
  for (const { path } of [first, second]) t.same(departuresFromV1(await inspectMovie(path)), []);
  for (const { path, durationMs } of [first, second]) {
    const chapters = JSON.parse((await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_chapters', path])).toString()) as { chapters: { tags: { title: string } }[] };
    t.same(chapters.chapters.map(({ tags }) => tags.title), ['Beginning', 'Marked moment 1'], `of ${durationMs} ms`);
  }
  // The patterns beep about once a second, each in its turn.
  const sound = Float32Array.from((await Promise.all([first.path, second.path].map(soundOf))).flatMap((each) => [...each]));
  const atSeam = silentSpans(sound, 2_500).filter(({ startMs, durationMs }) => startMs < CAP_S * 1000 && startMs + durationMs > CAP_S * 1000);
  t.same(atSeam, [], 'the seam is not heard');

  const shown = JSON.parse((await commandLine(data.dir, 'recordings', 'show', second.id, '--json')).stdout) as { consents: { name: string }[]; sidecars: string[] };
  t.same(shown.consents.map(({ name }) => name).sort(), [PEOPLE.host.name, PEOPLE.moderator.name].sort(), 'consents are of both parts');
  t.equal(shown.sidecars.length, 5);
  t.notOk((await run('find', [join(data.dir, 'recordings'), '-name', '*.rrj'])).length, 'the journal they shared is deleted');
});

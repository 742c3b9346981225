import { join } from 'node:path';
import t from 'tap';
import { recordingRows } from '../support/database.js';
import { expectedPlaces } from '../support/expected-places.js';
import { journalFacts, keepJournal } from '../support/journal-facts.js';
import { colourDistance } from '../support/movie-analysis.js';
import { inspectMovie } from '../support/movie-facts.js';
import { colourIn, framesOf, onCanvas } from '../support/movie-frames.js';
import { CAMERA, PEOPLE } from '../support/pattern.js';
import { Publishers } from '../support/publishers.js';
import { commandLine, createRoom, ServerProcess, temporaryData, until } from '../support/server.js';

/** A moderator changes layout and highlight while it is recorded, and the movie shows it from there on (V2). */
const SMALL = { widthPx: 320, fps: 15 } as const;
const NAMES = [PEOPLE.host.name, PEOPLE.moderator.name, PEOPLE.participant.name];
const COLOURS = new Map<string, string>([PEOPLE.host, PEOPLE.moderator, PEOPLE.participant].map(({ name, colour }) => [name, colour]));
/** After a change: the move, and a layer of the new size. */
const SETTLED_MS = 1200;
/** Largest difference of a colour channel, 0-255, after two codecs. */
const COLOUR_DISTANCE = 12;

t.setTimeout(120_000);
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir });
const publishers = new Publishers();
t.teardown(async () => {
  await publishers.close();
  await server.stop();
  await data.remove();
});
const room = await createRoom(server, 'Layouts');
const kept = join(data.dir, 'kept-journal');

const pause = async (ms: number): Promise<void> => {
  const fromMs = Date.now();
  await until(() => (Date.now() - fromMs >= ms ? true : null), ms + 5000, () => 'time stands still');
};

t.test('a moderator lays the recording out anew, and highlights somebody', async (t) => {
  for (const [index, key] of (['host', 'moderator', 'participant'] as const).entries()) {
    const link = { host: room.hostUrl, moderator: room.moderatorUrl, participant: room.participantUrl }[key];
    publishers.join(key, link, PEOPLE[key], SMALL);
    await publishers.untilState(key, ({ connection, members }) => connection === 'joined' && members === index + 1, 30_000);
  }
  for (const key of ['host', 'moderator', 'participant']) await publishers.untilState(key, ({ receiving }) => receiving >= 4, 30_000);
  t.equal(await publishers.command('host', { type: 'recording-start' }), null);
  await publishers.untilState('host', ({ recording }) => recording?.state === 'recording', 10_000);
  await pause(SETTLED_MS + 600);

  t.match(await publishers.command('participant', { type: 'set-layout', layout: 'speaker' }), { code: 'forbidden' });
  t.equal(await publishers.command('moderator', { type: 'set-layout', layout: 'speaker' }), null);
  t.match(await publishers.command('moderator', { type: 'set-layout', layout: 'portrait' }), { code: 'layout_not_while_recording' });
  await pause(SETTLED_MS + 600);
  const memberId = publishers.state('participant')?.memberId ?? null;
  t.match(await publishers.command('participant', { type: 'highlight', memberId }), { code: 'forbidden' });
  t.equal(await publishers.command('moderator', { type: 'highlight', memberId }), null);
  await pause(SETTLED_MS + 600);
  const [running] = recordingRows(data.dir);
  if (!running) throw new Error('a recording');
  await keepJournal(join(data.dir, 'recordings', running.id, 'journal'), kept);
  t.equal(await publishers.command('host', { type: 'recording-stop' }), null);
  await until(() => recordingRows(data.dir).find(({ state }) => state === 'available') ?? null, 60_000, () => JSON.stringify(recordingRows(data.dir)));
});

t.test('the movie shows each of it at its time', async (t) => {
  const journal = await journalFacts(kept);
  const atMs = (kind: string): number => journal.events.find(({ event }) => event.kind === kind)?.timeMs ?? NaN;
  const parts = [
    { name: 'a grid', layout: 'stage', highlighted: null, fromMs: 1500, toMs: atMs('layout') },
    { name: 'the first one large', layout: 'speaker', highlighted: null, fromMs: atMs('layout') + SETTLED_MS, toMs: atMs('highlight') },
    { name: 'the highlighted one large', layout: 'speaker', highlighted: PEOPLE.participant.name, fromMs: atMs('highlight') + SETTLED_MS, toMs: journal.lastMs - 100 },
  ] as const;
  const seen = new Map<string, number>();
  const [recording] = recordingRows(data.dir);
  for await (const frame of framesOf(join(data.dir, recording?.path ?? ''))) {
    for (const { name, layout, highlighted, fromMs, toMs } of parts) {
      if (frame.timeMs < fromMs || frame.timeMs > toMs) continue;
      const places = expectedPlaces(layout, NAMES, false, highlighted);
      const off = [...places].map(([person, placement]) => colourDistance(colourIn(frame, onCanvas(placement, CAMERA.plain)), COLOURS.get(person) ?? ''));
      seen.set(name, Math.max(seen.get(name) ?? 0, ...off));
    }
  }
  for (const { name } of parts) t.ok((seen.get(name) ?? Infinity) < COLOUR_DISTANCE, `${name}: colours off by ${seen.get(name)}`);
});

t.test('its journal can be rendered upright', async (t) => {
  const movie = join(data.dir, 'upright.mp4');
  const { code, stdout, stderr } = await commandLine(data.dir, 'render', kept, movie, '--layout', 'portrait', '--json');
  t.equal(code, 0, stdout + stderr);
  t.match((await inspectMovie(movie)).video, { widthPx: 1080, heightPx: 1920, codec: 'h264', sampleAspect: '1:1' });
});

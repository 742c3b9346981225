import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { TrackSource } from '../../src/core/media.js';
import { packageRoot } from '../../src/core/paths.js';
import { launchChromium } from '../support/chromium.js';
import { recordingRows } from '../support/database.js';
import { expectedPlaces } from '../support/expected-places.js';
import { launchFirefox } from '../support/firefox.js';
import { journalFacts, keepJournal, type JournalTrack } from '../support/journal-facts.js';
import { run } from '../support/media-tools.js';
import { colourIn, framesOf, onCanvas } from '../support/movie-frames.js';
import { CAMERA, type PersonPattern } from '../support/pattern.js';
import { commandLine, createRoom, ServerProcess, temporaryData, until } from '../support/server.js';
import { enter, startRecording } from './party.js';

/**
 * Known colours from each browser in each codec that it can send, and small text on a shared screen: in the movie the
 * colours are right, and the text can be read.
 */

/** Largest difference of a colour channel, 0-255, in the movie. */
const COLOUR_DISTANCE = 4;
const COLOURS = ['#d02020', '#20b040', '#2040d0', '#d0c020', '#20b0c0', '#b030b0', '#808080', '#e0b090'] as const;
/** Where V4's crop spares them. */
const PATCHES = COLOURS.map((colour, index) => ({ colour, x: 96 + 72 * (index % 4), y: 40 + 95 * Math.floor(index / 4), widthPx: 72, heightPx: 95 }));
const SENDERS = [
  { name: 'Chromium VP8', browser: 'chromium', codec: 'VP8' },
  { name: 'Chromium VP9', browser: 'chromium', codec: 'VP9' },
  { name: 'Chromium H264', browser: 'chromium', codec: 'H264' },
  { name: 'Chromium AV1', browser: 'chromium', codec: 'AV1' },
  { name: 'Firefox VP8', browser: 'firefox', codec: 'VP8' },
  { name: 'Firefox VP9', browser: 'firefox', codec: 'VP9' },
] as const;
const SCREEN = { widthPx: 1920, heightPx: 1080 };
const LINES = [
  'The quick brown fox jumps over the lazy dog while seven wizards quietly boxed.',
  'Invoice 4711 was paid on 24 November; the balance is now 1,863.50 euros in total.',
  'Every recorder keeps what people said, and finds the moment when they said it.',
  'function render(journal, movie) { return compose(journal).then(write); }',
] as const;
const TEXT_AT = { x: 240, y: 300, stepPx: 36, widthPx: 800, heightPx: 36 * 4 + 12 };
/** Of the words that are read on the page's own canvas, this share is read in the movie. */
const WORDS_READ = 0.95;
/** From a person's first picture until a still one is as good as it gets; what is sent from then on is judged. */
const SETTLED_MS = 6_000;
/** Arrival after the soonest of its track, as it is seen on the journal's clock. */
const PROMPT_MS = 500;
/** For those of a machine short of CPU. */
const SETTLE_LIMIT_MS = 120_000;

t.setTimeout(500_000);
const data = await temporaryData();
const server = await ServerProcess.start({ dataDir: data.dir });
const houses = { chromium: await launchChromium(), firefox: await launchFirefox(440) };
t.teardown(async () => {
  await Promise.allSettled([houses.chromium.close(), houses.firefox.close()]);
  await server.stop();
  await data.remove();
});
const room = await createRoom(server, 'Colours');
const kept = join(data.dir, 'kept-journal');
const sourcePng = join(data.dir, 'screen.png');

function stillPicture(): string {
  const script = readFileSync(join(packageRoot, 'test', 'e2e', 'pages', 'still-picture.js'), 'utf8');
  const text = LINES.map((line, index) => ({ line, x: TEXT_AT.x, y: TEXT_AT.y + 6 + index * TEXT_AT.stepPx, font: '12px "DejaVu Sans"', colour: '#202020' }));
  const pictures = {
    camera: { widthPx: CAMERA.widthPx, heightPx: CAMERA.heightPx, background: '#404040', patches: PATCHES },
    screen: { ...SCREEN, background: '#ffffff', text },
  };
  return `(() => { ${script}\ninstallStillPicture(${JSON.stringify(pictures)}); })();`;
}

const journalDir = (): string => join(data.dir, 'recordings', recordingRows(data.dir)[0]?.id ?? '', 'journal');
let looks = new Map<string, number>();

/** By member: when a picture of theirs arrived that is as good as it gets, journal time in ms. Waits for all senders. */
const settled = async (source: TrackSource, senders: number): Promise<Map<string, number>> => {
  let got = '';
  return until(
    async () => {
      await keepJournal(journalDir(), kept);
      const journal = await journalFacts(kept);
      const arrived = new Map<string, number>();
      for (const track of journal.tracks) {
        const atMs = settledFrame(track);
        if (track.description.source === source && atMs !== null) arrived.set(track.description.memberId, atMs);
      }
      got = `${arrived.size} of ${senders} settled after ${journal.lastMs} ms`;
      return arrived.size === senders ? arrived : null;
    },
    SETTLE_LIMIT_MS,
    () => got,
  );
};

/** Journal time, ms, at which a settled picture has just arrived, not much delayed (V8 would have taken it off again). */
function settledFrame({ framesAtMs, framesSentMs }: JournalTrack): number | null {
  const delays = framesAtMs.map((atMs, index) => atMs - (framesSentMs[index] ?? NaN));
  const leastMs = delays.reduce((a, b) => Math.min(a, b), Infinity);
  return framesAtMs.find((atMs, index) => atMs >= (framesAtMs[0] ?? NaN) + SETTLED_MS && (delays[index] ?? NaN) < leastMs + PROMPT_MS) ?? null;
}

t.test('browsers send known colours in every codec, then one shares a screen', async () => {
  const people = [];
  for (const { name, browser, codec } of SENDERS) {
    const pattern: PersonPattern = { name, colour: '#404040', frequencyHz: 440, deviceTone: browser === 'firefox', codec: { codec } };
    people.push(await enter(houses[browser], people.length === 0 ? room.hostUrl : room.participantUrl, pattern, { initScripts: [stillPicture()] }));
  }
  const host = people[0];
  if (!host) throw new Error('a host');
  await startRecording(host);
  await until(() => recordingRows(data.dir)[0] ?? null, 60_000, () => 'nothing is recorded');
  await until(() => (existsSync(journalDir()) ? true : null), 60_000, () => 'no journal');
  looks = await settled('camera', SENDERS.length);
  await host.click('button', 'Share screen');
  await settled('screen', 1);
  await writeFile(sourcePng, Buffer.from(await host.evaluate<string>('reelroomScreen()'), 'base64'));
  await keepJournal(journalDir(), kept);
  await server.stop();
});

t.test('every patch is within 4 of 255 in the movie, from each browser in each codec', async (t) => {
  const journal = await journalFacts(kept);
  const codecs = journal.tracks.filter(({ description }) => description.source === 'camera').map(({ description }) => description.codec.name);
  t.same(codecs.sort(), SENDERS.map(({ codec }) => codec).sort(), 'each was sent');
  const looked = new Map<string, number>();
  for (const { event } of journal.events)
    if (event.kind === 'member-on-stage') looked.set(event.name, Math.floor(((looks.get(event.memberId) ?? NaN) * 30) / 1000));
  const movie = join(data.dir, 'grid.mp4');
  const rendered = await commandLine(data.dir, 'render', kept, movie, '--layout', 'stage');
  t.equal(rendered.code, 0, rendered.stdout + rendered.stderr);
  const places = expectedPlaces('stage', SENDERS.map(({ name }) => name), false);
  const judged = new Set<string>();
  for await (const frame of framesOf(movie)) {
    for (const [name, placement] of places) {
      if (frame.index !== looked.get(name)) continue;
      judged.add(name);
      const off = PATCHES.map(({ colour, x, y, widthPx, heightPx }) => {
        const inner = { x: x + widthPx / 4, y: y + heightPx / 4, widthPx: widthPx / 2, heightPx: heightPx / 2 };
        const [r, g, b] = colourIn(frame, onCanvas(placement, inner));
        const wanted = Number.parseInt(colour.slice(1), 16);
        const differences = [r - (wanted >> 16), g - ((wanted >> 8) & 255), b - (wanted & 255)];
        return { colour, differences, most: Math.max(...differences.map(Math.abs)) };
      });
      const worst = off.reduce((a, b) => (b.most > a.most ? b : a));
      t.ok(worst.most <= COLOUR_DISTANCE, `${name} at frame ${frame.index}: ${worst.colour} is off by ${worst.differences}`);
    }
  }
  t.equal(judged.size, SENDERS.length, 'each was looked at');
});

t.test('text of 12 px on a shared screen of 1080p is read in the movie as on the page (V2, V4)', async (t) => {
  const movie = join(data.dir, 'screen.mp4');
  const rendered = await commandLine(data.dir, 'render', kept, movie, '--layout', 'content-only');
  t.equal(rendered.code, 0, rendered.stdout + rendered.stderr);
  const shown = join(data.dir, 'shown.png');
  await run('ffmpeg', ['-v', 'error', '-y', '-sseof', '-0.5', '-i', movie, '-frames:v', '1', '-update', '1', shown]);
  const wanted = wordsOf(LINES.join(' '));
  const [source, seen] = [await readWords(sourcePng), await readWords(shown)];
  const count = (words: Set<string>): number => wanted.filter((word) => words.has(word)).length;
  t.comment(`${count(source)} of ${wanted.length} words are read on the page, ${count(seen)} in the movie`);
  t.ok(count(source) > wanted.length * 0.8, 'the page itself can be read');
  t.ok(count(seen) >= count(source) * WORDS_READ, `${count(seen)} of ${count(source)} words can be read in the movie`);
});

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[a-z0-9]{3,}/g) ?? [];
}

/** What Tesseract reads of the lines of text. It wants letters of 20 px and more, so both pictures are enlarged alike. */
async function readWords(path: string): Promise<Set<string>> {
  const { x, y, widthPx, heightPx } = TEXT_AT;
  const png = await run('ffmpeg', ['-v', 'error', '-i', path, '-vf', `crop=${widthPx}:${heightPx}:${x}:${y},scale=iw*3:ih*3:flags=lanczos,format=gray`, '-f', 'image2pipe', '-c:v', 'png', '-']);
  const text = await run('tesseract', ['stdin', 'stdout', '--psm', '6', '-l', 'eng'], png);
  return new Set(wordsOf(text.toString('utf8')));
}

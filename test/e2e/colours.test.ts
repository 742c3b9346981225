import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/core/paths.js';
import { launchChromium } from '../support/chromium.js';
import { recordingRows } from '../support/database.js';
import { expectedPlaces } from '../support/expected-places.js';
import { launchFirefox } from '../support/firefox.js';
import { journalFacts, keepJournal } from '../support/journal-facts.js';
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
/** Until a still picture is as good as it gets. */
const SETTLED_MS = 9_000;

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

const pause = async (ms: number): Promise<void> => {
  const fromMs = Date.now();
  await until(() => (Date.now() - fromMs >= ms ? true : null), ms + 60_000, () => 'time stands still');
};

t.test('browsers send known colours in every codec, then one shares a screen', async () => {
  const people = [];
  for (const { name, browser, codec } of SENDERS) {
    const pattern: PersonPattern = { name, colour: '#404040', frequencyHz: 440, deviceTone: browser === 'firefox', codec: { codec } };
    people.push(await enter(houses[browser], people.length === 0 ? room.hostUrl : room.participantUrl, pattern, { initScripts: [stillPicture()] }));
  }
  const host = people[0];
  if (!host) throw new Error('a host');
  await startRecording(host);
  const running = await until(() => recordingRows(data.dir)[0] ?? null, 60_000, () => 'nothing is recorded');
  await keepJournal(join(data.dir, 'recordings', running.id, 'journal'), kept);
  await pause(SETTLED_MS);
  await host.click('button', 'Share screen');
  await pause(SETTLED_MS);
  await writeFile(sourcePng, Buffer.from(await host.evaluate<string>('reelroomScreen()'), 'base64'));
  await keepJournal(join(data.dir, 'recordings', running.id, 'journal'), kept);
  await server.stop();
});

t.test('every patch is within 4 of 255 in the movie, from each browser in each codec', async (t) => {
  const journal = await journalFacts(kept);
  const codecs = journal.tracks.filter(({ description }) => description.source === 'camera').map(({ description }) => description.codec.name);
  t.same(codecs.sort(), SENDERS.map(({ codec }) => codec).sort(), 'each was sent');
  const sharedMs = journal.tracks.find(({ description }) => description.source === 'screen')?.framesAtMs[0] ?? NaN;
  const movie = join(data.dir, 'grid.mp4');
  const rendered = await commandLine(data.dir, 'render', kept, movie, '--layout', 'stage');
  t.equal(rendered.code, 0, rendered.stdout + rendered.stderr);
  const places = expectedPlaces('stage', SENDERS.map(({ name }) => name), false);
  // The screen is shown from its capture on, which is earlier than its first packet by what a busy machine takes to encode it.
  const look = Math.floor(((sharedMs - SETTLED_MS / 3) * 30) / 1000);
  for await (const frame of framesOf(movie)) {
    if (frame.index !== look) continue;
    for (const [name, placement] of places) {
      const off = PATCHES.map(({ colour, x, y, widthPx, heightPx }) => {
        const inner = { x: x + widthPx / 4, y: y + heightPx / 4, widthPx: widthPx / 2, heightPx: heightPx / 2 };
        const [r, g, b] = colourIn(frame, onCanvas(placement, inner));
        const wanted = Number.parseInt(colour.slice(1), 16);
        const differences = [r - (wanted >> 16), g - ((wanted >> 8) & 255), b - (wanted & 255)];
        return { colour, differences, most: Math.max(...differences.map(Math.abs)) };
      });
      const worst = off.reduce((a, b) => (b.most > a.most ? b : a));
      t.ok(worst.most <= COLOUR_DISTANCE, `${name}: ${worst.colour} is off by ${worst.differences}`);
    }
  }
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

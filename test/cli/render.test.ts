import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeSampleJournal } from '../../src/cli/doctor/sample-journal.js';
import { verifyMovie } from '../../src/recording/verify.js';
import { DataPaths, packageRoot } from '../../src/core/paths.js';
import { writePart } from '../../src/recording/part.js';
import { run } from '../support/media-tools.js';
import { departuresFromV1, inspectMovie } from '../support/movie-facts.js';
import { peakOf, soundOf } from '../support/movie-sound.js';
import { reelroom } from './support.js';

// Each run is a process of its own, and most encode seconds of video.
t.setTimeout(280_000);

t.test('render makes the movie of a journal, and nothing else stays beside it', { timeout: 120_000 }, async (t) => {
  const dir = t.testdir();
  await writeSampleJournal(dir, 'ffmpeg', 1);
  const movie = join(dir, 'out.mp4');
  const made = await reelroom(dir, ['render', dir, movie, '--json']);
  t.equal(made.code, 0, made.stderr);
  t.match(JSON.parse(made.stdout), { path: movie, frames: 30, missing: 0, durationMs: 1000, gaps: [] });
  t.match(await verifyMovie(movie, { ffmpegPath: 'ffmpeg', mode: 'full', wallMs: 1000 }), { ok: true, frames: 30, black: [] });
  t.same(readdirSync(dir).sort(), ['journal', 'out.mp4']);
});

t.test('render --layout portrait makes an upright movie', { timeout: 120_000 }, async (t) => {
  const dir = t.testdir();
  await writeSampleJournal(dir, 'ffmpeg', 1);
  const movie = join(dir, 'out.mp4');
  const made = await reelroom(dir, ['render', dir, movie, '--layout', 'portrait', '--json']);
  t.equal(made.code, 0, made.stderr);
  t.match((await inspectMovie(movie)).video, { widthPx: 1080, heightPx: 1920 });
  t.match(await verifyMovie(movie, { ffmpegPath: 'ffmpeg', mode: 'full', wallMs: 1000 }), { ok: true, frames: 30 });
  t.match(await reelroom(dir, ['render', dir, movie, '--layout', 'mosaic']), { code: 2 });
});

t.test('render --encoder makes the same movie by GStreamer', { timeout: 120_000 }, async (t) => {
  const dir = t.testdir();
  await writeSampleJournal(dir, 'ffmpeg', 1);
  const movie = join(dir, 'out.mp4');
  const made = await reelroom(dir, ['render', dir, movie, '--encoder', 'gstreamer', '--json']);
  t.equal(made.code, 0, made.stderr);
  t.match(JSON.parse(made.stdout), { frames: 30, missing: 0, gaps: [], encoder: /^GStreamer 1\.\d+\.\d+ x264enc$/ });
  t.same(departuresFromV1(await inspectMovie(movie)), []);
  t.match(await verifyMovie(movie, { ffmpegPath: 'ffmpeg', mode: 'full', wallMs: 1000 }), { ok: true, frames: 30, black: [] });
  t.match(await reelroom(dir, ['render', dir, movie, '--encoder', 'x265']), { code: 2 });
});

t.test('what is no journal is said, and no movie appears', async (t) => {
  const dir = t.testdir({ 'notes.txt': 'x' });
  t.match(await reelroom(dir, ['render', dir, join(dir, 'out.mp4')]), { code: 1, stderr: /\[journal_missing\]/ });
  t.match(await reelroom(dir, ['render', join(dir, 'none'), join(dir, 'out.mp4')]), { code: 1, stderr: /\[journal_missing\]/ });
  t.match(await reelroom(dir, ['render', dir]), { code: 2 });
  t.same(readdirSync(dir), ['notes.txt']);
});

const FIXTURE = join(packageRoot, 'test', 'fixtures', 'journals', 'screen-and-two-cameras');

t.test('render takes a size, a range and people (--size, --range, --only, --without)', { timeout: 240_000 }, async (t) => {
  const dir = t.testdir();
  const render = async (name: string, ...options: string[]): Promise<{ path: string; frames: number }> => {
    const made = await reelroom(dir, ['render', FIXTURE, join(dir, name), '--json', ...options]);
    t.equal(made.code, 0, made.stderr);
    return JSON.parse(made.stdout) as { path: string; frames: number };
  };
  /** Mean colour of a place of a frame. */
  const colour = async (path: string, atS: number, crop: string): Promise<number[]> =>
    [...(await run('ffmpeg', ['-v', 'error', '-ss', `${atS}`, '-i', path, '-vf', `crop=${crop},scale=1:1,format=rgb24`, '-frames:v', '1', '-f', 'rawvideo', '-']))];
  const isRed = ([red = 0, green = 0, blue = 0]: number[]): boolean => red > 130 && green < 90 && blue < 90;
  const isGreen = ([red = 0, green = 0, blue = 0]: number[]): boolean => green > 130 && red < 90 && blue < 100;

  const small = await render('small.mp4', '--size', '640x480', '--range', '0:03-4.5');
  t.equal(small.frames, 45);
  t.match((await inspectMovie(small.path)).video, { widthPx: 640, heightPx: 480 });
  // 640x360 in the middle, never stretched: Hanna red, Milo green, bars above and below.
  t.ok(isRed(await colour(small.path, 1, '40:40:40:290')), 'Hanna is on the left');
  t.ok(isGreen(await colour(small.path, 1, '40:40:400:290')), 'Milo on the right');
  t.ok((await colour(small.path, 1, '600:40:20:10')).every((value) => value < 30), 'a bar above');

  const hanna = await render('hanna.mp4', '--range', '3-4.5', '--only', 'hanna');
  const milo = await render('milo.mp4', '--range', '3-4.5', '--without', 'Hanna');
  t.ok(isRed(await colour(hanna.path, 1, '100:40:1500:800')), 'Hanna has all of it');
  t.ok(isGreen(await colour(milo.path, 1, '100:40:200:800')), 'and Milo');
  const [both, one, other] = await Promise.all([(await render('both.mp4', '--range', '3-4.5')).path, hanna.path, milo.path].map(soundOf));
  t.ok(peakOf(both as Float32Array) > 0.02);
  // A voice that is left out leaves nothing behind: the two parts are the whole.
  let apart = 0;
  both?.forEach((sample, i) => (apart = Math.max(apart, Math.abs(sample - (one?.[i] ?? 0) - (other?.[i] ?? 0)))));
  t.ok(apart < 0.1, `the voices add up within ${apart.toFixed(3)}`);
});

t.test('render --tracks writes what each person sent, and no movie unless it is named', { timeout: 60_000 }, async (t) => {
  const dir = t.testdir();
  const made = await reelroom(dir, ['render', FIXTURE, '--tracks', join(dir, 'tracks'), '--without', 'Milo', '--json']);
  t.equal(made.code, 0, made.stderr);
  t.match(JSON.parse(made.stdout), { path: null, tracks: [{ name: 'Hanna', source: 'microphone', codec: 'opus' }, { name: 'Hanna', source: 'camera', codec: 'VP8' }] });
  t.same(readdirSync(join(dir, 'tracks')).sort(), ['Hanna - camera.webm', 'Hanna - microphone.webm']);
  t.match(await reelroom(dir, ['render', FIXTURE, '--tracks', join(dir, 'tracks')]), { code: 1, stderr: /\[file_taken\]/ });
});

t.test('a wrong value ends with 2 and a sentence, and no movie appears', { timeout: 60_000 }, async (t) => {
  const dir = t.testdir();
  const wrong: [string[], RegExp][] = [
    [['--size', '641x480'], /even numbers/],
    [['--size', 'large'], /WIDTHxHEIGHT/],
    [['--size', '8000x8000'], /to 4096/],
    [['--range', '5'], /FROM-TO/],
    [['--range', '1:75-2:00'], /FROM-TO/],
    [['--range', '9-3'], /ends after it begins/],
    [['--range', '90-'], /behind its end/],
    [['--only', 'Nobody'], /called "Nobody"; there are "Hanna", "Milo"/],
    [['--without', 'Hann'], /called "Hann"/],
    [['--preset'], /argument missing/],
  ];
  for (const [options, sentence] of wrong) {
    t.match(await reelroom(dir, ['render', FIXTURE, join(dir, 'out.mp4'), ...options]), { code: 2, stderr: sentence }, options.join(' '));
  }
  t.match(await reelroom(dir, ['render', FIXTURE]), { code: 2, stderr: /name the MP4/ });
  t.match((await reelroom(dir, ['render', '--help'])).stdout, /--size[^]*--range[^]*--only[^]*--without[^]*--tracks/);
  t.same(readdirSync(dir), []);
});

t.test('the folder of one part of a longer recording gives that part (R9)', { timeout: 60_000 }, async (t) => {
  const dir = t.testdir();
  const paths = new DataPaths(dir);
  cpSync(FIXTURE, paths.journal('first'), { recursive: true });
  writePart(paths, 'first', { part: 1, journalOf: 'first', fromFrame: 0, toFrame: 32 });
  writePart(paths, 'second', { part: 2, journalOf: 'first', fromFrame: 32, toFrame: null });
  const framesOf = async (id: string, ...options: string[]): Promise<number> => {
    const made = await reelroom(dir, ['render', paths.recording(id), join(dir, `${id}.mp4`), '--json', '--size', '320x180', ...options]);
    return (JSON.parse(made.stdout) as { frames: number }).frames;
  };
  t.equal(await framesOf('first'), 32);
  t.equal(await framesOf('second', '--range', '1-2'), 30);
  t.equal(await framesOf('second', '--range', '11-'), 38);
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeSampleJournal } from '../../src/cli/doctor/sample-journal.js';
import { verifyMovie } from '../../src/recording/verify.js';
import { departuresFromV1, inspectMovie } from '../support/movie-facts.js';
import { reelroom } from './support.js';

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

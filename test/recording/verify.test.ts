import { open, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { readMp4Info } from '../../src/recording/mp4-info.js';
import { verifyMovie } from '../../src/recording/verify.js';
import { ffmpeg } from '../support/synthetic-media.js';
import { smallMovie } from './doubles.js';

const ffmpegPath = 'ffmpeg';

t.test('a whole movie is found whole', async (t) => {
  const path = join(t.testdir(), 'movie.mp4');
  await writeFile(path, await smallMovie());
  for (const mode of ['quick', 'full'] as const) {
    const seen = await verifyMovie(path, { ffmpegPath, mode, wallMs: 1000 });
    t.match(seen, { ok: true, frames: 30, problems: [], black: [], silent: [] }, mode);
    t.ok(Math.abs(seen.durationMs - 1000) < 50);
  }
});

t.test('a length that is not the clock\'s is a problem', async (t) => {
  const path = join(t.testdir(), 'movie.mp4');
  await writeFile(path, await smallMovie());
  t.match(await verifyMovie(path, { ffmpegPath, mode: 'quick', wallMs: 9000 }), { ok: false, problems: [/9000 ms/] });
});

t.test('black and silent spans are found', async (t) => {
  const path = join(t.testdir(), 'movie.mp4');
  await ffmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=30:duration=6', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=6'],
    ...['-vf', "drawbox=color=black:t=fill:enable='between(t,2,3.99)'", '-af', "volume=0:enable='gte(t,3)'"],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-movflags', '+faststart', path],
  ]);
  const { black, silent } = await verifyMovie(path, { ffmpegPath, mode: 'full' });
  t.equal(black.length, 1);
  t.ok(Math.abs((black[0]?.startMs ?? 0) - 2000) < 100 && Math.abs((black[0]?.durationMs ?? 0) - 2000) < 100);
  t.equal(silent.length, 1);
  t.ok(Math.abs((silent[0]?.startMs ?? 0) - 3000) < 100);
});

t.test('a quick look reads the ends of a movie, and a full one all of it', async (t) => {
  const path = join(t.testdir(), 'movie.mp4');
  await ffmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=30:duration=20', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=20'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '30', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-movflags', '+faststart', path],
  ]);
  const { size } = await stat(path);
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(20_000, 0x55), 0, 20_000, Math.floor(size / 2));
  await file.close();
  t.match(await verifyMovie(path, { ffmpegPath, mode: 'quick' }), { ok: true, frames: 600 });
  t.match(await verifyMovie(path, { ffmpegPath, mode: 'full' }), { ok: false });
});

t.test('a movie that is cut, garbage or missing is said to be', async (t) => {
  const dir = t.testdir({ garbage: 'no movie at all' });
  const path = join(dir, 'movie.mp4');
  const bytes = await smallMovie();
  await writeFile(path, bytes);
  await truncate(path, bytes.length - 4000);
  t.match(await verifyMovie(path, { ffmpegPath, mode: 'quick' }), { ok: false });
  t.match(await verifyMovie(join(dir, 'garbage'), { ffmpegPath, mode: 'quick' }), { ok: false, problems: [/not an MP4/] });
  await t.rejects(verifyMovie(join(dir, 'none'), { ffmpegPath, mode: 'quick' }), { code: 'movie_missing' });
  await t.rejects(verifyMovie(path, { ffmpegPath: join(dir, 'none'), mode: 'quick' }), { code: 'encoder_missing' });
});

t.test('no bytes make reading an MP4 fail or take long', async (t) => {
  const path = join(t.testdir(), 'movie.mp4');
  const whole = await smallMovie();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { minLength: 1, maxLength: 20 }), fc.nat(whole.length), async (changes, length) => {
      const bytes = Uint8Array.from(whole.subarray(0, length));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      await writeFile(path, bytes);
      await readMp4Info(path);
    }),
    { numRuns: 200 },
  );
  t.pass('each was read or was no movie');
});

import { join } from 'node:path';
import t from 'tap';
import { composeJournal, type ComposeHooks } from '../../src/compositor/compose.js';
import { createHash } from 'node:crypto';
import { seamBefore } from '../../src/compositor/movie/chunks.js';
import { jobIn } from '../support/compose-job.js';
import { run } from '../support/media-tools.js';
import { departuresFromV1, inspectMovie } from '../support/movie-facts.js';
import { soundOf } from '../support/movie-sound.js';
import { syntheticRecords, writeRecords, type SyntheticJournal } from '../support/synthetic-journal.js';

t.setTimeout(240_000);

const HZ = 400;
/** A sender whose clocks drift, over a line that loses and reorders; a pause before the seam. */
const MEETING: SyntheticJournal = {
  seed: 12,
  durationMs: 11_000,
  tracks: [
    {
      memberId: 'ann',
      source: 'camera',
      picture: { widthPx: 640, heightPx: 360, fps: 30, colour: [40, 60, 200], mark: true },
      network: { jitterMs: 15 },
      senderPpm: 120,
    },
    // A quiet voice: what raises it must be at the same gain on both sides of the seam.
    {
      ...{ memberId: 'ann', source: 'microphone', sound: { kind: 'tone', hz: HZ, amplitude: 0.12 }, speaksMs: [[0, 11_000]] },
      ...{ network: { jitterMs: 15 }, senderPpm: 120, rtpPpm: -60 },
    },
  ],
  events: [
    { atMs: 3_000, event: { kind: 'paused' } },
    { atMs: 3_500, event: { kind: 'resumed' } },
  ],
};
/** No whole number of chunks or seconds. */
const SEAM = seamBefore(215);

function hashing(): { hashes: string[]; hooks: ComposeHooks } {
  const hashes: string[] = [];
  const onCanvas = (frame: number, canvas: Uint8Array): void => void (hashes[frame] = createHash('md5').update(canvas).digest('hex'));
  return { hashes, hooks: { onCanvas, rate: { qp: 28 } } };
}

async function decodedHashes(path: string): Promise<string[]> {
  const text = (await run('ffmpeg', ['-v', 'error', '-i', path, '-map', '0:v', '-f', 'framemd5', '-'])).toString();
  return text.split('\n').filter((line) => line.startsWith('0,')).map((line) => line.split(',').at(-1)?.trim() ?? '');
}

/** The largest distance of a sample from what a sine's neighbours say of it: x[n] = 2 cos(w) x[n-1] - x[n-2]. */
function roughness(sound: Float32Array, from: number, to: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * HZ) / 48_000);
  let worst = 0;
  for (let n = Math.max(2, from); n < to; n++) {
    worst = Math.max(worst, Math.abs((sound[n] ?? 0) - factor * (sound[n - 1] ?? 0) + (sound[n - 2] ?? 0)));
  }
  return worst;
}

t.test('two parts of one recording are its frames and its sound, without a gap between them (R9)', async (t) => {
  const dir = t.testdir();
  await writeRecords(join(dir, 'journal'), await syntheticRecords(MEETING));
  const whole = hashing();
  const total = await composeJournal(jobIn(dir), whole.hooks);
  t.equal(total.frames, 315);
  const parts = [];
  const paths = [];
  for (const [name, span] of [['one', { toFrame: SEAM }], ['two', { fromFrame: SEAM }]] as const) {
    const part = hashing();
    const job = jobIn(dir, { moviePath: join(dir, `${name}.mp4`), ...span });
    const report = await composeJournal(job, part.hooks);
    t.match(report, { frames: name === 'one' ? SEAM : 315 - SEAM, missing: 0, gaps: [] });
    t.same(departuresFromV1(await inspectMovie(job.moviePath)), []);
    parts.push(...part.hashes);
    paths.push(job.moviePath);
  }
  t.same(parts, whole.hashes, 'every picture is there once, in order');
  const joined = (await Promise.all(paths.map(decodedHashes))).flat();
  t.equal(joined.length, 315);

  const [one, two, straight] = await Promise.all([...paths, jobIn(dir).moviePath].map(soundOf)) as [Float32Array, Float32Array, Float32Array];
  t.equal(one.length, SEAM * 1_600, 'the first part ends with its last picture');
  t.equal(one.length + two.length, straight.length);
  const sound = new Float32Array(straight.length);
  sound.set(one);
  sound.set(two, one.length);
  const inTheMiddle = roughness(sound, one.length - 40_000, one.length - 4_800);
  const atTheSeam = roughness(sound, one.length - 2_400, one.length + 2_400);
  t.comment(`roughness ${inTheMiddle.toFixed(4)} in the middle, ${atTheSeam.toFixed(4)} at the seam`);
  t.ok(atTheSeam < 0.01, `the sine goes on: ${atTheSeam.toFixed(4)}, elsewhere ${inTheMiddle.toFixed(4)}`);
  let apart = 0;
  for (let n = one.length - 4_800; n < one.length + 4_800; n++) apart = Math.max(apart, Math.abs((sound[n] ?? 0) - (straight[n] ?? 0)));
  t.ok(apart < 0.01, `and is the straight movie's within ${apart.toFixed(3)}`);
});

t.test('a part that is stopped and resumed is the same', async (t) => {
  const dir = t.testdir();
  await writeRecords(join(dir, 'journal'), await syntheticRecords(MEETING));
  const straight = hashing();
  await composeJournal(jobIn(dir, { fromFrame: 100, toFrame: 290 }), straight.hooks);
  const job = jobIn(dir, { moviePath: join(dir, 'resumed.mp4'), fromFrame: 100, toFrame: 290, resume: true });
  const abort = new AbortController();
  await t.rejects(composeJournal(job, { rate: { qp: 28 }, signal: abort.signal, onCanvas: (frame) => frame === 150 && abort.abort() }), { code: 'aborted' });
  const resumed = hashing();
  t.match(await composeJournal(job, resumed.hooks), { frames: 190, missing: 0 });
  t.notOk(resumed.hashes[0], 'it did not begin anew');
  resumed.hashes.forEach((hash, frame) => hash === straight.hashes[frame] || t.fail(`frame ${frame}`));
  t.same(await decodedHashes(job.moviePath), await decodedHashes(jobIn(dir).moviePath));
});

t.test('a part that begins where the journal ends is one frame', async (t) => {
  const dir = t.testdir();
  await writeRecords(join(dir, 'journal'), await syntheticRecords({ durationMs: 2_000, tracks: [] }));
  t.match(await composeJournal(jobIn(dir, { fromFrame: 60 })), { frames: 1, missing: 0 });
});

import t from 'tap';
import { composeJournal } from '../../src/compositor/compose.js';
import type { CodecName } from '../../src/core/media.js';
import { jobIn } from '../support/compose-job.js';
import { colourDistance } from '../support/movie-analysis.js';
import { colourIn, framesOf } from '../support/movie-frames.js';
import { writeSyntheticJournal, type SyntheticTrack } from '../support/synthetic-journal.js';

/** A movie of people whose cameras send different codecs, one of whom changes it in the middle. */

t.setTimeout(120_000);

const CODECS: CodecName[] = ['VP8', 'VP9', 'H264'];
const COLOURS = [[180, 50, 50], [46, 154, 70], [50, 80, 200], [180, 150, 40]] as const;
const PICTURE = { widthPx: 480, heightPx: 270, fps: 30, mark: true, keyframeEvery: 30 };
/** In the middle of each tile of a grid of two by two. */
const PLACES = [0, 1, 2, 3].map((n) => ({ x: 300 + 960 * (n % 2), y: 60 + 540 * Math.floor(n / 2), widthPx: 400, heightPx: 100 }));

t.test('each codec is shown in its colour, before and after a change of the codec', async (t) => {
  const job = jobIn(t.testdir());
  const tracks = COLOURS.map((colour, n): SyntheticTrack => ({
    memberId: `m${n}`,
    source: 'camera',
    picture: { ...PICTURE, colour, codec: CODECS[n % CODECS.length]! },
    codecFrom: { atMs: 1_500, codec: CODECS[(n + 1) % CODECS.length]! },
    network: { jitterMs: 15, loss: 0.02, repaired: 1 },
  }));
  await writeSyntheticJournal(job.journalDir, { seed: 12, durationMs: 3_500, tracks });
  const report = await composeJournal(job);
  t.equal(report.missing, 0);
  const seen = new Map<number, ReturnType<typeof colourIn>[]>();
  for await (const frame of framesOf(job.moviePath)) seen.set(frame.index, PLACES.map((place) => colourIn(frame, place)));
  for (const index of [30, 42, 60, 100]) {
    for (const [n, [red, green, blue]] of COLOURS.entries()) {
      const wanted = `#${[red, green, blue].map((value) => value.toString(16).padStart(2, '0')).join('')}`;
      const colour = seen.get(index)?.[n] ?? [0, 0, 0];
      t.ok(colourDistance(colour, wanted) < 8, `frame ${index}, tile ${n}: ${colour} for ${wanted}`);
    }
  }
});

import t, { type Test } from 'tap';
import { composeJournal } from '../../src/compositor/compose.js';
import type { CodecName } from '../../src/core/media.js';
import { jobIn } from '../support/compose-job.js';
import { colourDistance } from '../support/movie-analysis.js';
import { colourIn, framesOf, type MovieFrame } from '../support/movie-frames.js';
import { generator } from '../support/random.js';
import { syntheticRecords, writeRecords, writeSyntheticJournal, type SyntheticTrack } from '../support/synthetic-journal.js';

/** A movie of people whose cameras send different codecs, one of whom changes it in the middle. */

t.setTimeout(120_000);

const CODECS: CodecName[] = ['VP8', 'VP9', 'H264', 'AV1'];
const COLOURS = [[180, 50, 50], [46, 154, 70], [50, 80, 200], [180, 150, 40]] as const;
const PICTURE = { widthPx: 480, heightPx: 270, fps: 30, mark: true, keyframeEvery: 30 };
/** In the middle of each tile of a grid of two by two. */
const PLACES = [0, 1, 2, 3].map((n) => ({ x: 300 + 960 * (n % 2), y: 60 + 540 * Math.floor(n / 2), widthPx: 400, heightPx: 100 }));

function checkColours(t: Test, frame: MovieFrame): void {
  for (const [n, colour] of COLOURS.entries()) {
    const wanted = `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
    const seen = colourIn(frame, PLACES[n]!);
    t.ok(colourDistance(seen, wanted) < 8, `frame ${frame.index}, ${CODECS[n]}: ${seen} for ${wanted}`);
  }
}

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
  for await (const frame of framesOf(job.moviePath)) if ([30, 42, 60, 100].includes(frame.index)) checkColours(t, frame);
});

t.test('garbage in the packets of every codec ends neither the recording nor the tile', async (t) => {
  const job = jobIn(t.testdir());
  const tracks = COLOURS.map((colour, n): SyntheticTrack => ({ memberId: `m${n}`, source: 'camera', picture: { ...PICTURE, colour, codec: CODECS[n]! } }));
  const records = await syntheticRecords({ seed: 5, durationMs: 3_500, tracks });
  const random = generator(0xbad);
  for (const record of records) {
    if (record.type !== 'packet' || record.timeUs < 700_000 || record.timeUs > 1_900_000 || random() < 0.5) continue;
    for (let flips = 1 + Math.floor(random() * 20); flips > 0; flips--) record.data[12 + Math.floor(random() * (record.data.length - 12))] = Math.floor(random() * 256);
  }
  await writeRecords(job.journalDir, records);
  const report = await composeJournal(job);
  t.equal(report.frames, 105);
  for await (const frame of framesOf(job.moviePath)) if (frame.index === 100) checkColours(t, frame);
});

import { join } from 'node:path';
import t, { type Test } from 'tap';
import { composeJournal } from '../../src/compositor/compose.js';
import { CEILING } from '../../src/compositor/audio/limiter.js';
import { SAMPLES_PER_FRAME } from '../../src/compositor/format.js';
import { framesIn } from '../../src/compositor/recorded-time.js';
import { readJournal } from '../../src/journal/reader.js';
import type { JournalRecord } from '../../src/journal/records.js';
import { jobIn } from '../support/compose-job.js';
import { composedFrames, type ComposedMovie, type TileSighting } from '../support/composed-frames.js';
import { fixtures, type Fixture } from '../support/fixtures.js';
import { impaired, playedAgain, type Impairment } from '../support/impairment.js';
import { colourDistance, skewsOf } from '../support/movie-analysis.js';
import { departuresFromV1, inspectMovie } from '../support/movie-facts.js';
import { beepsOf } from '../support/movie-sound.js';
import { CAMERA } from '../support/pattern.js';
import { sentMedia, type SentMedia, type SentPicture } from '../support/sent-media.js';
import { writeRecords } from '../support/synthetic-journal.js';

/**
 * Journals of real browsers over bad ways, composed by the engine and judged by what their senders made and what of it
 * came through: every frame is there, the sound has no holes in its samples and no clicks, picture and sound belong
 * together (V7), nothing stands still for longer than V8 allows and nothing damaged is shown.
 */

const FRAME_MS = 1000 / 30;
/** V8, and a frame of the movie. */
const FREEZE_MS = 2_000 + FRAME_MS;
/** V7 */
const SKEW_MS = 45;
/** Where a sender loses sound, a beep's own time is known to this, ms (`judge-movie.ts`). */
const UNSEEN_LOSS_MS = 20;
/** As in `judge-movie.ts`: such a sender's sound does not count as even. */
const EVEN_MS = 50;
/**
 * Where sound and picture belong is known by the least delay of the packets so far; how much less the queue can be, the
 * packets of a few seconds do not tell, and a queue that grows is now and then taken for lost sound. This share of the
 * jitter a single flash may be off beyond V7, and half of it their median. Until the sound's second report is there, each
 * track goes by its own packets: then by all of the jitter.
 */
const JITTER_SHARE = 0.4;
/** A beep of which the first packet was lost begins with what the decoder makes of it. */
const LOST_BEGINNING_MS = 20;
/** Sample to sample. Beeps of two people make up to 0.34 where they begin; a cut in one makes up to 0.8. */
const CLICK = 0.45;
/** What of the pictures that came in time must be seen: others lie between two frames of the movie. */
const SHOWN = 0.85;
/** Of a colour channel, 0-255. */
const COLOUR_DISTANCE = 14;
/** A tile without a picture, and the canvas under it (`painter.ts`). */
const EMPTY = ['#202228', '#0c0d10'];

interface Case {
  says: string;
  way: Omit<Impairment, 'seed'>;
}

const CASES: readonly Case[] = [
  { says: '2 % lost for good', way: { loss: 0.02 } },
  { says: '5 % lost in bursts of 8, one in twenty for good, and a queue of 60 ms', way: { loss: 0.05, burstPackets: 8, repaired: 0.95, jitterMs: 60 } },
  { says: '10 % lost and sent again, each packet up to 150 ms late by itself', way: { loss: 0.1, repaired: 1, jitterMs: 150, reorders: true } },
  { says: 'a queue of up to 150 ms', way: { jitterMs: 150 } },
  { says: '20 ms of jitter, packets overtake one another, one in ten comes twice', way: { jitterMs: 20, reorders: true, duplicates: 0.1 } },
  { says: 'dark for 2.5 s', way: { blackoutMs: [3_000, 5_500], jitterMs: 20 } },
];
/** Cases for each fixture. With seven fixtures every case has four or five. */
const EACH = 4;

interface Person {
  name: string;
  frequencyHz: number;
  colour: string;
  camera: string;
  /** Track number. */
  microphone: number;
  sent: SentMedia;
}

interface Recorded extends Fixture {
  records: JournalRecord[];
  frames: number;
}

t.setTimeout(280_000);

const recorded = await Promise.all(
  (await fixtures()).map(async (fixture): Promise<Recorded> => {
    const records: JournalRecord[] = [];
    for await (const record of readJournal(fixture.dir)) records.push(record.type === 'packet' ? { ...record, data: record.data.slice() } : record);
    return { ...fixture, records, frames: framesIn(records.at(-1)?.timeUs ?? 0) };
  }),
);

/** Who is in it, and what they really sent. */
async function peopleOf({ records, truth }: Recorded, dir: string): Promise<Person[]> {
  return Promise.all(
    truth.people.map(async ({ name, frequencyHz, colour }) => {
      const member = records.flatMap((record) => (record.type === 'event' && record.event.kind === 'member-on-stage' && record.event.name === name ? [record.event.memberId] : []))[0];
      const started = records.flatMap((record) => (record.type === 'event' && record.event.kind === 'track-started' && record.event.description.memberId === member ? [record.event] : []));
      const camera = started.find(({ description }) => description.source === 'camera')?.description.trackId ?? '';
      const microphone = started.find(({ description }) => description.source === 'microphone')?.track ?? -1;
      return { name, frequencyHz, colour, camera, microphone, sent: await sentMedia(dir, name, frequencyHz) };
    }),
  );
}

function checkForm(t: Test, movie: ComposedMovie, frames: number): void {
  t.equal(movie.frames, frames, 'every frame');
  t.equal(movie.sound.length, frames * SAMPLES_PER_FRAME * 2, 'and its sound');
  t.ok(movie.sound.every((sample) => Math.abs(sample) <= CEILING + 1e-6), 'sound is numbers below the ceiling');
}

/** Largest step from one sample to the next, either channel, and where, ms. */
function largestStep(sound: Float32Array): { step: number; atMs: number } {
  let [step, at] = [0, 0];
  for (let i = 2; i < sound.length; i++) {
    const here = Math.abs((sound[i] as number) - (sound[i - 2] as number));
    if (here > step) [step, at] = [here, i];
  }
  return { step, atMs: at / 96 };
}

function monoOf(sound: Float32Array): Float32Array {
  return Float32Array.from({ length: sound.length / 2 }, (_, i) => ((sound[i * 2] as number) + (sound[i * 2 + 1] as number)) / 2);
}

/** Nothing but what was sent is in a tile, and no picture of it stands for longer than V8 has it. */
function checkPicture(t: Test, { name, colour, sent }: Person, seen: readonly TileSighting[]): void {
  const values = new Set(sent.flashes.map(({ value }) => value));
  const strange = seen.filter((sighting) => ![colour, ...EMPTY].some((known) => colourDistance(sighting.colour, known) < COLOUR_DISTANCE));
  t.equal(strange.length, 0, `${name}: always in their colour or a placeholder${strange[0] ? `: ${JSON.stringify(strange[0])}` : ''}`);
  const lit = seen.filter(({ flash, stalled, frame }) => flash && !stalled && frame !== null && !values.has(frame));
  t.equal(lit.length, 0, `${name}: lit only where they were${lit[0] ? `: ${JSON.stringify(lit[0])}` : ''}`);
  let [since, longest, backwards, before]: [number, number, number, number | null] = [0, 0, 0, null];
  for (const { stalled, frame, movieMs } of seen) {
    if (stalled || frame === null) {
      before = null;
      continue;
    }
    if (before === null || frame !== before) since = movieMs;
    const back = before === null ? 0 : (before - frame + 2 ** CAMERA.mark.bits) % 2 ** CAMERA.mark.bits;
    if (back > 0 && back < 2 ** CAMERA.mark.bits / 2) backwards++;
    before = frame;
    longest = Math.max(longest, movieMs - since);
  }
  t.ok(longest <= FREEZE_MS, `${name}: stands still for ${Math.round(longest)} ms at most`);
  t.equal(backwards, 0, `${name}: never goes back`);
}

/** How many of the pictures that a 30 Hz movie can show are seen. */
function checkShown(t: Test, name: string, pictures: readonly SentPicture[], seen: readonly TileSighting[]): void {
  const grid = new Set(pictures.filter(({ readable }) => readable).map(({ sentMs }) => Math.round(sentMs / FRAME_MS)));
  let changes = 0;
  let before: number | null = null;
  for (const { frame, stalled } of seen) {
    if (stalled || frame === null) continue;
    if (frame !== before) changes++;
    before = frame;
  }
  t.ok(changes >= grid.size * SHOWN, `${name}: ${changes} of ${grid.size} pictures are seen`);
}

function checkSync(t: Test, { name, frequencyHz, sent, microphone }: Person, seen: TileSighting[], mono: Float32Array, { jitterMs = 0, loss = 0 }: Impairment, records: readonly JournalRecord[]): void {
  const skews = skewsOf(seen, beepsOf(mono, frequencyHz), sent).matched;
  if (skews.length === 0) return;
  const second = records.filter((record) => record.type === 'sender-report' && record.track === microphone)[1];
  const togetherMs = (second?.timeUs ?? Infinity) / 1000;
  const evenMs = SKEW_MS + (sent.lostMs > EVEN_MS ? UNSEEN_LOSS_MS : 0) + (loss > 0 ? LOST_BEGINNING_MS : 0);
  const beyond = skews.filter(({ movieMs, skewMs }) => Math.abs(skewMs) > evenMs + jitterMs * (movieMs < togetherMs ? 1 : JITTER_SHARE));
  const sorted = skews.map(({ skewMs }) => Math.round(Math.abs(skewMs))).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  t.comment(`${name}: ${skews.map(({ skewMs }) => Math.round(skewMs))} ms`);
  t.ok(median <= evenMs + (jitterMs * JITTER_SHARE) / 2, `${name}: median skew ${median} ms`);
  t.equal(beyond.length, 0, `${name}: ${beyond.length} of ${sorted.length} beyond ${evenMs} ms and the jitter's share, largest ${sorted.at(-1)} ms`);
}

for (const [index, fixture] of recorded.entries()) {
  t.test(fixture.name, async (t) => {
    const people = await peopleOf(fixture, fixture.dir);
    for (let turn = 0; turn < EACH; turn++) {
      const { says, way } = CASES[(index * EACH + turn) % CASES.length] as Case;
      await t.test(`${says}${turn % 2 === 0 ? ', numbers from 65,400 on' : ''}`, async (t) => {
        const impairment: Impairment = { ...way, seed: 100 * index + turn, rebased: turn % 2 === 0 };
        const dir = t.testdir();
        const made = impaired(fixture.records, impairment);
        await writeRecords(dir, made);
        const movie = await composedFrames(dir);
        checkForm(t, movie, fixture.frames);
        const { step, atMs } = largestStep(movie.sound);
        const whole = way.blackoutMs === undefined && ((way.loss ?? 0) === 0 || way.repaired === 1);
        // A decoder that goes on after a loss may step by itself: the next packet tells only how it differs from the lost one.
        if (whole) t.ok(step < CLICK, `no click: ${step.toFixed(2)} at ${Math.round(atMs)} ms`);
        const mono = monoOf(movie.sound);
        for (const person of people) {
          const seen = movie.tiles.get(person.camera) ?? [];
          checkPicture(t, person, seen);
          const pictures = whole ? person.sent.pictures : (await sentMedia(dir, person.name, person.frequencyHz)).pictures;
          checkShown(t, person.name, pictures, seen);
          checkSync(t, person, seen, mono, impairment, made);
        }
      });
    }
  });
}

/** A blackout of 30 s does not fit into a fixture: it lies between the journal and the same journal once more. */
const SILENCE_MS = 30_000;

for (const name of ['two-chromium-grid', 'h264-and-vp9']) {
  t.test(`${name}, 30 s of blackout, and on: a placeholder and silence meanwhile, and everybody is back with their keyframe (V8)`, async (t) => {
    const fixture = recorded.find((one) => one.name === name) as Recorded;
    const endMs = (fixture.records.at(-1)?.timeUs ?? 0) / 1000;
    const records = impaired(playedAgain(fixture.records, SILENCE_MS), { seed: 9, rebased: true, jitterMs: 30 });
    const dir = t.testdir();
    await writeRecords(dir, records);
    const movie = await composedFrames(dir);
    checkForm(t, movie, framesIn((endMs * 2 + SILENCE_MS) * 1000));
    const people = await peopleOf(fixture, dir);
    const mono = monoOf(movie.sound);
    for (const person of people) {
      const seen = movie.tiles.get(person.camera) ?? [];
      checkPicture(t, person, seen);
      const within = (fromMs: number, toMs: number): TileSighting[] => seen.filter(({ movieMs }) => movieMs >= fromMs && movieMs < toMs);
      t.ok(within(endMs + FREEZE_MS, endMs + SILENCE_MS - 100).every(({ stalled }) => stalled), `${person.name}: a placeholder in the dark`);
      const back = person.sent.pictures.find(({ arrivedMs }) => arrivedMs > endMs + SILENCE_MS)?.arrivedMs ?? NaN;
      const again = seen.find(({ movieMs, stalled, frame }) => movieMs > endMs + SILENCE_MS - 100 && !stalled && frame !== null)?.movieMs ?? Infinity;
      t.ok(again - back < 200, `${person.name}: the first whole picture came at ${Math.round(back)} ms and is seen at ${Math.round(again)} ms`);
      const beeps = beepsOf(mono, person.frequencyHz);
      t.equal(beeps.filter(({ startMs }) => startMs > endMs + 500 && startMs < endMs + SILENCE_MS - 500).length, 0, `${person.name}: silent in the dark`);
      const before = beeps.filter(({ startMs }) => startMs < endMs).length;
      const after = beeps.filter(({ startMs }) => startMs > endMs + SILENCE_MS).length;
      t.ok(after >= before - 1, `${person.name}: ${before} beeps before and ${after} after it`);
      checkSync(t, person, within(endMs + SILENCE_MS, Infinity), mono, { seed: 9, jitterMs: 30 }, records);
    }
  });
}

t.test('the same seed gives the same canvases and the same sound, another one does not', async (t) => {
  const { records } = recorded.find(({ name }) => name === 'two-chromium-grid') as Recorded;
  const movies: ComposedMovie[] = [];
  for (const [turn, seed] of [5, 5, 6].entries()) {
    const dir = join(t.testdir(), String(turn));
    await writeRecords(dir, impaired(records, { seed, loss: 0.05, burstPackets: 4, repaired: 0.9, jitterMs: 60, reorders: true, duplicates: 0.05 }));
    movies.push(await composedFrames(dir, { hashed: true }));
  }
  const [first, again, other] = movies as [ComposedMovie, ComposedMovie, ComposedMovie];
  t.same(again.hashes, first.hashes);
  t.ok(Buffer.from(again.sound.buffer).equals(Buffer.from(first.sound.buffer)));
  t.notSame(other.hashes, first.hashes);
});

t.test('the movie of a bad way is a movie as V1 says, 30 frames in every second', async (t) => {
  const { records, frames } = recorded.find(({ name }) => name === 'av1-and-firefox-vp9') as Recorded;
  const job = jobIn(t.testdir());
  await writeRecords(job.journalDir, impaired(records, { seed: 3, loss: 0.1, burstPackets: 6, jitterMs: 100, reorders: true, duplicates: 0.05, rebased: true }));
  const report = await composeJournal(job);
  t.match(report, { frames, missing: 0, gaps: [] });
  const facts = await inspectMovie(job.moviePath);
  t.same(departuresFromV1(facts), []);
  t.ok(Math.abs(facts.durationMs - (frames * 1000) / 30) < 1, `${facts.durationMs} ms`);
});

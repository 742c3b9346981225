import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { colourDistance, flashesOf, median, motionOf, observe, skewsOf, type Watch } from './movie-analysis.js';
import { departuresFromV1, inspectMovie } from './movie-facts.js';
import { run } from './media-tools.js';
import { beepsOf, peakOf, silentSpans, soundOf } from './movie-sound.js';
import { CAMERA, PEOPLE, type PersonPattern } from './pattern.js';
import { syntheticSent, writeSyntheticMovie, type SyntheticPerson } from './synthetic-movie.js';

const dir = await mkdtemp(join(tmpdir(), 'reelroom-analysis-'));
t.teardown(() => rm(dir, { recursive: true }));

const SECONDS = 6;
const tile = (pattern: PersonPattern, x: number, y: number, widthPx: number): Watch => ({
  name: pattern.name,
  kind: 'camera',
  placement: { source: CAMERA, on: { x, y, widthPx, heightPx: (widthPx * 9) / 16 } },
  fromMs: 0,
  toMs: Infinity,
});
const watches = [tile(PEOPLE.host, 0, 0, 960), tile(PEOPLE.moderator, 960, 0, 480), tile(PEOPLE.fox, 1440, 540, 320)];

async function observed(name: string, changes: Partial<SyntheticPerson>) {
  const path = join(dir, name);
  const patterns = [PEOPLE.host, PEOPLE.moderator, PEOPLE.fox];
  const people = patterns.map((pattern, index): SyntheticPerson => {
    const watch = watches[index];
    if (!watch) throw new Error('a watch for each person');
    return { pattern, placement: watch.placement, soundLateMs: 0, ...(index === 1 ? changes : {}) };
  });
  await writeSyntheticMovie(path, SECONDS, people);
  const observation = await observe(path, watches);
  const sound = await soundOf(path);
  const of = ({ name: person, frequencyHz }: PersonPattern) => {
    const sightings = observation.sightings.get(person) ?? [];
    const beeps = beepsOf(sound, frequencyHz);
    return { sightings, beeps, motion: motionOf(sightings), skew: skewsOf(sightings, beeps, syntheticSent(SECONDS)) };
  };
  return { path, observation, sound, of };
}

t.test('a faultless movie is found faultless', async (t) => {
  const { of, observation, sound } = await observed('good.mp4', {});
  for (const pattern of [PEOPLE.host, PEOPLE.moderator, PEOPLE.fox]) {
    const { sightings, beeps, motion, skew } = of(pattern);
    t.match(motion, { unreadable: 0, distinct: SECONDS * 30, drawn: SECONDS * 30, backwards: 0 }, `${pattern.name} moves`);
    t.equal(beeps.length, SECONDS - 1, `${pattern.name} beeps`);
    t.ok(beeps.every((beep) => Math.abs(beep.level - 0.2) < 0.03 && Math.abs(beep.durationMs - 80) < 8), 'as loud and as long as they are');
    t.equal(flashesOf(sightings).length, SECONDS - 1);
    t.equal(skew.matched.length, SECONDS - 1);
    t.ok(skew.matched.every((event) => Math.abs(event.skewMs) < 4), `skew is nothing: ${skew.matched.map((e) => e.skewMs)}`);
    t.ok(sightings.every(({ colour }) => colourDistance(colour, pattern.colour) <= 8), 'the colour is the person\'s own');
  }
  t.same(observation.black, []);
  t.ok(peakOf(sound) < 0.9);
});

t.test('sound that is late or early is found, by how much', async (t) => {
  for (const soundLateMs of [60, -45]) {
    const { of } = await observed('shifted.mp4', { soundLateMs });
    const { skew } = of(PEOPLE.moderator);
    t.equal(skew.unmatched, 0);
    t.ok(Math.abs(median(skew.matched.map((event) => event.skewMs)) + soundLateMs) < 4, `${soundLateMs} ms is seen`);
    t.ok(of(PEOPLE.host).skew.matched.every((event) => Math.abs(event.skewMs) < 4), 'the others stay where they are');
  }
});

t.test('frames that are missing, frozen or out of order are found', async (t) => {
  const halved = await observed('halved.mp4', { shows: (frame) => frame - (frame % 2) });
  t.match(halved.of(PEOPLE.moderator).motion, { distinct: SECONDS * 15, drawn: SECONDS * 30 - 1, backwards: 0 });
  const frozen = await observed('frozen.mp4', { shows: (frame) => (frame >= 60 && frame < 105 ? 60 : frame) });
  t.ok(Math.abs(frozen.of(PEOPLE.moderator).motion.longestFreezeMs - 1467) < 5);
  t.match(frozen.of(PEOPLE.host).motion, { distinct: SECONDS * 30 });
  const swapped = await observed('swapped.mp4', { shows: (frame) => (frame === 50 ? 51 : frame === 51 ? 50 : frame) });
  t.equal(swapped.of(PEOPLE.moderator).motion.backwards, 1);
});

t.test('a flash without its beep counts as unmatched', async (t) => {
  const { of } = await observed('muted.mp4', { mutedEvents: [2, 4] });
  t.equal(of(PEOPLE.moderator).skew.unmatched, 2);
  t.equal(of(PEOPLE.moderator).skew.matched.length, SECONDS - 3);
});

t.test('black and silent spans are found', async (t) => {
  const path = join(dir, 'dark.mp4');
  await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'color=white:s=320x180:r=30:d=4', '-f', 'lavfi', '-i', 'sine=d=4', '-vf',
    'drawbox=t=fill:c=black:enable=between(t\\,1\\,2.49)', '-af', 'volume=0:enable=between(t\\,2\\,3)', '-threads', '1', path]);
  const { black } = await observe(path, []);
  t.equal(black.length, 1);
  t.ok(Math.abs((black[0]?.startMs ?? 0) - 1000) < 1);
  t.ok(Math.abs((black[0]?.durationMs ?? 0) - 1500) < 1);
  const silent = silentSpans(await soundOf(path), 500);
  t.equal(silent.length, 1);
  t.ok(Math.abs((silent[0]?.startMs ?? 0) - 2000) < 50 && Math.abs((silent[0]?.durationMs ?? 0) - 1000) < 80);
});

t.test('V1 is recognised, and each departure from it', async (t) => {
  const make = async (name: string, ...extra: string[]): Promise<string[]> => {
    const path = join(dir, name);
    const input = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=s=1920x1080:r=30:d=1', '-f', 'lavfi', '-i', 'sine=r=48000:d=1'];
    const output = ['-pix_fmt', 'yuv420p', '-preset', 'superfast', '-threads', '2', '-ac', '2', '-profile:v', 'high', '-colorspace', 'bt709',
      '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv', '-movflags', '+faststart'];
    await run('ffmpeg', [...input, ...output, ...extra, path]);
    return departuresFromV1(await inspectMovie(path));
  };
  t.same(await make('v1.mp4'), []);
  t.match(await make('behind.mp4', '-movflags', '-faststart'), [/moov is not in front/]);
  t.match(await make('small.mp4', '-s', '1280x720'), [/1280x720/]);
  t.match(await make('profile.mp4', '-profile:v', 'baseline'), [/not h264 High/]);
  t.match(await make('mono.mp4', '-ac', '1'), [/48000 Hz x 1,/]);
  t.match(await make('colour.mp4', '-colorspace', 'smpte170m'), [/smpte170m/]);
  t.match(await make('uneven.mp4', '-vf', 'settb=1/90000,setpts=PTS+gt(N\\,9)*0.012/TB', '-fps_mode', 'passthrough', '-enc_time_base', '1:90000'), [/off the 30 Hz grid/]);
  t.match(await make('short.mp4', '-af', 'atrim=0:0.5'), [/sound 5/]);
});

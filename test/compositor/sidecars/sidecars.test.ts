import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { composeJournal, type ComposeHooks } from '../../../src/compositor/compose.js';
import { jobIn } from '../../support/compose-job.js';
import { run } from '../../support/media-tools.js';
import { departuresFromV1, inspectMovie } from '../../support/movie-facts.js';
import { syntheticRecords, writeRecords, type SyntheticJournal } from '../../support/synthetic-journal.js';

t.setTimeout(180_000);

const MEETING: SyntheticJournal = {
  seed: 3,
  durationMs: 13_000,
  tracks: [
    { memberId: 'ann', source: 'camera', picture: { widthPx: 320, heightPx: 180, fps: 15, colour: [200, 40, 40] } },
    { memberId: 'ann', source: 'microphone', sound: { kind: 'tone', hz: 400, amplitude: 0.2 }, speaksMs: [[1_000, 3_000]] },
    { memberId: 'bob', source: 'screen', picture: { widthPx: 640, heightPx: 360, fps: 5, colour: [40, 60, 200] }, fromMs: 3_500, toMs: 9_000 },
    { memberId: 'bob', source: 'microphone', sound: { kind: 'silence' }, speaksMs: [[2_500, 8_000]] },
  ],
  events: [
    { atMs: 4_700, event: { kind: 'paused' } },
    { atMs: 7_700, event: { kind: 'resumed' } },
    { atMs: 11_000, event: { kind: 'mark', memberId: 'ann', label: '' } },
  ],
};

interface Probe {
  streams: { codec_type: string; codec_tag_string: string; disposition: { default: number } }[];
  chapters: { start_time: string; end_time: string; tags: { title: string } }[];
}

async function probe(path: string): Promise<Probe> {
  return JSON.parse((await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', '-show_chapters', path])).toString()) as Probe;
}

const read = (dir: string, name: string): string => readFileSync(join(dir, 'files', name), 'utf8');

t.test('a movie with its chapters, who speaks in a track that is off, and files beside it (F8)', async (t) => {
  const dir = t.testdir();
  const job = jobIn(dir, { sidecarDir: join(dir, 'files') });
  await writeRecords(job.journalDir, await syntheticRecords(MEETING));
  await composeJournal(job, { rate: { qp: 30 } });

  const facts = await inspectMovie(job.moviePath);
  t.same(departuresFromV1(facts), []);
  t.equal(facts.durationMs, 10_000);
  t.same(facts.boxes, ['ftyp', 'moov', 'mdat', 'free', 'mdat'], 'the text is in front, too');
  const { streams, chapters } = await probe(job.moviePath);
  t.same(chapters.map(({ start_time, end_time, tags }) => [Number(start_time), Number(end_time), tags.title]), [
    [0, 3.5, 'Beginning'],
    [3.5, 4.7, 'Shared content'],
    [4.7, 6, 'After a pause'],
    [6, 8, 'Shared content ended'],
    [8, 10, 'Marked moment 1'],
  ]);
  t.same(streams.map(({ codec_tag_string, disposition }) => [codec_tag_string, disposition.default]), [['avc1', 1], ['mp4a', 1], ['text', 0], ['tx3g', 0]]);
  const srt = (await run('ffmpeg', ['-v', 'error', '-i', job.moviePath, '-map', '0:s:0', '-f', 'srt', '-'])).toString();
  t.same([...srt.matchAll(/^<[^>]+>([^<]+)</gm)].map(([, who]) => who), ['ann', 'ann, bob', 'bob']);
  t.match(srt, /^1\n00:00:01,0\d\d --> 00:00:02,5\d\d\n/);

  const timeline = JSON.parse(read(dir, 'timeline.json')) as { speakers: { memberId: string; startMs: number; endMs: number }[] };
  t.match(timeline, {
    format: 'reelroom-timeline',
    version: 1,
    recordingId: 'synthetic',
    title: 'Weekly meeting',
    durationMs: 10_000,
    people: [{ memberId: 'ann', name: 'ann' }, { memberId: 'bob', name: 'bob' }],
    chapters: [{ startMs: 0, kind: 'beginning' }, { startMs: 3_500, kind: 'content' }, { startMs: 4_700, kind: 'pause' }, { startMs: 6_000 }, { startMs: 8_000, kind: 'mark' }],
    dropped: { events: 0, speakers: 0, chapters: 0 },
  });
  const [ann, bob] = timeline.speakers;
  t.ok(ann && Math.abs(ann.startMs - 1_000) < 150 && Math.abs(ann.endMs - 3_000) < 250, JSON.stringify(ann));
  t.ok(bob && Math.abs(bob.startMs - 2_500) < 150 && Math.abs(bob.endMs - 5_000) < 250, `heard through the pause: ${JSON.stringify(bob)}`);
  t.match(read(dir, 'chapters.vtt'), /00:00:04\.700 --> 00:00:06\.000\nAfter a pause/);
  t.match(read(dir, 'speakers.vtt'), /^WEBVTT\n\n00:00:01\.0\d\d --> .*\nann\n/);
  t.match(read(dir, 'thumbnails.vtt'), /00:00:08\.000 --> 00:00:10\.000\nthumbnails\.jpg#xywh=768,0,192,108\n$/);
  const size = (await run('ffprobe', ['-v', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', join(dir, 'files', 'thumbnails.jpg')])).toString();
  t.equal(size.trim(), '960,108');
  t.notOk(existsSync(`${job.moviePath}.tiles`));
  // The fifth picture, at 8 s: Ann's camera alone.
  const [red = 0, green = 0, blue = 0] = await run('ffmpeg', ['-v', 'error', '-i', join(dir, 'files', 'thumbnails.jpg'), '-vf', 'crop=8:8:860:50,scale=1:1,format=rgb24', '-f', 'rawvideo', '-']);
  t.ok(Math.abs(red - 200) < 10 && Math.abs(green - 40) < 10 && Math.abs(blue - 40) < 10, `her red is ${red}, ${green}, ${blue}`);
});

t.test('a movie that is stopped and resumed has the same chapters and files', async (t) => {
  const dir = t.testdir();
  const straight = jobIn(dir, { sidecarDir: join(dir, 'straight') });
  await writeRecords(straight.journalDir, await syntheticRecords(MEETING));
  await composeJournal(straight, { rate: { qp: 30 } });
  const job = jobIn(dir, { moviePath: join(dir, 'resumed.mp4'), resume: true, sidecarDir: join(dir, 'files') });
  for (const stopAt of [130, 250]) {
    const abort = new AbortController();
    const hooks: ComposeHooks = { rate: { qp: 30 }, signal: abort.signal, onCanvas: (frame) => frame === stopAt && abort.abort() };
    await t.rejects(composeJournal(job, hooks), { code: 'aborted' });
  }
  await composeJournal(job, { rate: { qp: 30 } });
  for (const name of ['timeline.json', 'chapters.vtt', 'speakers.vtt', 'thumbnails.vtt', 'thumbnails.jpg']) {
    t.ok(readFileSync(join(dir, 'files', name)).equals(readFileSync(join(dir, 'straight', name))), name);
  }
  t.same((await probe(job.moviePath)).chapters, (await probe(straight.moviePath)).chapters);
});

t.test('files that cannot be written cost nobody the movie', async (t) => {
  const dir = t.testdir({ files: 'no folder' });
  const job = jobIn(dir, { sidecarDir: join(dir, 'files') });
  await writeRecords(job.journalDir, await syntheticRecords({ durationMs: 2_000, tracks: [] }));
  t.match(await composeJournal(job), { frames: 60 });
  t.same((await probe(job.moviePath)).chapters, [], 'where nothing happened there are no chapters');
});

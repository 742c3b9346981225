import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { native } from '../../native/index.js';
import { Composition, composeJournal, type ComposeHooks } from '../../src/compositor/compose.js';
import { canvasSize } from '../../src/core/layouts.js';
import { findGstreamer, GSTREAMER_ELEMENTS } from '../../src/compositor/encoders/gstreamer/find.js';
import { Engine } from '../../src/compositor/engine.js';
import type { JournalRecord } from '../../src/journal/records.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { jobIn } from '../support/compose-job.js';
import { psnr } from '../support/encoders.js';
import { run } from '../support/media-tools.js';
import { departuresFromV1, inspectMovie } from '../support/movie-facts.js';
import { colourIn, framesOf, lumaIn } from '../support/movie-frames.js';
import { beepsOf, peakOf, soundOf } from '../support/movie-sound.js';
import { generator } from '../support/random.js';
import { syntheticRecords, writeRecords, type SyntheticJournal } from '../support/synthetic-journal.js';

// Some fifty seconds of 1080p are encoded and decoded again.
t.setTimeout(300_000);

const NETWORK = { jitterMs: 15, loss: 0.02, repaired: 0.8 };

/** Two people with cameras and microphones; the first one flashes and beeps. */
const TWO: SyntheticJournal = {
  seed: 4,
  durationMs: 7_000,
  tracks: [
    {
      memberId: 'ann',
      source: 'camera',
      picture: { widthPx: 640, heightPx: 360, fps: 30, colour: [200, 40, 40], mark: true, flash: true },
      network: NETWORK,
      senderPpm: 150,
    },
    { memberId: 'ann', source: 'microphone', sound: { kind: 'beep', hz: 1_000 }, network: NETWORK, senderPpm: 150, rtpPpm: -80 },
    { memberId: 'bob', source: 'camera', picture: { widthPx: 640, heightPx: 360, fps: 15, colour: [40, 60, 200] }, network: NETWORK },
    { memberId: 'bob', source: 'microphone', sound: { kind: 'tone', hz: 400, amplitude: 0.2 }, network: NETWORK },
  ],
};

/** Collects a checksum of each canvas. */
function hashing(): { hashes: Map<number, string>; hooks: ComposeHooks } {
  const hashes = new Map<number, string>();
  const onCanvas = (frame: number, canvas: Uint8Array): void => {
    hashes.set(frame, createHash('md5').update(canvas).digest('hex'));
  };
  // A constant quantiser makes each picture by itself: a restart of the encoder changes none.
  return { hashes, hooks: { onCanvas, rate: { qp: 28 } } };
}

async function frameHashes(path: string): Promise<string> {
  return (await run('ffmpeg', ['-v', 'error', '-i', path, '-map', '0:v', '-f', 'framemd5', '-'])).toString();
}

const LEFT = { x: 200, y: 400, widthPx: 500, heightPx: 60 };
const RIGHT = { x: 1_200, y: 400, widthPx: 500, heightPx: 60 };

t.test('two people: a movie as V1 says, everybody in place, flash and beep together', async (t) => {
  const dir = t.testdir();
  const job = jobIn(dir);
  await writeRecords(job.journalDir, await syntheticRecords(TWO));
  const report = await composeJournal(job);
  t.equal(report.frames, 210);
  t.equal(report.missing, 0);
  t.same(report.gaps, []);
  t.equal(report.bytes, statSync(job.moviePath).size);
  t.match(report.encoder, /^(libx264 \d|ffmpeg .* libx264$)/);
  t.ok(report.skewMs < 40);
  const facts = await inspectMovie(job.moviePath);
  t.same(departuresFromV1(facts), []);
  t.equal(facts.durationMs, 7_000);
  t.ok(statSync(job.posterPath).size > 2_000, 'there is a poster');
  const flashes: number[] = [];
  let wasLit = false;
  for await (const frame of framesOf(job.moviePath)) {
    const lit = lumaIn(frame, LEFT) > 180;
    if (lit && !wasLit) flashes.push(frame.timeMs);
    wasLit = lit;
    if (frame.index !== 100) continue;
    const far = (seen: number[], wanted: number[]): number => Math.max(...seen.map((value, i) => Math.abs(value - (wanted[i] ?? 0))));
    t.ok(far(colourIn(frame, { ...LEFT, y: 300 }), [200, 40, 40]) < 12, 'Ann is on the left');
    t.ok(far(colourIn(frame, RIGHT), [40, 60, 200]) < 12, 'Bob is on the right');
  }
  const beeps = beepsOf(await soundOf(job.moviePath), 1_000).map((beep) => beep.startMs);
  const pairs = flashes.slice(1).map((flash) => Math.min(...beeps.map((beep) => Math.abs(beep - flash))));
  // The first one may lie in a keyframe that was lost.
  t.ok(flashes.length >= 6, `${flashes.length} of 7 flashes`);
  t.ok(Math.max(...pairs) < 40, `flash and beep are ${pairs.map((pair) => pair.toFixed(0)).join(', ')} ms apart`);
});

t.test('live, in any pieces, the pictures are those of the finished journal', async (t) => {
  const dir = t.testdir();
  const records = await syntheticRecords({ ...TWO, durationMs: 4_000 });
  const afterwards = hashing();
  await writeRecords(join(dir, 'journal'), records);
  await composeJournal(jobIn(dir), afterwards.hooks);

  const job = jobIn(dir, { journalDir: join(dir, 'live'), moviePath: join(dir, 'live.mp4'), live: true });
  let nowUs = 0;
  const whileLive = hashing();
  const composition = new Composition(job, whileLive.hooks);
  const writer = await JournalWriter.create({
    dir: job.journalDir,
    recordingId: 'live',
    startedAtWallMs: Date.now(),
    nowUs: () => nowUs,
    onFlushed: () => composition.grown(),
  });
  const done = composition.run();
  const random = generator(9);
  for (const [i, record] of records.entries()) {
    nowUs = record.timeUs;
    if (record.type !== 'end') writer.append(record);
    if (random() < 0.01 || i % 300 === 0) await writer.flush();
  }
  await writer.close('stopped');
  const report = await done;
  t.equal(report.frames, 120);
  t.same([...whileLive.hashes], [...afterwards.hashes]);
});

t.test('a job stopped anywhere, again and again, ends in the same movie', async (t) => {
  const dir = t.testdir();
  await writeRecords(join(dir, 'journal'), await syntheticRecords({ ...TWO, seed: 8 }));
  const straight = hashing();
  await composeJournal(jobIn(dir), straight.hooks);
  const wanted = await frameHashes(jobIn(dir).moviePath);
  const sound = await soundOf(jobIn(dir).moviePath);
  const job = jobIn(dir, { moviePath: join(dir, 'resumed.mp4'), resume: true });
  const random = generator(21);
  for (let stops = 0; stops < 4; stops++) {
    const stopAt = Math.floor(30 + stops * 40 + random() * 60);
    const abort = new AbortController();
    const hooks: ComposeHooks = { rate: { qp: 28 }, signal: abort.signal, onCanvas: (frame) => frame === stopAt && abort.abort() };
    await t.rejects(composeJournal(job, hooks), { code: 'aborted' });
    t.ok(existsSync(`${job.moviePath}.index`), `stopped at frame ${stopAt}`);
  }
  const resumed = hashing();
  const report = await composeJournal(job, resumed.hooks);
  t.equal(report.frames, 210);
  t.ok(resumed.hashes.size < 210, 'it did not begin anew');
  t.ok([...resumed.hashes].every(([frame, hash]) => straight.hashes.get(frame) === hash));
  t.equal(await frameHashes(job.moviePath), wanted);
  const heard = await soundOf(job.moviePath);
  t.equal(heard.length, sound.length);
  // Two encoders never round alike; a seam, a shift or a gap would be as large as the tone.
  const apart = Math.sqrt(heard.reduce((sum, sample, i) => sum + (sample - (sound[i] ?? 0)) ** 2, 0) / heard.length);
  t.ok(apart < 0.01, `the sound differs by ${apart.toFixed(4)}`);
});

t.test('a journal that was cut off by a kill gives all that it holds', async (t) => {
  const dir = t.testdir();
  await writeRecords(join(dir, 'journal'), await syntheticRecords({ ...TWO, durationMs: 3_000, end: null }));
  const report = await composeJournal(jobIn(dir));
  t.ok(report.frames >= 88 && report.frames <= 90, `${report.frames} frames`);
  t.same(departuresFromV1(await inspectMovie(jobIn(dir).moviePath)), []);
});

t.test('the preset follows the load at keyframes, and the report says so (R12)', async (t) => {
  const dir = t.testdir();
  const job = jobIn(dir, { live: true, preset: 'superfast' });
  const records = await syntheticRecords({ ...TWO, durationMs: 8_000 });
  let nowUs = 0;
  // A machine with half a minute between keyframes: idle until the fourth, then a meeting that runs away.
  let looks = 0;
  let made = 0;
  const clock = { monotonicUs: () => looks++ * 31_000_000, wallMs: () => (made < 150 ? 0 : 1_000_000) };
  const canvases = new Map<number, Buffer>();
  const onCanvas = (frame: number, canvas: Uint8Array): void => {
    made = frame;
    if ([59, 60, 61, 119, 120, 121, 200].includes(frame)) canvases.set(frame, Buffer.from(canvas));
  };
  const composition = new Composition(job, { clock, idle: () => 0.9, onCanvas });
  const writer = await JournalWriter.create({ dir: job.journalDir, recordingId: 'live', startedAtWallMs: 0, nowUs: () => nowUs, maxPendingBytes: Infinity });
  for (const record of records) {
    nowUs = record.timeUs;
    if (record.type !== 'end') writer.append(record);
  }
  await writer.close('stopped');
  const report = await composition.run();
  t.match(report, { frames: 240, missing: 0, preset: 'superfast, veryfast' });
  t.notMatch(report.encoder, ',', 'one encoder, started again with another preset');
  t.notOk(existsSync(`${job.moviePath}.encoders`));
  const facts = await inspectMovie(job.moviePath);
  t.same(departuresFromV1(facts), []);
  t.equal(facts.video.frames, 240);
  const keyframes = (await run('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=flags', '-of', 'csv=p=0', job.moviePath])).toString();
  t.same(keyframes.split('\n').flatMap((flags, at) => (flags.startsWith('K') ? [at] : [])), [0, 60, 120, 180]);
  const whole = await run('ffmpeg', ['-v', 'error', '-xerror', '-i', job.moviePath, '-map', '0:v', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-']);
  for (const [frame, canvas] of canvases) t.ok(psnr(whole.subarray(frame * canvas.length, (frame + 1) * canvas.length), canvas) > 35, `frame ${frame} is in its place`);
});

t.test('an encoder that dies in the middle costs a restart and nothing else', async (t) => {
  const dir = t.testdir();
  const ffmpegPath = join(dir, 'dying-ffmpeg');
  // The first video encoder gets 100 frames, then its pipe is closed.
  writeFileSync(
    ffmpegPath,
    `#!/bin/sh
case "$*" in *libx264*) [ -e "${dir}/died" ] || { touch "${dir}/died"; head -c 311040000 | ffmpeg "$@"; exit 1; } ;; esac
exec ffmpeg "$@"
`,
  );
  chmodSync(ffmpegPath, 0o755);
  await writeRecords(join(dir, 'journal'), await syntheticRecords({ ...TWO, seed: 5 }));
  const straight = hashing();
  await composeJournal(jobIn(dir, { encoder: 'ffmpeg' }), straight.hooks);
  const wanted = await frameHashes(jobIn(dir).moviePath);
  const report = await composeJournal(jobIn(dir, { encoder: 'ffmpeg', ffmpegPath, moviePath: join(dir, 'mended.mp4') }), { rate: { qp: 28 } });
  t.equal(report.restarts, 1);
  t.equal(report.frames, 210);
  t.equal(await frameHashes(join(dir, 'mended.mp4')), wanted);
});

t.test('an encoder that this machine does not have is replaced by ffmpeg', async (t) => {
  const dir = t.testdir();
  await writeRecords(join(dir, 'journal'), await syntheticRecords({ durationMs: 1_000, tracks: [] }));
  const { elements } = await findGstreamer();
  const encoder = GSTREAMER_ELEMENTS.find((element) => !elements.includes(element));
  if (!encoder) throw new Error('this machine has every encoder');
  const report = await composeJournal(jobIn(dir, { encoder }));
  t.match(report, { frames: 30, restarts: 1, encoder: /^ffmpeg/ });
});

t.test('an encoder that always dies fails with its words, and one that is missing says so', async (t) => {
  const dir = t.testdir();
  await writeRecords(join(dir, 'journal'), await syntheticRecords({ durationMs: 2_000, tracks: [] }));
  const ffmpegPath = join(dir, 'broken-ffmpeg');
  writeFileSync(ffmpegPath, '#!/bin/sh\ncase "$*" in *x264-params*) echo "no memory" >&2; exit 1 ;; esac\nexec ffmpeg "$@"\n');
  chmodSync(ffmpegPath, 0o755);
  await t.rejects(composeJournal(jobIn(dir, { encoder: 'ffmpeg', ffmpegPath })), { code: 'encoder_failed', message: /no memory/ });
  await t.rejects(composeJournal(jobIn(dir, { ffmpegPath: '/nowhere/ffmpeg' })), { code: 'encoder_missing' });
  await t.rejects(composeJournal(jobIn(dir, { journalDir: join(dir, 'nothing') })), { code: 'journal_empty' });
});

t.test('nobody on stage: the title card, and silence', async (t) => {
  const dir = t.testdir();
  const title = "Q3: 100 % \\ 'quoted' %{n} 🎉 ; [a],b=c";
  await writeRecords(join(dir, 'journal'), await syntheticRecords({ durationMs: 2_000, tracks: [], title }));
  const report = await composeJournal(jobIn(dir));
  t.equal(report.frames, 60);
  t.same(departuresFromV1(await inspectMovie(jobIn(dir).moviePath)), []);
  for await (const frame of framesOf(jobIn(dir).moviePath)) {
    if (frame.index !== 30) continue;
    t.ok(lumaIn(frame, { x: 0, y: 0, widthPx: 1_920, heightPx: 300 }) < 50, 'dark above');
    t.ok(lumaIn(frame, { x: 500, y: 500, widthPx: 900, heightPx: 80 }) > lumaIn(frame, { x: 0, y: 0, widthPx: 1_920, heightPx: 300 }) + 3, 'words in the middle');
  }
  t.ok(peakOf(await soundOf(jobIn(dir).moviePath)) < 0.001);
  t.ok(existsSync(jobIn(dir).posterPath));
});

t.test('who speaks without a camera is shown by initials where the room allows it, and not where it does not (V3)', async (t) => {
  const meeting: SyntheticJournal = {
    durationMs: 3_000,
    transitions: false,
    tracks: [
      { memberId: 'ann', source: 'camera', picture: { widthPx: 640, heightPx: 360, fps: 15, colour: [200, 40, 40] } },
      { memberId: 'bob', source: 'microphone', sound: { kind: 'tone', hz: 400 }, speaksMs: [[0, 3_000]] },
    ],
  };
  for (const initials of [true, false]) {
    const dir = t.testdir();
    await writeRecords(join(dir, 'journal'), await syntheticRecords({ ...meeting, initials }));
    const report = await composeJournal(jobIn(dir));
    t.equal(report.frames, 90);
    for await (const frame of framesOf(jobIn(dir).moviePath)) {
      if (frame.index !== 75) continue;
      const letter = lumaIn(frame, { x: 1_420, y: 480, widthPx: 60, heightPx: 100 });
      const around = lumaIn(frame, { x: 1_000, y: 400, widthPx: 200, heightPx: 100 });
      if (initials) t.ok(letter > around + 30 && around < 60, `a letter on a dark tile: ${letter} on ${around}`);
      else t.ok(Math.abs(letter - around) < 3, 'the camera alone');
    }
    t.same(readdirSync(dir).filter((name) => name.endsWith('.txt')), [], 'no file of letters stays');
  }
});

t.test('a pause is cut out of picture and sound', async (t) => {
  const dir = t.testdir();
  const events: SyntheticJournal['events'] = [
    { atMs: 2_000, event: { kind: 'paused' } },
    { atMs: 4_000, event: { kind: 'resumed' } },
  ];
  await writeRecords(join(dir, 'journal'), await syntheticRecords({ ...TWO, tracks: TWO.tracks.map((track) => ({ ...track, network: {} })), durationMs: 6_000, events }));
  const report = await composeJournal(jobIn(dir));
  t.equal(report.frames, 120);
  const beeps = beepsOf(await soundOf(jobIn(dir).moviePath), 1_000).map((beep) => Math.round(beep.startMs / 100));
  // Of the first one a decoder that has just begun leaves 20 ms.
  t.same(beeps.filter((beep) => beep > 2), [10, 20, 30], 'a second before the pause and a second after it follow one another');
});

t.test('a movie that begins later has the sound that it would have, the gain of a quiet voice included', async (t) => {
  const sound = { kind: 'tone', hz: 400, amplitude: 0.12 } as const;
  const voice = { memberId: 'ann', source: 'microphone', sound, speaksMs: [[0, 5_000]], network: NETWORK } as const;
  const records = await syntheticRecords({ durationMs: 5_000, tracks: [voice] });
  const from = (firstFrame: number): Float32Array => {
    const engine = new Engine({ native: native(), layout: null, canvas: canvasSize('stage'), firstFrame });
    const parts: Float32Array[] = [];
    const make = (): void => {
      const frame = engine.make();
      if (frame && frame.number >= 120) parts.push(frame.sound.slice());
    };
    for (const record of records) {
      while (engine.due(record.timeUs)) make();
      engine.accept(record);
    }
    while (engine.due(Infinity)) make();
    engine.close();
    return Float32Array.from(parts.flatMap((part) => [...part]));
  };
  const [whole, from120] = [from(0), from(120)];
  t.ok(peakOf(whole) > 0.25, `raised to ${peakOf(whole).toFixed(2)}`);
  t.ok(peakOf(whole.map((sample, i) => sample - (from120[i] ?? 0))) < 1e-6);
});

t.test('frames and sound are a function of the records alone', async (t) => {
  const records = await syntheticRecords({ ...TWO, durationMs: 2_500 });
  const made = (list: readonly JournalRecord[]): string => {
    const engine = new Engine({ native: native(), layout: null, canvas: canvasSize('stage'), firstFrame: 0 });
    const hash = createHash('md5');
    const make = (): void => {
      const frame = engine.make();
      hash.update(JSON.stringify(frame?.tiles));
      hash.update(new Uint8Array(frame?.sound.slice().buffer ?? new ArrayBuffer(0)));
      for (const tile of frame?.tiles ?? []) hash.update(frame?.pictureOf(tile.trackId)?.y ?? 'none');
    };
    for (const record of list) {
      while (engine.due(record.timeUs)) make();
      engine.accept(record);
    }
    while (engine.due(Infinity)) make();
    engine.close();
    return hash.digest('hex');
  };
  const ticked = records.flatMap((record): JournalRecord[] => [{ type: 'tick', timeUs: record.timeUs }, record]);
  t.equal(made(records), made(records));
  t.equal(made(ticked), made(records), 'how often the clock is told changes nothing');
});

t.test('a voice that comes two seconds late is waited for, one that fell silent is not', async (t) => {
  const tone: SyntheticJournal = { durationMs: 8_000, tracks: [{ memberId: 'ann', source: 'microphone', sound: { kind: 'tone', hz: 400, amplitude: 0.3 } }] };
  const records = await syntheticRecords(tone);
  const quietFrames = (list: readonly JournalRecord[]): { quiet: number[]; longestWaitMs: number } => {
    const engine = new Engine({ native: native(), layout: null, canvas: canvasSize('stage'), firstFrame: 0 });
    const quiet: number[] = [];
    let longestWaitMs = 0;
    const make = (nowUs: number): void => {
      const frame = engine.make();
      if (!frame) return;
      if (frame.sound.every((sample) => Math.abs(sample) < 0.001)) quiet.push(frame.number);
      if (Number.isFinite(nowUs)) longestWaitMs = Math.max(longestWaitMs, (nowUs - frame.timeUs) / 1000);
    };
    for (const record of list) {
      while (engine.due(record.timeUs)) make(record.timeUs);
      engine.accept(record);
    }
    while (engine.due(Infinity)) make(Infinity);
    engine.close();
    return { quiet, longestWaitMs };
  };
  const shifted = (change: (record: JournalRecord) => JournalRecord[]): JournalRecord[] =>
    records.flatMap(change).sort((a, b) => a.timeUs - b.timeUs);
  const held = (record: JournalRecord): boolean => record.type === 'packet' && record.timeUs >= 2_000_000 && record.timeUs < 4_100_000;

  const late = quietFrames(shifted((record) => (held(record) ? [{ ...record, timeUs: 4_100_000 }] : [record])));
  t.same(late.quiet.filter((frame) => frame > 5 && frame < 235), [], 'what came late is heard');
  t.ok(late.longestWaitMs > 2_000 && late.longestWaitMs < 3_100, `waited ${late.longestWaitMs} ms`);
  const gone = quietFrames(shifted((record) => (held(record) ? [] : [record])));
  const silent = gone.quiet.filter((frame) => frame > 5).length;
  t.ok(silent > 55 && silent < 65, `what never came is silent: ${silent} frames`);
  const straight = quietFrames(records);
  t.ok(straight.longestWaitMs < 1_100, `nothing late, nothing waited for: ${straight.longestWaitMs} ms`);
});

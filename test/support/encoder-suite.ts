import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { composeJournal } from '../../src/compositor/compose.js';
import { annexBOf } from '../../src/compositor/encoders/annexb.js';
import { FRAMES_HELD_BY_ENCODER } from '../../src/compositor/encoders/encoder.js';
import { readSps } from '../../src/compositor/encoders/sps.js';
import { TrialCanvas } from '../../src/compositor/encoders/trial-canvas.js';
import { jobIn } from './compose-job.js';
import { HD, decoded, encodeAll, optionsOf, psnr, videoChildren, type EncoderUnderTest } from './encoders.js';
import { run } from './media-tools.js';
import { departuresFromV1, inspectMovie } from './movie-facts.js';
import { generator } from './random.js';
import { syntheticRecords, writeRecords } from './synthetic-journal.js';

const FRAME_BYTES = (HD.widthPx * HD.heightPx * 3) / 2;
/** Pictures to encode, played to and fro. */
const canvases = ((): Uint8Array[] => {
  const canvas = new TrialCanvas(HD);
  return Array.from({ length: 10 }, (_, number) => canvas.frame(number));
})();
const still = new TrialCanvas(HD).still();

function toAndFro(frames: number): Uint8Array[] {
  const way = canvases.length - 1;
  return Array.from({ length: frames }, (_, at) => canvases[way - Math.abs((at % (2 * way)) - way)] as Uint8Array);
}

/** One suite for every encoder (D5): what passes here may make recordings. */
export async function testEncoder(t: Test, tried: EncoderUnderTest): Promise<void> {
  await t.test('High, 8 bit 4:2:0, BT.709, a keyframe every 2 s that needs nothing before it (V1)', (t) => conforms(t, tried));
  await t.test('pictures are as good as stated', (t) => isGood(t, tried));
  await t.test('a still slide costs almost nothing', (t) => savesOnStills(t, tried));
  await t.test('the cap holds where the picture is noise', (t) => keepsTheCap(t, tried));
  await t.test('odd inputs: upright, any even size, one picture, none', (t) => takesOddInputs(t, tried));
  await t.test('no more is in flight than stated, while it stands still and afterwards', (t) => isBounded(t, tried));
  await t.test('killed in the middle of a movie it costs a restart and nothing else', (t) => survives(t, tried));
  await t.test('closed in the middle it tells no more', (t) => closes(t, tried));
}

async function conforms(t: Test, { factory }: EncoderUnderTest): Promise<void> {
  const units = await encodeAll(factory, optionsOf(), toAndFro(150));
  t.equal(units.length, 150, 'an access unit for each canvas');
  t.same(units.flatMap((unit, at) => (unit.keyframe ? [at] : [])), [0, 60, 120]);
  const sets = units.flatMap((unit) => unit.parameterSets ?? []);
  t.equal(sets.length, 3, 'parameter sets with each keyframe');
  t.equal(new Set(sets.map(({ sps, pps }) => Buffer.concat([sps, pps]).toString('hex'))).size, 1, 'the same ones');
  const { levelIdc, ...facts } = readSps(sets[0]?.sps ?? new Uint8Array());
  t.ok(levelIdc <= 42, `level ${levelIdc / 10}`);
  t.same(facts, { ...{ profileIdc: 100, chromaFormatIdc: 1, bitDepth: 8, ...HD, progressive: true }, colour: { primaries: 1, transfer: 1, matrix: 1, fullRange: false } });
  const types = (await run('ffprobe', ['-v', 'error', '-show_entries', 'frame=pict_type', '-of', 'csv=p=0', '-f', 'h264', '-i', 'pipe:0'], annexBOf(units))).toString();
  t.notMatch(types, /B/, 'no picture waits for a later one');
  const all = await decoded(units.slice(0, 90));
  const tail = await decoded(units.slice(60, 90));
  t.equal(all.length, 90 * FRAME_BYTES);
  t.ok(tail.equals(all.subarray(60 * FRAME_BYTES)), 'from the second keyframe on the pictures are the same without the first 2 s');
  t.ok([0, 31, 89].every((at) => psnr(all.subarray(at * FRAME_BYTES, (at + 1) * FRAME_BYTES), toAndFro(90)[at] as Uint8Array) > 30), 'each in its place');
  const again = await encodeAll(factory, optionsOf(), toAndFro(1));
  t.same(again[0]?.parameterSets, sets[0], 'a second start has the same parameter sets: one sample entry in the movie');
}

/** What a recording is never below, whatever the preset: SSIM over all planes, on a page of text with four webcams. */
const STATED_SSIM = 0.99;
/** And on the webcams alone. */
const STATED_WEBCAM_SSIM = 0.96;

async function isGood(t: Test, { factory, name }: EncoderUnderTest): Promise<void> {
  const dir = t.testdir();
  const input = join(dir, 'input.yuv');
  writeFileSync(input, Buffer.concat(toAndFro(60)));
  // Hardware has no presets.
  const presets = ['libx264', 'ffmpeg', 'x264enc'].includes(name) ? ['ultrafast', 'superfast', 'veryfast'] : ['superfast'];
  for (const preset of presets) {
    const stream = join(dir, `${preset}.h264`);
    writeFileSync(stream, annexBOf(await encodeAll(factory, optionsOf({ preset }), toAndFro(60))));
    const whole = await ssim(stream, input, 'null');
    const webcams = await ssim(stream, input, `crop=${HD.widthPx / 5}:${HD.heightPx}:${(HD.widthPx * 4) / 5}:0`);
    t.ok(whole >= STATED_SSIM, `${preset}: SSIM ${whole}`);
    t.ok(webcams >= STATED_WEBCAM_SSIM, `${preset}: SSIM ${webcams} of the webcams`);
  }
}

async function ssim(stream: string, input: string, filter: string): Promise<number> {
  const log = `${stream}.ssim`;
  const graph = `[0:v]${filter}[a];[1:v]${filter}[b];[a][b]ssim=stats_file=${log}`;
  await run('ffmpeg', ['-v', 'error', '-r', '30', '-i', stream, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${HD.widthPx}x${HD.heightPx}`, '-r', '30', '-i', input, '-lavfi', graph, '-f', 'null', '-']);
  const values = [...(await run('cat', [log])).toString().matchAll(/All:([\d.]+)/g)].map((match) => Number(match[1]));
  if (values.length !== 60) throw new Error(`${values.length} pictures were compared`);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

async function savesOnStills(t: Test, { factory }: EncoderUnderTest): Promise<void> {
  const units = await encodeAll(factory, optionsOf(), Array.from({ length: 120 }, () => still));
  const bytes = (from: number, to: number): number => units.slice(from, to).reduce((sum, unit) => sum + unit.data.length, 0);
  const between = bytes(10, 60) / 50;
  t.ok(between < 1_000, `${between} bytes for a picture that repeats the one before, ${units[60]?.data.length} for a keyframe`);
}

async function keepsTheCap(t: Test, { factory }: EncoderUnderTest): Promise<void> {
  const size = { widthPx: 640, heightPx: 360 };
  const random = generator(3);
  const noise = Array.from({ length: 5 }, () => Uint8Array.from({ length: (size.widthPx * size.heightPx * 3) / 2 }, () => Math.floor(random() * 256)));
  const frames = 300;
  const options = optionsOf({ ...size, rate: { crf: 23, maxKbitPerS: 2_000 } });
  const units = await encodeAll(factory, options, Array.from({ length: frames }, (_, at) => noise[at % 5] as Uint8Array));
  // Without what the buffer of 2 s lets through at the beginning.
  const kbitPerS = units.slice(60).reduce((sum, unit) => sum + unit.data.length, 0) / 125 / ((frames - 60) / 30);
  t.ok(kbitPerS < 2_000 * 1.15, `${Math.round(kbitPerS)} kbit/s under a cap of 2,000`);
}

async function takesOddInputs(t: Test, { factory }: EncoderUnderTest): Promise<void> {
  for (const size of [{ widthPx: 1080, heightPx: 1920 }, { widthPx: 322, heightPx: 178 }, { widthPx: 64, heightPx: 64 }]) {
    const canvas = new TrialCanvas(size);
    const inputs = [canvas.frame(0), canvas.frame(1), canvas.frame(2)];
    const units = await encodeAll(factory, optionsOf({ ...size, rate: { crf: 12, maxKbitPerS: 12_000 } }), inputs);
    t.match(readSps(units[0]?.parameterSets?.sps ?? new Uint8Array()), size);
    const pictures = await decoded(units);
    const bytes = (size.widthPx * size.heightPx * 3) / 2;
    t.equal(pictures.length, 3 * bytes);
    inputs.forEach((input, at) => t.ok(psnr(pictures.subarray(at * bytes, (at + 1) * bytes), input) > 30, `${size.widthPx}x${size.heightPx}, picture ${at}`));
  }
  const one = await encodeAll(factory, optionsOf(), [new Uint8Array(FRAME_BYTES)]);
  t.same(one.map(({ keyframe }) => keyframe), [true], 'one picture, all zeros');
  t.same(await encodeAll(factory, optionsOf(), []), [], 'no picture');
}

async function isBounded(t: Test, { factory, child }: EncoderUnderTest): Promise<void> {
  let units = 0;
  const encoder = factory.video(optionsOf(), () => units++);
  await encoder.write(still);
  if (child) videoChildren().forEach((pid) => process.kill(pid, 'SIGSTOP'));
  let taken = 1;
  const writing = (async () => {
    for (; taken < 20; taken++) await encoder.write(still);
  })();
  if (child) {
    // All that can be taken is: what is written goes to the pipe within a turn of the loop or not at all.
    let before = -1;
    while (before !== taken) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    t.ok(taken <= 1 + FRAMES_HELD_BY_ENCODER, `${taken} canvases taken by an encoder that stands still`);
    videoChildren().forEach((pid) => process.kill(pid, 'SIGCONT'));
  }
  await writing;
  await encoder.end();
  t.equal(units, 20, 'and all of them come out when it goes on');
  encoder.close();
}

async function survives(t: Test, { child, name, ffmpegPath }: EncoderUnderTest): Promise<void> {
  const dir = t.testdir();
  const picture = { widthPx: 640, heightPx: 360, fps: 30, colour: [200, 40, 40] as [number, number, number], mark: true };
  await writeRecords(join(dir, 'journal'), await syntheticRecords({ seed: 5, durationMs: 5_000, tracks: [{ memberId: 'ann', source: 'camera', picture }] }));
  const rate = { qp: 28 };
  await composeJournal(jobIn(dir, { encoder: name, ffmpegPath }), { rate });
  t.same(departuresFromV1(await inspectMovie(jobIn(dir).moviePath)), []);
  if (!child) return;
  const moviePath = join(dir, 'mended.mp4');
  let killed = 0;
  const onCanvas = (frame: number): void => {
    if (frame !== 100 || killed > 0) return;
    for (const pid of videoChildren()) {
      process.kill(pid, 'SIGKILL');
      killed++;
    }
  };
  const report = await composeJournal(jobIn(dir, { encoder: name, ffmpegPath, moviePath }), { rate, onCanvas });
  t.equal(killed, 1);
  t.match(report, { restarts: 1, frames: 150, missing: 0 });
  const said = { libx264: /^libx264 0\.\d/, ffmpeg: /^ffmpeg .* libx264$/ }[name as string] ?? new RegExp(`^GStreamer .* ${name}$`);
  t.match(report.encoder, said);
  t.equal(await frameHashes(moviePath), await frameHashes(jobIn(dir).moviePath));
  t.same(departuresFromV1(await inspectMovie(moviePath)), []);
}

async function frameHashes(path: string): Promise<string> {
  return (await run('ffmpeg', ['-v', 'error', '-i', path, '-map', '0:v', '-f', 'framemd5', '-'])).toString();
}

async function closes(t: Test, { factory }: EncoderUnderTest): Promise<void> {
  let units = 0;
  const encoder = factory.video(optionsOf(), () => units++);
  for (let at = 0; at < 5; at++) await encoder.write(still);
  const waiting = Promise.all([encoder.write(still), encoder.write(still), encoder.end()]);
  encoder.close();
  encoder.close();
  await t.rejects(waiting, { code: 'encoder_closed' });
  const told = units;
  await t.rejects(encoder.write(still), { code: 'encoder_closed' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(units, told);
}

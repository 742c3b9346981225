import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { EncoderChooser, recallEncoder, describeMachine, rememberTrials, type EncoderChooserOptions } from '../../../src/compositor/encoders/chooser.js';
import { defaultEncoder } from '../../../src/compositor/encoders/open.js';
import { tryEncoder, type EncoderTrial } from '../../../src/compositor/encoders/trial.js';
import type { EncoderName } from '../../../src/core/encoder-names.js';

/** What a machine begins with. */
const DEFAULT = defaultEncoder();
const CANDIDATES: EncoderName[] = ['ffmpeg', 'x264enc', 'vah264enc'];

function trial(name: EncoderName, cpuSeconds: number | null): EncoderTrial {
  return { name, version: name, cpuSeconds, speed: 3, problem: cpuSeconds === null ? 'the driver is gone' : null };
}

/** A chooser on a machine that does not exist; `tried` are the encoders that it tried. */
function chooser(dir: string, more: Partial<EncoderChooserOptions> = {}): { chooser: EncoderChooser; tried: EncoderName[]; file: string } {
  const tried: EncoderName[] = [];
  const file = join(dir, 'encoders.json');
  const made = new EncoderChooser({
    ...{ choice: 'auto', ffmpegPath: '', file, idleMs: 1, isIdle: () => true, log: pino({ level: 'silent' }) },
    describe: async () => ({ machine: 'a machine', candidates: CANDIDATES }),
    tryOne: async (name) => {
      tried.push(name);
      return trial(name, { ffmpeg: 0.4, x264enc: 0.35, vah264enc: 0.1 }[name as string] ?? null);
    },
    ...more,
  });
  return { chooser: made, tried, file };
}

t.test('until the trials are over it is the default, then what they show; once a machine', async (t) => {
  const dir = t.testdir();
  const first = chooser(dir);
  t.equal(first.chooser.current, DEFAULT);
  await first.chooser.choose();
  t.equal(first.chooser.current, 'vah264enc');
  t.same(first.tried, CANDIDATES);
  const second = chooser(dir);
  await second.chooser.choose();
  t.equal(second.chooser.current, 'vah264enc');
  t.same(second.tried, [], 'it is remembered');
  const updated = chooser(dir, { describe: async () => ({ machine: 'a newer ffmpeg', candidates: CANDIDATES }) });
  await updated.chooser.choose();
  t.same(updated.tried, CANDIDATES, 'on another machine it is measured again');
  writeFileSync(first.file, '{"machine": "a newer ffmpeg", "tri');
  const torn = chooser(dir, { describe: async () => ({ machine: 'a newer ffmpeg', candidates: CANDIDATES }) });
  await torn.chooser.choose();
  t.same(torn.tried, CANDIDATES, 'a torn file is not believed');
});

t.test('hardware that fails is passed over', async (t) => {
  const { chooser: made } = chooser(t.testdir(), { tryOne: async (name) => trial(name, name === 'vah264enc' ? null : name === 'ffmpeg' ? 0.4 : 0.35) });
  await made.choose();
  t.equal(made.current, 'x264enc');
});

t.test('what is named is used at once and nothing is tried; the default where it is not there', async (t) => {
  const named = chooser(t.testdir(), { choice: 'vah264enc' });
  t.equal(named.chooser.current, 'vah264enc');
  await named.chooser.choose();
  t.equal(named.chooser.current, 'vah264enc');
  t.same(named.tried, []);
  const missing = chooser(t.testdir(), { choice: 'nvh264enc' });
  await missing.chooser.choose();
  t.equal(missing.chooser.current, DEFAULT);
});

t.test('with one alone nothing is tried', async (t) => {
  const { chooser: made, tried, file } = chooser(t.testdir(), { describe: async () => ({ machine: 'bare', candidates: ['ffmpeg'] }) });
  await made.choose();
  t.equal(made.current, DEFAULT);
  t.same(tried, []);
  t.notOk(existsSync(file));
});

t.test('trials wait while something is recorded', async (t) => {
  let looks = 0;
  const { chooser: made, tried } = chooser(t.testdir(), {
    isIdle: () => {
      looks++;
      t.equal(tried.length === 0, looks <= 5);
      return looks >= 5;
    },
  });
  await made.choose();
  t.equal(looks, 7, 'busy four times, then once for each encoder');
});

t.test('closing ends what is tried and keeps nothing of it', async (t) => {
  let begun = (): void => undefined;
  const trying = new Promise<void>((resolve) => (begun = resolve));
  const { chooser: made, file } = chooser(t.testdir(), {
    tryOne: (name, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(trial(name, null)));
        begun();
      }),
  });
  const choosing = made.choose();
  await trying;
  await made.close();
  await made.close();
  await choosing;
  t.equal(made.current, DEFAULT);
  t.notOk(existsSync(file));
  const waiting = chooser(t.testdir(), { idleMs: 1_000_000 });
  const done = waiting.chooser.choose();
  await waiting.chooser.close();
  await done;
  t.same(waiting.tried, []);
});

t.test('a real trial: the software encoders work, and what does not says why', { timeout: 120_000 }, async (t) => {
  for (const name of ['libx264', 'ffmpeg', 'x264enc'] as const) {
    const done = await tryEncoder(name, { ffmpegPath: '', background: true });
    t.match(done, { name, problem: null, version: /x264/ });
    t.ok((done.cpuSeconds ?? 0) > 0.02 && (done.cpuSeconds ?? 9) < 5, `${done.cpuSeconds} CPU seconds for a second`);
  }
  const missing = await tryEncoder('ffmpeg', { ffmpegPath: '/nowhere/ffmpeg' });
  t.match(missing, { problem: /nowhere/, cpuSeconds: null, version: null });
  const abort = new AbortController();
  const aborted = tryEncoder('ffmpeg', { ffmpegPath: '', signal: abort.signal });
  abort.abort();
  t.match(await aborted, { problem: /abort/ });
});

t.test('a command takes what was measured, and never waits for it', async (t) => {
  const file = join(t.testdir(), 'encoders.json');
  t.equal(await recallEncoder('auto', '', file), DEFAULT);
  t.equal(await recallEncoder('gstreamer', '', file), 'x264enc');
  t.equal(await recallEncoder('nvh264enc', '', file), 'nvh264enc');
  const { machine, candidates } = await describeMachine('');
  t.match(machine, /^libx264 [\d.]+; ffmpeg .*; GStreamer 1\.\d+\.\d+ x264enc.*; Node /);
  t.ok(candidates.includes('x264enc'));
  await rememberTrials(file, { machine, trials: [trial('ffmpeg', 0.4), trial('x264enc', 0.2)] });
  t.equal(await recallEncoder('auto', '', file), 'x264enc');
  t.match(JSON.parse(readFileSync(file, 'utf8')), { machine, trials: [{ name: 'ffmpeg' }, { name: 'x264enc' }] });
});

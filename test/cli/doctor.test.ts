import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { reelroom } from './support.js';

t.setTimeout(240_000);

interface Encoder {
  name: string;
  version: string;
  works: boolean;
  chosen: boolean;
  cpuSeconds: number;
}

t.test('doctor prints each encoder with its version and cost, and remembers it for the server', async (t) => {
  const data = t.testdir();
  const quick = await reelroom(data, ['doctor', '--quick', '--json']);
  const { encoders, encoder } = JSON.parse(quick.stdout) as { encoders: Encoder[]; encoder: string };
  t.same(new Set(encoders.map(({ name }) => name)).has('x264enc'), true);
  for (const { name, version, works, cpuSeconds } of encoders.filter((tried) => ['libx264', 'ffmpeg', 'x264enc'].includes(tried.name))) {
    t.ok(works, version);
    t.match(version, { libx264: /^libx264 0\.\d/, ffmpeg: /^ffmpeg .* libx264$/ }[name] ?? /^GStreamer 1\.\d+\.\d+ x264enc$/);
    t.ok(cpuSeconds > 0.02, `${version}: ${cpuSeconds}`);
  }
  t.same(encoders.filter(({ chosen }) => chosen).map(({ name }) => name), [encoder], 'one is used');
  const remembered = JSON.parse(readFileSync(join(data, 'encoders.json'), 'utf8')) as { machine: string; trials: Encoder[] };
  t.match(remembered.machine, /GStreamer/);
  t.equal(remembered.trials.filter(({ name }) => name === 'ffmpeg').length, 1, 'one ffmpeg is a candidate');
});

t.test('doctor with a named encoder says that this one is used, and prints for people', async (t) => {
  const named = await reelroom(t.testdir(), ['doctor', '--quick', '--encoder', 'x264enc']);
  t.match(named.stdout, /ok +Encoder, GStreamer +GStreamer \S+ x264enc: [\d.]+ s of CPU for 1 s of 1080p, [\d.]+ times real time, used/);
  t.match(await reelroom(t.testdir(), ['doctor', '--encoder', 'x265']), { code: 2, stderr: /REELROOM_ENCODER is "x265".*\[config_invalid\]/ });
});

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { UsedEncoders } from '../../../src/compositor/encoders/used.js';

t.test('what made a movie is told in the order of its first use, once each', async (t) => {
  const path = join(t.testdir(), 'movie.mp4.encoders');
  const used = await UsedEncoders.open(path, 0);
  await used.add(0, 'libx264 0.164', 'superfast');
  await used.add(60, 'libx264 0.164', 'superfast');
  await used.add(120, 'libx264 0.164', 'ultrafast');
  await used.add(600, 'libx264 0.164', 'superfast');
  t.match(used, { encoders: 'libx264 0.164', presets: 'superfast, ultrafast' });
  await used.remove();
  t.notOk(existsSync(path));
});

t.test('after a restart it is known still, but for what is made again', async (t) => {
  const path = join(t.testdir(), 'movie.mp4.encoders');
  const first = await UsedEncoders.open(path, 0);
  await first.add(0, 'GStreamer 1.22.0 vah264enc', 'hardware');
  await first.add(120, 'GStreamer 1.22.0 vah264enc', 'of no whole chunk');
  const second = await UsedEncoders.open(path, 120);
  await second.add(120, 'ffmpeg 5.1.9 libx264', 'superfast');
  t.match(second, { encoders: 'GStreamer 1.22.0 vah264enc, ffmpeg 5.1.9 libx264', presets: 'hardware, superfast' });
  const anew = await UsedEncoders.open(path, 0);
  t.match(anew, { encoders: '', presets: '' }, 'a movie made anew has no past');
});

t.test('a torn file, or a folder that is gone, costs what it would have told', async (t) => {
  const path = join(t.testdir(), 'movie.mp4.encoders');
  writeFileSync(path, '[{"fromFrame":0,"enc');
  const used = await UsedEncoders.open(path, 60);
  await used.add(60, 'a', 'b');
  t.match(used, { encoders: 'a', presets: 'b' });
  const nowhere = await UsedEncoders.open('/nowhere/movie.mp4.encoders', 60);
  await nowhere.add(60, 'a', 'b');
  t.match(nowhere, { encoders: 'a', presets: 'b' });
});

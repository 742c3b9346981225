import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findFfmpeg } from '../../../src/compositor/encoders/ffmpeg-binary.js';
import { EncoderChild } from '../../../src/compositor/encoders/encoder-child.js';

/** A program that stands for an encoder. */
function program(dir: string, name: string, script: string): string {
  const path = join(dir, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

function child(path: string, options: { stuckAfterMs?: number; onOutput?: (chunk: Buffer) => void } = {}): EncoderChild {
  return new EncoderChild({ name: 'encoder', path, args: [], maxInFlight: 1, onOutput: () => undefined, ...options });
}

t.test('bytes go through, and end waits for the last of them', async (t) => {
  const output: Buffer[] = [];
  const copy = child(program(t.testdir(), 'copy', 'exec cat'), { onOutput: (chunk) => output.push(chunk) });
  const sent = Buffer.alloc(3_000_000, 7);
  for (let i = 0; i < 4; i++) await copy.write(sent);
  await copy.end();
  t.equal(Buffer.concat(output).length, 12_000_000);
  copy.close();
  copy.close();
});

t.test('a program that is not there is encoder_missing', async (t) => {
  const missing = child('/nowhere/ffmpeg');
  await t.rejects(missing.end(), { code: 'encoder_missing' });
  await t.rejects(missing.write(new Uint8Array(1)), { code: 'encoder_missing' }, 'and stays so');
  missing.close();
});

t.test('one that leaves with an error is encoder_failed, with its last words', async (t) => {
  const failing = child(program(t.testdir(), 'failing', 'echo "Unknown encoder" >&2; exit 3'));
  await t.rejects(failing.end(), { code: 'encoder_failed', message: /code 3: Unknown encoder/ });
  failing.close();
});

t.test('one that is killed is encoder_failed for who waits to write', async (t) => {
  const killed = child(program(t.testdir(), 'sleeping', 'exec sleep 60'));
  await killed.write(Buffer.alloc(1_000_000));
  const waiting = killed.write(Buffer.alloc(1_000_000));
  process.kill(killed.pid as number, 'SIGKILL');
  await t.rejects(waiting, { code: 'encoder_failed', message: /SIGKILL/ });
  killed.close();
});

t.test('one that hangs is encoder_stuck, and is ended', async (t) => {
  const hanging = child(program(t.testdir(), 'hanging', 'exec sleep 60'), { stuckAfterMs: 50 });
  await t.rejects(hanging.end(), { code: 'encoder_stuck' });
  hanging.close();
});

t.test('the finder says what it tried', async (t) => {
  const dir = t.testdir();
  const old = program(dir, 'old', 'echo "ffmpeg version 0.1 Copyright (c) 2000-2001 the developers"');
  await t.rejects(findFfmpeg(old), { code: 'encoder_missing', message: /no encoder libx264/ });
  await t.rejects(findFfmpeg('/nowhere/ffmpeg'), { code: 'encoder_missing', message: /REELROOM_FFMPEG/ });
  const found = await findFfmpeg();
  t.ok(found.year >= 2018);
});

t.test('what was found usable is not started again, what was refused is', async (t) => {
  const dir = t.testdir();
  const starts = join(dir, 'starts');
  const says = (encoders: string): string =>
    `echo x >> ${starts}; echo "ffmpeg version 9.9 Copyright (c) 2000-2026 the developers"; echo " V....D ${encoders} "; echo " A....D aac "`;
  const path = program(dir, 'later', says('mpeg4'));
  await t.rejects(findFfmpeg(path), { code: 'encoder_missing' });
  program(dir, 'later', says('libx264'));
  t.match(await findFfmpeg(path), { version: '9.9', year: 2026, origin: 'configured' });
  const before = readFileSync(starts, 'utf8');
  t.match(await findFfmpeg(path), { path, version: '9.9', origin: 'configured' });
  t.equal(readFileSync(starts, 'utf8'), before);
});

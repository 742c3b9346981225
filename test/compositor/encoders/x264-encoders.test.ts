import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import type { RectPx } from '../../../native/index.js';
import type { AccessUnit, VideoEncoder } from '../../../src/compositor/encoders/encoder.js';
import { findFfmpeg } from '../../../src/compositor/encoders/ffmpeg-binary.js';
import { x264Messages, X264Splitter } from '../../../src/compositor/encoders/x264-messages.js';
import { hasX264, X264Encoders } from '../../../src/compositor/encoders/x264-encoders.js';
import { createPicture } from '../../../src/compositor/picture.js';
import { native } from '../../../native/index.js';
import { generator } from '../../support/random.js';
import { testEncoder } from '../../support/encoder-suite.js';
import { encodersUnderTest } from '../../support/encoders.js';
import { run } from '../../support/media-tools.js';
import { descendantsOf, until } from '../../support/server.js';

const SIZE = { widthPx: 320, heightPx: 192 };
const OPTIONS = { ...SIZE, gopFrames: 30, preset: 'superfast', rate: { qp: 18 } } as const;
const encoders = new X264Encoders(await findFfmpeg());

t.setTimeout(280_000);

t.test('the program is built: npm run build:native does so where libx264-dev is', async (t) => t.ok(hasX264()));

for (const encoder of (await encodersUnderTest()).filter(({ name }) => name === 'libx264')) t.test(encoder.title, (t) => testEncoder(t, encoder));

/** Noise on grey: no part of it looks like another one. */
function noisy(seed: number): ReturnType<typeof createPicture> {
  const random = generator(seed);
  const picture = createPicture(SIZE.widthPx, SIZE.heightPx);
  for (let i = 0; i < picture.bytes.length; i++) picture.bytes[i] = 100 + Math.floor(random() * 56);
  return picture;
}

/** Decodes what came out to raw frames. */
async function decoded(dir: string, units: AccessUnit[]): Promise<Buffer[]> {
  const start = Buffer.from([0, 0, 0, 1]);
  const stream = units.flatMap(({ data, parameterSets }) => {
    const sets = parameterSets ? [start, parameterSets.sps, start, parameterSets.pps] : [];
    const nals: Uint8Array[] = [];
    for (let at = 0; at < data.length; ) {
      const bytes = new DataView(data.buffer, data.byteOffset).getUint32(at);
      nals.push(start, data.subarray(at + 4, at + 4 + bytes));
      at += 4 + bytes;
    }
    return [...sets, ...nals];
  });
  const path = join(dir, 'stream.h264');
  writeFileSync(path, Buffer.concat(stream));
  const raw = await run('ffmpeg', ['-v', 'error', '-xerror', '-f', 'h264', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-']);
  const frameBytes = (SIZE.widthPx * SIZE.heightPx * 3) / 2;
  return Array.from({ length: raw.length / frameBytes }, (_, index) => raw.subarray(index * frameBytes, (index + 1) * frameBytes));
}

function meanError(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}

t.test('what changed is seen, wherever it is, and what did not costs nothing', async (t) => {
  const canvas = noisy(1);
  const units: AccessUnit[] = [];
  const encoder = encoders.video(OPTIONS, (unit) => units.push({ ...unit, data: unit.data.slice() }));
  const random = generator(3);
  const even = (limit: number): number => 2 * Math.floor((random() * limit) / 2);
  const wanted: Buffer[] = [];
  for (let frame = 0; frame < 60; frame++) {
    let changed: RectPx[] | undefined = frame === 0 ? undefined : [];
    if (frame > 0 && frame % 3 !== 0) {
      changed = [0, 1].map(() => ({ x: even(280), y: even(160), width: 2 + even(38), height: 2 + even(30) }));
      for (const rect of changed) native().fill(canvas, rect, 30 + Math.floor(random() * 190), 128, 128);
    }
    wanted.push(Buffer.from(canvas.bytes));
    await encoder.write(canvas.bytes, changed);
  }
  await encoder.end();
  t.equal(units.length, 60);
  t.same(units.flatMap(({ keyframe }, index) => (keyframe ? [index] : [])), [0, 30]);
  t.ok(units.every(({ keyframe, parameterSets }) => keyframe === (parameterSets !== null)));
  const shown = await decoded(t.testdir(), units);
  t.equal(shown.length, 60);
  const errors = shown.map((picture, index) => meanError(picture, wanted[index] as Buffer));
  t.ok(Math.max(...errors) < 2.5, `the pictures differ by ${Math.max(...errors).toFixed(2)} levels at most`);
  const still = units.filter((_, index) => index % 30 !== 0 && index % 3 === 0).map(({ data }) => data.length);
  t.ok(Math.max(...still) < 60, `a picture like the one before has ${Math.max(...still)} bytes at most`);
});

t.test('a canvas in memory of its own is not copied, others are', async (t) => {
  const units: AccessUnit[] = [];
  const encoder = encoders.video(OPTIONS, (unit) => units.push({ ...unit, data: unit.data.slice() }));
  const slot = encoder.slots?.[0] as Uint8Array;
  slot.set(noisy(5).bytes);
  await encoder.write(slot);
  await encoder.write(noisy(6).bytes);
  await encoder.write(noisy(7).bytes);
  await encoder.end();
  const shown = await decoded(t.testdir(), units);
  for (const [index, seed] of [5, 6, 7].entries()) t.ok(meanError(shown[index] as Buffer, noisy(seed).bytes) < 2.5);
  t.throws(() => encoder.write(new Uint8Array(10)), { code: 'encoder_failed' });
});

const memories = (): number =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('/memfd:reelroom');
    } catch {
      return false;
    }
  }).length;

t.test('one that is killed, missing or fed nonsense fails in words, and leaves nothing open', async (t) => {
  const killed = encoders.video(OPTIONS, () => undefined);
  await killed.write(noisy(1).bytes);
  const [pid] = await until(async () => {
    const found = descendantsOf(process.pid);
    return found.length > 0 ? found : null;
  }, 5000, () => 'there is no child');
  process.kill(pid as number, 'SIGKILL');
  const writeOn = async (encoder: VideoEncoder): Promise<void> => {
    for (let i = 0; i < 5; i++) await encoder.write(noisy(i).bytes);
  };
  await t.rejects(writeOn(killed), { code: 'encoder_failed', message: /SIGKILL/ });
  killed.close();
  const missing = new X264Encoders(await findFfmpeg(), { path: '/nowhere/reelroom-x264' }).video(OPTIONS, () => undefined);
  await t.rejects(writeOn(missing), { code: 'encoder_missing' });
  const wrong = encoders.video({ ...OPTIONS, preset: 'of-none' }, () => undefined);
  await t.rejects(writeOn(wrong), { code: 'encoder_failed', message: /unknown preset of-none/ });
  t.equal(memories(), 0, 'the descriptors are the children\'s');
});

t.test('access units come whole however the stream is cut, and nonsense is refused', async (t) => {
  const part = fc.uint8Array({ maxLength: 50 });
  fc.assert(
    fc.property(fc.array(fc.tuple(part, part, part, fc.boolean()), { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (messages, sizes) => {
      const stream = Buffer.concat(messages.map(([sps, pps, data, keyframe]) => {
        const header = Buffer.alloc(16);
        [data.length, keyframe ? 1 : 0, sps.length, pps.length].forEach((value, index) => header.writeUInt32LE(value, index * 4));
        return Buffer.concat([header, sps, pps, data]);
      }));
      const units: AccessUnit[] = [];
      const splitter = new X264Splitter((unit) => units.push(unit));
      for (let at = 0, i = 0; at < stream.length; i++) {
        const bytes = sizes[i % sizes.length] as number;
        splitter.push(stream.subarray(at, at + bytes));
        at += bytes;
      }
      return units.length === messages.length && units.every((unit, index) => {
        const [sps, pps, data, keyframe] = messages[index] as (typeof messages)[number];
        const sets = sps.length > 0 && pps.length > 0;
        return Buffer.from(unit.data).equals(Buffer.from(data)) && unit.keyframe === keyframe && (unit.parameterSets !== null) === sets;
      });
    }),
  );
  t.throws(() => new X264Splitter(() => undefined).push(Buffer.alloc(16, 0xff)));
});

t.test('more rectangles than are told one by one mean anything', async (t) => {
  const rect = { x: 2, y: 4, width: 6, height: 8 };
  t.equal(Buffer.from(x264Messages.frame(1, [rect])).toString('hex'), '01000000010000000200040006000800');
  t.equal(Buffer.from(x264Messages.frame(2, Array.from({ length: 300 }, () => rect))).toString('hex'), '02000000ffffffff');
  t.equal(Buffer.from(x264Messages.frame(0)).toString('hex'), '00000000ffffffff');
});

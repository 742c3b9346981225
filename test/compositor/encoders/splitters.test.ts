import fc from 'fast-check';
import t from 'tap';
import { AdtsSplitter } from '../../../src/compositor/encoders/adts.js';
import { AnnexBSplitter } from '../../../src/compositor/encoders/annexb.js';
import type { AccessUnit } from '../../../src/compositor/encoders/encoder.js';

/** Cuts bytes in pieces whose sizes come from `sizes`, again and again. */
function pieces(bytes: Buffer, sizes: number[]): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    parts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return parts;
}

const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });
/** A NAL unit's bytes never hold a start code, and never end with zero. */
const nalBody = fc.uint8Array({ maxLength: 60 }).map((body) => Uint8Array.from([...body.map((byte) => byte | 1), 7]));

t.test('access units come whole however the stream is cut', async () => {
  fc.assert(
    fc.property(fc.array(nalBody, { minLength: 1, maxLength: 8 }), cuts, (bodies, sizes) => {
      const start = [0, 0, 0, 1];
      const stream = Buffer.concat(
        bodies.map((body, i) =>
          Buffer.from([
            ...[...start, 9, 0xf0],
            ...(i === 0 ? [...start, 0x67, 100, 0, 40, ...start, 0x68, 1] : []),
            ...[0, 0, 1, i === 0 ? 0x65 : 0x41, ...body],
          ]),
        ),
      );
      const units: AccessUnit[] = [];
      const splitter = new AnnexBSplitter((unit) => units.push(unit));
      for (const part of pieces(stream, sizes)) splitter.push(part);
      splitter.flush();
      return (
        units.length === bodies.length &&
        units.every((unit, i) => {
          const body = bodies[i] as Uint8Array;
          const nal = Buffer.from([i === 0 ? 0x65 : 0x41, ...body]);
          const length = Buffer.alloc(4);
          length.writeUInt32BE(nal.length);
          return Buffer.concat([length, nal]).equals(unit.data) && unit.keyframe === (i === 0);
        }) &&
        Buffer.from(units[0]?.parameterSets?.sps ?? []).equals(Buffer.from([0x67, 100, 0, 40]))
      );
    }),
  );
});

t.test('AAC frames come whole however the stream is cut', async () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 90 }), { maxLength: 12 }), cuts, (bodies, sizes) => {
      const stream = Buffer.concat(
        bodies.map((body) => {
          const size = body.length + 7;
          return Buffer.from([0xff, 0xf1, 0x4c, 0x80 | (size >> 11), (size >> 3) & 0xff, ((size & 7) << 5) | 0x1f, 0xfc, ...body]);
        }),
      );
      const frames: Uint8Array[] = [];
      const splitter = new AdtsSplitter((frame) => frames.push(frame.slice()));
      for (const part of pieces(stream, sizes)) splitter.push(part);
      return frames.length === bodies.length && frames.every((frame, i) => Buffer.from(frame).equals(Buffer.from(bodies[i] as Uint8Array)));
    }),
  );
});

t.test('what is no ADTS is refused', async (t) => {
  t.throws(() => new AdtsSplitter(() => undefined).push(Buffer.from('what is this?')));
});

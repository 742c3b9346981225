import fc from 'fast-check';
import t from 'tap';
import { FrameBuffer, type EncodedFrame } from '../../../src/compositor/video/frame-buffer.js';

interface Spec {
  frame: number;
  index: number;
  count: number;
  keyframe?: boolean;
  layer?: { temporalId: number; tl0: number; sync?: boolean };
}

const FIRST_SEQUENCE = 65_530;
const TICKS = 3_000;
const FIRST_TIMESTAMP = 2 ** 32 - 5 * TICKS;

/** A VP8 packet whose payload tells its frame and place. */
function packet(sequence: number, { frame, index, count, keyframe = false, layer }: Spec): Uint8Array {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = (index === count - 1 ? 0x80 : 0) | 96;
  header.writeUInt16BE((FIRST_SEQUENCE + sequence) & 0xffff, 2);
  header.writeUInt32BE((FIRST_TIMESTAMP + frame * TICKS) % 2 ** 32, 4);
  const start = index === 0 ? 0x10 : 0;
  const descriptor = layer
    ? [0x80 | start, 0xe0, 0x80 | ((frame >> 8) & 0x7f), frame & 0xff, layer.tl0 & 0xff, (layer.temporalId << 6) | (layer.sync ? 0x20 : 0)]
    : [0x80 | start, 0x80, 0x80 | ((frame >> 8) & 0x7f), frame & 0xff];
  return Buffer.concat([header, Uint8Array.from([...descriptor, keyframe ? 0 : 1, frame & 0xff, index])]);
}

interface Sent {
  data: Uint8Array;
  frame: number;
}

/** Frames of one to four packets, a keyframe every `keyEvery`. */
function stream(counts: number[], keyEvery: number): Sent[] {
  let sequence = 0;
  return counts.flatMap((count, frame) =>
    Array.from({ length: count }, (_, index) => ({
      data: packet(sequence++, { frame, index, count, keyframe: frame % keyEvery === 0 }),
      frame,
    })),
  );
}

function extender(): (timestamp: number) => number {
  return (timestamp) => (timestamp - FIRST_TIMESTAMP + 2 ** 32) % 2 ** 32;
}

function vp8Buffer(): FrameBuffer {
  const buffer = new FrameBuffer();
  buffer.setFormat(96, 'VP8');
  return buffer;
}

function drain(buffer: FrameBuffer, upTo = Infinity): EncodedFrame[] {
  const frames: EncodedFrame[] = [];
  for (let frame = buffer.next((at) => at <= upTo); frame; frame = buffer.next((at) => at <= upTo)) frames.push(frame);
  return frames;
}

const numbers = (frames: EncodedFrame[]): number[] => frames.map((frame) => frame.timestamp / TICKS);

t.test('any order of arrival gives every frame whole and in order', async () => {
  const counts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(counts, fc.infiniteStream(fc.integer({ min: 0, max: 1_000 })), (sizes, keys) => {
      const buffer = vp8Buffer();
      const sent = stream(sizes, 10).map((one) => ({ ...one, key: keys.next().value as number }));
      for (const { data } of [...sent].sort((a, b) => a.key - b.key)) buffer.push(data, 0, extender());
      const frames = drain(buffer);
      return (
        JSON.stringify(numbers(frames)) === JSON.stringify(sizes.map((_, frame) => frame)) &&
        frames.every((frame, n) => frame.data.length === (sizes[n] ?? 0) * 3 && frame.data[1] === (n & 0xff))
      );
    }),
  );
});

t.test('any loss: only frames whose chain of references is whole, each once and in order', async () => {
  const counts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(counts, fc.infiniteStream(fc.integer({ min: 0, max: 9 })), (sizes, dice) => {
      const buffer = vp8Buffer();
      const lost = new Set<number>();
      for (const { data, frame } of stream(sizes, 7)) {
        if (dice.next().value === 0) lost.add(frame);
        else buffer.push(data, 0, extender());
      }
      const expected: number[] = [];
      let whole = false;
      sizes.forEach((_, frame) => {
        if (lost.has(frame)) whole = false;
        else if (frame % 7 === 0) whole = true;
        if (whole) expected.push(frame);
      });
      return JSON.stringify(numbers(drain(buffer))) === JSON.stringify(expected);
    }),
  );
});

t.test('a missing packet is waited for until a later frame is due', async (t) => {
  const buffer = vp8Buffer();
  const sent = stream([1, 2, 1, 1], 100);
  for (const i of [0, 1, 3, 4]) buffer.push((sent[i] as Sent).data, 0, extender());
  t.same(numbers(drain(buffer, TICKS)), [0]);
  buffer.push((sent[2] as Sent).data, 0, extender());
  t.same(numbers(drain(buffer)), [1, 2, 3]);
  buffer.push((sent[2] as Sent).data, 0, extender());
  t.equal(buffer.latePackets, 1);
});

t.test('a lost frame of a higher temporal layer breaks nothing below it', async (t) => {
  const buffer = vp8Buffer();
  const specs: Spec[] = [0, 1, 2, 3, 4, 5, 6, 7].map((frame) => ({
    frame,
    index: 0,
    count: 1,
    keyframe: frame === 0,
    layer: { temporalId: frame % 2, tl0: frame >> 1, sync: frame === 5 },
  }));
  for (const spec of specs) if (spec.frame !== 1) buffer.push(packet(spec.frame, spec), 0, extender());
  t.same(numbers(drain(buffer)), [0, 2, 4, 5, 6, 7], 'frame 3 may refer to the lost one; from the sync on all are whole');
});

t.test('a lost base layer waits for a keyframe', async (t) => {
  const buffer = vp8Buffer();
  for (let frame = 0; frame < 10; frame++) {
    const layer = { temporalId: frame % 2, tl0: frame >> 1, sync: true };
    if (frame !== 4) buffer.push(packet(frame, { frame, index: 0, count: 1, keyframe: frame % 8 === 0, layer }), 0, extender());
  }
  t.same(numbers(drain(buffer)), [0, 1, 2, 3, 8, 9]);
  t.equal(buffer.lostFrames, 3);
});

t.test('a gap in the sequence without a lost picture breaks nothing', async (t) => {
  const buffer = vp8Buffer();
  for (let frame = 0; frame < 5; frame++) {
    buffer.push(packet(frame < 3 ? frame : frame + 4, { frame, index: 0, count: 1, keyframe: frame === 0 }), 0, extender());
  }
  t.same(numbers(drain(buffer)), [0, 1, 2, 3, 4]);
});

t.test('a frame that a switch of the layer cut off is not shown', async (t) => {
  const buffer = vp8Buffer();
  const frames = [
    { frame: 0, index: 0, count: 1, keyframe: true },
    { frame: 1, index: 0, count: 3 },
    { frame: 1, index: 1, count: 3 },
    { frame: 2, index: 0, count: 1, keyframe: true },
    { frame: 3, index: 0, count: 1 },
  ];
  frames.forEach((spec, sequence) => buffer.push(packet(sequence, spec), 0, extender()));
  t.same(numbers(drain(buffer)), [0, 2, 3]);
  t.equal(buffer.lostFrames, 1);
});

t.test('of a sender that marks no last packets a frame ends before the next', async (t) => {
  const buffer = vp8Buffer();
  for (let frame = 0; frame < 4; frame++) {
    for (const index of [0, 1]) buffer.push(packet(frame * 2 + index, { frame, index, count: 9, keyframe: frame === 0 }), 0, extender());
  }
  t.same(numbers(drain(buffer)), [0, 1, 2]);
});

t.test('memory is bounded though nothing is ever due', async (t) => {
  const buffer = vp8Buffer();
  for (let frame = 0; frame < 20_000; frame++) {
    buffer.push(packet(frame, { frame, index: 0, count: 1, keyframe: frame % 500 === 0 }), 0, extender());
  }
  t.ok(buffer.bufferedPackets <= 4_096);
  t.ok(drain(buffer).length > 0, 'and goes on with a keyframe');
});

t.test('garbage is ignored', async () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 30 }), (packets) => {
      const buffer = vp8Buffer();
      for (const data of packets) buffer.push(data, 0, (timestamp) => timestamp);
      drain(buffer);
      return true;
    }),
  );
});

/** A VP9 packet with a picture id and layers, not of the flexible mode (RFC 9628 section 4.2). */
function vp9Packet(sequence: number, frame: number, { temporalId, tl0, switchUp = false }: { temporalId: number; tl0: number; switchUp?: boolean }): Uint8Array {
  const header = Buffer.from(packet(sequence, { frame, index: 0, count: 1 }).subarray(0, 12));
  const layer = (temporalId << 5) | (switchUp ? 0x10 : 0);
  return Buffer.concat([header, Uint8Array.of(0xac | (frame === 0 ? 0 : 0x40), 0x80 | ((frame >> 8) & 0x7f), frame & 0xff, layer, tl0 & 0xff, 0x86)]);
}

t.test('VP9: a lost frame of a higher temporal layer breaks nothing below it, and a switching point ends the doubt', async (t) => {
  const buffer = new FrameBuffer();
  buffer.setFormat(96, 'VP9');
  // Layers 0 2 1 2, again and again; base layers say that what follows them needs nothing higher from before.
  const layers = [0, 2, 1, 2];
  for (let frame = 0; frame < 12; frame++) {
    const temporalId = layers[frame % 4]!;
    const data = vp9Packet(frame, frame, { temporalId, tl0: frame >> 2, switchUp: frame === 8 });
    if (frame !== 2) buffer.push(data, 0, extender());
  }
  t.same(numbers(drain(buffer)), [0, 1, 4, 8, 9, 10, 11]);
});

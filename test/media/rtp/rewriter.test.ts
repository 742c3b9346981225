import fc from 'fast-check';
import t from 'tap';
import { StreamRewriter } from '../../../src/media/rtp/rewriter.js';
import { SequenceUnwrapper, sequenceDelta, timestampDelta } from '../../../src/media/rtp/sequence.js';

/** Half of all streams start just before the wrap. */
const firstSequence = fc.oneof(fc.integer({ min: 65_400, max: 65_535 }), fc.integer({ min: 0, max: 65_535 }));

const begin = (rewriter: StreamRewriter, layer: number, extended: number, timestamp = 0): void =>
  rewriter.switchTo({ layer, extended, timestamp, timestampOffset: 0, pictureId: null, tl0PicIdx: null });

t.test('sequence numbers unwrap to their true order whatever the order of arrival', async (t) => {
  fc.assert(
    fc.property(firstSequence, fc.array(fc.integer({ min: -40, max: 60 }), { maxLength: 300 }), (first, steps) => {
      const unwrapper = new SequenceUnwrapper();
      const base = unwrapper.unwrap(first);
      let at = 0;
      for (const step of steps) {
        at = Math.max(-first, at + step);
        if (unwrapper.unwrap((first + at) & 0xffff) !== base + at) return false;
      }
      return true;
    }),
  );
  t.equal(sequenceDelta(65_535, 0), 1);
  t.equal(timestampDelta(0xffff_fff0, 0x10), 0x20);
});

t.test('a sink gets one contiguous stream across switches, drops, loss and reordering', async (t) => {
  const action = fc.oneof(
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('packet' as const), lost: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('padding' as const), lost: fc.constant(false) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('switch' as const), lost: fc.constant(false) }) },
  );
  fc.assert(
    fc.property(firstSequence, fc.array(action, { minLength: 1, maxLength: 200 }), (first, actions) => {
      const rewriter = new StreamRewriter(first);
      const next = [70_000, 130_900];
      let layer = 0;
      begin(rewriter, layer, next[layer]!);
      const given = new Map<number, string>();
      const late: { layer: number; extended: number }[] = [];
      let highest = first - 1;
      const give = (from: number, extended: number): boolean => {
        const place = rewriter.map(from, extended, extended * 3_000);
        if (place === null) return false;
        const out = highest + sequenceDelta(highest & 0xffff, place.sequence);
        const name = `${from}/${extended}`;
        if (given.has(out) && given.get(out) !== name) throw new Error(`number ${out} given twice`);
        given.set(out, name);
        highest = Math.max(highest, out);
        const found = rewriter.find(place.sequence);
        return found?.layer === from && found.extended === extended;
      };
      for (const { kind, lost } of actions) {
        if (kind === 'switch') {
          layer = 1 - layer;
          begin(rewriter, layer, next[layer]!, next[layer]! * 3_000);
          if (!give(layer, next[layer]!++)) return false;
        } else if (kind === 'padding') {
          rewriter.drop(layer, next[layer]!++);
        } else if (lost) {
          late.push({ layer, extended: next[layer]!++ });
        } else if (!give(layer, next[layer]!++)) {
          return false;
        }
      }
      // Late packets fill the numbers left free for them; none that was lost at a span's end moves the rest.
      for (const one of late.slice(-40)) {
        const place = rewriter.map(one.layer, one.extended, 0);
        if (place === null) continue;
        const out = highest + sequenceDelta(highest & 0xffff, place.sequence);
        if (given.has(out)) return false;
        given.set(out, 'late');
      }
      return true;
    }),
    { numRuns: 300 },
  );
  t.pass('no number was given to two packets');
});

t.test('numbers without loss are contiguous across the wrap, padding and a switch', async (t) => {
  const rewriter = new StreamRewriter(65_530);
  begin(rewriter, 0, 100);
  const out: number[] = [];
  for (let i = 100; i < 106; i += 1) out.push(rewriter.map(0, i, i)!.sequence);
  rewriter.drop(0, 106);
  rewriter.drop(0, 107);
  out.push(rewriter.map(0, 108, 108)!.sequence);
  begin(rewriter, 1, 5_000, 200);
  out.push(rewriter.map(1, 5_000, 200)!.sequence);
  t.same(out, [65_530, 65_531, 65_532, 65_533, 65_534, 65_535, 0, 1]);
});

t.test('timestamps and picture ids go on behind a switch', async (t) => {
  const rewriter = new StreamRewriter(0);
  rewriter.switchTo({ layer: 0, extended: 1, timestamp: 1_000, timestampOffset: 0, pictureId: 32_767, tl0PicIdx: 255 });
  rewriter.map(0, 1, 1_000, { pictureId: 32_767, tl0PicIdx: 255 });
  rewriter.switchTo({ layer: 1, extended: 9, timestamp: 50, timestampOffset: 0, pictureId: 4, tl0PicIdx: 2 });
  const place = rewriter.map(1, 9, 50, { pictureId: 4, tl0PicIdx: 2 })!;
  t.equal(place.timestamp, 1_001, 'never twice the same timestamp, never backwards');
  t.equal((4 + place.pictureIdOffset) & 0x7fff, 0);
  t.equal((2 + place.tl0Offset) & 0xff, 0);
});

t.test('while paused nothing new comes through, and late packets still do', async (t) => {
  const rewriter = new StreamRewriter(65_535);
  begin(rewriter, 0, 10);
  rewriter.map(0, 10, 0);
  rewriter.map(0, 12, 0);
  rewriter.pause();
  t.equal(rewriter.map(0, 13, 0), null);
  t.equal(rewriter.map(0, 11, 0)?.sequence, 0);
  begin(rewriter, 0, 40);
  t.equal(rewriter.map(0, 40, 0)?.sequence, 2);
});

import fc from 'fast-check';
import t from 'tap';
import { decideRange, entityTag, isNotModified, lastModified } from '../../src/signaling/http/range.js';

const file = { sizeBytes: 1000, modifiedMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678) };

t.test('ranges of RFC 9110 section 14', async (t) => {
  const part = (startByte: number, lengthBytes: number) => ({ kind: 'part', startByte, lengthBytes });
  const whole = { kind: 'whole' };
  const unsatisfiable = { kind: 'unsatisfiable' };
  const table: [string, object][] = [
    ['', whole],
    ['bytes=0-499', part(0, 500)],
    ['bytes=0-', part(0, 1000)],
    ['bytes=999-', part(999, 1)],
    ['bytes=500-5000', part(500, 500)],
    ['bytes=-1', part(999, 1)],
    ['bytes=-1000', part(0, 1000)],
    ['bytes=-5000', part(0, 1000)],
    ['bytes=0-0', part(0, 1)],
    ['BYTES=1-1', part(1, 1)],
    ['bytes=1000-', unsatisfiable],
    ['bytes=5000-6000', unsatisfiable],
    ['bytes=-0', unsatisfiable],
    ['bytes=5-4', whole],
    ['bytes=-', whole],
    ['bytes=a-b', whole],
    ['bytes=0-1,5-6', whole],
    ['items=0-1', whole],
    ['bytes=99999999999999999999-', whole],
  ];
  for (const [header, expected] of table) t.same(decideRange(header, '', file), expected, header);
  t.same(decideRange('bytes=0-', '', { ...file, sizeBytes: 0 }), unsatisfiable);
});

t.test('If-Range with another version asks for the whole file', async (t) => {
  t.match(decideRange('bytes=0-1', entityTag(file), file), { kind: 'part' });
  t.match(decideRange('bytes=0-1', lastModified(file), file), { kind: 'part' });
  t.match(decideRange('bytes=0-1', '"else"', file), { kind: 'whole' });
  t.match(decideRange('bytes=0-1', `W/${entityTag(file)}`, file), { kind: 'whole' }, 'weak tags never match here');
  t.match(decideRange('bytes=0-1', 'Thu, 01 Jan 1970 00:00:00 GMT', file), { kind: 'whole' });
});

t.test('If-None-Match', async (t) => {
  t.ok(isNotModified(entityTag(file), file));
  t.ok(isNotModified(`"x", W/${entityTag(file)}`, file));
  t.ok(isNotModified('*', file));
  t.notOk(isNotModified('', file));
  t.notOk(isNotModified('"x"', file));
  t.not(entityTag(file), entityTag({ ...file, sizeBytes: 1001 }));
});

t.test('a part always lies inside the file', async () => {
  const number = fc.oneof(fc.constant(''), fc.nat({ max: 3000 }).map(String), fc.bigInt({ min: 0n, max: 10n ** 18n }).map(String));
  const header = fc.oneof(fc.tuple(number, number).map(([a, b]) => `bytes=${a}-${b}`), fc.string());
  fc.assert(
    fc.property(header, fc.nat({ max: 2000 }), (text, sizeBytes) => {
      const decision = decideRange(text, '', { sizeBytes, modifiedMs: 0 });
      if (decision.kind !== 'part') return true;
      const { startByte, lengthBytes } = decision;
      return startByte >= 0 && lengthBytes >= 1 && startByte + lengthBytes <= sizeBytes;
    }),
    { numRuns: 3000 },
  );
});

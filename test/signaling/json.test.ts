import fc from 'fast-check';
import t from 'tap';
import { parseSmallJson } from '../../src/signaling/json.js';

t.test('JSON with few values is read as JSON.parse reads it, whatever its strings hold', async () => {
  fc.assert(
    fc.property(fc.json({ depthSize: 'medium' }), (text) => JSON.stringify(parseSmallJson(text, 100_000)) === JSON.stringify(JSON.parse(text))),
    { numRuns: 1000 },
  );
  const nasty = fc.string({ unit: fc.constantFrom('"', '\\', ',', '[', '{', 'a') });
  fc.assert(fc.property(fc.array(nasty), (list) => JSON.stringify(parseSmallJson(JSON.stringify(list), list.length + 2)) === JSON.stringify(list)));
});

t.test('more values than allowed, and what is no JSON, is not read', async (t) => {
  t.same(parseSmallJson('[1,2,3]', 4), [1, 2, 3]);
  t.equal(parseSmallJson('[1,2,3,4]', 4), undefined);
  t.equal(parseSmallJson('{"a":{"b":{}}}', 3), undefined);
  for (const text of ['', '{', '"', '"\\"', 'nul', '[1,]']) t.equal(parseSmallJson(text, 100), undefined);
});

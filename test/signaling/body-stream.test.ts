import t from 'tap';
import { BodyStream } from '../../src/signaling/http/body-stream.js';

const MIB = 1024 * 1024;

/** Writes down what the stream asks of the sending side. */
function streamed(): { stream: BodyStream; asked: string[] } {
  const asked: string[] = [];
  return { stream: new BodyStream({ pause: () => asked.push('pause'), resume: () => asked.push('resume') }), asked };
}

const piece = (bytes: number, value = 0): Uint8Array => new Uint8Array(bytes).fill(value);

t.test('a reader that is slower than the sender has it wait, so that little is held in memory', async (t) => {
  const { stream, asked } = streamed();
  stream.push(piece(MIB, 1), false);
  t.same(asked, []);
  stream.push(piece(MIB, 2), false);
  t.same(asked, ['pause']);
  stream.push(piece(10, 3), false);
  t.same(asked, ['pause'], 'what was under way still comes');
  const reader = stream[Symbol.asyncIterator]();
  t.equal((await reader.next()).value[0], 1);
  t.same(asked, ['pause'], 'there is enough left to read');
  t.equal((await reader.next()).value[0], 2);
  t.same(asked, ['pause', 'resume']);
  t.equal((await reader.next()).value[0], 3);
  const last = reader.next();
  stream.push(piece(5, 4), true);
  t.equal((await last).value[0], 4);
  t.match(await reader.next(), { done: true });
  stream.lost();
  t.match(await reader.next(), { done: true }, 'a connection that goes afterwards changes nothing');
});

t.test('a connection that is lost is told to the reader, and not touched any more', async (t) => {
  const { stream, asked } = streamed();
  const reader = stream[Symbol.asyncIterator]();
  const next = reader.next();
  stream.lost();
  await t.rejects(next, { code: 'upload_incomplete' });
  const other = streamed();
  other.stream.push(piece(2 * MIB), false);
  other.stream.lost();
  await other.stream[Symbol.asyncIterator]().next();
  other.stream.discard();
  t.same([asked, other.asked], [[], ['pause']]);
});

t.test('what nobody reads on is passed over', async (t) => {
  const { stream, asked } = streamed();
  stream.push(piece(2 * MIB), false);
  stream.discard();
  stream.push(piece(2 * MIB), false);
  stream.push(piece(2 * MIB), true);
  t.same(asked, ['pause', 'resume']);
});

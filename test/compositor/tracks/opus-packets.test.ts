import t from 'tap';
import { lostPackets, opusSamples, silence } from '../../../src/compositor/tracks/opus-packets.js';

t.test('a packet says how long it is (RFC 6716 section 3.1)', async (t) => {
  const of = (config: number, code: number, ...more: number[]): number | null => opusSamples(Uint8Array.of((config << 3) | code, ...more));
  t.same([0, 1, 2, 3].map((config) => of(config, 0)), [480, 960, 1_920, 2_880]);
  t.same([12, 13, 28, 29, 30, 31].map((config) => of(config, 0)), [480, 960, 120, 240, 480, 960]);
  t.equal(of(31, 1), 1_920);
  t.equal(of(31, 3, 6), 5_760, '120 ms is the longest');
  t.equal(of(31, 3, 7), null);
  t.equal(of(31, 3), null);
  t.equal(opusSamples(new Uint8Array(0)), null);
});

t.test('silence lasts as long as asked, down to 2.5 ms', async (t) => {
  for (const samples of [0, 119, 120, 960, 961, 1_000, 48_000, 47_999]) {
    const pieces = [...silence(samples)];
    t.equal(pieces.reduce((sum, piece) => sum + piece.samples, 0), Math.floor(samples / 120) * 120, `${samples}`);
    t.ok(pieces.every((piece) => opusSamples(piece.data) === piece.samples));
  }
});

t.test('lost packets are of the form of their neighbours', async (t) => {
  const like = Uint8Array.of((31 << 3) | 4, 1, 2, 3);
  t.same(lostPackets(like, 2_880)?.map(({ data, samples }) => [...data, samples]), [[252, 960], [252, 960], [252, 960]]);
  t.equal(lostPackets(like, 1_400), null, 'no number of them lasts as long');
  t.equal(lostPackets(Uint8Array.of(2 << 3), 0), null);
});

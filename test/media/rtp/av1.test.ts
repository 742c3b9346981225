import t from 'tap';
import { OBU, parseAv1Payload, parseObu, parseSequence, sequenceSize, sizedHeader } from '../../../src/media/rtp/av1.js';
import { codedVideo } from '../../support/coded-video.js';
import { leastMs } from '../../support/least-ms.js';
import { payloadsOf } from '../../support/packetise.js';
import { generator } from '../../support/random.js';

const read = (...bytes: number[]) => parseAv1Payload(Uint8Array.from(bytes));

t.test('the aggregation header and its elements (RTP Payload Format For AV1, section 4)', async (t) => {
  t.match(read(0x10, 7, 8, 9), { continues: false, continued: false, newSequence: false, elements: [Uint8Array.of(7, 8, 9)] }, 'one element without a length');
  t.match(read(0xe8, 2, 7, 8, 9), { continues: true, continued: true, newSequence: true, elements: [Uint8Array.of(7, 8), Uint8Array.of(9)] });
  t.match(read(0x00, 2, 7, 8, 1, 9), { elements: [Uint8Array.of(7, 8), Uint8Array.of(9)] }, 'any number, each with its length');
  for (const bad of [[0x10], [0x20, 2, 7], [0x20, 2, 7, 8], [0x00, 3, 7, 8], [0x00, 0x80], [0x00, 0xff, 0xff, 0xff, 0xff, 0x7f, 1], [0x30, 1, 7, 1, 8]]) t.equal(read(...bad), null, `${bad}`);
});

t.test('an OBU loses its size field and gets it back', async (t) => {
  const obu = parseObu(Uint8Array.of(0x36, 0x20, 0x02, 5, 6, 99))!;
  t.match(obu, { type: 6, header: Uint8Array.of(0x34, 0x20), body: Uint8Array.of(5, 6) });
  t.same([...sizedHeader(obu)], [0x36, 0x20, 0x02]);
  t.same([...sizedHeader({ ...obu, body: new Uint8Array(300) })], [0x36, 0x20, 0xac, 0x02]);
  for (const bad of [[], [0x80], [0x34], [0x32, 5, 1]]) t.equal(parseObu(Uint8Array.from(bad)), null, `${bad}`);
});

t.test('the size is read from the sequence header', async (t) => {
  for (const [widthPx, heightPx, encoder] of [
    [320, 180, undefined],
    [641, 359, undefined],
    [320, 192, ['-c:v', 'libsvtav1', '-preset', '12']],
  ] as const) {
    const { frames } = codedVideo({ codec: 'AV1', widthPx, heightPx, frames: 2, ...(encoder ? { encoder: [...encoder] } : {}) });
    const [first] = payloadsOf('AV1', frames[0]!, 0);
    const payload = parseAv1Payload(first!)!;
    t.equal(payload.newSequence, true);
    const header = payload.elements.map(parseObu).find((obu) => obu?.type === OBU.sequenceHeader);
    t.same(sequenceSize(header!.body), { widthPx, heightPx });
    t.match(parseSequence(header!.body), { profile: 0, highTier: false, size: { widthPx, heightPx }, depth: 8, monochrome: false });
  }
  const [deep] = codedVideo({ codec: 'AV1', widthPx: 320, heightPx: 180, frames: 1, pixelFormat: 'yuv420p10le' }).frames;
  const header = parseAv1Payload(payloadsOf('AV1', deep!, 0)[0]!)!.elements.map(parseObu).find((obu) => obu?.type === OBU.sequenceHeader);
  t.equal(parseSequence(header!.body)?.depth, 10);
});

t.test('any payload is read or refused, at once', async (t) => {
  const random = generator(0xa71);
  const below = (limit: number): number => Math.floor(random() * limit);
  let [readable, slowestMs] = [0, 0];
  for (let round = 0; round < 20_000; round++) {
    const small = random() < 0.5;
    const payload = Uint8Array.from({ length: below(small ? 20 : 1_500) }, () => below(small ? 256 : 4));
    const look = (): void => {
      const parsed = parseAv1Payload(payload);
      for (const element of parsed?.elements ?? []) parseSequence(parseObu(element)?.body ?? payload);
    };
    slowestMs = Math.max(slowestMs, leastMs(5, look));
    if (parseAv1Payload(payload)) readable++;
  }
  t.ok(readable > 2_000, `${readable} read`);
  t.ok(slowestMs < 5, `${slowestMs.toFixed(2)} ms`);
});

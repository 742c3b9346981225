import fc from 'fast-check';
import t from 'tap';
import { TransportWideCC } from 'werift';
import { SubscriberBandwidth } from '../../../src/media/rtp/bandwidth.js';
import { SendHistory } from '../../../src/media/rtp/history.js';
import { KeyframeRequests } from '../../../src/media/rtp/keyframe-requests.js';
import { chooseLayer } from '../../../src/media/rtp/layers.js';
import { NACK_LIMITS, NackGenerator } from '../../../src/media/rtp/nack.js';
import { ReceiveStats } from '../../../src/media/rtp/receive-stats.js';
import { parseRtcp, writeNack, writePli, writeReceiverReport, writeSenderReport } from '../../../src/media/rtp/rtcp.js';
import { TwccRecorder } from '../../../src/media/rtp/twcc.js';

t.test('lost packets are asked for after the reorder time, again after the round trip, and given up', async (t) => {
  const nack = new NackGenerator();
  nack.received(65_534, 0);
  nack.received(65_537, 0);
  t.same(nack.due(5_000, 50_000), [], 'they may only be late');
  t.same(nack.due(10_000, 50_000), [65_535, 65_536], 'across the wrap');
  t.same(nack.due(40_000, 50_000), [], 'the answer is on its way');
  nack.received(65_535, 60_000);
  t.same(nack.due(70_000, 50_000), [65_536]);
  let asked = 2;
  for (let nowUs = 70_000; nowUs < 3_000_000; nowUs += 20_000) asked += nack.due(nowUs, 50_000).length;
  t.equal(asked, NACK_LIMITS.maxTries);
  t.ok(nack.takeBroken(), 'a keyframe has to mend it');
  t.notOk(nack.takeBroken());
  t.equal(nack.missing, 0);
});

t.test('a break in the stream is not asked for packet by packet', async (t) => {
  const nack = new NackGenerator();
  nack.received(65_500, 0);
  nack.received(65_500 + NACK_LIMITS.maxMissing + 2, 0);
  t.equal(nack.missing, 0);
  t.ok(nack.takeBroken());
});

t.test('NACK round trip: all of the numbers and no others', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 65_400, max: 65_600 }), fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 1 }), (first, offsets) => {
      const sequences = offsets.sort((a, b) => a - b).map((offset) => (first + offset) & 0xffff);
      const parsed = parseRtcp(writeNack(1, 2, sequences));
      const nack = parsed?.[0];
      return nack?.type === 'nack' && nack.mediaSsrc === 2 && JSON.stringify(nack.sequences) === JSON.stringify(sequences);
    }),
  );
  t.pass();
});

t.test('reports and PLI round trip in one compound', async (t) => {
  const block = { ssrc: 7, fractionLost: 12, cumulativeLost: -3, highestSequence: 70_000, jitter: 9, lastSenderReport: 0x1234, delaySinceLastSenderReport: 5 };
  const report = { ntpSeconds: 4_000_000_000, ntpFraction: 2 ** 31, rtpTimestamp: 0xffff_fff0 };
  const compound = Buffer.concat([writeSenderReport(1, report, 10, 1_000), writeReceiverReport(1, [block]), writePli(1, 7)]);
  t.same(parseRtcp(compound), [
    { type: 'sender-report', ssrc: 1, report, packets: 10, octets: 1_000, blocks: [] },
    { type: 'receiver-report', ssrc: 1, blocks: [block] },
    { type: 'pli', mediaSsrc: 7 },
  ]);
  t.equal(parseRtcp(compound.subarray(0, compound.length - 1)), null, 'a length beyond the datagram');
});

t.test('REMB is read', async (t) => {
  const remb = Buffer.from('8fce000500000001000000005245 4d4201070c3500000007'.replaceAll(' ', ''), 'hex');
  const [parsed] = parseRtcp(remb) ?? [];
  t.same(parsed, { type: 'remb', bitrateBps: (0x30c35 & 0x3ffff) * 2, ssrcs: [7] });
});

t.test('transport-wide feedback says of each packet when it came, as werift reads it', async (t) => {
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 65_400, max: 65_535 }), fc.integer({ min: 0, max: 65_535 })),
      fc.array(fc.record({ gap: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 })), afterUs: fc.integer({ min: 0, max: 300_000 }) }), { minLength: 1, maxLength: 120 }),
      (first, packets) => {
        const recorder = new TwccRecorder();
        let sequence = first;
        let arrivalUs = 5_000_000;
        const sent: { sequence: number; arrivalUs: number }[] = [];
        for (const { gap, afterUs } of packets) {
          arrivalUs += afterUs;
          sent.push({ sequence: sequence & 0xffff, arrivalUs });
          recorder.record(sequence & 0xffff, arrivalUs);
          sequence += 1 + gap;
        }
        const got: { sequence: number; arrivalUs: number }[] = [];
        for (const report of recorder.reports(1, 2)) {
          const payload = Buffer.from(report.subarray(4));
          const twin = TransportWideCC.deSerialize(payload, { padding: (report[0]! & 0x20) !== 0, length: (report.length - 4) / 4 } as never);
          let atUs = twin.referenceTime * 64_000;
          const deltas = [...twin.recvDeltas];
          let number = twin.baseSequenceNumber;
          for (const chunk of twin.packetChunks) {
            const statuses = 'symbolList' in chunk ? chunk.symbolList : new Array<number>(chunk.runLength).fill(chunk.packetStatus);
            for (const status of statuses) {
              if (status === 1 || status === 2) {
                atUs += deltas.shift()!.delta;
                got.push({ sequence: number & 0xffff, arrivalUs: atUs });
              }
              number += 1;
            }
          }
        }
        return got.length === sent.length && got.every((one, i) => one.sequence === sent[i]!.sequence && Math.abs(one.arrivalUs - sent[i]!.arrivalUs) <= 250);
      },
    ),
  );
  t.pass();
});

t.test('keyframe requests are merged, spaced and repeated until one comes', async (t) => {
  const requests = new KeyframeRequests();
  requests.request();
  requests.request();
  t.ok(requests.due(0));
  requests.request();
  t.notOk(requests.due(400_000));
  t.ok(requests.due(500_000));
  requests.satisfied();
  t.notOk(requests.due(2_000_000));
});

t.test('the history keeps a second, knows duplicates and stays within its bytes', async (t) => {
  const history = new SendHistory<string>({ packets: 256, bytes: 10_000, ageUs: 2_000_000 });
  for (let i = 65_500; i < 65_600; i += 1) t.ok(history.add(i, `p${i}`, 50, i));
  t.notOk(history.add(65_550, 'again', 50, 65_600));
  t.equal(history.get(65_536), 'p65536');
  for (let i = 65_600; i < 66_600; i += 1) history.add(i, 'x', 500, i);
  t.ok(history.bytes <= 10_000);
  t.equal(history.get(65_536), null);
  t.notOk(history.add(65_600, 'older than the ring', 50, 66_600));
});

t.test('receiver reports count loss across the wrap', async (t) => {
  const stats = new ReceiveStats(9, 90_000);
  for (let i = 0; i < 100; i += 1) if (i % 4 !== 3) stats.received(65_536 + 65_480 + i, i * 3_000, i * 33_333);
  const block = stats.block(4_000_000);
  t.equal(block?.cumulativeLost, 24);
  t.equal(block?.fractionLost, Math.floor((24 * 256) / 99));
  t.equal(block?.highestSequence, 65_480 + 98);
});

t.test('the layer fits the tile and the budget', async (t) => {
  const layer = (heightPx: number, bitsPerSecond: number, active = true) => ({ widthPx: (heightPx * 16) / 9, heightPx, bitsPerSecond, active });
  const layers = [layer(180, 150_000), layer(360, 500_000), layer(720, 1_500_000)];
  t.equal(chooseLayer(layers, { widthPx: 640, heightPx: 360 }, 1e9), 1);
  t.equal(chooseLayer(layers, 'best', 1e9), 2);
  t.equal(chooseLayer(layers, 'best', 600_000), 1);
  t.equal(chooseLayer(layers, 'best', 10), 0, 'something is always sent');
  t.equal(chooseLayer(layers, 'best', 1_600_000, 1), 1, 'no upgrade to the edge of the budget');
  t.equal(chooseLayer([layer(180, 1), layer(720, 1, false)], 'best', 1e9), 0);
  t.equal(chooseLayer([], 'best', 1e9), null);
});

t.test('a subscriber’s budget follows its estimate down and grows again by itself', async (t) => {
  const bandwidth = new SubscriberBandwidth();
  bandwidth.estimated(300_000, 0);
  bandwidth.update({ sentBps: 1_000_000, fractionLost: 0 }, 0);
  t.equal(bandwidth.budgetBps, 300_000);
  for (let nowUs = 250_000; nowUs <= 12_000_000; nowUs += 250_000) {
    bandwidth.estimated(500_000, nowUs);
    bandwidth.update({ sentBps: 250_000, fractionLost: 0 }, nowUs);
  }
  t.ok(bandwidth.budgetBps > 800_000, 'an estimate that nothing presses against is no bound');
});

import { createSocket } from 'node:dgram';
import fc from 'fast-check';
import t from 'tap';
import { systemClock } from '../../src/core/clock.js';
import { AppError } from '../../src/core/errors.js';
import { createLog } from '../../src/core/log.js';
import { buildRtp, parseRtp, readExtension } from '../../src/media/rtp/packet.js';
import { parseRtcp, writeNack, writeReceiverReport } from '../../src/media/rtp/rtcp.js';
import { unwrapRtx } from '../../src/media/rtp/rtx.js';
import type { CodecName } from '../../src/core/media.js';
import { payloadFacts } from '../../src/media/rtp/payload-facts.js';
import { parseSdp } from '../../src/media/sdp/parse.js';
import { createMediaServer } from '../../src/media/server.js';
import { DtlsRecords } from '../../src/media/transport/dtls-records.js';
import { parseBindingRequest } from '../../src/media/transport/stun.js';
import { SAMPLE_OFFER } from './support/sample-offer.js';
import { waitFor } from './support/wait.js';

/** CPU time that the slowest hundredth of inputs may take, microseconds: a busy machine does not count. */
const BUDGET_US = 5_000;

const CODECS: readonly CodecName[] = ['VP8', 'VP9', 'H264', 'AV1', 'opus'];

/** Runs all inputs and returns the 99th percentile of their CPU time, microseconds. */
function p99CpuUs(inputs: readonly Uint8Array[], run: (input: Uint8Array) => void): number {
  const times = inputs.map((input) => {
    const before = process.cpuUsage();
    run(input);
    const used = process.cpuUsage(before);
    return used.user + used.system;
  });
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
}

const inflated = (words: number): Uint8Array => {
  const packet = new Uint8Array(42);
  packet.set([0x90, 96, 0xff, 0xff]);
  packet.set([0xbe, 0xde, words >> 8, words & 0xff], 12);
  return packet;
};
const media = buildRtp({ marker: true, payloadType: 96, sequence: 65_500, timestamp: 1, ssrc: 9, extensions: [{ id: 4, data: new Uint8Array(3) }] }, new Uint8Array(100).fill(0x90));
const SEEDS: readonly Uint8Array[] = [
  media,
  writeNack(1, 2, [65_535, 0, 40]),
  writeReceiverReport(1, []),
  Buffer.from('000100002112a442000102030405060708090a0b', 'hex'),
  Buffer.from('16fefd0000000000000000001001000004000000000000000401020304', 'hex'),
  inflated(8_000),
];

/** Random bytes, and valid packets with a few bytes changed or the end cut off. */
const datagram = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 1_500 }),
  fc
    .record({
      seed: fc.constantFrom(...SEEDS),
      changes: fc.array(fc.record({ at: fc.nat(1_500), byte: fc.nat(255) }), { maxLength: 6 }),
      cut: fc.nat(60),
    })
    .map(({ seed, changes, cut }) => {
      const bytes = Uint8Array.from(seed.subarray(0, Math.max(1, seed.length - cut)));
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
      return bytes;
    }),
);

t.test('no datagram makes a parser throw, read beyond it or take its time', async (t) => {
  const inputs = fc.sample(datagram, { numRuns: 20_000, seed: 5 });
  const records = new DtlsRecords();
  const p99 = p99CpuUs(inputs, (input) => {
    const header = parseRtp(input);
    if (header !== null) {
      if (header.headerBytes + header.payloadBytes + header.paddingBytes !== input.length) throw new Error('lengths do not add up');
      for (let id = 1; id < 16; id += 1) readExtension(input, header, id);
      unwrapRtx(input, header, 1, 96);
    }
    for (const codec of CODECS) payloadFacts(codec, input);
    parseRtcp(input);
    parseBindingRequest(input);
    records.accept(input);
  });
  t.ok(p99 < BUDGET_US, `${p99} us`);
});

t.test('extensions are written in the one-byte form, and in the two-byte form where one is long', async (t) => {
  for (const longest of [1, 16, 17, 255]) {
    const extensions = [{ id: 1, data: Uint8Array.of(5) }, { id: 9, data: new Uint8Array(longest).fill(7) }, { id: 14, data: Uint8Array.of(6, 6) }];
    const packet = buildRtp({ marker: true, payloadType: 124, sequence: 65_535, timestamp: 1, ssrc: 9, extensions }, Uint8Array.of(1, 2, 3));
    const header = parseRtp(packet)!;
    t.equal(header.twoByteExtensions, longest > 16);
    t.equal(header.payloadBytes, 3);
    for (const { id, data } of extensions) t.same(readExtension(packet, header, id), data);
  }
});

t.test('an extension length beyond the packet is refused at once', async (t) => {
  for (const words of [8, 8_000, 65_535]) t.equal(parseRtp(inflated(words)), null);
});

t.test('a damaged session description is refused with its code, or read', async (t) => {
  const codes = new Set<string>();
  fc.assert(
    fc.property(fc.array(fc.record({ at: fc.nat(SAMPLE_OFFER.length - 1), text: fc.string({ maxLength: 8 }) }), { maxLength: 5 }), fc.nat(SAMPLE_OFFER.length), (changes, cut) => {
      let text = SAMPLE_OFFER.slice(0, SAMPLE_OFFER.length - (cut % 400));
      for (const { at, text: inserted } of changes) text = text.slice(0, at) + inserted + text.slice(at + inserted.length);
      try {
        parseSdp(text);
      } catch (error) {
        if (!(error instanceof AppError)) return false;
        codes.add(error.code);
      }
      return true;
    }),
    { numRuns: 500 },
  );
  t.same([...codes], ['sdp_invalid']);
});

t.test('the open port drops garbage and stays cheap', async (t) => {
  const server = await createMediaServer({ host: '127.0.0.1', port: 0, announcedAddresses: [], clock: systemClock, log: createLog('silent') });
  const socket = createSocket('udp4');
  t.teardown(async () => {
    socket.close();
    await server.close();
  });
  const connection = server.openConnection('room', 'alice');
  connection.publish(SAMPLE_OFFER, [{ mid: '1', source: 'camera' }]);
  const inputs = fc.sample(datagram, { numRuns: 4_000, seed: 9 });
  const before = process.cpuUsage();
  for (const [i, input] of inputs.entries()) {
    socket.send(input, server.port, '127.0.0.1');
    // The kernel's buffer takes a few hundred at once.
    if (i % 200 === 199) await waitFor('the port has read them', () => (server.stats().packetsIn > i - 100 ? true : null));
  }
  await waitFor('all are read', () => (server.stats().packetsIn >= inputs.length ? true : null));
  const used = process.cpuUsage(before);
  const stats = server.stats();
  t.equal(stats.droppedMalformed + stats.droppedUnknownAddress, stats.packetsIn);
  t.equal(stats.packetsOut, 0, 'nothing is answered');
  const eachUs = (used.user + used.system) / inputs.length;
  t.ok(eachUs < 1_000, `${eachUs.toFixed(0)} us of CPU for sending and dropping one`);
});

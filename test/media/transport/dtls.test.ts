import t from 'tap';
import { CipherContext, DtlsClient, NamedCurveAlgorithm } from 'werift';
import { X509Certificate } from 'node:crypto';
import { SIGNATURE_HASH, createCertificate } from '../../../src/media/transport/certificate.js';
import { DtlsAssociation, type DtlsKeys } from '../../../src/media/transport/dtls.js';
import { generator } from '../../support/random.js';
import { waitFor } from '../support/wait.js';

const certificate = await createCertificate();
const ownCertificate = await CipherContext.createSelfSignedCertificateWithKey(SIGNATURE_HASH, NamedCurveAlgorithm.secp256r1_23);
const fingerprint = new X509Certificate(ownCertificate.certPem).fingerprint256;

/** What werift throws outside of any call would end the server. */
const strays: unknown[] = [];
process.on('unhandledRejection', (reason) => strays.push(reason));
process.on('uncaughtException', (error) => strays.push(error));

interface Handshake {
  keys: DtlsKeys | null;
  ended: string | null;
  association: DtlsAssociation;
  client: DtlsClient;
  /** The client's datagrams in their order, as they were sent. */
  sent: Buffer[];
}

/** A client and the server's side in one process; `onTheWay` is what the network makes of the client's datagrams. */
async function handshake(onTheWay: (datagram: Buffer) => Buffer[], expected = fingerprint): Promise<Handshake> {
  const state: Handshake = { keys: null, ended: null, sent: [] } as unknown as Handshake;
  const transport = {
    type: 'udp',
    address: { address: '127.0.0.1', family: 'IPv4', port: 0 },
    closed: false,
    onData: (_data: Buffer, _from: [string, number]): void => undefined,
    send: async (data: Buffer) => {
      state.sent.push(Buffer.from(data));
      for (const datagram of onTheWay(Buffer.from(data))) state.association.receive(datagram);
    },
    close: async () => undefined,
  };
  state.association = new DtlsAssociation(certificate, expected, {
    send: (datagram) => setImmediate(() => transport.onData(Buffer.from(datagram), ['127.0.0.1', 0])),
    connected: (keys) => (state.keys = keys),
    ended: (reason) => (state.ended = reason),
  });
  const client = new DtlsClient({
    cert: ownCertificate.certPem,
    key: ownCertificate.keyPem,
    signatureHash: SIGNATURE_HASH,
    srtpProfiles: [7, 1],
    extendedMasterSecret: true,
    transport: transport as never,
  });
  state.client = client;
  client.onError.subscribe(() => undefined);
  await client.connect();
  return state;
}

function close({ association, client }: Handshake): void {
  association.close();
  client.close();
}

t.test('a client that owns its certificate is connected, and both have the same keys', async (t) => {
  const state = await handshake((datagram) => [datagram]);
  const keys = await waitFor('the handshake is done', () => state.keys);
  t.equal(keys.profile, 'AEAD_AES_128_GCM');
  t.equal(keys.local.key.length, 16);
  t.notSame(keys.local.key, keys.remote.key);
  const theirs = state.client.extractSessionKeys(16, 12);
  t.same([Buffer.from(keys.local.key), Buffer.from(keys.remote.key)], [theirs.remoteKey, theirs.localKey]);
  close(state);
});

t.test('another certificate than that of the SDP is refused', async (t) => {
  const state = await handshake((datagram) => [datagram], 'AB:'.repeat(31) + 'AB');
  t.match(await waitFor('it ended', () => state.ended), /fingerprint/);
  t.equal(state.keys, null);
  close(state);
});

/** CPU time that the slowest hundredth of damaged datagrams may take, microseconds. */
const BUDGET_US = 5_000;

/** Flips, cuts, repeats and swaps; now and then something else altogether. */
function damaged(datagram: Buffer, random: () => number): Buffer[] {
  const below = (limit: number): number => Math.floor(random() * limit);
  const copy = Buffer.from(datagram);
  switch (below(6)) {
    case 0:
      for (let flips = 1 + below(8); flips > 0; flips--) copy[below(copy.length)] = below(256);
      return [copy];
    case 1:
      return [copy.subarray(0, below(copy.length))];
    case 2:
      // Lengths are what parsers trust.
      for (const at of [11, 12, 14, 15, 16, 19, 20, 21, 22, 23, 24]) if (random() < 0.3) copy[Math.min(at, copy.length - 1)] = below(256);
      return [copy];
    case 3:
      return [copy, copy];
    case 4: {
      const from = below(copy.length);
      copy.fill(below(256), from, Math.min(copy.length, from + below(64)));
      return [copy];
    }
    default:
      return [Buffer.from(Array.from({ length: below(200) }, () => below(256))), copy];
  }
}

t.test('a damaged handshake ends in nothing: no exception, no keys of a stranger, no time', { timeout: 120_000 }, async (t) => {
  const whole = await handshake((datagram) => [datagram]);
  await waitFor('the handshake is done', () => whole.keys);
  close(whole);
  const random = generator(11);
  const ended = new Set<string>();
  const timesUs: number[] = [];
  for (let round = 0; round < 400; round++) {
    let reason: string | null = null;
    let connected = false;
    const association = new DtlsAssociation(certificate, fingerprint, {
      send: () => undefined,
      connected: () => (connected = true),
      ended: (why) => (reason = why),
    });
    // The first flights as they are lead to deeper parsers.
    const intact = Math.floor(random() * whole.sent.length);
    for (const [index, datagram] of whole.sent.entries()) {
      for (const part of index < intact ? [datagram] : damaged(datagram, random)) {
        const before = process.cpuUsage();
        association.receive(part);
        const used = process.cpuUsage(before);
        if (index >= intact) timesUs.push(used.user + used.system);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Another random of the server makes another master secret: what was recorded proves nothing here.
    t.notOk(connected, 'a replayed handshake is no proof');
    if (reason !== null) ended.add(reason);
    association.close();
    if (!t.passing()) break;
  }
  for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
  t.same(strays.map(String), [], 'nothing is thrown outside of a call');
  const p99Us = timesUs.sort((a, b) => a - b)[Math.floor(timesUs.length * 0.99)] ?? Infinity;
  t.comment(`p99 ${p99Us} us, worst ${timesUs.at(-1)} us; ended by ${[...ended].join('; ')}`);
  t.ok(p99Us < BUDGET_US, `${p99Us} us of CPU for one datagram`);
  t.ok([...ended].every((why) => why.startsWith('handshake failed')), 'an association that breaks says so');
});

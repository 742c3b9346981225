import { X509Certificate } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { CipherContext, classes, DtlsClient, Message, methods, NamedCurveAlgorithm } from 'werift';
import { SIGNATURE_HASH } from '../src/media/transport/certificate.js';
import { SrtpSender } from '../src/media/transport/srtp.js';
import { contentOf } from './journal.js';
import { screen } from './inputs.js';

/**
 * The browsers of a meeting as far as a server's CPU goes: ICE, DTLS and SRTP on sockets of their own. Peer 0 sends
 * a video, the others count what comes. In a process of its own, driven by messages.
 */

export type ToPeers =
  /** Where a peer's transport is. */
  | { kind: 'connect'; peer: number; port: number; fragment: string; password: string }
  /** Peer 0 sends from now on, at this rate. */
  | { kind: 'send'; ssrc: number; packetsPerS: number }
  | { kind: 'count' };

export type FromPeers = { kind: 'ready'; fingerprint: string } | { kind: 'received'; packets: number };

const CHECK_EVERY_MS = 2_000;
const SEND_EVERY_MS = 10;

const certificate = await CipherContext.createSelfSignedCertificateWithKey(SIGNATURE_HASH, NamedCurveAlgorithm.secp256r1_23);
/** Made before anybody waits for it. */
const packets = contentOf([{ memberId: 'member-0', source: 'screen', stream: screen('1920x1080', 300) }], 10_000_000).records.flatMap((record) =>
  record.type === 'packet' ? [record.data] : [],
);
let received = 0;
let send: ((packet: Uint8Array) => void) | null = null;

process.on('message', (message: ToPeers) => {
  switch (message.kind) {
    case 'connect':
      void connect(message);
      return;
    case 'send':
      sendVideo(message.ssrc, message.packetsPerS);
      return;
    case 'count':
      say({ kind: 'received', packets: received });
      return;
  }
});
process.on('disconnect', () => process.exit());
say({ kind: 'ready', fingerprint: new X509Certificate(certificate.certPem).fingerprint256 });

async function connect({ peer, port, fragment, password }: Extract<ToPeers, { kind: 'connect' }>): Promise<void> {
  const socket = createSocket('udp4');
  const out = (data: Uint8Array): void => void socket.send(data, port, '127.0.0.1');
  check(out, fragment, password);
  setInterval(() => check(out, fragment, password), CHECK_EVERY_MS);
  const transport = dtlsOver(socket, out);
  const client = new DtlsClient({
    ...{ cert: certificate.certPem, key: certificate.keyPem, signatureHash: SIGNATURE_HASH },
    ...{ srtpProfiles: [7], extendedMasterSecret: true, transport: transport as never },
  });
  client.onConnect.subscribe(() => {
    if (peer !== 0) return;
    const { localKey: key, localSalt: salt } = client.extractSessionKeys(16, 12);
    const srtp = new SrtpSender('AEAD_AES_128_GCM', { key, salt });
    send = (packet) => out(srtp.protectRtp(packet));
  });
  await client.connect();
}

/** An ICE check that nominates, as a browser's consent checks do. */
function check(out: (data: Uint8Array) => void, fragment: string, password: string): void {
  const request = new Message(methods.BINDING, classes.REQUEST);
  request.setAttribute('USERNAME', `${fragment}:peer`);
  request.setAttribute('PRIORITY', 1);
  request.setAttribute('USE-CANDIDATE', null);
  request.addMessageIntegrity(Buffer.from(password));
  request.addFingerprint();
  out(request.bytes);
}

/** The socket as werift wants it; what is media only counts. */
function dtlsOver(socket: Socket, out: (data: Uint8Array) => void): object {
  const transport = {
    ...{ type: 'udp', address: { address: '127.0.0.1', family: 'IPv4', port: 0 }, closed: false },
    onData: (_data: Buffer, _from: [string, number]): void => undefined,
    send: async (data: Buffer) => out(data),
    close: async () => undefined,
  };
  socket.on('message', (data, from) => {
    const first = data[0] ?? 0;
    if (first >= 20 && first < 64) transport.onData(data, [from.address, from.port]);
    // RFC 5761 section 4: RTCP's second byte.
    else if (first >= 128 && ((data[1] ?? 0) & 0x7f) >= 96) received++;
  });
  return transport;
}

function sendVideo(ssrc: number, packetsPerS: number): void {
  const startMs = performance.now();
  let sent = 0;
  setInterval(() => {
    for (const due = ((performance.now() - startMs) * packetsPerS) / 1000; sent < due; sent++) {
      const packet = Buffer.from(packets[sent % packets.length]!);
      packet.writeUInt16BE((65_400 + sent) & 0xffff, 2);
      packet.writeUInt32BE(ssrc, 8);
      send?.(packet);
    }
  }, SEND_EVERY_MS);
}

function say(message: FromPeers): void {
  process.send?.(message);
}

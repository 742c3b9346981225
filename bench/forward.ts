import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { systemClock } from '../src/core/clock.js';
import { createMediaServer } from '../src/media/server.js';
import type { MediaConnection } from '../src/media/types.js';
import { SAMPLE_OFFER } from '../test/media/support/sample-offer.js';
import type { FromPeers, ToPeers } from './forward-peers.js';
import type { Measurement } from './trial.js';

const PEERS = fileURLToPath(new URL('./forward-peers.js', import.meta.url));
const SUBSCRIBERS = 20;
/** 2.2 Mbit/s of full packets. */
const PACKETS_PER_S = 250;
const SSRC = 1_234_567;
const SECONDS = 10;

/**
 * CPU of the real media server for each packet that it sends: one person's video to the others, from the socket
 * through SRTP both ways to the socket, time-outs and reports included. This process is the server and nothing else.
 */
export async function forwardedPacket(): Promise<Measurement> {
  const peers = fork(PEERS, { execArgv: ['--enable-source-maps'] });
  const ready = answerOf(peers, 'ready');
  const server = await createMediaServer({ host: '127.0.0.1', port: 0, announcedAddresses: [], clock: systemClock, log: pino({ level: 'silent' }) });
  try {
    const { fingerprint } = (await ready) as Extract<FromPeers, { kind: 'ready' }>;
    const connect = (peer: number, sdp: string): void => tell(peers, { kind: 'connect', peer, port: server.port, ...credentials(sdp) });
    const alice = server.openConnection('room', 'alice');
    const sending = connected(alice);
    connect(0, alice.publish(offerWith(fingerprint), [{ mid: '1', source: 'camera' }]));
    await sending;
    const track = server.tracks('room')[0]?.trackId ?? '';
    for (let peer = 1; peer <= SUBSCRIBERS; peer++) await subscribe(server.openConnection('room', `member-${peer}`), track, fingerprint, (sdp) => connect(peer, sdp));
    tell(peers, { kind: 'send', ssrc: SSRC, packetsPerS: PACKETS_PER_S });
    await wait(2_000);
    const [before, cpu, received] = [server.stats().packetsOut, process.cpuUsage(), await receivedBy(peers)];
    await wait(SECONDS * 1000);
    const { user, system } = process.cpuUsage(cpu);
    const packets = server.stats().packetsOut - before;
    if (packets < 0.9 * SECONDS * PACKETS_PER_S * SUBSCRIBERS) throw new Error(`Only ${packets} packets were sent.`);
    return { value: (user + system) / packets, also: { packetsPerS: packets / SECONDS, received: (await receivedBy(peers)) - received, sent: packets } };
  } finally {
    peers.disconnect();
    await server.close();
  }
}

async function subscribe(connection: MediaConnection, track: string, fingerprint: string, connect: (sdp: string) => void): Promise<void> {
  const receiving = connected(connection);
  connection.events.on('subscribe-offer', ({ offerId, sdp }) => {
    const answer = sdp.replaceAll('a=sendonly', 'a=recvonly').replaceAll('a=setup:actpass', 'a=setup:active');
    connection.acceptAnswer(offerId, answer.replaceAll(/a=fingerprint:sha-256 \S+/g, `a=fingerprint:sha-256 ${fingerprint}`));
    connect(sdp);
  });
  connection.setSubscriptions([track]);
  await receiving;
}

/** A browser's offer of one video without simulcast. */
function offerWith(fingerprint: string): string {
  return SAMPLE_OFFER.replaceAll(/a=fingerprint:sha-256 \S+/g, `a=fingerprint:sha-256 ${fingerprint}`)
    .replaceAll(/a=rid:\S+ send\r\n/g, '')
    .replace('a=simulcast:send q;f', `a=ssrc:${SSRC} cname:a`);
}

function credentials(sdp: string): { fragment: string; password: string } {
  const of = (name: string): string => new RegExp(`a=${name}:(\\S+)`).exec(sdp)?.[1] ?? '';
  return { fragment: of('ice-ufrag'), password: of('ice-pwd') };
}

function connected(connection: MediaConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.events.on('state', ({ state }) => {
      if (state === 'connected') resolve();
      if (state === 'failed') reject(new Error('A peer could not connect.'));
    });
  });
}

async function receivedBy(peers: ChildProcess): Promise<number> {
  tell(peers, { kind: 'count' });
  return ((await answerOf(peers, 'received')) as Extract<FromPeers, { kind: 'received' }>).packets;
}

function tell(peers: ChildProcess, message: ToPeers): void {
  peers.send(message);
}

async function answerOf(peers: ChildProcess, kind: FromPeers['kind']): Promise<FromPeers> {
  for (;;) {
    const [message] = (await once(peers, 'message')) as [FromPeers];
    if (message.kind === kind) return message;
  }
}

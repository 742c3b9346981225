import t from 'tap';
import { systemClock } from '../../src/core/clock.js';
import { createLog } from '../../src/core/log.js';
import { createMediaServer } from '../../src/media/server.js';
import { lossyProxy } from './support/lossy-proxy.js';
import { answerOffers, publish, type Peer } from './support/peer.js';
import { waitFor } from './support/wait.js';
import { wrtcPeer } from './support/wrtc-peer.js';

const open = () =>
  createMediaServer({ host: '127.0.0.1', port: 0, announcedAddresses: ['127.0.0.1'], clock: systemClock, log: createLog('error') });

/** Waits until the peer has decoded `frames` pictures and heard something. */
function decoded(peer: Peer, frames: number, timeoutMs: number) {
  return waitFor(
    `${frames} decoded frames`,
    async () => {
      const { streams } = await peer.stats('subscriber');
      const video = streams.find((one) => one.kind === 'video');
      const audio = streams.find((one) => one.kind === 'audio');
      return video !== undefined && audio !== undefined && video.framesDecoded >= frames && audio.audioEnergy > 0 ? { video, audio } : null;
    },
    timeoutMs,
  );
}

/** Frames that the peer has encoded so far. */
async function encoded(peer: Peer): Promise<number> {
  const { streams } = await peer.stats('publisher');
  return streams.find((one) => one.kind === 'video')?.framesEncoded ?? 0;
}

t.test('a libwebrtc peer decodes what another one publishes', async (t) => {
  const server = await open();
  const [alice, bob] = [wrtcPeer(), wrtcPeer()];
  const [fromAlice, toBob] = [server.openConnection('room', 'alice'), server.openConnection('room', 'bob')];
  const stopAnswering = answerOffers(toBob, bob);
  t.teardown(async () => {
    await stopAnswering();
    await Promise.all([alice.close(), bob.close(), server.close()]);
  });
  await publish(fromAlice, alice);
  toBob.setSubscriptions(server.tracks('room').map((track) => track.trackId));
  const { video } = await decoded(bob, 60, 30_000);
  t.equal(video.heightPx, 240);
  t.ok(video.keyFramesDecoded >= 1);

  const ended: string[] = [];
  server.events.on('track-ended', (track) => ended.push(track.source));
  fromAlice.close();
  t.same(ended.sort(), ['camera', 'microphone']);
  t.same(server.tracks('room'), []);
});

t.test('with one datagram in twenty lost on each way, pictures still flow', async (t) => {
  const server = await open();
  const proxy = await lossyProxy(server.port, { loss: 0.05, seed: 7 });
  const [alice, bob] = [wrtcPeer(), wrtcPeer()];
  const [fromAlice, toBob] = [server.openConnection('room', 'alice'), server.openConnection('room', 'bob')];
  const stopAnswering = answerOffers(toBob, bob, proxy.rewrite);
  t.teardown(async () => {
    await stopAnswering();
    await Promise.all([alice.close(), bob.close(), server.close()]);
    proxy.close();
  });
  await publish(fromAlice, alice, { widthPx: 640, heightPx: 480 }, proxy.rewrite);
  toBob.setSubscriptions(server.tracks('room').map((track) => track.trackId));
  const before = await decoded(bob, 30, 40_000);
  const encodedBefore = await encoded(alice);
  const after = await decoded(bob, before.video.framesDecoded + 200, 40_000);
  const share = (after.video.framesDecoded - before.video.framesDecoded) / ((await encoded(alice)) - encodedBefore);
  const stats = server.stats();
  t.comment({ share, proxyLost: proxy.lost(), ...stats });
  t.ok(proxy.lost() > 20, 'the link lost datagrams');
  t.ok(stats.repaired > 0, 'lost packets came again from the publisher');
  t.ok(stats.retransmitted > 0, 'and were sent again to the subscriber');
  t.ok(share > 0.5, `${(share * 100).toFixed(0)} % of the frames that were encoded meanwhile were decoded`);
});

t.test('how well a member’s media arrives is told, and again when it changes', async (t) => {
  const server = await open();
  const link = { loss: 0, seed: 3 };
  const proxy = await lossyProxy(server.port, link);
  const alice = wrtcPeer();
  const fromAlice = server.openConnection('room', 'alice');
  t.teardown(async () => {
    await Promise.all([alice.close(), server.close()]);
    proxy.close();
  });
  const levels: number[] = [];
  const toldAtMs: number[] = [];
  server.events.on('quality', ({ memberId, level }) => {
    t.equal(memberId, 'alice');
    levels.push(level);
    toldAtMs.push(performance.now());
  });
  await publish(fromAlice, alice, {}, proxy.rewrite);
  const until = (fits: (level: number) => boolean): Promise<true> => waitFor('a level', () => (levels.length > 0 && fits(levels.at(-1)!) ? true : null), 40_000);
  await until((level) => level === 3);
  link.loss = 0.3;
  await until((level) => level <= 1);
  link.loss = 0;
  await until((level) => level === 3);
  link.loss = 1;
  await until((level) => level === 0);
  t.comment(levels.join());
  toldAtMs.slice(1).forEach((atMs, at) => t.ok(atMs - toldAtMs[at]! > 1900, 'at most every 2 s'));
  levels.slice(1).forEach((level, at) => t.not(level, levels[at], 'only changes'));
});

import t from 'tap';
import { systemClock } from '../../src/core/clock.js';
import { createLog } from '../../src/core/log.js';
import type { TrackCodec } from '../../src/core/media.js';
import { createMediaServer } from '../../src/media/server.js';
import { chromiumPeer, launchChromium } from './support/chromium.js';
import { DecodingSink } from './support/decoding-sink.js';
import { answerOffers, publish, type Peer } from './support/peer.js';
import { waitFor } from './support/wait.js';

/** Chromium publishes each codec that the server takes; another page decodes it, and a sink is told what it gets. */

const CODECS: { codec: string; tells: Partial<TrackCodec> }[] = [
  { codec: 'VP9', tells: { name: 'VP9', fmtp: 'profile-id=0' } },
  { codec: 'H264', tells: { name: 'H264', fmtp: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=420034' } },
];

const browser = await launchChromium();
const server = await createMediaServer({ host: '127.0.0.1', port: 0, announcedAddresses: [], clock: systemClock, log: createLog('error') });
t.teardown(async () => {
  await server.close();
  await browser.close();
});

/** Waits for so many more pictures in the peer's newest stream of the codec. */
async function decodes(peer: Peer, codec: string, heightPx?: number): Promise<void> {
  let from: number | null = null;
  await waitFor(
    `pictures of ${codec}${heightPx === undefined ? '' : `, ${heightPx} lines`}`,
    async () => {
      const videos = (await peer.stats('subscriber')).streams.filter((one) => one.codec === `video/${codec}`);
      const video = videos.find((one) => heightPx === undefined || one.heightPx === heightPx);
      if (!video || video.framesDecoded === 0) return null;
      from ??= video.framesDecoded;
      return video.framesDecoded >= from + 10 ? video : null;
    },
    30_000,
  );
}

t.test('H.264 in three layers: another page decodes the one that fits its tile', async (t) => {
  const [alice, bob] = [await chromiumPeer(browser), await chromiumPeer(browser)];
  const [fromAlice, toBob] = [server.openConnection('layers', 'alice'), server.openConnection('layers', 'bob')];
  answerOffers(toBob, bob);
  await publish(fromAlice, alice, { codec: 'H264', simulcast: true, audio: false, widthPx: 960, heightPx: 544 });
  const [track] = server.tracks('layers');
  toBob.setSubscriptions([track!.trackId]);
  for (const heightPx of [136, 272]) {
    toBob.setView(track!.trackId, { widthPx: Math.round((heightPx * 16) / 9), heightPx });
    await decodes(bob, 'H264', heightPx);
  }
  t.equal(server.stats().droppedMalformed, 0);
  for (const one of [fromAlice, toBob]) one.close();
  for (const peer of [alice, bob]) await peer.close();
});

t.test('VP9 in layers within one stream: all are forwarded, the largest is seen', async (t) => {
  const [alice, bob] = [await chromiumPeer(browser), await chromiumPeer(browser)];
  const [fromAlice, toBob] = [server.openConnection('svc', 'alice'), server.openConnection('svc', 'bob')];
  answerOffers(toBob, bob);
  await publish(fromAlice, alice, { codec: 'VP9', scalabilityMode: 'L3T3_KEY', audio: false, widthPx: 960, heightPx: 544 });
  const [track] = server.tracks('svc');
  const sink = new DecodingSink();
  const subscription = server.subscribe(track!.trackId, sink, 'best');
  toBob.setSubscriptions([track!.trackId]);
  await decodes(bob, 'VP9', 544);
  subscription.close();
  sink.close();
  t.equal(sink.failed, 0);
  t.ok(sink.pictures.filter(({ heightPx }) => heightPx === 544).length >= 10, JSON.stringify(sink.pictures.slice(-3)));
  for (const one of [fromAlice, toBob]) one.close();
  for (const peer of [alice, bob]) await peer.close();
});

t.test('a sender changes its codec in the middle: the track stays, and receivers go on', async (t) => {
  const [alice, bob] = [await chromiumPeer(browser), await chromiumPeer(browser)];
  const [fromAlice, toBob] = [server.openConnection('change', 'alice'), server.openConnection('change', 'bob')];
  answerOffers(toBob, bob);
  await publish(fromAlice, alice, { codec: 'VP8', audio: false });
  const [track] = server.tracks('change');
  const sink = new DecodingSink();
  const subscription = server.subscribe(track!.trackId, sink, 'best');
  toBob.setSubscriptions([track!.trackId]);
  await decodes(bob, 'VP8');
  for (const { codec, tells } of CODECS) {
    await publish(fromAlice, alice, { codec });
    t.match(server.tracks('change')[0]?.codec, tells);
    await decodes(bob, codec);
  }
  subscription.close();
  sink.close();
  const names = ['VP8', ...CODECS.map(({ codec }) => codec)];
  t.same(sink.codecs, names);
  t.same([...new Set(sink.pictures.map(({ codec }) => codec))], names, 'and decodes them');
  t.equal(sink.failed, 0);
  t.notOk(sink.hasEnded);
  t.equal(server.stats().droppedMalformed, 0);
  t.same(server.tracks('change').map(({ trackId, codec }) => [trackId, codec.name]), [[track!.trackId, names.at(-1)]]);
  for (const one of [fromAlice, toBob]) one.close();
  for (const peer of [alice, bob]) await peer.close();
});

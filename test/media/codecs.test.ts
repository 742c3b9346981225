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

const CODECS: { codec: string; format?: string; tells: Partial<TrackCodec> }[] = [
  { codec: 'VP9', format: 'profile-id=0', tells: { name: 'VP9', fmtp: 'profile-id=0' } },
  { codec: 'AV1', tells: { name: 'AV1', fmtp: 'level-idx=5;profile=0;tier=0' } },
  { codec: 'H264', format: 'packetization-mode=1;profile-level-id=42001f', tells: { name: 'H264', fmtp: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=420034' } },
  { codec: 'VP9', format: 'profile-id=2', tells: { name: 'VP9', fmtp: 'profile-id=2' } },
  { codec: 'H264', format: 'packetization-mode=0;profile-level-id=42e01f', tells: { name: 'H264', fmtp: 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e034' } },
  { codec: 'H264', format: 'packetization-mode=1;profile-level-id=4d001f', tells: { name: 'H264', fmtp: 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d0034' } },
];

const browser = await launchChromium();
const server = await createMediaServer({ host: '127.0.0.1', port: 0, announcedAddresses: [], clock: systemClock, log: createLog('error') });
t.teardown(async () => {
  await server.close();
  await browser.close();
});

/** Half of what a camera sends: several encoders run on this machine at once. */
const FPS = 15;

/** The height of what the peer sends in a stream; a browser short of CPU or bandwidth makes it smaller. */
async function sentHeight(peer: Peer, rid: string | null): Promise<number> {
  return (await peer.stats('publisher')).streams.find((one) => one.kind === 'video' && one.rid === rid)?.heightPx ?? 0;
}

/** Waits for ten pictures in a row of the height that the peer sends in a stream. */
async function getsAllOf(sink: DecodingSink, peer: Peer, rid: string | null): Promise<void> {
  let heightPx = 0;
  await waitFor(
    () => `ten pictures as sent in ${rid ?? 'the one stream'}, ${heightPx} px; of ${sink.pictures.length}, ${sink.failed} failed, the last are ${sink.pictures.slice(-10).map((picture) => picture.heightPx)}`,
    async () => {
      heightPx = await sentHeight(peer, rid);
      return sink.pictures.slice(-10).filter((picture) => picture.heightPx === heightPx).length === 10 ? true : null;
    },
    60_000,
  );
}

/** Waits for ten more pictures in the peer's streams of the codec. */
async function decodes(peer: Peer, codec: string): Promise<void> {
  let from: number | null = null;
  await waitFor(
    `pictures of ${codec}`,
    async () => {
      const videos = (await peer.stats('subscriber')).streams.filter((one) => one.codec === `video/${codec}`);
      const decoded = videos.reduce((sum, one) => sum + one.framesDecoded, 0);
      from ??= decoded;
      return decoded >= from + 10 ? true : null;
    },
    30_000,
  );
}

for (const codec of ['H264', 'VP9', 'AV1']) {
  t.test(`${codec} in three streams: a sink gets the one that fits, whole from its first picture on`, async (t) => {
    const alice = await chromiumPeer(browser);
    const room = `${codec} simulcast`;
    const fromAlice = server.openConnection(room, 'alice');
    await publish(fromAlice, alice, { codec, simulcast: true, fps: FPS, audio: false, widthPx: 960, heightPx: 544 });
    const [track] = server.tracks(room);
    const sink = new DecodingSink();
    const subscription = server.subscribe(track!.trackId, sink, { widthPx: 240, heightPx: 136 });
    for (const [rid, heightPx] of [['q', 136], ['h', 272], ['q', 136]] as const) {
      subscription.setWanted({ widthPx: Math.round((heightPx * 16) / 9), heightPx });
      await getsAllOf(sink, alice, rid);
    }
    subscription.close();
    sink.close();
    t.equal(sink.failed, 0);
    t.equal(server.stats().droppedMalformed, 0);
    fromAlice.close();
    await alice.close();
  });
}

for (const { codec, scalabilityMode } of [
  { codec: 'VP9', scalabilityMode: 'L3T3_KEY' },
  { codec: 'AV1', scalabilityMode: 'L2T2' },
]) {
  t.test(`${codec} in layers within one stream (${scalabilityMode}): all are forwarded, the largest is seen`, async (t) => {
    const [alice, bob] = [await chromiumPeer(browser), await chromiumPeer(browser)];
    const [fromAlice, toBob] = [server.openConnection(codec, 'alice'), server.openConnection(codec, 'bob')];
    const stopAnswering = answerOffers(toBob, bob);
    await publish(fromAlice, alice, { codec, scalabilityMode, fps: FPS, audio: false, widthPx: 640, heightPx: 368 });
    const [track] = server.tracks(codec);
    const sink = new DecodingSink();
    const subscription = server.subscribe(track!.trackId, sink, 'best');
    toBob.setSubscriptions([track!.trackId]);
    await decodes(bob, codec);
    await getsAllOf(sink, alice, null);
    subscription.close();
    sink.close();
    t.equal(sink.failed, 0);
    await stopAnswering();
    for (const one of [fromAlice, toBob]) one.close();
    for (const peer of [alice, bob]) await peer.close();
  });
}

t.test('a sender changes its codec in the middle: the track stays, and receivers go on', async (t) => {
  const [alice, bob] = [await chromiumPeer(browser), await chromiumPeer(browser)];
  const [fromAlice, toBob] = [server.openConnection('change', 'alice'), server.openConnection('change', 'bob')];
  const stopAnswering = answerOffers(toBob, bob);
  await publish(fromAlice, alice, { codec: 'VP8', fps: FPS, audio: false });
  const [track] = server.tracks('change');
  const sink = new DecodingSink();
  const subscription = server.subscribe(track!.trackId, sink, 'best');
  toBob.setSubscriptions([track!.trackId]);
  await decodes(bob, 'VP8');
  for (const { tells, codec, ...offered } of CODECS) {
    await publish(fromAlice, alice, { codec, ...offered });
    t.match(server.tracks('change')[0]?.codec, tells);
    await decodes(bob, codec);
  }
  subscription.close();
  sink.close();
  const names = ['VP8', ...CODECS.map(({ codec }) => codec)];
  t.same(sink.codecs, names);
  const shown = sink.pictures.map(({ codec }) => codec);
  t.same(shown.filter((name, i) => name !== shown[i - 1]), names.filter((name, i) => name !== names[i - 1]), 'and decodes them');
  t.equal(sink.failed, 0);
  t.notOk(sink.hasEnded);
  t.equal(server.stats().droppedMalformed, 0);
  t.same(server.tracks('change').map(({ trackId, codec }) => [trackId, codec.name]), [[track!.trackId, names.at(-1)]]);
  await stopAnswering();
  for (const one of [fromAlice, toBob]) one.close();
  for (const peer of [alice, bob]) await peer.close();
});

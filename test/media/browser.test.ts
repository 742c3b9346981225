import t from 'tap';
import { systemClock } from '../../src/core/clock.js';
import { createLog } from '../../src/core/log.js';
import { createMediaServer } from '../../src/media/server.js';
import { chromiumPeer, launchChromium } from './support/chromium.js';
import { answerOffers, publish } from './support/peer.js';
import { waitFor } from './support/wait.js';

t.test('Chromium publishes simulcast, and another page decodes the layer that fits its tile', async (t) => {
  const server = await createMediaServer({ host: '127.0.0.1', port: 0, announcedAddresses: [], clock: systemClock, log: createLog('error') });
  const browser = await launchChromium();
  const [alice, bob] = [await chromiumPeer(browser), await chromiumPeer(browser)];
  const [fromAlice, toBob] = [server.openConnection('room', 'alice'), server.openConnection('room', 'bob')];
  const stopAnswering = answerOffers(toBob, bob);
  t.teardown(async () => {
    await stopAnswering();
    await server.close();
    await browser.close();
  });
  await publish(fromAlice, alice, { simulcast: true, widthPx: 960, heightPx: 540 });
  const tracks = server.tracks('room');
  const camera = tracks.find((track) => track.source === 'camera')!;
  toBob.setSubscriptions(tracks.map((track) => track.trackId));
  const height = (heightPx: number) =>
    waitFor(
      `pictures of ${heightPx} lines`,
      async () => {
        const video = (await bob.stats('subscriber')).streams.find((one) => one.kind === 'video');
        return video !== undefined && video.framesDecoded >= 30 && video.heightPx === heightPx ? video : null;
      },
      40_000,
    );
  toBob.setView(camera.trackId, { widthPx: 240, heightPx: 135 });
  await height(135);
  toBob.setView(camera.trackId, { widthPx: 480, heightPx: 270 });
  const video = await height(270);
  t.equal(video.packetsLost, 0, 'the switch left no hole in the sequence');

  const streams = async (): Promise<[string | null, number, number][]> => (await bob.stats('subscriber')).streams.map(({ kind, framesDecoded, packets }) => [kind, framesDecoded, packets]);
  const was = await streams();
  await publish(fromAlice, alice, { iceRestart: true });
  toBob.restartSubscriptions();
  // More than what a jitter buffer holds.
  const later = await waitFor(
    'pictures and sound behind both ICE restarts',
    async () => {
      const now = await streams();
      return now.every(([, frames, packets], at) => frames >= (was[at]?.[1] ?? 0) + (was[at]?.[1] === 0 ? 0 : 60) && packets >= (was[at]?.[2] ?? 0) + 60) ? now : null;
    },
    40_000,
  );
  t.equal(later.length, was.length, 'in the streams that there were');
  t.same(server.tracks('room'), tracks, 'of the same tracks');
  t.equal(server.stats().droppedMalformed, 0);
});

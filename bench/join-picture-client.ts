import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { parseJoinLink, platformOf, RoomClient, type MediaTrack, type PlatformClasses } from '../web/src/client/index.js';

/** Joins a room again and again, and prints how many ms each time passed until the first picture of somebody was there. */
interface Wrtc {
  RTCPeerConnection: PlatformClasses['RTCPeerConnection'];
  nonstandard: { RTCVideoSink: new (track: MediaTrack) => { onframe: (() => void) | null; stop(): void } };
}
const wrtc = createRequire(import.meta.url)('@roamhq/wrtc') as Wrtc;
const { WebSocket } = globalThis as unknown as Pick<PlatformClasses, 'WebSocket'>;
const platform = platformOf({ RTCPeerConnection: wrtc.RTCPeerConnection, WebSocket });
const VIEW = { widthPx: 640, heightPx: 360 };

const [link = '', joins = '1'] = process.argv.slice(2);
const times: number[] = [];
for (let at = 0; at < Number(joins); at++) {
  times.push(await joinOnce(`Viewer ${at}`));
  await wait(300);
}
process.stdout.write(`${JSON.stringify(times)}\n`);
await wait(200);
process.exit(0);

async function joinOnce(name: string): Promise<number> {
  const client = new RoomClient({ ...parseJoinLink(link), name, mobile: false, platform });
  // As a page does: whoever shows a camera is shown.
  client.events.on('state', ({ members }) => {
    const cameras = members.flatMap(({ tracks }) => tracks.filter(({ source }) => source === 'camera'));
    client.setViews(new Map(cameras.map(({ trackId }) => [trackId, VIEW])));
  });
  const startMs = performance.now();
  client.join();
  const { remoteTracks } = await client.until((state) => state.remoteTracks.some(({ source }) => source === 'camera'));
  const camera = remoteTracks.find(({ source }) => source === 'camera');
  if (!camera) throw new Error('no camera');
  const sink = new wrtc.nonstandard.RTCVideoSink(camera.track);
  await new Promise<void>((resolve) => (sink.onframe = () => resolve()));
  const tookMs = performance.now() - startMs;
  sink.stop();
  client.leave();
  return tookMs;
}

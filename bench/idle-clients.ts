import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { parseJoinLink, platformOf, RoomClient, type MediaTrack, type PlatformClasses } from '../web/src/client/index.js';

/** Clients that are connected both ways and send nothing: their cameras have no pictures. Ends with its input. */
interface Wrtc {
  RTCPeerConnection: PlatformClasses['RTCPeerConnection'];
  nonstandard: { RTCVideoSource: new () => { createTrack(): MediaTrack } };
}
const wrtc = createRequire(import.meta.url)('@roamhq/wrtc') as Wrtc;
const { WebSocket } = globalThis as unknown as Pick<PlatformClasses, 'WebSocket'>;
const platform = platformOf({ RTCPeerConnection: wrtc.RTCPeerConnection, WebSocket });

const [hostLink = '', link = '', count = '0'] = process.argv.slice(2);
const clients: RoomClient[] = [];
for (let at = 0; at < Number(count); at++) {
  const client = new RoomClient({ ...parseJoinLink(at === 0 ? hostLink : link), name: `Person ${at}`, mobile: false, platform });
  client.setSource('camera', { track: new wrtc.nonstandard.RTCVideoSource().createTrack(), muted: false, size: { widthPx: 320, heightPx: 180 } });
  client.join();
  await client.until(({ connection }) => connection.name === 'joined');
  clients.push(client);
}
for (const client of clients) await client.until(({ remoteTracks }) => remoteTracks.length === clients.length - 1);
process.stdin.resume().on('end', () => {
  for (const client of clients) client.leave();
  void wait(300).then(() => process.exit(0));
});
process.stdout.write('connected\n');

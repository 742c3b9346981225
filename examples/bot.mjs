import { setTimeout as wait } from 'node:timers/promises';
import wrtc from '@roamhq/wrtc';
import { ownMember, parseJoinLink, platformOf, RoomClient } from 'reelroom/client';

// node --experimental-websocket examples/bot.mjs LINK [SECONDS]: joins, publishes, records, and says the recording's name.
const [link = '', seconds = '10'] = process.argv.slice(2);
const platform = platformOf({ RTCPeerConnection: wrtc.RTCPeerConnection, WebSocket });
const client = new RoomClient({ ...parseJoinLink(link), name: 'Bot', mobile: false, platform });

const [camera, microphone] = [new wrtc.nonstandard.RTCVideoSource(), new wrtc.nonstandard.RTCAudioSource()];
const [width, height] = [640, 360];
const data = new Uint8ClampedArray(width * height * 1.5).fill(128); // I420: luma, then the two halves of colour
const samples = new Int16Array(480).map((_, at) => 4000 * Math.sin((2 * Math.PI * at) / 120)); // 10 ms of 400 Hz
let turn = 0;
const media = setInterval(() => {
  microphone.onData({ samples, sampleRate: 48_000, bitsPerSample: 16, channelCount: 1, numberOfFrames: 480 });
  if (turn++ % 4 > 0) return;
  camera.onFrame({ width, height, data: data.fill(60, 0, width * height).fill(220, 0, (turn % height) * width) });
}, 10);

client.setSource('camera', { track: camera.createTrack(), muted: false, size: { widthPx: width, heightPx: height } });
client.setSource('microphone', { track: microphone.createTrack(), muted: false, size: null });
client.join();
await client.until((state) => ownMember(state)?.tracks.length === 2);
await client.command({ type: 'recording-start' });
await wait(Number(seconds) * 1000);
await client.command({ type: 'recording-stop' });
const { recording } = await client.until((state) => ['available', 'failed'].includes(state.recording?.state));
console.log(recording.name ?? recording.failure.message);
clearInterval(media);
client.leave();
await wait(500);
process.exit(); // libwebrtc does not end by itself

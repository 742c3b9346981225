import { createRequire } from 'node:module';
import { AppError } from '../../src/core/errors.js';
import { ownMember, platformOf, RoomClient, type MediaTrack, type Platform, type PlatformClasses } from '../../web/src/client/index.js';
import { BEEP_MS, CAMERA, FLASH_FRAMES, type PersonPattern } from './pattern.js';
import { drawCamera, planarPicture, yuvOf } from './pattern-picture.js';
import type { FromPublishers, ToPublishers } from './publisher-messages.js';
import { withMediaPort } from './way.js';

/**
 * People without browsers: libwebrtc (`@roamhq/wrtc`) under the web client's own library, in a process
 * of its own, because a crash of libwebrtc must not be taken for a crash of what is tested. Started by
 * `publishers.ts` with `--experimental-websocket`, which gives Node 20 its WebSocket.
 */
interface Wrtc {
  RTCPeerConnection: PlatformClasses['RTCPeerConnection'];
  nonstandard: {
    RTCVideoSource: new () => { createTrack(): MediaTrack; onFrame(frame: { width: number; height: number; data: Uint8Array }): void };
    RTCAudioSource: new () => {
      createTrack(): MediaTrack;
      onData(data: { samples: Int16Array; sampleRate: number; bitsPerSample: number; channelCount: number; numberOfFrames: number }): void;
    };
  };
}
const wrtc = createRequire(import.meta.url)('@roamhq/wrtc') as Wrtc;

const { WebSocket } = globalThis as unknown as Pick<PlatformClasses, 'WebSocket'>;
const hinted = new Set<() => void>();
const platform: Platform = {
  ...platformOf({ RTCPeerConnection: wrtc.RTCPeerConnection, WebSocket }),
  onNetworkHint(listener) {
    hinted.add(listener);
    return () => hinted.delete(listener);
  },
};
/** `mediaPort`: where media is sent instead of the server's own port. */
function platformThrough(mediaPort: number | undefined): Platform {
  if (mediaPort === undefined) return platform;
  return {
    ...platform,
    createPeerConnection: () => {
      const connection = platform.createPeerConnection();
      const set = connection.setRemoteDescription.bind(connection);
      connection.setRemoteDescription = ({ type, sdp = '' }) => set({ type, sdp: withMediaPort(sdp, mediaPort) });
      return connection;
    },
  };
}

const SAMPLE_RATE_HZ = 48_000;
const CHUNK = SAMPLE_RATE_HZ / 100;

interface Publisher {
  client: RoomClient;
  stop(): void;
}
const publishers = new Map<string, Publisher>();

function say(message: FromPublishers): void {
  // A test that has just ended is told nothing more.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}

process.on('message', (message: ToPublishers) => {
  switch (message.kind) {
    case 'join':
      publishers.set(message.key, open(message));
      break;
    case 'command':
      void obey(message);
      break;
    case 'leave':
      publishers.get(message.key)?.stop();
      publishers.delete(message.key);
      break;
    case 'network-hint':
      for (const listener of hinted) listener();
      break;
  }
});
process.on('disconnect', () => {
  for (const publisher of publishers.values()) publisher.stop();
  process.exit(0);
});

async function obey({ key, number, request }: Extract<ToPublishers, { kind: 'command' }>): Promise<void> {
  try {
    await publishers.get(key)?.client.command(request);
    say({ kind: 'done', number, error: null });
  } catch (error) {
    const { code, message } = error instanceof AppError ? error : { code: 'unknown', message: String(error) };
    say({ kind: 'done', number, error: { code, message } });
  }
}

function open({ key, socketUrl, roomId, token, pattern, widthPx, fps, mobile = false, mediaPort }: Extract<ToPublishers, { kind: 'join' }>): Publisher {
  const media = produce(pattern, widthPx, fps);
  const client = new RoomClient({ socketUrl, roomId, token, name: pattern.name, mobile, platform: platformThrough(mediaPort) });
  client.events.on('state', (state) => {
    const { connection, memberId, recording, members, remoteTracks, highlighted, chat } = state;
    const names = members.map(({ name }) => name);
    say({ kind: 'state', key, connection: connection.name, memberId, recording, members: members.length, receiving: remoteTracks.length, own: ownMember(state), names, highlighted, chat: chat.map(({ text }) => text), restarting: connection.name === 'reconnecting' && connection.restarting });
    if (connection.name === 'refused') say({ kind: 'problem', key, text: `${connection.code}: ${connection.message}` });
  });
  client.events.on('problem', (error) => say({ kind: 'problem', key, text: `${error.code}: ${error.message}` }));
  const heightPx = (widthPx * 9) / 16;
  client.setSource('camera', { track: media.video, muted: false, size: { widthPx, heightPx } });
  client.setSource('microphone', { track: media.audio, muted: false, size: null });
  client.join();
  return {
    client,
    stop() {
      client.leave();
      media.stop();
    },
  };
}

/** Picture and sound by one clock: what is due by now is made now. */
function produce(pattern: PersonPattern, widthPx: number, fps: number): { video: MediaTrack; audio: MediaTrack; stop(): void } {
  const videoSource = new wrtc.nonstandard.RTCVideoSource();
  const audioSource = new wrtc.nonstandard.RTCAudioSource();
  const video = videoSource.createTrack();
  const audio = audioSource.createTrack();
  const heightPx = (widthPx * 9) / 16;
  const picture = planarPicture(widthPx, heightPx);
  const placement = { source: CAMERA, on: { x: 0, y: 0, widthPx, heightPx } };
  const colour = yuvOf(pattern.colour, 'bt601');
  const startedAtMs = performance.now();
  let frame = 0;
  let sample = 0;
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedAtMs;
    const due = Math.floor((elapsedMs * fps) / 1000);
    if (due >= frame) {
      const number = Math.floor((due * 30) / fps);
      drawCamera(picture, placement, colour, number, number >= 30 && number % 30 < FLASH_FRAMES);
      videoSource.onFrame({ width: widthPx, height: heightPx, data: picture.planes });
      frame = due + 1;
    }
    for (; sample * 1000 <= elapsedMs * SAMPLE_RATE_HZ - CHUNK * 1000; sample += CHUNK) {
      const samples = new Int16Array(CHUNK);
      for (let index = 0; index < CHUNK; index++) {
        const at = sample + index;
        const sounds = at >= SAMPLE_RATE_HZ && ((at % SAMPLE_RATE_HZ) * 1000) / SAMPLE_RATE_HZ < BEEP_MS;
        samples[index] = sounds ? 12_000 * Math.sin((2 * Math.PI * pattern.frequencyHz * at) / SAMPLE_RATE_HZ) : 0;
      }
      audioSource.onData({ samples, sampleRate: SAMPLE_RATE_HZ, bitsPerSample: 16, channelCount: 1, numberOfFrames: CHUNK });
    }
  }, 10);
  return {
    video,
    audio,
    stop() {
      clearInterval(timer);
      video.stop();
      audio.stop();
    },
  };
}

import type { PeerConnection, Platform, Socket } from './rtc.js';

/** The classes that a platform is made of: a browser's own, or those of `@roamhq/wrtc` and a WebSocket in Node. */
export interface PlatformClasses {
  RTCPeerConnection: new (configuration: object) => unknown;
  WebSocket: new (url: string) => unknown;
}

/** The platform of a program without a page, such as a bot in Node. */
export function platformOf({ RTCPeerConnection, WebSocket }: PlatformClasses): Platform {
  return {
    createPeerConnection: () => new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' }) as PeerConnection,
    openSocket: (url) => closingOnce(new WebSocket(url) as EventSocket),
    videoCodecs: () => [],
    nowMs: () => performance.now(),
  };
}

type Listener = (event: { data: unknown; code: number }) => void;
type EventSocket = Pick<Socket, 'send' | 'close'> & { addEventListener(type: string, listener: Listener): void };

/** Node's WebSocket says `error` and not `close` when it could not connect; a browser's says both. */
function closingOnce(socket: EventSocket): Socket {
  const addEventListener = (type: string, listener: Listener): void => {
    if (type !== 'close') {
      socket.addEventListener(type, listener);
      return;
    }
    let heard = false;
    const once: Listener = (event) => {
      if (heard) return;
      heard = true;
      listener(event);
    };
    socket.addEventListener('close', once);
    socket.addEventListener('error', () => once({ data: null, code: 1006 }));
  };
  return { send: (text) => socket.send(text), close: (code) => socket.close(code), addEventListener: addEventListener as Socket['addEventListener'] };
}

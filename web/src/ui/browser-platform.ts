import type { Platform } from '../client/index.js';

/** The browser's own WebRTC and WebSocket, looked up at each call. */
export const browserPlatform: Platform = {
  createPeerConnection: () => new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' }),
  openSocket: (url) => new WebSocket(url),
  videoCodecs: () => RTCRtpReceiver.getCapabilities?.('video')?.codecs ?? [],
  nowMs: () => performance.now(),
  onNetworkHint(listener) {
    const shown = (): void => {
      if (document.visibilityState === 'visible') listener();
    };
    const { connection } = navigator as { connection?: EventTarget };
    addEventListener('online', listener);
    document.addEventListener('visibilitychange', shown);
    connection?.addEventListener('change', listener);
    return () => {
      removeEventListener('online', listener);
      document.removeEventListener('visibilitychange', shown);
      connection?.removeEventListener('change', listener);
    };
  },
};

/** Some browsers have no WebRTC, or people have switched it off. */
export function canMeet(): boolean {
  return typeof RTCPeerConnection === 'function' && typeof WebSocket === 'function';
}

/** P3: what the client says of itself; the server also looks at the User-Agent. */
export function isMobile(): boolean {
  return /Android|iPhone|iPad|iPod|Mobile/.test(navigator.userAgent);
}

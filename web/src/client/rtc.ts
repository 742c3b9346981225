/**
 * The parts of WebRTC and WebSocket that the client library uses, as narrow faces. The browser's own
 * classes fit them, and so do `@roamhq/wrtc` and the doubles of the tests; the library needs no DOM.
 */

export interface MediaTrack {
  readonly id: string;
  readonly kind: string;
  readonly readyState: string;
  enabled: boolean;
  stop(): void;
}

export interface Encoding {
  rid?: string;
  active?: boolean;
  /** bit/s */
  maxBitrate?: number;
  maxFramerate?: number;
  scaleResolutionDownBy?: number;
}

export interface SendParameters {
  encodings: Encoding[];
}

export interface Sender {
  replaceTrack(track: MediaTrack | null): Promise<void>;
  getParameters(): SendParameters;
  setParameters(parameters: SendParameters): Promise<void>;
}

export interface Codec {
  mimeType: string;
  clockRate: number;
  channels?: number;
  sdpFmtpLine?: string;
}

export type Direction = 'sendonly' | 'recvonly' | 'inactive';

export interface Transceiver {
  readonly mid: string | null;
  direction: string;
  readonly sender: Sender;
  readonly receiver: { readonly track: MediaTrack };
  setCodecPreferences?(codecs: Codec[]): void;
}

export interface SessionDescription {
  type: 'offer' | 'answer' | 'rollback';
  sdp?: string;
}

export interface PeerConnection {
  readonly connectionState: string;
  addTransceiver(trackOrKind: MediaTrack | string, init: { direction: Direction; sendEncodings?: Encoding[] }): Transceiver;
  getTransceivers(): Transceiver[];
  createOffer(options?: { iceRestart: boolean }): Promise<{ sdp?: string }>;
  createAnswer(): Promise<{ sdp?: string }>;
  setLocalDescription(description: SessionDescription): Promise<void>;
  setRemoteDescription(description: SessionDescription): Promise<void>;
  addEventListener(type: 'connectionstatechange', listener: () => void): void;
  close(): void;
}

export interface Socket {
  send(text: string): void;
  close(code?: number): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number }) => void): void;
}

/** What the library needs from where it runs. */
export interface Platform {
  createPeerConnection(): PeerConnection;
  openSocket(url: string): Socket;
  /** Video codecs that can be preferred, or an empty list where the platform cannot tell. */
  videoCodecs(): Codec[];
  /** Monotonic, ms. */
  nowMs(): number;
  /**
   * Calls `listener` when the network may be there again or be another one, or somebody looks at the page again. The
   * returned function ends that. Left out where the platform knows of no such thing.
   */
  onNetworkHint?(listener: () => void): () => void;
}

import * as v from 'valibot';
import { clientMessage, serverMessage, type ClientMessage, type ServerMessage } from '../../src/signaling/protocol.js';
import type {
  Codec,
  Encoding,
  MediaTrack,
  PeerConnection,
  Platform,
  SendParameters,
  SessionDescription,
  Socket,
  Transceiver,
} from '../../web/src/client/rtc.js';

type Listener = (event: { data: unknown } & { code: number }) => void;

/** The server's end of a socket. What passes either way has to fit the protocol's schema. */
export class FakeSocket implements Socket {
  readonly sent: ClientMessage[] = [];
  closedByClient = false;
  readonly #listeners = new Map<string, Listener[]>();
  #waiting: (() => void)[] = [];

  send(text: string): void {
    this.sent.push(v.parse(clientMessage, JSON.parse(text)));
    for (const wake of this.#waiting.splice(0)) wake();
  }

  close(): void {
    this.closedByClient = true;
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  open(): void {
    this.#emit('open', { data: null, code: 0 });
  }

  serve(message: ServerMessage): void {
    this.serveRaw(JSON.stringify(v.parse(serverMessage, message)));
  }

  serveRaw(data: unknown): void {
    this.#emit('message', { data, code: 0 });
  }

  drop(code = 1006): void {
    this.#emit('close', { data: null, code });
  }

  /** The first message of a type, now or later; with `after`, only those behind that many messages. */
  async takes<T extends ClientMessage['type']>(type: T, after = 0): Promise<Extract<ClientMessage, { type: T }>> {
    for (;;) {
      const found = this.sent.slice(after).find((message) => message.type === type);
      if (found) return found as Extract<ClientMessage, { type: T }>;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #emit(type: string, event: { data: unknown; code: number }): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}

export class FakeTrack implements MediaTrack {
  readyState = 'live';
  enabled = true;
  constructor(
    readonly kind: string,
    readonly id: string,
  ) {}
  stop(): void {
    this.readyState = 'ended';
  }
}

export class FakeTransceiver implements Transceiver {
  mid: string | null = null;
  track: MediaTrack | null;
  codecs: Codec[] = [];
  parameters: SendParameters;
  parameterChanges = 0;
  readonly receiver: { track: MediaTrack };

  constructor(
    track: MediaTrack | null,
    public direction: string,
    encodings: Encoding[],
  ) {
    this.track = track;
    this.parameters = { encodings };
    this.receiver = { track: new FakeTrack(track?.kind ?? 'video', 'received') };
  }

  readonly sender = {
    replaceTrack: async (track: MediaTrack | null): Promise<void> => {
      this.track = track;
    },
    getParameters: (): SendParameters => structuredClone(this.parameters),
    setParameters: async (parameters: SendParameters): Promise<void> => {
      this.parameters = parameters;
      this.parameterChanges += 1;
    },
  };

  setCodecPreferences(codecs: Codec[]): void {
    this.codecs = codecs;
  }
}

/** A peer connection whose descriptions are names; it insists on the order that RFC 8829 gives them. */
export class FakePeerConnection implements PeerConnection {
  connectionState = 'new';
  closed = false;
  signalingState: 'stable' | 'have-local-offer' | 'have-remote-offer' = 'stable';
  readonly transceivers: FakeTransceiver[] = [];
  /** Of each offer, whether it begins with new ICE credentials. */
  readonly restarts: boolean[] = [];
  #offers = 0;
  #listeners: (() => void)[] = [];

  addTransceiver(track: MediaTrack | string, init: { direction: string; sendEncodings?: Encoding[] }): FakeTransceiver {
    if (typeof track === 'string') throw new Error('the client adds tracks, not kinds');
    const transceiver = new FakeTransceiver(track, init.direction, init.sendEncodings ?? [{}]);
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers(): Transceiver[] {
    return this.transceivers;
  }

  async createOffer({ iceRestart } = { iceRestart: false }): Promise<{ sdp?: string }> {
    this.restarts.push(iceRestart);
    return { sdp: `offer ${++this.#offers}` };
  }

  async createAnswer(): Promise<{ sdp?: string }> {
    return { sdp: 'answer' };
  }

  async setLocalDescription({ type }: SessionDescription): Promise<void> {
    if (type === 'rollback') this.#step('have-local-offer', 'stable');
    else if (type === 'offer') {
      this.#step('stable', 'have-local-offer');
      this.transceivers.forEach((transceiver, index) => (transceiver.mid ??= String(index)));
    } else this.#step('have-remote-offer', 'stable');
  }

  async setRemoteDescription({ type, sdp }: SessionDescription): Promise<void> {
    if (type === 'answer') {
      this.#step('have-local-offer', 'stable');
      return;
    }
    this.#step('stable', 'have-remote-offer');
    // The double's offers list their section ids.
    for (const mid of (sdp ?? '').split(' ').slice(1)) {
      if (this.transceivers.some((transceiver) => transceiver.mid === mid)) continue;
      const transceiver = new FakeTransceiver(null, 'recvonly', []);
      transceiver.mid = mid;
      this.transceivers.push(transceiver);
    }
  }

  addEventListener(_type: 'connectionstatechange', listener: () => void): void {
    this.#listeners.push(listener);
  }

  become(connectionState: string): void {
    this.connectionState = connectionState;
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    this.closed = true;
  }

  #step(from: typeof this.signalingState, to: typeof this.signalingState): void {
    if (this.signalingState !== from) throw new Error(`out of order: ${this.signalingState}, not ${from}`);
    this.signalingState = to;
  }
}

export class FakePlatform implements Platform {
  readonly sockets: FakeSocket[] = [];
  readonly connections: FakePeerConnection[] = [];
  timeMs = 1000;
  /** The network is there again, or the page is looked at. */
  hint: (() => void) | null = null;

  createPeerConnection(): FakePeerConnection {
    const connection = new FakePeerConnection();
    this.connections.push(connection);
    return connection;
  }

  openSocket(): FakeSocket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }

  videoCodecs(): Codec[] {
    return ['video/H264', 'video/VP8', 'video/rtx'].map((mimeType) => ({ mimeType, clockRate: 90_000 }));
  }

  nowMs(): number {
    return this.timeMs;
  }

  onNetworkHint(listener: () => void): () => void {
    this.hint = listener;
    return () => (this.hint = null);
  }
}

/** Lets everything run that waits for nothing but promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

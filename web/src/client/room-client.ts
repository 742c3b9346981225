import { AppError } from '../../../src/core/errors.js';
import { Events } from '../../../src/core/events.js';
import type { TrackSource } from '../../../src/core/media.js';
import { CLOSE_CODES, PROTOCOL_VERSION } from '../../../src/signaling/protocol.js';
import { Publisher, type LocalSource } from './publisher.js';
import type { Platform } from './rtc.js';
import { RoomSocket, type Fact, type Request } from './socket.js';
import { initialState, ownMember, reduce, type ConnectionState, type RoomState } from './state.js';
import { Subscriber } from './subscriber.js';
import { ViewReporter, type ViewSizes } from './view-sizes.js';

export interface RoomClientOptions {
  /** `ws:` or `wss:` address of the server's socket. */
  socketUrl: string;
  token: string;
  /** The room of the link, where there is one; a token of another room is refused. */
  roomId?: string;
  name: string;
  mobile: boolean;
  platform: Platform;
}

export interface RoomClientEvents {
  state: RoomState;
  /** Speech levels by member, 0 (loudest) to 127 dBov. */
  levels: { memberId: string; levelDbov: number }[];
  /** A host or moderator turned this source off. */
  'muted-by': { source: TrackSource; byName: string };
  /** A host or moderator took this person's hand down. */
  'hand-lowered': { byName: string };
  /** Something was refused or went wrong while the room goes on. */
  problem: AppError;
}

/** Waits before attempts to connect again, ms; the last one repeats. */
const RETRY_MS = [300, 1000, 2000, 4000, 8000] as const;
/** After so many attempts of which none came into the room, it gives up. */
const MAX_ATTEMPTS = 20;
/** After a connection that lived this long the waits are short again, ms. */
const STABLE_MS = 5_000;

/** A refusal with one of these codes may pass; every other one is final. */
const PASSING_REFUSALS = new Set(['connection_lost', 'answer_late', 'server_busy']);

/** Refusals of what was true when it was sent: the connection or the stage was lost meanwhile. */
const OVERTAKEN = new Set(['connection_lost', 'not_on_stage', 'track_unknown']);

const NOTHING: ReadonlyMap<TrackSource, LocalSource> = new Map();

/** Everything that belongs to one connection and goes with it. */
interface Link {
  socket: RoomSocket;
  publisher: Publisher;
  subscriber: Subscriber;
  views: ViewReporter;
  /** Something was given to the publisher. */
  publishes: boolean;
  /** Monotonic, ms; null before `joined`. */
  joinedAtMs: number | null;
}

/**
 * A person in a room: joins, publishes, receives, and comes back by itself when the connection drops.
 * What is published and shown is told once and holds across connections.
 */
export class RoomClient {
  readonly events = new Events<RoomClientEvents>();
  readonly #options: RoomClientOptions;
  #state: RoomState = initialState;
  #sources = new Map<TrackSource, LocalSource>();
  #views: ViewSizes = new Map();
  /** What brings this person back to their place. */
  #resume: { memberId: string; key: string } | null = null;
  #link: Link | null = null;
  /** Since the last time in the room. */
  #attempts = 0;
  /** Waits since the last connection that lived for a while. */
  #waits = 0;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #closed = false;

  constructor(options: RoomClientOptions) {
    this.#options = options;
  }

  get state(): RoomState {
    return this.#state;
  }

  /** Connects; what becomes of it is in the state. */
  join(): void {
    if (this.#closed || this.#link !== null) return;
    void this.#connect();
  }

  /** Begins again after `disconnected`. */
  retry(): void {
    if (this.#state.connection.name !== 'disconnected') return;
    this.#attempts = 0;
    this.#waits = 0;
    this.#setConnection({ name: 'connecting' });
    void this.#connect();
  }

  /** Says what a source sends; null ends it. The caller owns the track and stops it. */
  setSource(source: TrackSource, local: LocalSource | null): void {
    if (local === null) this.#sources.delete(source);
    else this.#sources.set(source, local);
    if (this.#link) this.#publish(this.#link);
  }

  /** Says at which sizes tracks are shown; those not named are not shown. */
  setViews(sizes: ViewSizes): void {
    this.#views = sizes;
    this.#link?.views.show(sizes);
  }

  /** Sends a command. Rejects with the server's refusal as an `AppError`. */
  async command(request: Request): Promise<void> {
    if (!this.#link) throw new AppError('connection_lost', 'The connection was lost.');
    await this.#link.socket.request(request);
  }

  /**
   * Resolves with the first state that fits, the present one included. Rejects where the client is out of the room for
   * good: with the server's refusal, or with `removed`, `session_ended`, `left` or `disconnected`.
   */
  until(fits: (state: RoomState) => boolean): Promise<RoomState> {
    return new Promise((resolve, reject) => {
      const look = (state: RoomState): void => {
        const found = fits(state);
        const end = endOf(state.connection);
        if (!found && !end) return;
        stop();
        if (found) resolve(state);
        else reject(end);
      };
      const stop = this.events.on('state', look);
      look(this.#state);
    });
  }

  /** Leaves the room for good. Twice is fine. */
  leave(): void {
    if (this.#closed) return;
    this.#link?.socket.request({ type: 'leave' }).catch(() => undefined);
    this.#setConnection({ name: 'left' });
    this.close();
  }

  /** Ends everything without a further event. Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.events.removeAll();
    this.#dropLink();
  }

  async #connect(): Promise<void> {
    const { platform, socketUrl, token, roomId, name, mobile } = this.#options;
    const socket = new RoomSocket(platform.openSocket(socketUrl));
    const link: Link = {
      socket,
      publisher: new Publisher(platform, socket),
      subscriber: new Subscriber(platform, socket),
      views: new ViewReporter(socket),
      publishes: false,
      joinedAtMs: null,
    };
    this.#link = link;
    this.#listen(link);
    try {
      const answer = await socket.request({
        ...{ type: 'join', protocol: PROTOCOL_VERSION, token, name, mobile },
        ...(roomId === undefined ? {} : { roomId }),
        ...(this.#resume && { resume: this.#resume }),
      });
      if (answer.type !== 'joined') throw new AppError('answer_unexpected', 'The server gave another answer.');
    } catch (error) {
      if (this.#link === link) this.#refused(error);
    }
  }

  #listen(link: Link): void {
    link.socket.events.on('joined', (message) => {
      link.joinedAtMs = this.#options.platform.nowMs();
      this.#resume = { memberId: message.memberId, key: message.resumeKey };
      this.#setState(reduce(this.#state, message, link.joinedAtMs));
      link.socket.keepAlive();
      this.#publish(link);
      link.views.show(this.#views);
    });
    link.socket.events.on('fact', (fact) => this.#received(link, fact));
    link.socket.events.on('closed', () => this.#lost(link));
    link.publisher.events.on('failed', () => this.#lost(link));
    link.publisher.events.on('refused', (error) => {
      if (!OVERTAKEN.has(error.code)) this.events.emit('problem', error);
    });
    link.subscriber.events.on('failed', () => this.#lost(link));
    link.subscriber.events.on('tracks', (remoteTracks) => this.#setState({ ...this.#state, remoteTracks }));
  }

  /** P4: from the audience nothing is sent; what there is to send is sent as soon as the stage is there. */
  #publish(link: Link): void {
    const onStage = ownMember(this.#state)?.onStage === true;
    const wanted = onStage ? this.#sources : NOTHING;
    if (wanted.size === 0 && !link.publishes) return;
    link.publishes = wanted.size > 0;
    void link.publisher.publish(wanted);
  }

  #received(link: Link, fact: Fact): void {
    switch (fact.type) {
      case 'member-changed': {
        const before = ownMember(this.#state)?.onStage;
        this.#setState(reduce(this.#state, fact, this.#options.platform.nowMs()));
        if (ownMember(this.#state)?.onStage !== before) this.#publish(link);
        break;
      }
      case 'muted-by':
        this.events.emit('muted-by', { source: fact.source, byName: fact.byName });
        break;
      case 'hand-lowered':
        this.events.emit('hand-lowered', { byName: fact.byName });
        break;
      case 'removed':
        this.#setState({ ...reduce(this.#state, fact, this.#options.platform.nowMs()), remoteTracks: [] });
        this.close();
        break;
      case 'subscribe-offer':
        void link.subscriber.offered(fact);
        break;
      case 'wanted-height':
        void link.publisher.setWantedHeight(fact.source, fact.heightPx);
        break;
      case 'levels':
        this.events.emit('levels', fact.levels);
        break;
      case 'error':
        if (fact.code === 'media_failed') this.#lost(link);
        else this.events.emit('problem', new AppError(fact.code, fact.message));
        break;
      case 'session-ended':
        // A server that stops is started again: the socket's end leads back into the room.
        if (fact.reason === 'server-stopped') break;
        // The socket stays: the server tells what becomes of the recording (R6, R7), and closes it then.
        closeMedia(link);
        this.#setState({ ...reduce(this.#state, fact, this.#options.platform.nowMs()), remoteTracks: [] });
        break;
      default:
        this.#setState(reduce(this.#state, fact, this.#options.platform.nowMs()));
    }
  }

  #refused(error: unknown): void {
    const refusal = error instanceof AppError ? error : new AppError('join_failed', String(error));
    // A lost connection is already on its way back by the socket's `closed`.
    if (PASSING_REFUSALS.has(refusal.code)) return;
    this.#dropLink();
    this.#setConnection({ name: 'refused', code: refusal.code, message: refusal.message });
  }

  #lost(link: Link): void {
    if (this.#closed || this.#link !== link) return;
    if (this.#state.connection.name === 'ended') {
      this.close();
      return;
    }
    const nowMs = this.#options.platform.nowMs();
    if (link.joinedAtMs !== null) {
      this.#attempts = 0;
      if (nowMs - link.joinedAtMs > STABLE_MS) this.#waits = 0;
    }
    this.#dropLink(CLOSE_CODES.comingBack);
    if (this.#attempts >= MAX_ATTEMPTS) {
      this.#setConnection({ name: 'disconnected' });
      return;
    }
    if (this.#state.connection.name === 'joined') {
      this.#setConnection({ name: 'reconnecting', sinceMs: nowMs });
    }
    const waitMs = RETRY_MS[Math.min(this.#waits, RETRY_MS.length - 1)] ?? 0;
    this.#waits += 1;
    this.#attempts += 1;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      void this.#connect();
    }, waitMs);
  }

  #dropLink(code?: number): void {
    const link = this.#link;
    this.#link = null;
    if (!link) return;
    closeMedia(link);
    link.socket.close(code);
  }

  #setConnection(connection: ConnectionState): void {
    this.#setState({ ...this.#state, connection });
  }

  #setState(state: RoomState): void {
    this.#state = state;
    this.events.emit('state', state);
  }
}

/** Why nothing more comes of a connection; null while something may. */
function endOf(connection: ConnectionState): AppError | null {
  switch (connection.name) {
    case 'connecting':
    case 'waiting':
    case 'joined':
    case 'reconnecting':
      return null;
    case 'refused':
      return new AppError(connection.code, connection.message);
    case 'removed':
      return new AppError('removed', 'You were removed from the room.');
    case 'ended':
      return new AppError('session_ended', 'The session has ended.');
    case 'left':
    case 'disconnected':
      return new AppError(connection.name, 'The room was left.');
  }
}

function closeMedia(link: Link): void {
  link.views.close();
  link.publisher.close();
  link.subscriber.close();
}

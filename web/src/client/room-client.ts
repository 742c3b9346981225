import { AppError } from '../../../src/core/errors.js';
import { Events } from '../../../src/core/events.js';
import type { TrackSource } from '../../../src/core/media.js';
import { CLOSE_CODES, PROTOCOL_VERSION } from '../../../src/signaling/protocol.js';
import { Media, type Direction } from './media.js';
import type { LocalSource } from './publisher.js';
import { Retries } from './retries.js';
import type { Platform } from './rtc.js';
import { RoomSocket, type Fact, type Request, type Requests } from './socket.js';
import { initialState, ownMember, reduce, type ConnectionState, type RoomState } from './state.js';
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

/** An attempt younger than this is not begun anew because the network may be there again, ms. */
const YOUNG_MS = 1_000;

/** A refusal with one of these codes may pass; every other one is final. */
const PASSING_REFUSALS = new Set(['connection_lost', 'answer_late', 'server_busy']);

/** Refusals of what was true when it was sent: the connection or the stage was lost meanwhile. */
const OVERTAKEN = new Set(['connection_lost', 'not_on_stage', 'track_unknown']);

const NOTHING: ReadonlyMap<TrackSource, LocalSource> = new Map();

/** Everything that belongs to one socket and goes with it. */
interface Link {
  socket: RoomSocket;
  views: ViewReporter;
  /** Monotonic, ms. */
  openedAtMs: number;
  /** It comes with the media of an earlier one. */
  keepsMedia: boolean;
  /** Monotonic, ms; null before `joined`. */
  joinedAtMs: number | null;
}

/**
 * A person in a room: joins, publishes, receives, and comes back by itself when the connection drops.
 * What is published and shown is told once and holds across connections. Media outlives a socket that is lost, where
 * the server still has it.
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
  #media: Media | null = null;
  readonly #retries = new Retries(() => void this.#connect());
  /** Media speaks through whatever socket is in the room. */
  readonly #requests: Requests = {
    request: (message) =>
      this.#link === null || this.#link.joinedAtMs === null ? Promise.reject(connectionLost()) : this.#link.socket.request(message),
  };
  /** The server said that it is started again. */
  #restarting = false;
  readonly #stopHints: () => void;
  #closed = false;

  constructor(options: RoomClientOptions) {
    this.#options = options;
    this.#stopHints = options.platform.onNetworkHint?.(() => this.#hinted()) ?? (() => undefined);
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
    this.#retries.reset();
    this.#setConnection({ name: 'connecting' });
    void this.#connect();
  }

  /** Says what a source sends; null ends it. The caller owns the track and stops it. */
  setSource(source: TrackSource, local: LocalSource | null): void {
    if (local === null) this.#sources.delete(source);
    else this.#sources.set(source, local);
    this.#publish();
  }

  /** Says at which sizes tracks are shown; those not named are not shown. */
  setViews(sizes: ViewSizes): void {
    this.#views = sizes;
    this.#link?.views.show(sizes);
  }

  /** Sends a command. Rejects with the server's refusal as an `AppError`. */
  async command(request: Request): Promise<void> {
    if (!this.#link) throw connectionLost();
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
    this.#stopHints();
    this.#retries.close();
    this.events.removeAll();
    this.#closeMedia();
    this.#dropLink();
  }

  async #connect(): Promise<void> {
    const { platform, socketUrl, token, roomId, name, mobile } = this.#options;
    const socket = new RoomSocket(platform.openSocket(socketUrl));
    const keepsMedia = this.#resume !== null && this.#media !== null;
    const link: Link = { socket, views: new ViewReporter(socket), openedAtMs: platform.nowMs(), keepsMedia, joinedAtMs: null };
    this.#link = link;
    this.#listen(link);
    this.#media ??= this.#openMedia();
    try {
      const answer = await socket.request({
        ...{ type: 'join', protocol: PROTOCOL_VERSION, token, name, mobile },
        ...(roomId === undefined ? {} : { roomId }),
        ...(this.#resume && { resume: { ...this.#resume, ...(keepsMedia && { keepsMedia }) } }),
      });
      if (answer.type !== 'joined') throw new AppError('answer_unexpected', 'The server gave another answer.');
    } catch (error) {
      if (this.#link === link) this.#refused(error);
    }
  }

  #openMedia(): Media {
    const media = new Media(this.#options.platform, this.#requests);
    media.events.on('tracks', (remoteTracks) => this.#setState({ ...this.#state, remoteTracks }));
    media.events.on('lost', (direction) => void this.#mediaLost(media, direction));
    media.events.on('failed', () => this.#mediaFailed());
    media.events.on('refused', (error) => {
      if (!OVERTAKEN.has(error.code)) this.events.emit('problem', error);
    });
    return media;
  }

  #listen(link: Link): void {
    link.socket.events.on('joined', (message) => {
      link.joinedAtMs = this.#options.platform.nowMs();
      this.#restarting = false;
      this.#resume = { memberId: message.memberId, key: message.resumeKey };
      this.#setState(reduce(this.#state, message, link.joinedAtMs));
      link.socket.keepAlive();
      if (message.mediaKept) this.#media?.resume();
      else if (link.keepsMedia) this.#renewMedia();
      this.#publish();
      link.views.show(this.#views);
    });
    link.socket.events.on('fact', (fact) => this.#received(fact));
    link.socket.events.on('closed', () => this.#lost(link));
  }

  /** Of what was received nothing comes any more, and the server knows nothing of what was sent. */
  #renewMedia(): void {
    this.#closeMedia();
    this.#media = this.#openMedia();
  }

  /** P4: from the audience nothing is sent; what there is to send is sent as soon as the stage is there. */
  #publish(): void {
    const onStage = ownMember(this.#state)?.onStage === true;
    this.#media?.publish(onStage ? this.#sources : NOTHING);
  }

  /** One direction of media gets through no more: is it the server, the network, or this way alone? */
  async #mediaLost(media: Media, direction: Direction): Promise<void> {
    const link = this.#link;
    if (link === null || link.joinedAtMs === null) return;
    if ((await link.socket.probe()) && this.#link === link && this.#media === media) media.restart(direction);
  }

  #mediaFailed(): void {
    this.#closeMedia();
    if (this.#link) this.#lost(this.#link);
  }

  /** The network may be there again, or be another one. */
  #hinted(): void {
    const nowMs = this.#options.platform.nowMs();
    if (this.#state.connection.name === 'disconnected') this.retry();
    else if (this.#retries.waits) this.#retries.soon(nowMs);
    else if (this.#link && this.#link.joinedAtMs !== null) void this.#link.socket.probe();
    else if (this.#link && this.#state.connection.name !== 'waiting' && nowMs - this.#link.openedAtMs > YOUNG_MS) {
      // Begun while nothing got through: its next try would come late.
      this.#dropLink();
      this.#retries.soon(nowMs);
    }
  }

  #received(fact: Fact): void {
    switch (fact.type) {
      case 'member-changed': {
        const before = ownMember(this.#state)?.onStage;
        this.#setState(reduce(this.#state, fact, this.#options.platform.nowMs()));
        if (ownMember(this.#state)?.onStage !== before) this.#publish();
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
        this.#media?.offered(fact);
        break;
      case 'wanted-height':
        this.#media?.setWantedHeight(fact.source, fact.heightPx);
        break;
      case 'levels':
        this.events.emit('levels', fact.levels);
        break;
      case 'error':
        if (fact.code === 'media_failed') this.#mediaFailed();
        else this.events.emit('problem', new AppError(fact.code, fact.message));
        break;
      case 'server-restarting':
        // The socket's end, which is next, leads back into the room.
        this.#restarting = true;
        break;
      case 'session-ended':
        // The socket stays: the server tells what becomes of the recording (R6, R7), and closes it then.
        this.#closeMedia();
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
    this.#closeMedia();
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
    if (link.joinedAtMs !== null) this.#retries.cameIn(nowMs - link.joinedAtMs);
    this.#media?.hold();
    this.#dropLink(CLOSE_CODES.comingBack);
    if (!this.#retries.later({ atRestart: this.#restarting })) {
      this.#closeMedia();
      this.#setConnection({ name: 'disconnected' });
      return;
    }
    if (this.#state.connection.name === 'joined') {
      this.#setConnection({ name: 'reconnecting', sinceMs: nowMs, restarting: this.#restarting });
    }
  }

  #dropLink(code?: number): void {
    const link = this.#link;
    this.#link = null;
    if (!link) return;
    link.views.close();
    link.socket.close(code);
  }

  #closeMedia(): void {
    this.#media?.close();
    this.#media = null;
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

function connectionLost(): AppError {
  return new AppError('connection_lost', 'The connection was lost.');
}

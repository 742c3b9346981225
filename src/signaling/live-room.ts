import { AppError } from '../core/errors.js';
import { canvasSize, type LayoutName } from '../core/layouts.js';
import type { Log } from '../core/log.js';
import type { TrackDescription } from '../core/media.js';
import type { MediaConnection, MediaServer } from '../media/types.js';
import type { MovieProgress } from '../recording/movie-progress.js';
import type { RecordingService, RecordingView } from '../recording/types.js';
import { may } from '../room/permissions.js';
import { takesUp } from '../room/recording-state.js';
import type { Newcomer, Room } from '../room/room.js';
import type { Member, SessionEndReason } from '../room/types.js';
import { memberMessage, recordingMessage } from './messages.js';
import { CLOSE_CODES, type MemberMessage, type RecordingMessage, type ServerMessage } from './protocol.js';
import type { SessionStore } from './stores.js';

/** The client's end of the line, as a room sees it. */
export interface ClientSocket {
  /** A droppable message is left out while the client is slow to read. */
  send(message: ServerMessage, options?: { droppable: boolean }): void;
  close(code: number, reason: string): void;
}

/** A member with its socket and its media. */
export interface Occupant {
  readonly memberId: string;
  readonly connection: MediaConnection;
  readonly socket: ClientSocket;
  /** The session ended: no further command of this client counts. */
  readonly onSessionEnded: () => void;
}

export interface LiveRoomParts {
  room: Room;
  media: MediaServer;
  recording: RecordingService;
  sessions: SessionStore;
  log: Log;
  /** Steady wall time: runs with the monotonic clock. */
  nowMs: () => number;
  /** The machine's wall time, which the recording's views are of. */
  wallMs: () => number;
  /** Nobody is here and no session runs. */
  onIdle: () => void;
}

/** Levels are told this often, ms. */
const LEVELS_EVERY_MS = 200;

/** A movie that is less behind than this is made while people look. */
const WORTH_A_WORD_MS = 10_000;

/** Longest time that setTimeout takes, ms. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** How long a socket stays for the notice that the recording is ready (R7) after its session ended, ms. */
const WATCH_LIMIT_MS = 15 * 60_000;

/** How long it stays without a recording, so that answers under way arrive, ms. */
const FAREWELL_MS = 1000;

/**
 * A room with people in it: joins the facts of the room, the media and the recording to the clients'
 * sockets. Owns the timer of the room's deadlines.
 */
export class LiveRoom {
  readonly room: Room;
  readonly #parts: LiveRoomParts;
  readonly #occupants = new Map<string, Occupant>();
  /** Sockets that outlive their session until its recording is ready. */
  readonly #watchers = new Map<ClientSocket, Member>();
  #watchedRecordingId: string | null = null;
  #watchTimer: NodeJS.Timeout | undefined;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #levelsTimer: NodeJS.Timeout | undefined;
  readonly #levels = new Map<string, number>();
  #subscriptionsDue = false;
  /** The recording whose movie was told to be behind. */
  #behind: string | null = null;
  #recordingEnd: Promise<void> = Promise.resolve();
  #storedHostlessSince: number | null;
  #storedChoice: string;
  #closed = false;

  constructor(parts: LiveRoomParts) {
    this.#parts = parts;
    this.room = parts.room;
    this.#storedHostlessSince = parts.room.hostlessSinceMs;
    this.#storedChoice = JSON.stringify(parts.room.choice);
    this.#followFacts();
    this.#schedule();
  }

  /** Lets a person in. Throws `room_full`. */
  join(newcomer: Newcomer, socket: ClientSocket, onSessionEnded: () => void): Occupant {
    const member = this.act((room, nowMs) => room.join(newcomer, nowMs));
    let connection: MediaConnection;
    try {
      connection = this.#parts.media.openConnection(this.room.roomId, member.memberId);
    } catch (error) {
      this.act((room, nowMs) => room.leave(member.memberId, nowMs));
      throw error;
    }
    const occupant: Occupant = { memberId: member.memberId, connection, socket, onSessionEnded };
    connection.events.on('subscribe-offer', ({ offerId, sdp, sections }) =>
      socket.send({ type: 'subscribe-offer', offerId, offer: sdp, sections }),
    );
    connection.events.on('state', ({ direction, state }) => {
      if (state !== 'failed') return;
      socket.send({ type: 'error', id: null, code: 'media_failed', message: `The media connection (${direction}) was lost.` });
    });
    this.#occupants.set(member.memberId, occupant);
    this.#subscribeSoon();
    return occupant;
  }

  /** Twice is fine. */
  leave(occupant: Occupant): void {
    if (!this.#occupants.delete(occupant.memberId)) return;
    occupant.connection.close();
    this.act((room, nowMs) => room.leave(occupant.memberId, nowMs));
  }

  /** A socket that was closed needs no more notices. */
  forget(socket: ClientSocket): void {
    this.#watchers.delete(socket);
    this.#idleCheck();
  }

  /** Runs a command of the domain; its deadlines are looked at again afterwards. */
  act<T>(command: (room: Room, nowMs: number) => T): T {
    try {
      return command(this.room, this.#parts.nowMs());
    } finally {
      this.#storeHostless();
      this.#storeChoice();
      this.#schedule();
      this.#idleCheck();
    }
  }

  memberMessages(): MemberMessage[] {
    const tracks = this.room.tracks();
    return this.room.members().map((member) => memberMessage(member, tracks));
  }

  /** The recording that runs now, as this person may see it. */
  currentRecording(viewer: Member): RecordingMessage | null {
    const view = this.#parts.recording.current(this.room.roomId);
    return view && recordingMessage(view, viewer, this.#parts.wallMs());
  }

  /** Throws what the service throws, and `no_session` where the session ended before it had begun. */
  async startRecording(by: Member): Promise<void> {
    const { recording } = this.#parts;
    const { sessionId } = await recording.start(this.room, by);
    if (sessionId === this.room.sessionId) return;
    await recording.endForRoom(this.room.roomId, 'session-ended');
    throw new AppError('no_session', 'The session has ended.', { status: 409 });
  }

  /** Throws `forbidden`, and `layout_not_while_recording` where the movie under way has another shape. */
  setLayout(byMemberId: string, layout: LayoutName): void {
    const running = this.#parts.recording.current(this.room.roomId);
    this.act((room) => {
      const reshapes = canvasSize(layout) !== canvasSize(room.picture.layout);
      if (reshapes && running && takesUp(running.state)) {
        const sentence = 'A recording keeps its shape: change between upright and wide before it starts, or render it again afterwards.';
        throw new AppError('layout_not_while_recording', sentence, { status: 409 });
      }
      room.setLayout(byMemberId, layout);
    });
  }

  trackPublished(track: TrackDescription): void {
    this.room.trackPublished(track);
  }

  trackEnded(track: TrackDescription): void {
    this.room.endTrack(track.trackId);
  }

  audioLevel(memberId: string, levelDbov: number): void {
    if (!this.#occupants.has(memberId)) return;
    this.#levels.set(memberId, levelDbov);
    this.#levelsTimer ??= setTimeout(() => {
      this.#levelsTimer = undefined;
      const levels = [...this.#levels].map(([id, level]) => ({ memberId: id, levelDbov: level }));
      this.#levels.clear();
      for (const { socket } of this.#occupants.values()) socket.send({ type: 'levels', levels }, { droppable: true });
    }, LEVELS_EVERY_MS);
  }

  /** Told to the publisher alone. */
  wantedHeight(trackId: string, memberId: string, heightPx: number): void {
    const entry = this.room.tracks().find(({ track }) => track.trackId === trackId);
    if (!entry) return;
    this.#occupants.get(memberId)?.socket.send({ type: 'wanted-height', source: entry.track.source, heightPx });
  }

  recordingChanged(view: RecordingView): void {
    const nowMs = this.#parts.wallMs();
    for (const { memberId, socket } of this.#occupants.values()) {
      const member = this.room.member(memberId);
      if (member) socket.send({ type: 'recording', recording: recordingMessage(view, member, nowMs) });
    }
    if (view.recordingId !== this.#watchedRecordingId) return;
    for (const [socket, member] of this.#watchers) {
      socket.send({ type: 'recording', recording: recordingMessage(view, member, nowMs) });
    }
    if (view.state === 'available' || view.state === 'failed') this.#dismissWatchers();
  }

  /** For those who care for the file, and only while there is something to wait for. */
  recordingProgress(recordingId: string, { behindMs, leftMs, waits }: MovieProgress): void {
    if (behindMs === null) return;
    const matters = waits || behindMs >= WORTH_A_WORD_MS;
    if (!matters && this.#behind !== recordingId) return;
    if (matters) this.#behind = recordingId;
    else this.#behind = null;
    const message: ServerMessage = { type: 'recording-progress', recordingId, behindMs, leftMs, waits };
    for (const { memberId, socket } of this.#occupants.values()) {
      const member = this.room.member(memberId);
      if (member && may(member, 'files.list')) socket.send(message, { droppable: true });
    }
    if (recordingId !== this.#watchedRecordingId) return;
    for (const [socket, member] of this.#watchers) if (may(member, 'files.list')) socket.send(message, { droppable: true });
  }

  /** The server stops: the session ends, and so do all sockets. Resolves when the recording was told. */
  async shutDown(): Promise<void> {
    this.act((room, nowMs) => room.closeSession('server-stopped', nowMs));
    for (const occupant of [...this.#occupants.values()]) {
      this.leave(occupant);
      occupant.socket.close(CLOSE_CODES.goingAway, 'server-stopped');
    }
    for (const socket of [...this.#watchers.keys()]) socket.close(CLOSE_CODES.goingAway, 'server-stopped');
    this.close();
    await this.#recordingEnd;
  }

  /** Clears the timers. Twice is fine. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#deadlineTimer);
    clearTimeout(this.#levelsTimer);
    clearTimeout(this.#watchTimer);
    this.#watchers.clear();
    this.room.facts.removeAll();
  }

  #followFacts(): void {
    const { facts } = this.room;
    const memberChanged = (memberId: string): void => {
      const member = this.room.member(memberId);
      if (member) this.#tellAll({ type: 'member-changed', member: memberMessage(member, this.room.tracks()) });
    };
    facts.on('session-started', ({ sessionId }) => {
      this.#storedHostlessSince = null;
      this.#tellAll({ type: 'session-started', sessionId });
    });
    facts.on('session-ending', ({ leftMs }) => this.#tellAll({ type: 'session-ending', leftMs }));
    facts.on('session-ended', ({ sessionId, reason }) => this.#sessionEnded(sessionId, reason));
    facts.on('member-joined', (member) =>
      this.#tellAll({ type: 'member-joined', member: memberMessage(member, this.room.tracks()) }),
    );
    facts.on('member-changed', ({ memberId }) => {
      memberChanged(memberId);
      this.#subscribeSoon();
    });
    facts.on('member-left', ({ memberId }) => {
      this.#levels.delete(memberId);
      this.#tellAll({ type: 'member-left', memberId });
    });
    facts.on('track-published', ({ memberId }) => {
      memberChanged(memberId);
      this.#subscribeSoon();
    });
    facts.on('track-muted', ({ track }) => memberChanged(track.memberId));
    facts.on('track-ended', ({ memberId }) => {
      memberChanged(memberId);
      this.#subscribeSoon();
    });
    facts.on('highlight', ({ memberId }) => this.#tellAll({ type: 'highlight', memberId }));
    facts.on('layout', ({ layout }) => this.#tellAll({ type: 'layout', layout }));
  }

  #sessionEnded(sessionId: string, reason: SessionEndReason): void {
    this.#store((sessions) => sessions.end(sessionId, this.#parts.nowMs(), reason));
    this.#tellAll({ type: 'session-ended', reason });
    const { recording, log } = this.#parts;
    const current = recording.current(this.room.roomId);
    this.#dismissWatchers();
    this.#watchedRecordingId = current?.recordingId ?? null;
    const leaving = [...this.#occupants.values()];
    for (const { memberId, socket, onSessionEnded } of leaving) {
      const member = this.room.member(memberId);
      if (member) this.#watchers.set(socket, member);
      onSessionEnded();
    }
    this.#occupants.clear();
    // The journal is closed before the tracks end, so that it ends with the session and not with their loss.
    this.#recordingEnd = recording.endForRoom(this.room.roomId, 'session-ended').catch((error: unknown) => {
      log.error({ err: error, roomId: this.room.roomId }, 'the recording could not be ended with its session');
    });
    for (const { connection } of leaving) connection.close();
    this.#watchTimer = setTimeout(() => this.#dismissWatchers(), current ? WATCH_LIMIT_MS : FAREWELL_MS);
  }

  #dismissWatchers(): void {
    clearTimeout(this.#watchTimer);
    const sockets = [...this.#watchers.keys()];
    this.#watchers.clear();
    this.#watchedRecordingId = null;
    for (const socket of sockets) socket.close(CLOSE_CODES.normal, 'session-ended');
    this.#idleCheck();
  }

  #tellAll(message: ServerMessage): void {
    for (const { socket } of this.#occupants.values()) socket.send(message);
  }

  /** Everyone receives all tracks of all others on stage. Several changes in one turn make one offer. */
  #subscribeSoon(): void {
    if (this.#subscriptionsDue) return;
    this.#subscriptionsDue = true;
    queueMicrotask(() => {
      this.#subscriptionsDue = false;
      if (this.#closed) return;
      const tracks = this.room.tracks().map(({ track }) => track);
      for (const { memberId, connection } of this.#occupants.values()) {
        const others = tracks.filter((track) => track.memberId !== memberId && this.room.member(track.memberId)?.onStage);
        try {
          connection.setSubscriptions(others.map(({ trackId }) => trackId));
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          this.#parts.log.warn({ code: error.code, memberId }, 'a member could not be subscribed');
        }
      }
    });
  }

  #storeHostless(): void {
    const { sessionId, hostlessSinceMs } = this.room;
    if (sessionId === null || hostlessSinceMs === this.#storedHostlessSince) return;
    this.#storedHostlessSince = hostlessSinceMs;
    this.#store((sessions) => sessions.setHostLeft(sessionId, hostlessSinceMs));
  }

  /** S4: a server that starts again shows and records the session as it was. */
  #storeChoice(): void {
    const { sessionId, choice } = this.room;
    const text = JSON.stringify(choice);
    if (sessionId === null || text === this.#storedChoice) return;
    this.#storedChoice = text;
    this.#store((sessions) => sessions.keepChoice(sessionId, choice));
  }

  /** A full disk is no reason to end a meeting: what cannot be stored is logged. */
  #store(write: (sessions: SessionStore) => void): void {
    try {
      write(this.#parts.sessions);
    } catch (error) {
      this.#parts.log.error({ err: error, roomId: this.room.roomId }, 'the session could not be stored');
    }
  }

  #schedule(): void {
    clearTimeout(this.#deadlineTimer);
    const deadlineMs = this.room.nextDeadlineMs();
    if (this.#closed || deadlineMs === null) return;
    const waitMs = Math.min(Math.max(0, deadlineMs - this.#parts.nowMs()), MAX_TIMEOUT_MS);
    this.#deadlineTimer = setTimeout(() => this.act((room, nowMs) => room.advance(nowMs)), waitMs);
  }

  #idleCheck(): void {
    if (this.#closed || this.room.sessionId !== null) return;
    if (this.#occupants.size === 0 && this.#watchers.size === 0 && this.room.members().length === 0) this.#parts.onIdle();
  }
}

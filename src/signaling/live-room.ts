import { AppError } from '../core/errors.js';
import { canvasSize, type LayoutName } from '../core/layouts.js';
import type { Log } from '../core/log.js';
import type { TrackDescription } from '../core/media.js';
import type { MediaConnection, MediaServer } from '../media/types.js';
import type { QualityLevel } from '../core/quality.js';
import type { RecordingEnding } from '../core/recording.js';
import type { Role } from '../core/roles.js';
import type { MovieProgress } from '../recording/movie-progress.js';
import type { RecordingService, RecordingView } from '../recording/types.js';
import { may, type Action } from '../room/permissions.js';
import { takesUp } from '../room/recording-state.js';
import type { Newcomer, Room } from '../room/room.js';
import type { Member, SessionEndReason } from '../room/types.js';
import { chatMessage, endingMessage, hearsOfEnding, memberMessage, recordingMessage, waitingMessage, type FileOwner } from './messages.js';
import { Absent } from './absent.js';
import { Door, notAdmitted, type Knocker } from './door.js';
import { KeptSession } from './kept-session.js';
import { Levels } from './levels.js';
import { Occupants, type ClientCalls, type ClientSocket, type Occupant } from './occupants.js';
import { Quality, type MemberQuality } from './quality.js';
import { keyHashOf } from './resume-keys.js';
import { CLOSE_CODES, type MemberMessage, type RecordingMessage, type ServerMessage } from './protocol.js';
import type { SessionStore } from './stores.js';
import { Watchers } from './watchers.js';

/** Who comes back, as `join` says it. */
interface Resume {
  memberId: string;
  key: string;
  /** Its peer connections are still there. */
  keepsMedia?: boolean | undefined;
}

export interface LiveRoomParts {
  room: Room;
  media: MediaServer;
  recording: RecordingService;
  sessions: SessionStore;
  /** Of a finished recording; null where it is not known. */
  ownerOf: (recordingId: string) => FileOwner | null;
  /** How long a member whose socket is lost is waited for. */
  awayLimitMs: number;
  /** S4: of members whom an earlier process left behind. */
  keyHashes: ReadonlyMap<string, string>;
  log: Log;
  /** Steady wall time: runs with the monotonic clock. */
  nowMs: () => number;
  /** The machine's wall time, which the recording's views are of. */
  wallMs: () => number;
  /** Nobody is here and no session runs. */
  onIdle: () => void;
}

/** A movie that is less behind than this is made while people look. */
const WORTH_A_WORD_MS = 10_000;

/** Longest time that setTimeout takes, ms. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * A room with people in it: joins the facts of the room, the media and the recording to the clients'
 * sockets. Owns the timer of the room's deadlines.
 */
export class LiveRoom {
  readonly room: Room;
  readonly #parts: LiveRoomParts;
  readonly #occupants = new Occupants();
  readonly #door = new Door();
  readonly #watchers = new Watchers(() => this.#idleCheck());
  readonly #levels = new Levels((levels) => this.#occupants.tell(() => ({ type: 'levels', levels }), { droppable: true }));
  readonly #quality = new Quality((members) => this.#tellAll({ type: 'quality', members }));
  #deadlineTimer: NodeJS.Timeout | undefined;
  #subscriptionsDue = false;
  /** The recording whose movie was told to be behind. */
  #behind: string | null = null;
  #recordingEnd: Promise<void> = Promise.resolve();
  readonly #kept: KeptSession;
  readonly #absent: Absent;
  #closed = false;

  constructor(parts: LiveRoomParts) {
    this.#parts = parts;
    this.room = parts.room;
    const { room, sessions, log, nowMs, keyHashes, awayLimitMs } = parts;
    const keyHash = (memberId: string): string | null => {
      const occupant = this.#occupants.get(memberId);
      return occupant ? keyHashOf(occupant.resumeKey) : this.#absent.keyHash(memberId);
    };
    this.#kept = new KeptSession({ room, sessions, log, nowMs, keyHash });
    this.#absent = new Absent(keyHashes, awayLimitMs, (memberIds) => {
      for (const memberId of memberIds) this.act((domain, atMs) => domain.leave(memberId, atMs, 'lost'));
    });
    this.#followFacts();
    this.#schedule();
  }

  /** Lets a person in. Throws `room_full`. */
  join(newcomer: Newcomer, socket: ClientSocket, calls: ClientCalls): Occupant {
    const member = this.act((room, nowMs) => room.join(newcomer, nowMs));
    return this.#occupy(member.memberId, socket, calls);
  }

  /** P5: to the door; `decided` gets the place in the room, or why there is none. Throws `waiting_room_full`. */
  knock(newcomer: Newcomer, socket: ClientSocket, calls: ClientCalls, decided: Knocker['decided']): void {
    this.act((room, nowMs) => room.knock(newcomer, nowMs));
    this.#door.add(newcomer.memberId, { socket, calls, decided });
    socket.send({ type: 'waiting-for-admission', room: { roomId: this.room.roomId, title: this.room.title } });
  }

  /** Whoever waited went away. Twice is fine. */
  stopWaiting(memberId: string): void {
    if (this.#door.remove(memberId)) this.act((room) => room.stopWaiting(memberId));
  }

  /** The member with this key on another socket, with the media that it had or with new one; null where there is none. */
  resume({ memberId, key, keepsMedia = false }: Resume, socket: ClientSocket, calls: ClientCalls): Occupant | null {
    const before = this.#occupants.withKey(memberId, key);
    if (!before) return this.#absent.take(memberId, key) ? this.#return(memberId, socket, calls) : null;
    const keeps = keepsMedia && before.connection.alive;
    if (!keeps) this.#occupants.remove(before);
    before.calls.ended();
    before.socket.close(CLOSE_CODES.resumedElsewhere, 'resumed-elsewhere');
    const occupant = keeps ? this.#occupants.move(before, socket, calls) : this.#occupy(memberId, socket, calls);
    this.#kept.memberChanged(memberId);
    this.#tellMember(memberId);
    // What it may have missed comes behind `joined`.
    if (keeps) queueMicrotask(() => this.#catchUp(occupant));
    return occupant;
  }

  /** S4: a member of an earlier process. */
  #return(memberId: string, socket: ClientSocket, calls: ClientCalls): Occupant {
    const occupant = this.#occupy(memberId, socket, calls);
    this.act((room, nowMs) => room.returned(memberId, nowMs));
    this.#kept.memberChanged(memberId);
    this.#tellMember(memberId);
    return occupant;
  }

  #catchUp(occupant: Occupant): void {
    if (this.#occupants.get(occupant.memberId) !== occupant) return;
    occupant.connection.resume();
    for (const [source, byName] of occupant.turnedOff) occupant.socket.send({ type: 'muted-by', source, byName });
  }

  #occupy(memberId: string, socket: ClientSocket, calls: ClientCalls): Occupant {
    let connection: MediaConnection;
    try {
      connection = this.#parts.media.openConnection(this.room.roomId, memberId);
    } catch (error) {
      this.act((room, nowMs) => room.leave(memberId, nowMs));
      throw error;
    }
    const occupant = this.#occupants.add(memberId, connection, socket, calls);
    this.#subscribeSoon();
    return occupant;
  }

  /** The socket is lost: the member stays for a while, with whatever media still comes. */
  lost(occupant: Occupant): void {
    if (this.#occupants.get(occupant.memberId) !== occupant) return;
    this.#occupants.away(occupant, setTimeout(() => this.leave(occupant, 'lost'), this.#parts.awayLimitMs));
    this.#tellMember(occupant.memberId);
  }

  /** Twice is fine. */
  leave(occupant: Occupant, how: 'by-choice' | 'lost' = 'by-choice'): void {
    if (this.#occupants.remove(occupant)) this.act((room, nowMs) => room.leave(occupant.memberId, nowMs, how));
  }

  /** A socket that was closed needs no more notices. */
  forget(socket: ClientSocket): void {
    this.#watchers.forget(socket);
  }

  /** Runs a command of the domain; its deadlines are looked at again afterwards. */
  act<T>(command: (room: Room, nowMs: number) => T): T {
    try {
      return command(this.room, this.#parts.nowMs());
    } finally {
      this.#kept.look();
      this.#schedule();
      this.#idleCheck();
    }
  }

  /** S2, S3: as `Room.ending`. */
  ending(): ReturnType<Room['ending']> {
    return this.room.ending(this.#parts.nowMs());
  }

  memberMessages(): MemberMessage[] {
    return this.room.members().map((member) => memberMessage(member, this.room, this.#occupants.isConnected(member.memberId)));
  }

  /** The recording that runs now, as this person may see it. */
  currentRecording(viewer: Member): RecordingMessage | null {
    const view = this.#parts.recording.current(this.room.roomId);
    return view && recordingMessage(view, viewer, { nowWallMs: this.#parts.wallMs(), owner: null });
  }

  /** Throws what the service throws, and `no_session` where the session ended before it had begun. */
  async startRecording(by: Member): Promise<void> {
    const { recording } = this.#parts;
    const { sessionId } = await recording.start(this.room, by);
    if (sessionId === this.room.sessionId) return;
    await recording.endForRoom(this.room.roomId, 'session-ended');
    throw new AppError('no_session', 'The session has ended.', { status: 409 });
  }

  /** P1: whoever runs the meeting from now on learns what only such people are told. Throws as `Room.setRole`. */
  setRole(byMemberId: string, memberId: string, role: Role): void {
    this.act((room, nowMs) => room.setRole(byMemberId, memberId, role, nowMs));
    const member = this.room.member(memberId);
    const socket = this.#occupants.get(memberId)?.socket;
    if (!member || !socket) return;
    if (may(member, 'door')) socket.send({ type: 'waiting', waiting: this.room.waiting().map(waitingMessage) });
    const foreseen = this.#parts.recording.ending(this.room.roomId);
    if (foreseen) socket.send(endingMessage(foreseen.recordingId, hearsOfEnding(member, foreseen.ending) ? foreseen.ending : null));
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
    this.room.people.trackPublished(track);
  }

  trackEnded(track: TrackDescription): void {
    this.room.people.endTrack(track.trackId);
  }

  audioLevel(memberId: string, levelDbov: number): void {
    if (this.#occupants.get(memberId)) this.#levels.heard(memberId, levelDbov);
  }

  quality(memberId: string, level: QualityLevel): void {
    if (this.#occupants.get(memberId)) this.#quality.set(memberId, level);
  }

  /** Of everybody, as it is now. */
  qualities(): MemberQuality[] {
    return this.#quality.all();
  }

  /** Told to the publisher alone. */
  wantedHeight(trackId: string, memberId: string, heightPx: number): void {
    const entry = this.room.tracks().find(({ track }) => track.trackId === trackId);
    if (!entry) return;
    this.#occupants.get(memberId)?.socket.send({ type: 'wanted-height', source: entry.track.source, heightPx });
  }

  recordingChanged(view: RecordingView): void {
    const { recordingId, state } = view;
    const at = { nowWallMs: this.#parts.wallMs(), owner: state === 'available' ? this.#parts.ownerOf(recordingId) : null };
    const messageFor = (member: Member): ServerMessage => ({ type: 'recording', recording: recordingMessage(view, member, at) });
    this.#occupants.tell((memberId) => {
      const member = this.room.member(memberId);
      return member && messageFor(member);
    });
    this.#watchers.tell(recordingId, messageFor);
    if (state === 'available' || state === 'failed') this.#watchers.finished(recordingId);
  }

  /** For those who care for the file, and only while there is something to wait for. */
  recordingProgress(recordingId: string, { behindMs, leftMs, waits }: MovieProgress): void {
    if (behindMs === null) return;
    const matters = waits || behindMs >= WORTH_A_WORD_MS;
    if (!matters && this.#behind !== recordingId) return;
    if (matters) this.#behind = recordingId;
    else this.#behind = null;
    const message: ServerMessage = { type: 'recording-progress', recordingId, behindMs, leftMs, waits };
    this.#tellWho('files.list', message, { droppable: true });
    this.#watchers.tell(recordingId, (member) => (may(member, 'files.list') ? message : null), { droppable: true });
  }

  /** R9, and a disk that fills. */
  recordingEnding(recordingId: string, ending: RecordingEnding | null): void {
    const message = endingMessage(recordingId, ending);
    this.#occupants.tell((memberId) => {
      const member = this.room.member(memberId);
      return member && hearsOfEnding(member, ending) ? message : null;
    });
  }

  /** The server stops, and is started again: the session goes on then, its recording ends here. Resolves when the recording was told. */
  async shutDown(): Promise<void> {
    this.#tellAll({ type: 'server-restarting' });
    this.#kept.stopped();
    if (this.room.sessionId !== null) this.#endRecording();
    const leaving = this.#occupants.all();
    for (const occupant of leaving) {
      this.#occupants.forget(occupant);
      occupant.calls.ended();
      occupant.connection.close();
      occupant.socket.close(CLOSE_CODES.goingAway, 'server-restarting');
    }
    this.#door.dismiss(CLOSE_CODES.goingAway, 'server-restarting');
    this.#watchers.dismiss(CLOSE_CODES.goingAway, 'server-restarting');
    this.close();
    await this.#recordingEnd;
  }

  /** Clears the timers. Twice is fine. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#deadlineTimer);
    this.#kept.close();
    this.#absent.close();
    this.#levels.close();
    this.#quality.close();
    this.#watchers.close();
    this.#occupants.close();
    this.room.facts.removeAll();
  }

  #followFacts(): void {
    const { facts } = this.room;
    facts.on('session-started', ({ sessionId }) => this.#tellAll({ type: 'session-started', sessionId }));
    facts.on('session-ending', ({ leftMs, reason }) => this.#tellAll({ type: 'session-ending', leftMs, reason }));
    facts.on('session-kept', () => this.#tellAll({ type: 'session-kept' }));
    facts.on('session-ended', ({ sessionId, reason }) => this.#sessionEnded(sessionId, reason));
    facts.on('member-joined', (member) =>
      this.#tellAll({ type: 'member-joined', member: memberMessage(member, this.room, true) }),
    );
    facts.on('member-changed', ({ memberId }) => {
      this.#tellMember(memberId);
      this.#subscribeSoon();
    });
    facts.on('member-left', ({ memberId }) => {
      this.#absent.forget(memberId);
      this.#levels.forget(memberId);
      this.#quality.forget(memberId);
      this.#tellAll({ type: 'member-left', memberId });
    });
    facts.on('track-published', ({ memberId }) => {
      this.#tellMember(memberId);
      this.#subscribeSoon();
    });
    facts.on('track-muted', ({ track, muted }) => {
      if (!muted) this.#occupants.get(track.memberId)?.turnedOff.delete(track.source);
      this.#tellMember(track.memberId);
    });
    facts.on('track-ended', ({ memberId, source }) => {
      this.#occupants.get(memberId)?.turnedOff.delete(source);
      // Of who sends nothing there is nothing to say.
      if (!this.room.tracks().some(({ track }) => track.memberId === memberId)) this.#quality.set(memberId, null);
      this.#tellMember(memberId);
      this.#subscribeSoon();
    });
    facts.on('lock', ({ locked }) => this.#tellAll({ type: 'lock', locked }));
    facts.on('waiting', ({ waiting }) => this.#tellWho('door', { type: 'waiting', waiting: waiting.map(waitingMessage) }));
    facts.on('admitted', ({ memberId }) => this.#door.decide(memberId, ({ socket, calls }) => this.#occupy(memberId, socket, calls)));
    facts.on('declined', ({ memberId, reason }) => this.#door.decide(memberId, () => notAdmitted(reason)));
    facts.on('moderated-mute', ({ track, by }) => {
      const occupant = this.#occupants.get(track.memberId);
      occupant?.connection.setMuted(track.trackId, true);
      occupant?.turnedOff.set(track.source, by.name);
      occupant?.socket.send({ type: 'muted-by', source: track.source, byName: by.name });
    });
    facts.on('hand-lowered', ({ member, by }) => this.#occupants.get(member.memberId)?.socket.send({ type: 'hand-lowered', byName: by.name }));
    facts.on('removed', ({ member, by }) => {
      const occupant = this.#occupants.get(member.memberId);
      if (!occupant) return;
      this.#occupants.remove(occupant);
      occupant.socket.send({ type: 'removed', byName: by.name });
      occupant.calls.ended();
      occupant.socket.close(CLOSE_CODES.removed, 'removed');
    });
    facts.on('chat', (message) => this.#tellAll({ type: 'chat', message: chatMessage(message) }));
    facts.on('highlight', ({ memberId }) => this.#tellAll({ type: 'highlight', memberId }));
    facts.on('layout', ({ layout }) => this.#tellAll({ type: 'layout', layout }));
  }

  #sessionEnded(sessionId: string, reason: SessionEndReason): void {
    this.#kept.ended(sessionId, reason);
    this.#tellAll({ type: 'session-ended', reason });
    const current = this.#parts.recording.current(this.room.roomId);
    const leaving = this.#occupants.all();
    const staying = new Map<ClientSocket, Member>();
    for (const occupant of leaving) {
      const member = this.room.member(occupant.memberId);
      if (member && occupant.away === null) staying.set(occupant.socket, member);
      this.#occupants.forget(occupant);
      occupant.calls.ended();
    }
    this.#watchers.watch(staying, current?.recordingId ?? null);
    // The journal is closed before the tracks end, so that it ends with the session and not with their loss.
    this.#endRecording();
    for (const { connection } of leaving) connection.close();
  }

  #endRecording(): void {
    const { recording, log } = this.#parts;
    this.#recordingEnd = recording.endForRoom(this.room.roomId, 'session-ended').catch((error: unknown) => {
      log.error({ err: error, roomId: this.room.roomId }, 'the recording could not be ended with its session');
    });
  }

  #tellAll(message: ServerMessage): void {
    this.#occupants.tell(() => message);
  }

  #tellWho(action: Action, message: ServerMessage, options?: { droppable: boolean }): void {
    this.#occupants.tell((memberId) => {
      const member = this.room.member(memberId);
      return member && may(member, action) ? message : null;
    }, options);
  }

  #tellMember(memberId: string): void {
    const member = this.room.member(memberId);
    if (member) this.#tellAll({ type: 'member-changed', member: memberMessage(member, this.room, this.#occupants.isConnected(memberId)) });
  }

  /** Everyone receives all tracks of all others on stage. Several changes in one turn make one offer. */
  #subscribeSoon(): void {
    if (this.#subscriptionsDue) return;
    this.#subscriptionsDue = true;
    queueMicrotask(() => {
      this.#subscriptionsDue = false;
      if (this.#closed) return;
      const tracks = this.room.tracks().map(({ track }) => track);
      for (const { memberId, connection } of this.#occupants.all()) {
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

  #schedule(): void {
    clearTimeout(this.#deadlineTimer);
    const deadlineMs = this.room.nextDeadlineMs();
    if (this.#closed || deadlineMs === null) return;
    const waitMs = Math.min(Math.max(0, deadlineMs - this.#parts.nowMs()), MAX_TIMEOUT_MS);
    this.#deadlineTimer = setTimeout(() => this.act((room, nowMs) => room.advance(nowMs)), waitMs);
  }

  #idleCheck(): void {
    if (this.#closed || this.room.sessionId !== null) return;
    if (this.#occupants.size === 0 && this.#door.size === 0 && this.#watchers.size === 0 && this.room.members().length === 0) this.#parts.onIdle();
  }
}

import { randomUUID } from 'node:crypto';
import { AppError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import { isMobileUserAgent, may } from '../room/permissions.js';
import { cleanLine, isVisible } from '../room/title.js';
import type { Member } from '../room/types.js';
import type { Hub } from './hub.js';
import type { LiveRoom } from './live-room.js';
import type { ClientSocket, Occupant } from './occupants.js';
import { chatMessage, endingMessage, hearsOfEnding, waitingMessage } from './messages.js';
import { CLOSE_CODES, PROTOCOL_VERSION } from './protocol.js';
import { ClientSession, type JoinMessage, type MemberCommand } from './session.js';
import type { RecordingService } from '../recording/types.js';
import type { Tokens } from './tokens.js';

export interface ClientParts {
  hub: Hub;
  tokens: Tokens;
  recording: RecordingService;
  log: Log;
  /** Monotonic milliseconds. */
  monotonicMs: () => number;
  /** Time from opening the socket to an accepted `join`. */
  joinTimeoutMs: number;
}

/** Closed without a goodbye (RFC 6455 section 7.4.1), or to be opened again. */
const MAY_COME_BACK: ReadonlySet<number> = new Set([1006, CLOSE_CODES.comingBack, CLOSE_CODES.tooSlow]);

/** One WebSocket: reads what the client says, does it if it may, and answers. */
export class Client {
  readonly #parts: ClientParts;
  readonly #socket: ClientSocket;
  readonly #userAgent: string;
  readonly #session: ClientSession;
  #joinTimer: NodeJS.Timeout | undefined;
  readonly #calls = { ended: () => this.#ended() };
  #place: { room: LiveRoom; occupant: Occupant } | null = null;
  /** P5: where it stands at the door. */
  #waits: { room: LiveRoom; memberId: string } | null = null;
  /** Where it was when its session ended. */
  #left: LiveRoom | null = null;
  #closed = false;

  constructor(parts: ClientParts, socket: ClientSocket, userAgent: string) {
    this.#parts = parts;
    this.#socket = socket;
    this.#userAgent = userAgent;
    this.#session = new ClientSession(parts.monotonicMs());
    this.#awaitJoin();
  }

  /** `text` is null for a binary message; `bytes` is its length on the wire. Never throws. */
  receive(text: string | null, bytes: number): void {
    if (this.#closed) return;
    const decision = this.#session.receive(text, bytes, this.#parts.monotonicMs());
    switch (decision.kind) {
      case 'refuse':
        this.#socket.send({ type: 'error', id: decision.id, code: decision.code, message: decision.message });
        if (decision.close) this.#socket.close(decision.close.code, decision.close.reason);
        return;
      case 'join':
        void this.#join(decision.message);
        return;
      case 'command':
        void this.#answer(decision.message);
    }
  }

  /** The socket is closed, with this code of RFC 6455. Twice is fine. */
  socketClosed(code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#joinTimer);
    this.#session.left();
    this.#waits?.room.stopWaiting(this.#waits.memberId);
    const place = this.#place;
    this.#place = null;
    if (place && MAY_COME_BACK.has(code)) place.room.lost(place.occupant);
    else place?.room.leave(place.occupant);
    this.#left?.forget(this.#socket);
  }

  async #join(message: JoinMessage): Promise<void> {
    try {
      const claims = await this.#parts.tokens.verify(message.token, message.roomId);
      if (this.#closed) return;
      const name = cleanLine(message.name);
      if (!isVisible(name)) throw new AppError('name_invalid', 'A name needs at least one visible character.');
      const room = this.#parts.hub.room(claims.roomId);
      clearTimeout(this.#joinTimer);
      const { resume } = message;
      const resumed = resume && room.resume(resume, this.#socket, this.#calls);
      if (resumed) {
        this.#enter(message.id, room, resumed);
        return;
      }
      const mobile = message.mobile || isMobileUserAgent(this.#userAgent);
      const newcomer = { memberId: randomUUID(), identity: claims.identity, name, role: claims.role, mobile };
      if (!room.room.isShutFor(newcomer)) {
        this.#enter(message.id, room, room.join(newcomer, this.#socket, this.#calls));
        return;
      }
      // P5: the answer comes when a host or moderator decides.
      this.#waits = { room, memberId: newcomer.memberId };
      room.knock(newcomer, this.#socket, this.#calls, (decision) => {
        this.#waits = null;
        if (decision instanceof AppError) this.#refuseJoin(message.id, decision);
        else this.#enter(message.id, room, decision);
      });
    } catch (error) {
      this.#refuseJoin(message.id, error);
    }
  }

  #refuseJoin(id: number, error: unknown): void {
    this.#waits = null;
    this.#session.joinRefused();
    this.#sendError(id, error);
    this.#awaitJoin();
  }

  #enter(id: number, room: LiveRoom, occupant: Occupant): void {
    this.#place = { room, occupant };
    const member = this.#member();
    this.#session.joined(() => this.#member());
    const domain = room.room;
    this.#socket.send({
      ...{ type: 'joined', id, protocol: PROTOCOL_VERSION, memberId: member.memberId, resumeKey: occupant.resumeKey },
      ...(occupant.mediaKept && { mediaKept: true }),
      room: { roomId: domain.roomId, title: domain.title, ...domain.stage, keepsChat: domain.keepsChat },
      members: room.memberMessages(),
      highlighted: domain.highlighted,
      layout: domain.picture.layout,
      locked: domain.locked,
      waiting: may(member, 'door') ? domain.waiting().map(waitingMessage) : [],
      chat: domain.chat().map(chatMessage),
      recording: room.currentRecording(member),
      session: domain.sessionId === null ? null : { sessionId: domain.sessionId },
    });
    const members = room.qualities();
    if (members.length > 0) this.#socket.send({ type: 'quality', members });
    // S2, S3: whoever comes, or comes back, after everybody was told.
    const ending = room.ending();
    if (ending) this.#socket.send({ type: 'session-ending', ...ending });
    const foreseen = this.#parts.recording.ending(domain.roomId);
    if (foreseen && hearsOfEnding(member, foreseen.ending)) this.#socket.send(endingMessage(foreseen.recordingId, foreseen.ending));
  }

  #awaitJoin(): void {
    clearTimeout(this.#joinTimer);
    if (this.#closed) return;
    this.#joinTimer = setTimeout(() => this.#socket.close(CLOSE_CODES.joinTimeout, 'join-timeout'), this.#parts.joinTimeoutMs);
  }

  async #answer(command: MemberCommand): Promise<void> {
    try {
      // Whatever happens before the first await happens in the order of the messages.
      const answer = await this.#do(command);
      if (this.#closed) return;
      if (answer === null) this.#socket.send({ type: 'ok', id: command.id });
      else this.#socket.send({ type: 'published', id: command.id, answer });
      if (command.type === 'leave') this.#socket.close(CLOSE_CODES.normal, 'left');
    } catch (error) {
      this.#sendError(command.id, error);
    }
  }

  /** Does a command that the session let through. The SDP answer of `publish`, else null. */
  async #do(command: MemberCommand): Promise<string | null> {
    if (command.type === 'ping') return null;
    const { room, occupant } = this.#here();
    const { connection, memberId } = occupant;
    const { recording } = this.#parts;
    const { roomId } = room.room;
    switch (command.type) {
      case 'publish': {
        if (command.sections.length > 0 && !this.#member().onStage) {
          throw new AppError('not_on_stage', 'You are in the audience; who is on the stage is seen and heard.', { status: 409 });
        }
        requireDistinct(command.sections.map(({ mid }) => mid));
        requireDistinct(command.sections.map(({ source }) => source));
        return connection.publish(command.offer, command.sections);
      }
      case 'mute': {
        const own = room.room.tracks().find(({ track }) => track.memberId === memberId && track.source === command.source);
        if (!own) throw new AppError('track_unknown', 'You do not publish this.', { status: 404 });
        connection.setMuted(own.track.trackId, command.muted);
        room.act((domain) => domain.people.muteTrack(own.track.trackId, command.muted));
        return null;
      }
      case 'subscribe-answer':
        connection.acceptAnswer(command.offerId, command.answer);
        return null;
      case 'subscribe-restart':
        connection.restartSubscriptions();
        return null;
      case 'view': {
        // A track may end while the message is under way, so unknown ones are passed over.
        const known = new Set(room.room.tracks().map(({ track }) => track.trackId));
        for (const { trackId, size } of command.tracks) if (known.has(trackId)) connection.setView(trackId, size ?? 'hidden');
        return null;
      }
      case 'highlight':
        room.act((domain) => domain.highlight(memberId, command.memberId));
        return null;
      case 'set-layout':
        room.setLayout(memberId, command.layout);
        return null;
      case 'set-role':
        room.setRole(memberId, command.memberId, command.role);
        return null;
      case 'raise-hand':
        room.act((domain, nowMs) => domain.people.raiseHand(memberId, command.raised, nowMs));
        return null;
      case 'lower-hand':
        room.act((domain) => domain.people.lowerHand(memberId, command.memberId));
        return null;
      case 'stage-invite':
        room.act((domain) => domain.people.invite(memberId, command.memberId));
        return null;
      case 'stage-answer':
        room.act((domain) => domain.people.answerInvitation(memberId, command.accepted));
        return null;
      case 'stage-enter':
        room.act((domain) => domain.people.enterStage(memberId));
        return null;
      case 'stage-leave':
        room.act((domain) => domain.people.toAudience(memberId, command.memberId ?? memberId));
        return null;
      case 'mute-member':
        room.act((domain) => domain.muteMember(memberId, command.memberId, command.source));
        return null;
      case 'remove-member':
        room.act((domain, nowMs) => domain.remove(memberId, command.memberId, nowMs));
        return null;
      case 'lock':
        room.act((domain, nowMs) => domain.setLocked(memberId, command.locked, nowMs));
        return null;
      case 'admit':
        room.act((domain, nowMs) => domain.admit(memberId, command.memberId, nowMs));
        return null;
      case 'decline':
        room.act((domain) => domain.decline(memberId, command.memberId));
        return null;
      case 'chat':
        room.act((domain, nowMs) => domain.say(memberId, command.text, nowMs));
        return null;
      case 'chat-react':
        room.act((domain) => domain.react(memberId, command.number, command.reaction));
        return null;
      case 'recording-start':
        await room.startRecording(this.#member());
        return null;
      case 'recording-pause':
        await recording.pause(roomId, this.#member());
        return null;
      case 'recording-resume':
        await recording.resume(roomId, this.#member());
        return null;
      case 'recording-stop':
        await recording.stop(roomId, this.#member());
        return null;
      case 'mark':
        recording.mark(roomId, this.#member(), cleanLine(command.label ?? ''));
        return null;
      case 'recording-confirm': {
        if (recording.current(roomId)?.recordingId !== command.recordingId) {
          throw new AppError('recording_unknown', 'This recording does not run in your room.', { status: 404 });
        }
        recording.confirm(command.recordingId, this.#member());
        return null;
      }
      case 'leave':
        this.#session.left();
        this.#leave();
        return null;
      case 'end-session':
        room.act((domain, nowMs) => domain.endSession(memberId, nowMs));
        return null;
    }
  }

  #here(): { room: LiveRoom; occupant: Occupant } {
    if (!this.#place) throw new AppError('not_joined', 'Join the room first.', { status: 409 });
    return this.#place;
  }

  #member(): Member {
    const { room, occupant } = this.#here();
    const member = room.room.member(occupant.memberId);
    if (!member) throw new AppError('not_joined', 'Join the room first.', { status: 409 });
    return member;
  }

  #leave(): void {
    const place = this.#place;
    this.#place = null;
    place?.room.leave(place.occupant);
  }

  #ended(): void {
    this.#session.left();
    this.#left = this.#place?.room ?? null;
    this.#place = null;
  }

  #sendError(id: number, error: unknown): void {
    if (this.#closed) return;
    if (error instanceof AppError) {
      this.#socket.send({ type: 'error', id, code: error.code, message: error.message });
      return;
    }
    this.#parts.log.error({ err: error }, 'a request failed');
    this.#socket.send({ type: 'error', id, code: 'internal', message: 'The server could not do this.' });
  }
}

function requireDistinct(values: string[]): void {
  if (new Set(values).size !== values.length) {
    throw new AppError('message_invalid', 'Each media section and each source may be named once.');
  }
}

import { AppError } from '../core/errors.js';
import { Events } from '../core/events.js';
import { DEFAULT_PICTURE, type LayoutName, type PictureSettings } from '../core/layouts.js';
import type { Reaction } from '../core/chat.js';
import type { TrackDescription, TrackSource } from '../core/media.js';
import type { Role } from '../core/roles.js';
import { DEFAULT_STAGE, type StageSettings } from '../core/stage.js';
import { Chat, type ChatMessage } from './chat.js';
import { People } from './people.js';
import { SessionClock, type SessionLimits, type TimedEnd } from './session-clock.js';
import { WaitingRoom, type Waiting } from './waiting-room.js';
import type { FormerPeople, LiveChoice, Member, Person, RoomFacts, RoomView, SessionEndReason } from './types.js';

/** P4. */
export const STAGE_LIMIT = 25;
/** 500 in the audience, and who runs the meeting; `npm run bench -- --only audience` says what they cost. */
export const MEMBER_LIMIT = 600;

export interface RoomOptions extends SessionLimits {
  roomId: string;
  title: string;
  timeZone: string;
  ownerId: string;
  /** As the room is set; hosts and moderators change the layout for a session. */
  picture?: PictureSettings;
  /** P4. */
  stage?: StageSettings;
  /** The chat is kept with the recordings; default false. */
  keepsChat?: boolean;
  /** Makes the id of a session that starts now. */
  newSessionId: (nowMs: number) => string;
  /** A session that an earlier process left open (S4). */
  session?: { sessionId: string; startedAtWallMs: number; hosted: boolean; hostlessSinceWallMs: number | null; restoredAtWallMs?: number } & Partial<LiveChoice & FormerPeople>;
  memberLimit?: number;
  stageLimit?: number;
}

export type Newcomer = Pick<Member, 'memberId' | 'identity' | 'name' | 'role' | 'mobile'>;

interface Session {
  sessionId: string;
  clock: SessionClock;
  /** A host has been in this session. */
  hosted: boolean;
}

/**
 * A room and its session: who is there, on stage, heard and highlighted. Pure (design D8): time is an
 * argument (wall ms), nothing waits; the owner calls `advance` at `nextDeadlineMs`. What happens is told
 * through `facts`, after the room is in its new state. A refused command throws `AppError` and changes
 * nothing.
 */
export class Room implements RoomView {
  readonly roomId: string;
  readonly title: string;
  readonly timeZone: string;
  readonly ownerId: string;
  readonly facts = new Events<RoomFacts>();
  readonly #options: RoomOptions;
  /** Who is here, and what they may do of themselves (P4). */
  readonly people: People;
  #session: Session | null = null;
  #highlighted: string | null = null;
  /** Who was highlighted when an earlier process died (S4) or the connection was lost, and has not come back yet. */
  #awaited: Person | null = null;
  /** Members whom an earlier process left behind (S4), and who have not come back. */
  readonly #absent = new Set<string>();
  #layout: LayoutName;
  #locked = false;
  readonly #door = new WaitingRoom<Newcomer>();
  readonly #chat = new Chat();

  constructor(options: RoomOptions) {
    this.roomId = options.roomId;
    this.title = options.title;
    this.timeZone = options.timeZone;
    this.ownerId = options.ownerId;
    this.#options = options;
    this.#layout = this.#setPicture.layout;
    const { facts, ownerId, stage } = this;
    this.people = new People({ facts, ownerId, stage, memberLimit: options.memberLimit ?? MEMBER_LIMIT, stageLimit: options.stageLimit ?? STAGE_LIMIT });
    if (options.session) {
      const { sessionId, startedAtWallMs, hosted, hostlessSinceWallMs, restoredAtWallMs, layout, highlighted, locked, members = [], chat = [] } = options.session;
      this.#layout = layout ?? this.#layout;
      this.#awaited = highlighted ?? null;
      this.#locked = locked ?? false;
      this.people.restore(members);
      for (const { memberId } of this.members()) this.#absent.add(memberId);
      this.#chat.restore(chat);
      const clock = new SessionClock(startedAtWallMs, options, hostlessSinceWallMs);
      // Nobody is here yet who could be told.
      if (restoredAtWallMs !== undefined) clock.skipWarnings(restoredAtWallMs);
      this.#session = { sessionId, hosted, clock };
    }
  }

  get sessionId(): string | null {
    return this.#session?.sessionId ?? null;
  }

  /** Since when the session's time-out runs, wall ms, or null. */
  get hostlessSinceMs(): number | null {
    return this.#session?.clock.hostlessSinceMs ?? null;
  }

  /** A host has been in the running session. */
  get hosted(): boolean {
    return this.#session?.hosted ?? false;
  }

  get picture(): PictureSettings {
    return { ...this.#setPicture, layout: this.#layout };
  }

  get highlighted(): string | null {
    return this.#highlighted;
  }

  /** S4: to be kept for the next start of the server. */
  get choice(): LiveChoice {
    const member = this.#highlighted === null ? null : this.people.get(this.#highlighted);
    return {
      layout: this.#layout === this.#setPicture.layout ? null : this.#layout,
      highlighted: member ? { identity: member.identity, name: member.name } : this.#awaited,
      locked: this.#locked,
    };
  }

  get stage(): StageSettings {
    return this.#options.stage ?? DEFAULT_STAGE;
  }

  /** P5. */
  get locked(): boolean {
    return this.#locked;
  }

  get keepsChat(): boolean {
    return this.#options.keepsChat ?? false;
  }

  /** P5: who waits at the door. */
  waiting(): Waiting[] {
    return this.#door.list();
  }

  /** What was written in this session, as far as it is kept. */
  chat(): readonly ChatMessage[] {
    return this.#chat.messages();
  }

  members(): Member[] {
    return this.people.members();
  }

  member(memberId: string): Member | null {
    return this.people.get(memberId);
  }

  tracks(): { track: TrackDescription; muted: boolean }[] {
    return this.people.tracks();
  }

  /** P5: whether this person has to wait for being admitted. */
  isShutFor({ identity, role }: Pick<Newcomer, 'identity' | 'role'>): boolean {
    return this.#locked && role === 'participant' && identity !== this.ownerId;
  }

  /** P5: to the door of a locked room. Throws `waiting_room_full`. */
  knock(newcomer: Newcomer, nowMs: number): void {
    this.#door.add(newcomer, nowMs);
    this.#tellWaiting();
  }

  /** Whoever waited went away. Twice is fine. */
  stopWaiting(memberId: string): void {
    if (!this.#door.has(memberId)) return;
    this.#door.take(memberId);
    this.#tellWaiting();
  }

  /** P5. Throws `forbidden`, `not_waiting`, `room_full`. */
  admit(byMemberId: string, memberId: string, nowMs: number): void {
    this.people.require(byMemberId, 'door');
    if (!this.#door.has(memberId)) this.#door.take(memberId);
    this.people.requirePlace();
    this.#letIn(memberId, nowMs);
    this.#tellWaiting();
  }

  /** P5. Throws `forbidden`, `not_waiting`. */
  decline(byMemberId: string, memberId: string): void {
    this.people.require(byMemberId, 'door');
    this.#door.take(memberId);
    this.facts.emit('declined', { memberId, reason: 'declined' });
    this.#tellWaiting();
  }

  /** P5: whoever waits when the room is opened is let in, as far as there is room. Throws `forbidden`. */
  setLocked(byMemberId: string, locked: boolean, nowMs: number): void {
    this.people.require(byMemberId, 'door');
    this.#setLock(locked);
    if (locked || this.waiting().length === 0) return;
    for (const { memberId } of this.waiting()) if (this.people.hasPlace) this.#letIn(memberId, nowMs);
    this.#tellWaiting();
  }

  /** Throws `room_full`. The first host or moderator starts a session (S1). */
  join(newcomer: Newcomer, nowMs: number): Member {
    this.people.requirePlace();
    const role = newcomer.identity === this.ownerId ? 'host' : newcomer.role;
    const member = this.people.add({ ...newcomer, role, linkRole: newcomer.role }, nowMs);
    const started = this.#session === null && member.role !== 'participant' ? this.#startSession(nowMs) : null;
    this.#watchHosts(nowMs);
    if (started) this.facts.emit('session-started', { sessionId: started, startedAtWallMs: nowMs });
    this.facts.emit('member-joined', member);
    this.#highlightAwaited(member);
    return member;
  }

  /** S4: a member of an earlier process is here again, at the place that they had. */
  returned(memberId: string, nowMs: number): void {
    if (!this.#absent.delete(memberId)) return;
    this.#watchHosts(nowMs);
    this.#highlightAwaited(this.people.known(memberId));
  }

  /**
   * Ends the member's tracks too. An unknown member is no error: leaving twice is fine. `how`: of who only lost the
   * connection the highlight is kept for when they come back.
   */
  leave(memberId: string, nowMs: number, how: 'by-choice' | 'lost' = 'by-choice'): void {
    const member = this.people.get(memberId);
    if (!member) return;
    this.people.delete(memberId);
    this.#absent.delete(memberId);
    this.#watchHosts(nowMs);
    if (this.#highlighted === memberId) {
      this.#setHighlight(null);
      if (how === 'lost') this.#awaited = { identity: member.identity, name: member.name };
    }
    this.facts.emit('member-left', member);
    this.people.fillStage();
  }

  /** P1. Throws `forbidden`, `member_unknown`, `owner_is_host`. */
  setRole(byMemberId: string, memberId: string, role: Role, nowMs: number): void {
    this.people.require(byMemberId, 'role.change');
    const member = this.people.known(memberId);
    if (member.identity === this.ownerId && role !== 'host') {
      throw new AppError('owner_is_host', "The room's owner is always a host.", { status: 403 });
    }
    if (member.role === role) return;
    this.people.setRole(member, role);
    this.#watchHosts(nowMs);
    this.facts.emit('member-changed', this.people.known(memberId));
  }

  /** Turns a track of somebody off; only they turn it on again. Throws `forbidden`, `member_unknown`, `track_unknown`. */
  muteMember(byMemberId: string, memberId: string, source: TrackSource): TrackDescription {
    const by = this.people.requireOver(byMemberId, memberId, 'moderate');
    const found = this.tracks().find(({ track }) => track.memberId === memberId && track.source === source);
    if (!found) throw new AppError('track_unknown', 'They do not show or say this now.', { status: 404 });
    if (!found.muted) {
      this.people.muteTrack(found.track.trackId, true);
      this.facts.emit('moderated-mute', { track: found.track, by });
    }
    return found.track;
  }

  /** Out of the room; the link still opens it, unless it is locked. Throws `forbidden`, `member_unknown`. */
  remove(byMemberId: string, memberId: string, nowMs: number): void {
    const by = this.people.requireOver(byMemberId, memberId, 'moderate');
    const member = this.people.known(memberId);
    this.leave(memberId, nowMs);
    this.facts.emit('removed', { member, by });
  }

  say(memberId: string, text: string, nowMs: number): void {
    this.facts.emit('chat', this.#chat.send(this.people.known(memberId), text, nowMs));
  }

  /** Throws `chat_message_unknown`. */
  react(memberId: string, number: number, reaction: Reaction): void {
    this.facts.emit('chat', this.#chat.react(this.people.known(memberId).memberId, number, reaction));
  }

  /** V2; null takes the highlight away. Throws `forbidden`, `member_unknown`. */
  highlight(byMemberId: string, memberId: string | null): void {
    this.people.require(byMemberId, 'highlight');
    if (memberId !== null) this.people.known(memberId);
    this.#setHighlight(memberId);
  }

  /** How the session's recordings are laid out from now on, until it ends. Throws `forbidden`. */
  setLayout(byMemberId: string, layout: LayoutName): void {
    this.people.require(byMemberId, 'layout');
    this.#changeLayout(layout);
  }

  /** P6. Throws `forbidden`, `no_session`. */
  endSession(byMemberId: string, nowMs: number): void {
    this.people.require(byMemberId, 'session.end');
    if (!this.#session) throw new AppError('no_session', 'No session is running in this room.', { status: 409 });
    this.closeSession('ended-by-member', nowMs);
  }

  /** Ends the session, if one runs: everybody leaves, after `session-ended` was told. */
  closeSession(reason: SessionEndReason, nowMs: number): void {
    if (!this.#session) return;
    const { sessionId } = this.#session;
    this.#session = null;
    this.#awaited = null;
    this.facts.emit('session-ended', { sessionId, reason });
    // The last to come leaves first, so that nobody is called to the stage on the way out.
    for (const { memberId } of this.members().reverse()) this.leave(memberId, nowMs);
    for (const memberId of this.#door.clear()) this.facts.emit('declined', { memberId, reason: 'session-ended' });
    this.people.forgetHolds();
    this.#chat.clear();
    this.#setLock(false);
    this.#changeLayout(this.#setPicture.layout);
  }

  /** S2, S3: in how many ms the session ends, and why, once everybody was told of it; else null. */
  ending(nowMs: number): { leftMs: number; reason: TimedEnd } | null {
    return this.#session?.clock.ending(nowMs) ?? null;
  }

  /** Wall ms at which `advance` has to be called next, or null. */
  nextDeadlineMs(): number | null {
    return this.#session?.clock.nextDeadlineMs() ?? null;
  }

  /** Does what is due by `nowMs`: warns (S2) or ends the session (S2, S3). */
  advance(nowMs: number): void {
    const signal = this.#session?.clock.advance(nowMs);
    if (!this.#session || !signal) return;
    if (signal.kind === 'ended') this.closeSession(signal.reason, nowMs);
    else this.facts.emit('session-ending', { sessionId: this.#session.sessionId, leftMs: signal.leftMs, reason: signal.reason });
  }

  #startSession(nowMs: number): string {
    const sessionId = this.#options.newSessionId(nowMs);
    this.#session = { sessionId, hosted: false, clock: new SessionClock(nowMs, this.#options) };
    return sessionId;
  }

  /**
   * S2: only hosts keep a session alive once a host has been there. A session that moderators opened
   * while no host has come yet is kept by them, so that it neither ends under them nor lasts for ever.
   */
  #watchHosts(nowMs: number): void {
    const session = this.#session;
    if (!session) return;
    const members = this.members().filter(({ memberId }) => !this.#absent.has(memberId));
    const hostPresent = members.some(({ role }) => role === 'host');
    session.hosted ||= hostPresent;
    const kept = hostPresent || (!session.hosted && members.some(({ role }) => role === 'moderator'));
    const wasTold = session.clock.ending(nowMs)?.reason === 'host-timeout';
    session.clock.setHostPresent(kept, nowMs);
    if (!kept || !wasTold) return;
    const { sessionId } = session;
    const still = session.clock.ending(nowMs);
    if (still) this.facts.emit('session-ending', { sessionId, ...still });
    else this.facts.emit('session-kept', { sessionId });
  }

  #highlightAwaited({ memberId, identity, name }: Member): void {
    if (this.#awaited?.identity === identity && this.#awaited.name === name) this.#setHighlight(memberId);
  }

  #setHighlight(memberId: string | null): void {
    this.#awaited = null;
    if (this.#highlighted === memberId) return;
    this.#highlighted = memberId;
    this.facts.emit('highlight', { memberId });
  }

  #changeLayout(layout: LayoutName): void {
    if (this.#layout === layout) return;
    this.#layout = layout;
    this.facts.emit('layout', { layout });
  }

  get #setPicture(): PictureSettings {
    return this.#options.picture ?? DEFAULT_PICTURE;
  }

  #letIn(memberId: string, nowMs: number): void {
    this.facts.emit('admitted', this.join(this.#door.take(memberId), nowMs));
  }

  #setLock(locked: boolean): void {
    if (this.#locked === locked) return;
    this.#locked = locked;
    this.facts.emit('lock', { locked });
  }

  #tellWaiting(): void {
    this.facts.emit('waiting', { waiting: this.waiting() });
  }
}

import { AppError } from '../core/errors.js';
import { Events } from '../core/events.js';
import { DEFAULT_PICTURE, type LayoutName, type PictureSettings } from '../core/layouts.js';
import type { TrackDescription } from '../core/media.js';
import type { Role } from '../core/roles.js';
import { may, type Action } from './permissions.js';
import { SessionClock, type SessionLimits } from './session-clock.js';
import type { LiveChoice, Member, Person, RoomFacts, RoomView, SessionEndReason } from './types.js';

/** P4. */
export const STAGE_LIMIT = 25;
export const MEMBER_LIMIT = 200;

export interface RoomOptions extends SessionLimits {
  roomId: string;
  title: string;
  timeZone: string;
  ownerId: string;
  /** As the room is set; hosts and moderators change the layout for a session. */
  picture?: PictureSettings;
  /** Makes the id of a session that starts now. */
  newSessionId: (nowMs: number) => string;
  /** A session that an earlier process left open (S4). */
  session?: { sessionId: string; startedAtWallMs: number; hosted: boolean; hostlessSinceWallMs: number | null } & Partial<LiveChoice>;
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
  readonly #memberLimit: number;
  readonly #stageLimit: number;
  /** In the order of joining. */
  readonly #members = new Map<string, Member>();
  readonly #tracks = new Map<string, { track: TrackDescription; muted: boolean }>();
  #session: Session | null = null;
  #highlighted: string | null = null;
  /** S4: who was highlighted when an earlier process died, and has not come back yet. */
  #awaited: Person | null = null;
  #layout: LayoutName;

  constructor(options: RoomOptions) {
    this.roomId = options.roomId;
    this.title = options.title;
    this.timeZone = options.timeZone;
    this.ownerId = options.ownerId;
    this.#options = options;
    this.#layout = this.#setPicture.layout;
    this.#memberLimit = options.memberLimit ?? MEMBER_LIMIT;
    this.#stageLimit = options.stageLimit ?? STAGE_LIMIT;
    if (options.session) {
      const { sessionId, startedAtWallMs, hosted, hostlessSinceWallMs, layout, highlighted } = options.session;
      this.#layout = layout ?? this.#layout;
      this.#awaited = highlighted ?? null;
      this.#session = { sessionId, hosted, clock: new SessionClock(startedAtWallMs, options, hostlessSinceWallMs) };
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
    const member = this.#highlighted === null ? undefined : this.#members.get(this.#highlighted);
    return {
      layout: this.#layout === this.#setPicture.layout ? null : this.#layout,
      highlighted: member ? { identity: member.identity, name: member.name } : this.#awaited,
    };
  }

  members(): Member[] {
    return [...this.#members.values()];
  }

  member(memberId: string): Member | null {
    return this.#members.get(memberId) ?? null;
  }

  tracks(): { track: TrackDescription; muted: boolean }[] {
    return [...this.#tracks.values()];
  }

  /** Throws `room_full`. The first host or moderator starts a session (S1). */
  join(newcomer: Newcomer, nowMs: number): Member {
    if (this.#members.size >= this.#memberLimit) {
      throw new AppError('room_full', `The room is full; it takes ${this.#memberLimit} people.`, { status: 503 });
    }
    const member: Member = {
      ...newcomer,
      role: newcomer.identity === this.ownerId ? 'host' : newcomer.role,
      onStage: this.#onStageCount() < this.#stageLimit,
      joinedAtWallMs: nowMs,
    };
    this.#members.set(member.memberId, member);
    const started = this.#session === null && member.role !== 'participant' ? this.#startSession(nowMs) : null;
    this.#watchHosts(nowMs);
    if (started) this.facts.emit('session-started', { sessionId: started, startedAtWallMs: nowMs });
    this.facts.emit('member-joined', member);
    if (this.#awaited?.identity === member.identity && this.#awaited.name === member.name) this.#setHighlight(member.memberId);
    return member;
  }

  /** Ends the member's tracks too. An unknown member is no error: leaving twice is fine. */
  leave(memberId: string, nowMs: number): void {
    const member = this.#members.get(memberId);
    if (!member) return;
    for (const { track } of this.tracks()) if (track.memberId === memberId) this.endTrack(track.trackId);
    this.#members.delete(memberId);
    this.#watchHosts(nowMs);
    if (this.#highlighted === memberId) this.#setHighlight(null);
    this.facts.emit('member-left', member);
    this.#fillStage();
  }

  /** P1. Throws `forbidden`, `member_unknown`, `owner_is_host`. */
  setRole(byMemberId: string, memberId: string, role: Role, nowMs: number): void {
    this.#require(byMemberId, 'role.change');
    const member = this.#known(memberId);
    if (member.identity === this.ownerId && role !== 'host') {
      throw new AppError('owner_is_host', "The room's owner is always a host.", { status: 403 });
    }
    if (member.role === role) return;
    const changed = { ...member, role };
    this.#members.set(memberId, changed);
    this.#watchHosts(nowMs);
    this.facts.emit('member-changed', changed);
  }

  /** V2; null takes the highlight away. Throws `forbidden`, `member_unknown`. */
  highlight(byMemberId: string, memberId: string | null): void {
    this.#require(byMemberId, 'highlight');
    if (memberId !== null) this.#known(memberId);
    this.#setHighlight(memberId);
  }

  /** How the session's recordings are laid out from now on, until it ends. Throws `forbidden`. */
  setLayout(byMemberId: string, layout: LayoutName): void {
    this.#require(byMemberId, 'layout');
    this.#changeLayout(layout);
  }

  /** P6. Throws `forbidden`, `no_session`. */
  endSession(byMemberId: string, nowMs: number): void {
    this.#require(byMemberId, 'session.end');
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
    this.#changeLayout(this.#setPicture.layout);
  }

  /** A fact from the media server. False where the member is gone or not on stage: then nothing changed. */
  trackPublished(track: TrackDescription): boolean {
    if (this.#tracks.has(track.trackId) || !this.#members.get(track.memberId)?.onStage) return false;
    this.#tracks.set(track.trackId, { track, muted: false });
    this.facts.emit('track-published', track);
    return true;
  }

  /** Throws `track_unknown`. */
  muteTrack(trackId: string, muted: boolean): void {
    const entry = this.#tracks.get(trackId);
    if (!entry) throw new AppError('track_unknown', 'This track is not published.', { status: 404 });
    if (entry.muted === muted) return;
    this.#tracks.set(trackId, { track: entry.track, muted });
    this.facts.emit('track-muted', { track: entry.track, muted });
  }

  /** Twice is fine. */
  endTrack(trackId: string): void {
    const entry = this.#tracks.get(trackId);
    if (!entry) return;
    this.#tracks.delete(trackId);
    this.facts.emit('track-ended', entry.track);
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
    else this.facts.emit('session-ending', { sessionId: this.#session.sessionId, leftMs: signal.leftMs });
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
    const members = this.members();
    const hostPresent = members.some(({ role }) => role === 'host');
    session.hosted ||= hostPresent;
    const kept = hostPresent || (!session.hosted && members.some(({ role }) => role === 'moderator'));
    session.clock.setHostPresent(kept, nowMs);
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

  #onStageCount(): number {
    return this.members().filter(({ onStage }) => onStage).length;
  }

  /** P4, access *everyone*: a free place goes to who waits longest. */
  #fillStage(): void {
    for (const member of this.members()) {
      if (this.#onStageCount() >= this.#stageLimit) return;
      if (member.onStage) continue;
      const changed = { ...member, onStage: true };
      this.#members.set(member.memberId, changed);
      this.facts.emit('member-changed', changed);
    }
  }

  #known(memberId: string): Member {
    const member = this.#members.get(memberId);
    if (!member) throw new AppError('member_unknown', 'This person is not in the room.', { status: 404 });
    return member;
  }

  #require(memberId: string, action: Action): void {
    if (!may(this.#known(memberId), action)) {
      throw new AppError('forbidden', 'Your role does not allow this.', { status: 403 });
    }
  }
}

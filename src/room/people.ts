import { AppError } from '../core/errors.js';
import type { Events } from '../core/events.js';
import type { TrackDescription } from '../core/media.js';
import type { StageSettings } from '../core/stage.js';
import { may, type Action } from './permissions.js';
import { comesOnStage, handAsksForStage, isHeld, mayEnterStage } from './stage.js';
import type { Member, RoomFacts } from './types.js';

export interface PeopleOptions {
  facts: Events<RoomFacts>;
  ownerId: string;
  stage: StageSettings;
  memberLimit: number;
  stageLimit: number;
}

/**
 * Who is in a room, on its stage or in the audience (P4), and what they show. Pure. What happens is told through
 * the room's facts, after the change; a refused command throws `AppError` and changes nothing.
 */
export class People {
  readonly #options: PeopleOptions;
  /** In the order of joining. */
  readonly #members = new Map<string, Member>();
  /** Who left while held: coming in again does not lead back onto the stage. */
  readonly #heldAway = new Set<string>();
  readonly #tracks = new Map<string, { track: TrackDescription; muted: boolean }>();

  constructor(options: PeopleOptions) {
    this.#options = options;
  }

  members(): Member[] {
    return [...this.#members.values()];
  }

  get(memberId: string): Member | null {
    return this.#members.get(memberId) ?? null;
  }

  tracks(): { track: TrackDescription; muted: boolean }[] {
    return [...this.#tracks.values()];
  }

  /** As an earlier process had them (S4); nobody is there yet who could be told. */
  restore(members: readonly Member[]): void {
    for (const member of members.slice(0, this.#options.memberLimit)) this.#members.set(member.memberId, member);
  }

  /** Told by the caller. */
  add(newcomer: Pick<Member, 'memberId' | 'identity' | 'name' | 'role' | 'linkRole' | 'mobile'>, nowMs: number): Member {
    const held = this.#heldAway.delete(personKey(newcomer));
    const person = { ...newcomer, keptToAudience: held, held };
    const onStage = comesOnStage(person, this.#options.stage) && this.#hasFreePlace();
    const member: Member = { ...person, onStage, handRaisedAtWallMs: null, invited: false, joinedAtWallMs: nowMs };
    this.#members.set(member.memberId, member);
    return member;
  }

  /** Ends the member's tracks too. Told by the caller, who calls `fillStage` after it. */
  delete(memberId: string): void {
    this.#endTracksOf(memberId);
    const member = this.#members.get(memberId);
    if (member?.held) this.#holdWhoIsAway(member);
    this.#members.delete(memberId);
  }

  /** The session has ended, and with it what was decided in it. */
  forgetHolds(): void {
    this.#heldAway.clear();
  }

  #holdWhoIsAway(member: Member): void {
    if (this.#heldAway.size >= this.#options.memberLimit) this.#heldAway.delete([...this.#heldAway][0] ?? '');
    this.#heldAway.add(personKey(member));
  }

  /** P1: whoever may now be on stage unasked comes there; whoever was there stays until moved. */
  setRole(member: Member, role: Member['role']): void {
    const person = { ...member, role };
    this.#members.set(member.memberId, { ...person, onStage: member.onStage || (comesOnStage(person, this.#options.stage) && this.#hasFreePlace()) });
  }

  /** P4: up or down; of somebody in the audience of an interactive room it asks for the stage. Throws `hand_not_here`. */
  raiseHand(memberId: string, raised: boolean, nowMs: number): void {
    const member = this.known(memberId);
    if (raised && !member.onStage && !handAsksForStage(this.#options.stage)) {
      throw new AppError('hand_not_here', 'In a webinar the audience listens; write in the chat.', { status: 409 });
    }
    if (raised === (member.handRaisedAtWallMs !== null)) return;
    this.#change(memberId, { handRaisedAtWallMs: raised ? nowMs : null });
  }

  /** Takes somebody's hand down, who may raise it again. Throws `forbidden`, `member_unknown`. */
  lowerHand(byMemberId: string, memberId: string): void {
    const by = this.requireOver(byMemberId, memberId, 'stage.control');
    if (this.known(memberId).handRaisedAtWallMs === null) return;
    this.#change(memberId, { handRaisedAtWallMs: null });
    if (by.memberId !== memberId) this.#options.facts.emit('hand-lowered', { member: this.known(memberId), by });
  }

  /** P4: onto the stage at once whoever asked for it by a raised hand; others are asked. Whoever was held is so no more. Throws `forbidden`, `member_unknown`, `stage_held`, `stage_full`. */
  invite(byMemberId: string, memberId: string): void {
    this.require(byMemberId, 'stage.control');
    const member = this.known(memberId);
    if (member.onStage) return;
    if (byMemberId === memberId) this.#refuseHeld(member);
    this.#requireStagePlace();
    if (member.handRaisedAtWallMs !== null) this.#bringOnStage(memberId);
    else if (!member.invited) this.#change(memberId, { invited: true, held: false });
  }

  /** P4: the answer to an invitation. Throws `not_invited`, `stage_full`. */
  answerInvitation(memberId: string, accepted: boolean): void {
    const member = this.known(memberId);
    if (!member.invited) throw new AppError('not_invited', 'Nobody asks you onto the stage now.', { status: 409 });
    if (!accepted) {
      this.#change(memberId, { invited: false });
      return;
    }
    this.#requireStagePlace();
    this.#bringOnStage(memberId);
  }

  /** P4: back onto the stage, where no one has to be asked. Throws `stage_held`, `stage_not_open`, `stage_full`. */
  enterStage(memberId: string): void {
    const member = this.known(memberId);
    if (member.onStage) return;
    this.#refuseHeld(member);
    if (!mayEnterStage(member, this.#options.stage)) {
      throw new AppError('stage_not_open', 'Raise your hand to be asked onto the stage.', { status: 403 });
    }
    this.#requireStagePlace();
    this.#bringOnStage(memberId);
  }

  /** P4: off the stage, oneself or somebody else, who is held there; their tracks end. Throws `forbidden`, `member_unknown`. */
  toAudience(byMemberId: string, memberId: string): void {
    if (byMemberId !== memberId) this.requireOver(byMemberId, memberId, 'stage.control');
    const member = this.known(memberId);
    if (!member.onStage && !member.invited) return;
    this.#change(memberId, { onStage: false, invited: false, handRaisedAtWallMs: null, keptToAudience: true, held: member.held || byMemberId !== memberId });
    this.#endTracksOf(memberId);
    this.fillStage();
  }

  /** A fact from the media server. False where the member is gone or not on stage: then nothing changed. */
  trackPublished(track: TrackDescription): boolean {
    if (this.#tracks.has(track.trackId) || !this.#members.get(track.memberId)?.onStage) return false;
    this.#tracks.set(track.trackId, { track, muted: false });
    this.#options.facts.emit('track-published', track);
    return true;
  }

  /** Throws `track_unknown`. */
  muteTrack(trackId: string, muted: boolean): void {
    const entry = this.#tracks.get(trackId);
    if (!entry) throw new AppError('track_unknown', 'This track is not published.', { status: 404 });
    if (entry.muted === muted) return;
    this.#tracks.set(trackId, { track: entry.track, muted });
    this.#options.facts.emit('track-muted', { track: entry.track, muted });
  }

  /** Twice is fine. */
  endTrack(trackId: string): void {
    const entry = this.#tracks.get(trackId);
    if (!entry) return;
    this.#tracks.delete(trackId);
    this.#options.facts.emit('track-ended', entry.track);
  }

  known(memberId: string): Member {
    const member = this.#members.get(memberId);
    if (!member) throw new AppError('member_unknown', 'This person is not in the room.', { status: 404 });
    return member;
  }

  require(memberId: string, action: Action): Member {
    const member = this.known(memberId);
    if (!may(member, action)) throw new AppError('forbidden', 'Your role does not allow this.', { status: 403 });
    return member;
  }

  /** Only a host does something to a host, and nobody to the owner. */
  requireOver(byMemberId: string, memberId: string, action: Action): Member {
    const by = this.require(byMemberId, action);
    const target = this.known(memberId);
    const allowed = target.identity !== this.#options.ownerId && (target.role !== 'host' || by.role === 'host');
    if (!allowed) throw new AppError('forbidden', 'Only a host may do this to a host, and nobody to the owner.', { status: 403 });
    return by;
  }

  #hasFreePlace(): boolean {
    return this.members().filter(({ onStage }) => onStage).length < this.#options.stageLimit;
  }

  #refuseHeld(member: Member): void {
    if (!isHeld(member)) return;
    throw new AppError('stage_held', 'You were moved to the audience; a host or a moderator can bring you back.', { status: 403 });
  }

  #requireStagePlace(): void {
    if (!this.#hasFreePlace()) throw new AppError('stage_full', `The stage is full; it takes ${this.#options.stageLimit} people.`, { status: 409 });
  }

  get hasPlace(): boolean {
    return this.#members.size < this.#options.memberLimit;
  }

  /** Throws `room_full`. */
  requirePlace(): void {
    if (this.hasPlace) return;
    throw new AppError('room_full', `The room is full; it takes ${this.#options.memberLimit} people.`, { status: 503 });
  }

  /** P4: a free place goes to who waits longest of those who need not be asked. */
  fillStage(): void {
    for (const member of this.members()) {
      if (!this.#hasFreePlace()) return;
      if (!member.onStage && comesOnStage(member, this.#options.stage)) this.#bringOnStage(member.memberId);
    }
  }

  #bringOnStage(memberId: string): void {
    this.#change(memberId, { onStage: true, invited: false, handRaisedAtWallMs: null, keptToAudience: false, held: false });
  }

  #change(memberId: string, change: Partial<Member>): void {
    const changed = { ...this.known(memberId), ...change };
    this.#members.set(memberId, changed);
    this.#options.facts.emit('member-changed', changed);
  }

  #endTracksOf(memberId: string): void {
    for (const { track } of this.tracks()) if (track.memberId === memberId) this.endTrack(track.trackId);
  }
}

/** Whoever comes in again by the same link under the same name is taken for the same person. */
function personKey({ identity, name }: Pick<Member, 'identity' | 'name'>): string {
  return JSON.stringify([identity, name]);
}

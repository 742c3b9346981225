import type { MeetingKind, StageAccess } from '../../../src/core/stage.js';
import type { Role } from '../../../src/core/roles.js';
import type { MemberMessage } from '../../../src/signaling/protocol.js';

/** Who stands where in the list of people, and what may be done about whom. Pure; the server checks every command. */

/** A list that is longer can be searched. */
export const SEARCH_FROM = 11;

export interface PeopleGroups {
  onStage: MemberMessage[];
  audience: MemberMessage[];
}

/** Hands first, the oldest before the others; then in order of joining. */
export function groupPeople(members: readonly MemberMessage[]): PeopleGroups {
  const ordered = [...byHand(members), ...members.filter(({ handRaisedAt }) => handRaisedAt === null)];
  return { onStage: ordered.filter(({ onStage }) => onStage), audience: ordered.filter(({ onStage }) => !onStage) };
}

/** Whose hands are up, the oldest first. */
export function byHand(members: readonly MemberMessage[]): MemberMessage[] {
  return members.filter(({ handRaisedAt }) => handRaisedAt !== null).sort((one, other) => Number(one.handRaisedAt) - Number(other.handRaisedAt));
}

/** Whether a name is what somebody looks for: every word of it, without regard to case and accents. */
export function isFound(name: string, query: string): boolean {
  const found = plain(name);
  return plain(query).split(/\s+/u).every((word) => found.includes(word));
}

function plain(words: string): string {
  return words.trim().normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();
}

export type PersonAction =
  | { kind: 'mute'; source: 'microphone' | 'camera' | 'screen' }
  | { kind: 'highlight'; on: boolean }
  | { kind: 'pin'; on: boolean }
  /** `asks`: they are asked; else they asked by their hand. */
  | { kind: 'invite'; asks: boolean }
  | { kind: 'lower-hand' }
  | { kind: 'to-audience' }
  | { kind: 'role'; role: Role }
  | { kind: 'remove' };

export interface Onlooker {
  viewer: MemberMessage;
  highlighted: string | null;
  pinned: string | null;
}

/** What `viewer` may do about `person`, in the order of a menu. */
export function actionsOn(person: MemberMessage, { viewer, highlighted, pinned }: Onlooker): PersonAction[] {
  const own = person.memberId === viewer.memberId;
  const runs = viewer.role !== 'participant';
  // Only a host does something to a host, and nobody to the owner.
  const over = runs && !own && !person.owner && (person.role !== 'host' || viewer.role === 'host');
  const actions: PersonAction[] = [];
  if (runs && (person.onStage || highlighted === person.memberId)) actions.push({ kind: 'highlight', on: highlighted !== person.memberId });
  if (person.onStage) actions.push({ kind: 'pin', on: pinned !== person.memberId });
  if (over) {
    for (const source of ['microphone', 'camera', 'screen'] as const) {
      if (person.tracks.some((track) => track.source === source && !track.muted)) actions.push({ kind: 'mute', source });
    }
  }
  if (runs && !own && !person.onStage && !person.invited) actions.push({ kind: 'invite', asks: person.handRaisedAt === null });
  if (over && person.handRaisedAt !== null) actions.push({ kind: 'lower-hand' });
  if (over && (person.onStage || person.invited)) actions.push({ kind: 'to-audience' });
  if (viewer.role === 'host' && over) {
    for (const role of ['host', 'moderator', 'participant'] as const) if (person.role !== role) actions.push({ kind: 'role', role });
  }
  if (over) actions.push({ kind: 'remove' });
  return actions;
}

export interface StageRules {
  stageAccess: StageAccess;
  meetingKind: MeetingKind;
}

/** P4: how somebody in the audience comes onto the stage: by themselves, by a raised hand, or only when invited. */
export function wayOntoStage({ role, held = false }: Pick<MemberMessage, 'role' | 'held'>, { stageAccess, meetingKind }: StageRules): 'enter' | 'ask' | 'wait' {
  if (role !== 'participant' && !held) return 'enter';
  if (meetingKind === 'webinar') return 'wait';
  return stageAccess === 'everyone' && !held ? 'enter' : 'ask';
}

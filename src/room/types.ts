import type { Events } from '../core/events.js';
import type { LayoutName, PictureSettings } from '../core/layouts.js';
import type { TrackDescription } from '../core/media.js';
import type { Role } from '../core/roles.js';
import type { ChatMessage } from './chat.js';
import type { Waiting } from './waiting-room.js';

/** A person in a room, from joining to leaving. */
export interface Member {
  memberId: string;
  /** Stable identity from the join token (`sub`); several members may share it (two tabs). */
  identity: string;
  name: string;
  role: Role;
  /** What the link gives, whatever hosts made of it since: files are asked for by the link. */
  linkRole: Role;
  /** P3: declared in the join message or by the User-Agent; either is enough. */
  mobile: boolean;
  onStage: boolean;
  /** P4: since when the hand is up; null: it is not. */
  handRaisedAtWallMs: number | null;
  /** P4: a host or moderator asked this person onto the stage, and waits for the answer. */
  invited: boolean;
  /** Left the stage, or was taken off it: a free place is not theirs unasked. Where nobody has to ask they may enter again. */
  keptToAudience: boolean;
  /** P4: taken off the stage by somebody else, and may not enter again before a host or moderator brings or invites them. */
  held: boolean;
  joinedAtWallMs: number;
}

/** Somebody whose connections come and go. */
export type Person = Pick<Member, 'identity' | 'name'>;

/** What hosts and moderators chose for a session (V2), as it is kept for the server's next start (S4). */
export interface LiveChoice {
  /** Null: as the room is set. */
  layout: LayoutName | null;
  highlighted: Person | null;
  /** P5. */
  locked: boolean;
}

/** Who was in a session, and what was said, when an earlier process ended (S4). */
export interface FormerPeople {
  members: readonly Member[];
  chat: readonly ChatMessage[];
}

export type SessionEndReason = 'ended-by-member' | 'host-timeout' | 'max-length';

/** What happens in a room. The client's notices and the recorder both follow these facts. */
export interface RoomFacts {
  'session-started': { sessionId: string; startedAtWallMs: number };
  'session-ended': { sessionId: string; reason: SessionEndReason };
  /** The session ends in `leftMs`: unless a host returns (S2), or at its longest (S3). */
  'session-ending': { sessionId: string; leftMs: number; reason: Extract<SessionEndReason, 'host-timeout' | 'max-length'> };
  /** S2: the end that everybody was told of does not come, for a host is back. */
  'session-kept': { sessionId: string };
  'member-joined': Member;
  'member-changed': Member;
  'member-left': Member;
  'track-published': TrackDescription;
  'track-muted': { track: TrackDescription; muted: boolean };
  'track-ended': TrackDescription;
  highlight: { memberId: string | null };
  layout: { layout: LayoutName };
  /** P5. */
  lock: { locked: boolean };
  /** P5: somebody came to the door, or left it. */
  waiting: { waiting: Waiting[] };
  /** P5: who waited is a member now, or was not let in. */
  admitted: Member;
  declined: { memberId: string; reason: 'declined' | 'session-ended' };
  /** Somebody else turned this off (a track of the member's). */
  'moderated-mute': { track: TrackDescription; by: Member };
  /** Somebody else took this member's hand down. */
  'hand-lowered': { member: Member; by: Member };
  /** Whoever it was has left already. */
  removed: { member: Member; by: Member };
  /** A new message, or one whose reactions changed. */
  chat: ChatMessage;
}

/** Read side of a room, as the recorder sees it. */
export interface RoomView {
  readonly roomId: string;
  readonly title: string;
  /** IANA time zone that file names use (F1). */
  readonly timeZone: string;
  /** Identity of the room's owner, always a host. */
  readonly ownerId: string;
  readonly sessionId: string | null;
  readonly facts: Events<RoomFacts>;
  members(): Member[];
  tracks(): { track: TrackDescription; muted: boolean }[];
  readonly highlighted: string | null;
  /** What was written in this session, as far as it is kept. */
  chat(): readonly ChatMessage[];
  /** The chat is kept with the room's recordings. */
  readonly keepsChat: boolean;
  /** How the room's recordings look now. */
  readonly picture: PictureSettings;
}

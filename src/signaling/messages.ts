import { isKept, type RecordingEnding } from '../core/recording.js';
import type { Member, RoomView } from '../room/types.js';
import { may, mayOpenFile } from '../room/permissions.js';
import type { RecordingView } from '../recording/types.js';
import type { ChatMessage } from '../room/chat.js';
import { isHeld } from '../room/stage.js';
import type { Waiting } from '../room/waiting-room.js';
import type { ChatMessageMessage, MemberMessage, RecordingMessage, ServerMessage, WaitingPerson } from './protocol.js';

/** A member as others see it. */
export function memberMessage(member: Member, room: Pick<RoomView, 'ownerId' | 'tracks'>, connected: boolean): MemberMessage {
  return {
    memberId: member.memberId,
    name: member.name,
    role: member.role,
    mobile: member.mobile,
    onStage: member.onStage,
    handRaisedAt: member.handRaisedAtWallMs,
    invited: member.invited,
    ...(isHeld(member) && { held: true }),
    connected,
    ...(member.identity === room.ownerId && { owner: true }),
    tracks: room
      .tracks()
      .filter(({ track }) => track.memberId === member.memberId)
      .map(({ track, muted }) => ({ trackId: track.trackId, kind: track.kind, source: track.source, muted })),
  };
}

export function chatMessage({ number, memberId, name, text, sentAtWallMs, reactions }: ChatMessage): ChatMessageMessage {
  return { number, memberId, name, text, sentAt: sentAtWallMs, reactions: { ...reactions } as Record<string, string[]> };
}

export function waitingMessage({ memberId, name, sinceWallMs }: Waiting): WaitingPerson {
  return { memberId, name, since: sinceWallMs };
}

/** Of a movie that is there. */
export interface FileOwner {
  identity: string;
  name: string | null;
}

/**
 * A recording as one person may see it at `nowWallMs`: where the file is and what went wrong is for
 * hosts and moderators (R6, R7), and whose it is for those of them who may not open it (F3).
 */
export function recordingMessage(
  view: RecordingView,
  viewer: Pick<Member, 'role' | 'linkRole' | 'mobile' | 'identity'>,
  { nowWallMs, owner }: { nowWallMs: number; owner: FileOwner | null },
): RecordingMessage {
  const byLink = { role: viewer.linkRole, mobile: viewer.mobile };
  const isPrivate = owner !== null && !mayOpenFile(byLink, viewer.identity === owner.identity);
  const full = may(viewer, 'files.list');
  const runningMs = view.state === 'recording' ? Math.max(0, nowWallMs - view.asOfWallMs) : 0;
  const failure = view.failure && {
    code: view.failure.code,
    message: full ? view.failure.message : 'The recording failed.',
    kept: isKept(view.failure.code, view.startedAtWallMs),
  };
  return {
    recordingId: view.recordingId,
    ...(view.previousId && { previousId: view.previousId }),
    state: view.state,
    recordedMs: view.recordedMs + runningMs,
    name: full ? view.name : null,
    url: full && may(byLink, 'files.list') && view.state === 'available' ? filesPage(view.roomId, view.recordingId) : null,
    ...(full && isPrivate && { privateTo: { name: owner.name } }),
    failure,
  };
}

export function endingMessage(recordingId: string, ending: RecordingEnding | null): Extract<ServerMessage, { type: 'recording-ending' }> {
  return { type: 'recording-ending', recordingId, leftMs: ending?.leftMs ?? null, reason: ending?.reason ?? null };
}

/** R9 is for all; what the disk holds is for those who can do something about it. */
export function hearsOfEnding(viewer: Pick<Member, 'role' | 'mobile'>, ending: RecordingEnding | null): boolean {
  return ending?.reason !== 'disk-full' || may(viewer, 'files.list');
}

/** The room's Media and Files page, with one file open. */
function filesPage(roomId: string, recordingId: string): string {
  return `/files?room=${roomId}&file=${recordingId}`;
}

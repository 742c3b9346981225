import type { MemberMessage, RecordingMessage, ServerMessage } from '../../src/signaling/protocol.js';

export function member(memberId: string, changes: Partial<MemberMessage> = {}): MemberMessage {
  return { memberId, name: `Person ${memberId}`, role: 'participant', mobile: false, onStage: true, handRaisedAt: null, invited: false, connected: true, tracks: [], ...changes };
}

export function recording(state: RecordingMessage['state'], changes: Partial<RecordingMessage> = {}): RecordingMessage {
  return { recordingId: 'rec1', state, recordedMs: 0, name: null, url: null, failure: null, ...changes };
}

type Joined = Extract<ServerMessage, { type: 'joined' }>;

export function joined(changes: Partial<Joined> = {}): Joined {
  return {
    type: 'joined',
    id: 1,
    protocol: 1,
    memberId: 'me',
    resumeKey: 'key',
    room: { roomId: 'room1', title: 'Weekly planning', stageAccess: 'everyone', meetingKind: 'interactive', keepsChat: false },
    locked: false,
    waiting: [],
    chat: [],
    members: [member('me', { role: 'host' })],
    highlighted: null,
    layout: 'stage',
    recording: null,
    session: { sessionId: 's1' },
    ...changes,
  };
}

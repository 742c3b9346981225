import type { ChatMessageMessage, MemberMessage, RecordingMessage, ServerMessage, WaitingPerson } from '../../../src/signaling/protocol.js';
import { DEFAULT_LAYOUT, type LayoutName } from '../../../src/core/layouts.js';
import type { TrackSource } from '../../../src/core/media.js';
import type { RecordingEnding } from '../../../src/core/recording.js';
import type { QualityLevel } from '../../../src/core/quality.js';
import type { Role } from '../../../src/core/roles.js';
import type { Fact } from './socket.js';
import type { MediaTrack } from './rtc.js';

/** Where the client stands with the server. */
export type ConnectionState =
  | { name: 'connecting' }
  /** P5: the room is locked; a host or moderator decides. */
  | { name: 'waiting'; title: string }
  | { name: 'joined' }
  /** `sinceMs`: monotonic time of the loss. `restarting`: the server said that it is started again. */
  | { name: 'reconnecting'; sinceMs: number; restarting: boolean }
  /** Given up after many attempts; `retry()` begins again. */
  | { name: 'disconnected' }
  /** The server refuses the link or the person. */
  | { name: 'refused'; code: string; message: string }
  /** A host or moderator removed this person. */
  | { name: 'removed'; byName: string }
  | { name: 'ended'; reason: string }
  | { name: 'left' };

type Joined = Extract<ServerMessage, { type: 'joined' }>;

/** A remote track that is received now. */
export interface RemoteTrack {
  trackId: string;
  memberId: string;
  kind: 'audio' | 'video';
  source: TrackSource;
  track: MediaTrack;
}

/** The room as one client sees it. Replaced, never changed in place. */
export interface RoomState {
  connection: ConnectionState;
  room: Joined['room'] | null;
  memberId: string | null;
  /** In order of joining, oneself included. */
  members: MemberMessage[];
  highlighted: string | null;
  /** P5. */
  locked: boolean;
  /** P5: who waits at the door; told to hosts and moderators. */
  waiting: WaitingPerson[];
  /** The newest messages of the session, oldest first. */
  chat: ChatMessageMessage[];
  /** How the recordings of the session are laid out. */
  layout: LayoutName;
  recording: RecordingState | null;
  /** What was told last of a recording that is being finished while another one runs. */
  earlier: RecordingState | null;
  /** How far behind the room's recording its movie is; null where that is not worth a word. */
  movie: MovieBehind | null;
  /** How the room's recording will end by itself (R9, a full disk), or null. */
  recordingEnds: RecordingEnds | null;
  /** S1: false until the first host or moderator entered. */
  sessionRuns: boolean;
  /** Monotonic time at which the session ends (S2, S3), or null. */
  sessionEndsAtMs: number | null;
  /** Why it ends then. */
  sessionEndReason: 'host-timeout' | 'max-length' | null;
  remoteTracks: RemoteTrack[];
  /** How well what people send arrives at the server, by member; who sends nothing is not in it. */
  quality: Readonly<Record<string, QualityLevel>>;
}

/** At this recorded time, ms. */
export type RecordingEnds = { recordingId: string; reason: RecordingEnding['reason']; atRecordedMs: number };

export type MovieBehind = Omit<Extract<ServerMessage, { type: 'recording-progress' }>, 'type'>;

/** Below this the movie is in time. */
const WORTH_A_WORD_MS = 10_000;

/** The room's recording and when the message that says so came (monotonic, ms). */
export type RecordingState = RecordingMessage & { receivedAtMs: number };

export const initialState: RoomState = {
  connection: { name: 'connecting' },
  room: null,
  memberId: null,
  members: [],
  highlighted: null,
  locked: false,
  waiting: [],
  chat: [],
  layout: DEFAULT_LAYOUT,
  recording: null,
  earlier: null,
  movie: null,
  recordingEnds: null,
  sessionRuns: false,
  sessionEndsAtMs: null,
  sessionEndReason: null,
  remoteTracks: [],
  quality: {},
};

/** The state after `message`, which came at `nowMs` (monotonic). Messages that are not of the room's state change nothing. */
export function reduce(state: RoomState, message: Joined | Fact, nowMs: number): RoomState {
  switch (message.type) {
    case 'joined':
      return {
        ...state,
        connection: { name: 'joined' },
        room: message.room,
        memberId: message.memberId,
        members: message.members,
        highlighted: message.highlighted,
        locked: message.locked,
        waiting: message.waiting,
        chat: message.chat,
        layout: message.layout,
        recording: message.recording && { ...message.recording, receivedAtMs: nowMs },
        movie: null,
        recordingEnds: null,
        sessionRuns: message.session !== null,
        sessionEndsAtMs: null,
        sessionEndReason: null,
        // The peer connections are the ones that they were.
        remoteTracks: message.mediaKept ? state.remoteTracks : [],
        quality: {},
      };
    case 'member-joined':
    case 'member-changed':
      return { ...state, members: withMember(state.members, message.member) };
    case 'member-left':
      return {
        ...state,
        members: state.members.filter((member) => member.memberId !== message.memberId),
        highlighted: state.highlighted === message.memberId ? null : state.highlighted,
        remoteTracks: state.remoteTracks.filter((track) => track.memberId !== message.memberId),
        quality: withQuality(state.quality, [{ memberId: message.memberId, level: null }]),
      };
    case 'quality':
      return { ...state, quality: withQuality(state.quality, message.members) };
    case 'highlight':
      return { ...state, highlighted: message.memberId };
    case 'waiting-for-admission':
      return { ...state, connection: { name: 'waiting', title: message.room.title } };
    case 'lock':
      return { ...state, locked: message.locked };
    case 'waiting':
      return { ...state, waiting: message.waiting };
    case 'chat':
      return { ...state, chat: withChat(state.chat, message.message) };
    case 'removed':
      return { ...state, connection: { name: 'removed', byName: message.byName } };
    case 'layout':
      return { ...state, layout: message.layout };
    case 'recording': {
      const told = { ...message.recording, receivedAtMs: nowMs };
      const { recording } = state;
      const other = recording !== null && recording.recordingId !== told.recordingId;
      if (other && takesUp(recording) && !takesUp(told)) return { ...state, earlier: told };
      const isSame = state.movie?.recordingId === told.recordingId && (takesUp(told) || told.state === 'finalising');
      const ends = state.recordingEnds?.recordingId === told.recordingId && takesUp(told) ? state.recordingEnds : null;
      return { ...state, recording: told, movie: isSame ? state.movie : null, recordingEnds: ends };
    }
    case 'recording-progress': {
      const { recordingId, behindMs, leftMs, waits } = message;
      if (state.recording?.recordingId !== recordingId) return state;
      return { ...state, movie: waits || behindMs >= WORTH_A_WORD_MS ? { recordingId, behindMs, leftMs, waits } : null };
    }
    case 'recording-ending': {
      const { recordingId, leftMs, reason } = message;
      if (state.recording?.recordingId !== recordingId) return state;
      const ends = leftMs === null || reason === null ? null : { recordingId, reason, atRecordedMs: recordedMsAt(state.recording, nowMs) + leftMs };
      return { ...state, recordingEnds: ends };
    }
    case 'session-started':
      return { ...state, sessionRuns: true };
    case 'session-ending':
      return { ...state, sessionEndsAtMs: nowMs + message.leftMs, sessionEndReason: message.reason };
    case 'session-kept':
      return { ...state, sessionEndsAtMs: null, sessionEndReason: null };
    case 'session-ended':
      return { ...state, connection: { name: 'ended', reason: message.reason } };
    case 'error':
    case 'muted-by':
    case 'hand-lowered':
    case 'levels':
    case 'wanted-height':
    case 'server-restarting':
    case 'subscribe-offer':
      return state;
  }
}

function withQuality(quality: RoomState['quality'], members: readonly { memberId: string; level: QualityLevel | null }[]): RoomState['quality'] {
  const told = new Map(Object.entries(quality));
  for (const { memberId, level } of members) {
    if (level === null) told.delete(memberId);
    else told.set(memberId, level);
  }
  return Object.fromEntries(told);
}

function takesUp({ state }: RecordingState): boolean {
  return state === 'starting' || state === 'recording' || state === 'paused';
}

/** As many are kept as the server keeps. */
const CHAT_MEMORY = 200;

function withChat(chat: ChatMessageMessage[], message: ChatMessageMessage): ChatMessageMessage[] {
  const known = chat.some(({ number }) => number === message.number);
  if (known) return chat.map((other) => (other.number === message.number ? message : other));
  return [...chat, message].slice(-CHAT_MEMORY);
}

function withMember(members: MemberMessage[], member: MemberMessage): MemberMessage[] {
  const known = members.some((other) => other.memberId === member.memberId);
  return known
    ? members.map((other) => (other.memberId === member.memberId ? member : other))
    : [...members, member];
}

export function ownMember(state: RoomState): MemberMessage | null {
  return state.members.find((member) => member.memberId === state.memberId) ?? null;
}

export function ownRole(state: RoomState): Role {
  return ownMember(state)?.role ?? 'participant';
}

/** P2 and P3, as far as the buttons go; the server checks every command. */
export function mayControlRecording(state: RoomState): boolean {
  const own = ownMember(state);
  return own !== null && own.role !== 'participant' && !own.mobile;
}

/** Hosts and moderators run the meeting: the stage, the door, who is heard. */
export function mayModerate(state: RoomState): boolean {
  return ownRole(state) !== 'participant';
}

/** How others see that what somebody sends arrives badly: weak, or next to nothing of it. */
export type Weakness = 'weak' | 'bad';

/** Null: it is good enough, or nothing is known of it; who is reconnecting is told otherwise. */
export function weaknessOf({ quality }: Pick<RoomState, 'quality'>, { memberId, connected }: Pick<MemberMessage, 'memberId' | 'connected'>): Weakness | null {
  const level = quality[memberId];
  if (level === undefined || level > 1 || !connected) return null;
  return level === 1 ? 'weak' : 'bad';
}

/** The server has the screen, and others can see it. */
export function sharesScreen(member: MemberMessage): boolean {
  return member.tracks.some((track) => track.source === 'screen' && !track.muted);
}

/** Recorded time at `nowMs` (monotonic), ms. */
export function recordedMsAt(recording: RecordingState, nowMs: number): number {
  const since = recording.state === 'recording' ? Math.max(0, nowMs - recording.receivedAtMs) : 0;
  return recording.recordedMs + since;
}

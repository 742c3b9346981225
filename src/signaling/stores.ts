import type { LayoutName, PictureSettings } from '../core/layouts.js';
import type { RecordingState } from '../core/recording.js';
import type { StageSettings } from '../core/stage.js';
import type { ChatMessage } from '../room/chat.js';
import type { LiveChoice, Member, Person } from '../room/types.js';

/**
 * What signaling needs of storage, no more; `openStorage` gives it. Calls are synchronous
 * (better-sqlite3) and each is one transaction. Times are wall milliseconds.
 */

export const ROOM_KINDS = ['single', 'channel', 'gallery'] as const;
export type RoomKind = (typeof ROOM_KINDS)[number];

/** What can be set when a room is made. */
export type NewRoomSettings = Partial<PictureSettings & StageSettings> & {
  /** R9: at its longest a recording goes on in a next part; default true. */
  rollOver?: boolean;
  /** The chat is kept beside the recordings; default false. */
  keepChat?: boolean;
};

export interface RoomRecord {
  id: string;
  title: string;
  /** Identity of the room's owner. */
  ownerId: string;
  /** IANA time zone that file names use (F1). */
  timeZone: string;
  settings: Partial<PictureSettings & StageSettings> & {
    /** S3, default 24 h. */
    maxSessionMs?: number;
    keepChat?: boolean;
  };
}

export interface RoomStore {
  create(room: {
    title: string;
    kind: RoomKind;
    ownerId: string;
    timeZone: string;
    settings: NewRoomSettings;
    createdAtMs: number;
  }): RoomRecord;
  get(roomId: string): RoomRecord | null;
}

/** A session that has not ended (S4). */
export interface OpenSession {
  id: string;
  roomId: string;
  startedAtMs: number;
  /** S3: when it ends at the latest. */
  endsAtLatestMs: number;
  /** S2: since when no host is there; null while one is, or was when the process died. */
  hostLeftAtMs: number | null;
  /** Null: as the room is set. */
  layout: LayoutName | null;
  highlighted: Person | null;
  /** P5. */
  locked: boolean;
}

/** A member of an open session; `keyHash` is of what brings them back. */
export interface KeptMember extends Member {
  keyHash: string;
}

/** What changed of who is in a session, and of what was said. */
export interface PeopleChanges {
  members: KeptMember[];
  gone: string[];
  chat: ChatMessage[];
  /** Older messages are kept no longer. */
  chatFrom: number;
}

export interface SessionStore {
  /** Starts a session and makes its id. */
  start(session: { roomId: string; startedAtMs: number; endsAtLatestMs: number }): { id: string };
  setHostLeft(sessionId: string, hostLeftAtMs: number | null): void;
  keepChoice(sessionId: string, choice: LiveChoice): void;
  keepPeople(sessionId: string, changes: PeopleChanges): void;
  /** In the order of joining, and of sending. */
  people(sessionId: string): { members: KeptMember[]; chat: ChatMessage[] };
  end(sessionId: string, endedAtMs: number, reason: string): void;
  /** Of all rooms. */
  allOpen(): OpenSession[];
}

/** A recording as its room's files show it. */
export interface RecordingRecord {
  id: string;
  roomId: string;
  /** F2: identity. */
  ownerId: string;
  state: RecordingState;
  /** F1's file name; null until it is filed. */
  name: string | null;
  /** The meeting's title when it was recorded. */
  title: string;
  bytes: number | null;
  durationMs: number | null;
  startedAtMs: number | null;
  /** Of the movie, below the data directory; null until it is filed. */
  path: string | null;
  /** What went wrong (R12); null where nothing did. */
  failureCode: string | null;
  failureMessage: string | null;
}

export interface RecordingStore {
  get(recordingId: string): RecordingRecord | null;
  /** Newest first. */
  list(roomId: string): RecordingRecord[];
  /** Under which name the owner was in the meeting; null where that is not known. */
  ownerName(recordingId: string): string | null;
}

/** A key of an integrator's program. */
export interface ApiKeyRecord {
  id: string;
  name: string;
  /** SHA-256, hexadecimal. */
  secretHash: string;
  revokedAtMs: number | null;
}

export interface ApiKeyStore {
  create(key: { name: string; secretHash: string; createdAtMs: number }): ApiKeyRecord;
  get(id: string): ApiKeyRecord | null;
}

export interface SignalingStorage {
  rooms: RoomStore;
  sessions: SessionStore;
  recordings: RecordingStore;
  apiKeys: ApiKeyStore;
}

import { sql } from 'drizzle-orm';
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Reaction } from '../core/chat.js';
import type { FileType } from '../core/file-types.js';
import type { LayoutName, PictureSettings } from '../core/layouts.js';
import type { Role } from '../core/roles.js';
import type { StageSettings } from '../core/stage.js';
import type { RecordingGap, RecordingReport, RecordingState } from '../core/recording.js';

/**
 * The tables of `reelroom.db`; docs/storage.md documents them as a stable read interface (A4). Times are
 * ms since 1970 UTC, durations ms. Columns are added, never renamed or given another meaning.
 */

export type RoomKind = 'single' | 'channel' | 'gallery';

/** What can be set per room; a field that is left out has its default. */
export interface RoomSettings extends Partial<PictureSettings & StageSettings> {
  /** Identity of the channel's or gallery's owner (F2). */
  collectionOwnerId?: string;
  /** Keep the journal after the movie was verified. Default: delete it. */
  keepJournals?: boolean;
  /** S3, default 24 h. */
  maxSessionMs?: number;
  /** R9: at the cap a next part goes on. Default: true. */
  rollOver?: boolean;
  /** The chat is kept beside the recordings. Default: false. */
  keepChat?: boolean;
}

export const rooms = sqliteTable(
  'rooms',
  {
    id: text('id').primaryKey(),
    title: text('title').notNull(),
    kind: text('kind').$type<RoomKind>().notNull(),
    ownerId: text('owner_id').notNull(),
    timeZone: text('time_zone').notNull(),
    settings: text('settings', { mode: 'json' }).$type<RoomSettings>().notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [check('rooms_kind', sql`${table.kind} in ('single', 'channel', 'gallery')`)],
);

export const sessions = sqliteTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    roomId: text('room_id').notNull().references(() => rooms.id),
    startedAtMs: integer('started_at_ms').notNull(),
    /** S3: when the session ends at the latest. */
    endsAtLatestMs: integer('ends_at_latest_ms').notNull(),
    /** S2: since when no host is there; null while one is, or was when the process died. */
    hostLeftAtMs: integer('host_left_at_ms'),
    /** S4: of its recordings, chosen live; null: as the room is set. */
    layout: text('layout').$type<LayoutName>(),
    /** S4: who is highlighted; null: nobody. */
    highlighted: text('highlighted', { mode: 'json' }).$type<{ identity: string; name: string }>(),
    /** P5: S4, as chosen live. */
    locked: integer('locked', { mode: 'boolean' }).notNull().default(false),
    endedAtMs: integer('ended_at_ms'),
    endReason: text('end_reason'),
  },
  (table) => [uniqueIndex('sessions_one_open').on(table.roomId).where(sql`${table.endedAtMs} is null`)],
);

/** S4: who is in an open session, and in which part; gone when it ends. */
export const sessionMembers = sqliteTable(
  'session_members',
  {
    sessionId: text('session_id').notNull().references(() => sessions.id, { onDelete: 'cascade' }),
    memberId: text('member_id').notNull(),
    identity: text('identity').notNull(),
    name: text('name').notNull(),
    /** As it was changed live (P1). */
    role: text('role').$type<Role>().notNull(),
    /** Of the link. */
    linkRole: text('link_role').$type<Role>().notNull(),
    mobile: integer('mobile', { mode: 'boolean' }).notNull(),
    onStage: integer('on_stage', { mode: 'boolean' }).notNull(),
    handRaisedAtWallMs: integer('hand_raised_at_ms'),
    invited: integer('invited', { mode: 'boolean' }).notNull(),
    keptToAudience: integer('kept_to_audience', { mode: 'boolean' }).notNull(),
    held: integer('held', { mode: 'boolean' }).notNull(),
    joinedAtWallMs: integer('joined_at_ms').notNull(),
    /** SHA-256 of what brings the member back, hexadecimal. */
    keyHash: text('key_hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.memberId] })],
);

/** S4: the newest messages of an open session's chat; gone when it ends. */
export const sessionChat = sqliteTable(
  'session_chat',
  {
    sessionId: text('session_id').notNull().references(() => sessions.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    memberId: text('member_id').notNull(),
    name: text('name').notNull(),
    text: text('text').notNull(),
    sentAtWallMs: integer('sent_at_ms').notNull(),
    reactions: text('reactions', { mode: 'json' }).$type<Partial<Record<Reaction, string[]>>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.number] })],
);

export const recordings = sqliteTable(
  'recordings',
  {
    id: text('id').primaryKey(),
    roomId: text('room_id').notNull().references(() => rooms.id),
    sessionId: text('session_id').notNull(),
    /** F1's file name; null until it is filed. */
    name: text('name'),
    state: text('state').$type<RecordingState>().notNull(),
    ownerId: text('owner_id').notNull(),
    startedBy: text('started_by').notNull(),
    /** Meeting title and time zone when it was recorded, which name the file. */
    title: text('title').notNull(),
    timeZone: text('time_zone').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    startedAtMs: integer('started_at_ms'),
    durationMs: integer('duration_ms'),
    bytes: integer('bytes'),
    /** Of the movie, below the data directory; null until it is filed. */
    path: text('path'),
    health: text('health').$type<'complete' | 'gaps'>(),
    gaps: text('gaps', { mode: 'json' }).$type<RecordingGap[]>(),
    report: text('report', { mode: 'json' }).$type<RecordingReport>(),
    failureCode: text('failure_code'),
    failureMessage: text('failure_message'),
    keepJournal: integer('keep_journal', { mode: 'boolean' }).notNull(),
    /** R9: the part before this one. */
    previousId: text('previous_id'),
  },
  (table) => [
    index('recordings_room').on(table.roomId, table.createdAtMs),
    // R10, held even against a mistake in the program.
    uniqueIndex('recordings_one_running')
      .on(table.roomId)
      .where(sql`${table.state} in ('starting', 'recording', 'paused')`),
    check(
      'recordings_state',
      sql`${table.state} in ('starting', 'recording', 'paused', 'finalising', 'verifying', 'storing', 'available', 'failed')`,
    ),
  ],
);

/** Every change of a recording's state; written in the same transaction. */
export const recordingEvents = sqliteTable(
  'recording_events',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    recordingId: text('recording_id').notNull().references(() => recordings.id, { onDelete: 'cascade' }),
    atMs: integer('at_ms').notNull(),
    fromState: text('from_state').$type<RecordingState>(),
    toState: text('to_state').$type<RecordingState>().notNull(),
    /** Identity of who asked for it; null where the server did. */
    actor: text('actor'),
    detail: text('detail', { mode: 'json' }).$type<Record<string, unknown>>(),
  },
  (table) => [index('recording_events_recording').on(table.recordingId, table.id)],
);

/** What people put into a room's Media and Files beside its recordings. */
export const roomFiles = sqliteTable(
  'room_files',
  {
    id: text('id').primaryKey(),
    roomId: text('room_id').notNull().references(() => rooms.id),
    /** As people see it; the file on the disk is named by its id. */
    name: text('name').notNull(),
    type: text('type').$type<FileType>().notNull(),
    bytes: integer('bytes').notNull(),
    /** Below the data directory. */
    path: text('path').notNull(),
    /** Identity of who put it there. */
    addedBy: text('added_by').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [uniqueIndex('room_files_name').on(table.roomId, table.name)],
);

/** Keys by which integrators' programs make rooms and join tokens. */
export const apiKeys = sqliteTable('api_keys', {
  id: text('id').primaryKey(),
  /** What it is for, in the admin's words. */
  name: text('name').notNull(),
  /** SHA-256 of the secret, hexadecimal. */
  secretHash: text('secret_hash').notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  /** Null: it is valid. */
  revokedAtMs: integer('revoked_at_ms'),
});

/** R3: who confirmed that they are recorded, and when. */
export const consents = sqliteTable(
  'consents',
  {
    recordingId: text('recording_id').notNull().references(() => recordings.id, { onDelete: 'cascade' }),
    memberId: text('member_id').notNull(),
    identity: text('identity').notNull(),
    name: text('name').notNull(),
    confirmedAtMs: integer('confirmed_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.recordingId, table.memberId] })],
);

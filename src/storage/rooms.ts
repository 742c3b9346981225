import { asc, eq } from 'drizzle-orm';
import { AppError } from '../core/errors.js';
import { guarded, type Database } from './database.js';
import { newId } from './ids.js';
import { rooms, type RoomKind, type RoomSettings } from './schema.js';

export type RoomRow = typeof rooms.$inferSelect;

export interface NewRoom {
  /** Left out: a new one. */
  id?: string;
  title: string;
  kind?: RoomKind;
  ownerId: string;
  timeZone: string;
  settings?: RoomSettings;
  createdAtMs: number;
}

/** Longest title, Unicode code points. */
export const MAX_TITLE_LENGTH = 1000;

export class Rooms {
  readonly #db: Database;
  constructor(db: Database) {
    this.#db = db;
  }

  /** Throws `AppError` `title_invalid`, `time_zone_unknown`, `room_kind_unknown`. */
  create(room: NewRoom): RoomRow {
    const title = room.title.trim();
    const length = Array.from(title).length;
    if (length === 0 || length > MAX_TITLE_LENGTH) {
      throw new AppError('title_invalid', `A meeting's title has 1 to ${MAX_TITLE_LENGTH} characters.`);
    }
    const { id = newId(), kind = 'single', settings = {}, ownerId, timeZone, createdAtMs } = room;
    if (!['single', 'channel', 'gallery'].includes(kind)) {
      throw new AppError('room_kind_unknown', `A room is single, channel or gallery, not "${String(kind)}".`);
    }
    checkTimeZone(timeZone);
    const row = { id, title, kind, ownerId, timeZone, settings, createdAtMs };
    return guarded(() => this.#db.insert(rooms).values(row).returning().get());
  }

  get(id: string): RoomRow | null {
    return guarded(() => this.#db.select().from(rooms).where(eq(rooms.id, id)).get() ?? null);
  }

  /** Oldest first. */
  list(): RoomRow[] {
    return guarded(() => this.#db.select().from(rooms).orderBy(asc(rooms.createdAtMs), asc(rooms.id)).all());
  }
}

function checkTimeZone(name: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    throw new AppError('time_zone_unknown', `"${name}" is not a time zone's IANA name, such as Europe/Berlin.`);
  }
}

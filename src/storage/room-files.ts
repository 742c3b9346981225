import { count, desc, eq } from 'drizzle-orm';
import { AppError } from '../core/errors.js';
import { guarded, type Database } from './database.js';
import { roomFiles } from './schema.js';

export type RoomFileRow = typeof roomFiles.$inferSelect;

/** What people put into rooms' Media and Files: the rows. `FileShelf` has the files. */
export class RoomFiles {
  readonly #db: Database;
  constructor(db: Database) {
    this.#db = db;
  }

  /** Throws `AppError` `name_taken`. */
  create(file: RoomFileRow): RoomFileRow {
    return unlessTaken(() => this.#db.insert(roomFiles).values(file).returning().get());
  }

  /** Null where there is no such file. Throws `AppError` `name_taken`. */
  rename(id: string, name: string): RoomFileRow | null {
    return unlessTaken(() => this.#db.update(roomFiles).set({ name }).where(eq(roomFiles.id, id)).returning().get() ?? null);
  }

  remove(id: string): void {
    guarded(() => this.#db.delete(roomFiles).where(eq(roomFiles.id, id)).run());
  }

  /** Of any room. */
  get(id: string): RoomFileRow | null {
    return guarded(() => this.#db.select().from(roomFiles).where(eq(roomFiles.id, id)).get() ?? null);
  }


  /** Newest first. */
  list(roomId: string): RoomFileRow[] {
    return guarded(() =>
      this.#db.select().from(roomFiles).where(eq(roomFiles.roomId, roomId)).orderBy(desc(roomFiles.createdAtMs), desc(roomFiles.id)).all(),
    );
  }

  count(roomId: string): number {
    return guarded(() => this.#db.select({ files: count() }).from(roomFiles).where(eq(roomFiles.roomId, roomId)).get()?.files ?? 0);
  }
}

function unlessTaken<T>(write: () => T): T {
  return guarded(() => {
    try {
      return write();
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== 'SQLITE_CONSTRAINT_UNIQUE') throw cause;
      throw new AppError('name_taken', 'A file of this name is there already.', { status: 409, cause });
    }
  });
}

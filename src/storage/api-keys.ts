import { and, asc, eq, isNull } from 'drizzle-orm';
import { guarded, type Database } from './database.js';
import { newId } from './ids.js';
import { apiKeys } from './schema.js';

export type ApiKeyRow = typeof apiKeys.$inferSelect;

/** Keys of integrators' programs; of their secrets the hashes alone. */
export class ApiKeys {
  readonly #db: Database;
  constructor(db: Database) {
    this.#db = db;
  }

  create(key: Pick<ApiKeyRow, 'name' | 'secretHash' | 'createdAtMs'>): ApiKeyRow {
    return guarded(() => this.#db.insert(apiKeys).values({ id: newId(), ...key }).returning().get());
  }

  get(id: string): ApiKeyRow | null {
    return guarded(() => this.#db.select().from(apiKeys).where(eq(apiKeys.id, id)).get() ?? null);
  }

  /** Oldest first, revoked ones too. */
  list(): ApiKeyRow[] {
    return guarded(() => this.#db.select().from(apiKeys).orderBy(asc(apiKeys.createdAtMs), asc(apiKeys.id)).all());
  }

  /** For good. Null where there is no such key; twice changes nothing. */
  revoke(id: string, revokedAtMs: number): ApiKeyRow | null {
    return guarded(() => {
      this.#db.update(apiKeys).set({ revokedAtMs }).where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAtMs))).run();
      return this.get(id);
    });
  }
}

import { isKeyOf } from './resume-keys.js';

/** Members whom an earlier process left behind (S4): each comes back by the key that it gave them, or has left. */
export class Absent {
  readonly #keyHashes: Map<string, string>;
  readonly #timer: NodeJS.Timeout | undefined;

  /** `gone` gets those who did not come back in time. */
  constructor(keyHashes: ReadonlyMap<string, string>, limitMs: number, gone: (memberIds: string[]) => void) {
    this.#keyHashes = new Map(keyHashes);
    if (this.#keyHashes.size === 0) return;
    this.#timer = setTimeout(() => {
      const memberIds = [...this.#keyHashes.keys()];
      this.#keyHashes.clear();
      gone(memberIds);
    }, limitMs);
  }

  keyHash(memberId: string): string | null {
    return this.#keyHashes.get(memberId) ?? null;
  }

  /** True, once, for whoever has the member's key. */
  take(memberId: string, key: string): boolean {
    const hash = this.#keyHashes.get(memberId);
    return hash !== undefined && isKeyOf(key, hash) && this.#keyHashes.delete(memberId);
  }

  /** Somebody had the member leave. */
  forget(memberId: string): void {
    this.#keyHashes.delete(memberId);
  }

  /** Clears the timer. Twice is fine. */
  close(): void {
    clearTimeout(this.#timer);
  }
}

import type { QualityLevel } from '../core/quality.js';

/** Changes are told this often at most, ms. */
const EVERY_MS = 2000;

export interface MemberQuality {
  memberId: string;
  /** Null: there is none any more. */
  level: QualityLevel | null;
}

/** How well what each member sends arrives, and the telling of its changes. */
export class Quality {
  readonly #tell: (changed: MemberQuality[]) => void;
  readonly #levels = new Map<string, QualityLevel>();
  readonly #changed = new Map<string, QualityLevel | null>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(tell: (changed: MemberQuality[]) => void) {
    this.#tell = tell;
  }

  all(): MemberQuality[] {
    return [...this.#levels].map(([memberId, level]) => ({ memberId, level }));
  }

  set(memberId: string, level: QualityLevel | null): void {
    if (this.#closed || (this.#levels.get(memberId) ?? null) === level) return;
    if (level === null) this.#levels.delete(memberId);
    else this.#levels.set(memberId, level);
    this.#changed.set(memberId, level);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const changed = [...this.#changed].map(([id, now]) => ({ memberId: id, level: now }));
      this.#changed.clear();
      if (changed.length > 0) this.#tell(changed);
    }, EVERY_MS);
  }

  /** The member is gone, which is told otherwise. */
  forget(memberId: string): void {
    this.#levels.delete(memberId);
    this.#changed.delete(memberId);
  }

  /** Twice is fine. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

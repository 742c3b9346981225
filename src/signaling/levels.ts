/** Levels are told this often, ms. */
const EVERY_MS = 200;

export interface Level {
  memberId: string;
  levelDbov: number;
}

/** Gathers how loud people are, and tells it a few times a second while anybody is heard. */
export class Levels {
  readonly #tell: (levels: Level[]) => void;
  readonly #levels = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (levels: Level[]) => void) {
    this.#tell = tell;
  }

  heard(memberId: string, levelDbov: number): void {
    this.#levels.set(memberId, levelDbov);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const levels = [...this.#levels].map(([id, level]) => ({ memberId: id, levelDbov: level }));
      this.#levels.clear();
      this.#tell(levels);
    }, EVERY_MS);
  }

  forget(memberId: string): void {
    this.#levels.delete(memberId);
  }

  /** Twice is fine. */
  close(): void {
    clearTimeout(this.#timer);
  }
}

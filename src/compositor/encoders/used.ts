import { readFile, rm, writeFile } from 'node:fs/promises';

/** What made a movie from one frame on. */
interface Part {
  fromFrame: number;
  encoder: string;
  preset: string;
}

/**
 * Which encoders and presets made a movie (R12). Kept beside the unfinished movie, so that it is known after a
 * restart of the encoder, the worker or the server.
 */
export class UsedEncoders {
  readonly #path: string;
  #parts: Part[];

  private constructor(path: string, parts: Part[]) {
    this.#path = path;
    this.#parts = parts;
  }

  /** `framesStored`: of the movie that goes on; what was made behind them is made again. */
  static async open(path: string, framesStored: number): Promise<UsedEncoders> {
    const text = framesStored > 0 ? await readFile(path, 'utf8').catch(() => '[]') : '[]';
    return new UsedEncoders(path, partsOf(text).filter((part) => part.fromFrame < framesStored));
  }

  /** From frame `fromFrame` on. What cannot be written is known until the next restart. */
  async add(fromFrame: number, encoder: string, preset: string): Promise<void> {
    const last = this.#parts.at(-1);
    if (last?.encoder === encoder && last.preset === preset) return;
    this.#parts.push({ fromFrame, encoder, preset });
    await writeFile(this.#path, JSON.stringify(this.#parts)).catch(() => undefined);
  }

  /** In the order of their first use, with commas. */
  get encoders(): string {
    return [...new Set(this.#parts.map(({ encoder }) => encoder))].join(', ');
  }

  get presets(): string {
    return [...new Set(this.#parts.map(({ preset }) => preset))].join(', ');
  }

  /** The movie is finished. */
  async remove(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

function partsOf(text: string): Part[] {
  try {
    const parts: unknown = JSON.parse(text);
    return Array.isArray(parts) ? (parts as Part[]) : [];
  } catch {
    return [];
  }
}

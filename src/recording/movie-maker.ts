import type { ComposeJob } from '../compositor/messages.js';
import { AppError, messageOf } from '../core/errors.js';
import type { Log } from '../core/log.js';
import type { RecordingReport } from '../core/recording.js';

/** A composition under way, in a worker. */
export interface Composing {
  /** Rejects with the `AppError` that the worker ended with, or one that says that the worker died. */
  done: Promise<RecordingReport>;
  /** The journal has more to read. */
  grown(): void;
  /** Writes the present picture; false where there is none. */
  still(): Promise<boolean>;
  /** Leaves the unfinished movie for a later resume; `done` rejects with `aborted`. */
  abort(): void;
}

export interface Compositor {
  compose(job: ComposeJob, onProgress?: (progress: Progress) => void): Composing;
}

export interface Progress {
  frames: number;
  /** Others are composed first. */
  waits: boolean;
}

export interface MovieMakerParts {
  compositor: Compositor;
  job: Omit<ComposeJob, 'live' | 'resume'>;
  /** Continue what an earlier process left. */
  resume: boolean;
  log: Log;
  onProgress: (progress: Progress) => void;
}

/** Trying again does not help while the machine is as it is. */
const NEEDS_HELP = new Set(['encoder_missing', 'native_missing', 'disk_full', 'journal_empty', 'compositor_closed']);

/**
 * Makes a journal's movie. The compositor starts dying workers and encoders again by itself; what it gives
 * up on is tried again here once the journal is complete: behind the last chunk that is safe, and then from
 * the beginning. Until then a hopeless composition only waits, for the journal has everything.
 */
export class MovieMaker {
  readonly #parts: MovieMakerParts;
  #live: boolean;
  #composing: Composing | null = null;
  #endOfJournal: () => void = () => {};
  readonly #journalEnded: Promise<void>;
  #aborted = false;

  /** `live`: the journal still grows, until `journalEnded`. */
  constructor(parts: MovieMakerParts, live: boolean) {
    this.#parts = parts;
    this.#live = live;
    this.#journalEnded = new Promise((resolve) => (this.#endOfJournal = resolve));
    if (!live) this.#endOfJournal();
  }

  grown(): void {
    this.#composing?.grown();
  }

  still(): Promise<boolean> {
    return this.#composing?.still() ?? Promise.resolve(false);
  }

  /** The journal has all it will ever have. `cut`: it has no end that whoever follows it could see. */
  journalEnded(cut: boolean): void {
    if (!this.#live) return;
    this.#live = false;
    this.#endOfJournal();
    if (cut) this.#composing?.abort();
    else this.#composing?.grown();
  }

  /** Leaves the unfinished movie for a later process; `make` rejects with `aborted`. Twice is fine. */
  abort(): void {
    this.#aborted = true;
    this.#endOfJournal();
    this.#composing?.abort();
  }

  /** Called once. Rejects with the last attempt's `AppError`. */
  async make(): Promise<RecordingReport> {
    let { resume } = this.#parts;
    if (this.#live) {
      try {
        return await this.#compose({ live: true, resume });
      } catch (error) {
        this.#tell(error, true);
        await this.#journalEnded;
        resume = true;
      }
    }
    try {
      return await this.#compose({ live: false, resume });
    } catch (error) {
      this.#tell(error, false);
      if (!resume || NEEDS_HELP.has(codeOf(error))) throw error;
    }
    return this.#compose({ live: false, resume: false });
  }

  async #compose(how: { live: boolean; resume: boolean }): Promise<RecordingReport> {
    if (this.#aborted) throw new AppError('aborted', 'Composing was stopped; it can be continued.', { audience: 'operator' });
    this.#composing = this.#parts.compositor.compose({ ...this.#parts.job, ...how }, this.#parts.onProgress);
    try {
      return await this.#composing.done;
    } finally {
      this.#composing = null;
    }
  }

  #tell(error: unknown, live: boolean): void {
    if (this.#aborted) throw error;
    this.#parts.log.warn({ code: codeOf(error), err: messageOf(error), journal: this.#parts.job.journalDir, live }, 'composing failed');
  }
}

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : 'unknown';
}

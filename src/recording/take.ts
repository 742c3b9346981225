import type { Clock } from '../core/clock.js';
import type { AppError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import type { TrackHub } from '../core/media.js';
import type { EndReason } from '../journal/records.js';
import { JournalWriter } from '../journal/writer.js';
import type { RoomView } from '../room/types.js';
import { Recorder } from './recorder.js';

export interface TakeParts {
  recordingId: string;
  room: RoomView;
  sessionId: string;
  journalDir: string;
  hub: TrackHub;
  clock: Clock;
  log: Log;
  onFlushed: () => void;
  onFailed: (error: AppError) => void;
}

/** A recording while it takes up the meeting: the recorder in the room and the journal that it writes. */
export class Take {
  readonly startedAtWallMs: number;
  readonly #journal: JournalWriter;
  readonly #recorder: Recorder;
  #ended: Promise<{ cut: boolean }> | null = null;

  /** Throws `AppError` `disk_full`, `journal_write_failed`. */
  static async begin(parts: TakeParts): Promise<Take> {
    const { recordingId, journalDir, clock, onFlushed, onFailed } = parts;
    const startedAtWallMs = clock.wallMs();
    const originUs = clock.monotonicUs();
    const journal = await JournalWriter.create({
      dir: journalDir,
      recordingId,
      startedAtWallMs,
      nowUs: () => clock.monotonicUs() - originUs,
      onFlushed,
      onFailed,
    });
    return new Take(parts, journal, startedAtWallMs, originUs);
  }

  private constructor(parts: TakeParts, journal: JournalWriter, startedAtWallMs: number, originUs: number) {
    const { room, sessionId, hub, clock, log } = parts;
    this.startedAtWallMs = startedAtWallMs;
    this.#journal = journal;
    const monotonicUs = () => clock.monotonicUs();
    this.#recorder = new Recorder({ room, sessionId, hub, journal, originUs, monotonicUs, log });
  }

  get droppedPackets(): number {
    return this.#journal.stats.droppedPackets;
  }

  pause(): void {
    this.#recorder.pause();
  }

  resume(): void {
    this.#recorder.resume();
  }

  mark(memberId: string, label: string): void {
    this.#recorder.mark(memberId, label);
  }

  /**
   * Leaves the room and ends the journal; `cut` where that could not be written. Twice is fine, never
   * rejects.
   */
  end(reason: EndReason): Promise<{ cut: boolean }> {
    this.#recorder.close();
    this.#ended ??= this.#journal.close(reason).then(() => ({ cut: this.#journal.failure !== null }));
    return this.#ended;
  }
}

import type { RecordingEnding } from '../core/recording.js';
import { SHORT_MS } from './health.js';

/** R9: told so long before, and again, as of a session's end (S2). */
const WARNINGS_MS = [5 * 60_000, 60_000] as const;
/** A disk that was short is so until it has this much more room, so that it does not come and go. */
const ROOMY_AGAIN = 1.1;
/** What is left of a disk is an estimate: another one is told where it differs by so much, of itself and at least. */
const DIFFERS = { share: 0.1, ms: 60_000 } as const;

/** What is known of a recording at one moment, ms of recorded time. */
export interface EndingSigns {
  recordedMs: number;
  /** How long the disk lasts. */
  diskMs: number;
  /** Until its longest; null: a next part follows. */
  capMs: number | null;
}

/** When people are told that a recording will end by itself, and how soon. Pure. */
export class EndingWatch {
  #told: { reason: RecordingEnding['reason']; endsAtMs: number; warnings: number } | null = null;

  /** What is to be told now; null: it does not end any more; undefined: nothing new. */
  look({ recordedMs, diskMs, capMs }: EndingSigns): RecordingEnding | null | undefined {
    const told = this.#told;
    const shortMs = told?.reason === 'disk-full' ? SHORT_MS * ROOMY_AGAIN : SHORT_MS;
    const disk: RecordingEnding | null = diskMs < shortMs ? { reason: 'disk-full', leftMs: diskMs } : null;
    const cap: RecordingEnding | null = capMs !== null && capMs <= WARNINGS_MS[0] ? { reason: 'cap', leftMs: Math.max(0, capMs) } : null;
    const ending = disk && cap ? (disk.leftMs < cap.leftMs ? disk : cap) : (disk ?? cap);
    if (!ending) {
      this.#told = null;
      return told ? null : undefined;
    }
    const { reason, leftMs } = ending;
    const endsAtMs = recordedMs + leftMs;
    const warnings = WARNINGS_MS.filter((warningMs) => leftMs <= warningMs).length;
    const isNews =
      told?.reason !== reason || warnings > told.warnings || Math.abs(endsAtMs - told.endsAtMs) > Math.max(DIFFERS.ms, leftMs * DIFFERS.share);
    if (!isNews) return undefined;
    this.#told = { reason, endsAtMs, warnings };
    return ending;
  }

  /** What was told last, as it is now; null: nothing, or that it does not end. */
  at(recordedMs: number): RecordingEnding | null {
    return this.#told && { reason: this.#told.reason, leftMs: Math.max(0, this.#told.endsAtMs - recordedMs) };
  }
}

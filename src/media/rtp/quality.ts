import type { QualityLevel } from '../../core/quality.js';

/** What one stream's receiver report says of the last second. */
export interface StreamReport {
  kind: 'audio' | 'video';
  /** 0 to 1, before anything was repaired. */
  loss: number;
  /** RFC 3550 section 6.4.1. */
  jitterMs: number;
}

/** Below the first value the level is 3, below the second 2, below the third 1. */
const LOSS = [0.02, 0.06, 0.2] as const;
const JITTER_MS = [30, 60, 150] as const;

/** Weight of the newest second: one bad second among good ones is told as less. */
const NEWEST = 0.5;

/** What usually sends and is not muted, and of which nothing came for so long, does not get through. */
const SILENT_US = 3_000_000;

/** It is better only when so many seconds in a row were: what comes and goes is one weakness, not many. */
const BETTER_AFTER = 5;

/** From reports of each second, how well a member's media arrives. Pure. */
export class QualityMeter {
  #loss = 0;
  #jitterMs = 0;
  #heard = false;
  #level: QualityLevel | null = null;
  /** The latest seconds that were better than the level: how many, and the worst of them. */
  #better = { seconds: 0, worst: 3 as QualityLevel };

  /**
   * Reports of the streams of which anything came so far, and when the newest packet of those came that are not muted;
   * null: there are none. The level; null while nothing has come yet.
   */
  add(reports: readonly StreamReport[], newestUs: number | null, nowUs: number): QualityLevel | null {
    if (reports.length === 0) return null;
    return this.#steady(this.#now(reports, newestUs !== null && nowUs - newestUs >= SILENT_US));
  }

  #now(reports: readonly StreamReport[], isSilent: boolean): QualityLevel {
    const loss = Math.max(...reports.map((report) => report.loss));
    // A picture's packets are sent in a row and carry one time, which counts as jitter and is none.
    const jitterMs = Math.max(0, ...reports.flatMap(({ kind, jitterMs: ms }) => (kind === 'audio' ? [ms] : [])));
    const weight = this.#heard ? NEWEST : 1;
    this.#loss += (loss - this.#loss) * weight;
    this.#jitterMs += (jitterMs - this.#jitterMs) * weight;
    this.#heard = true;
    if (isSilent) return 0;
    // However late it comes, it comes.
    return Math.min(levelOf(this.#loss, LOSS), Math.max(1, levelOf(this.#jitterMs, JITTER_MS))) as QualityLevel;
  }

  /** Worse at once, better after a while. */
  #steady(now: QualityLevel): QualityLevel {
    if (this.#level === null || now <= this.#level) {
      this.#better = { seconds: 0, worst: 3 };
      return (this.#level = now);
    }
    const { seconds, worst } = this.#better;
    this.#better = { seconds: seconds + 1, worst: now < worst ? now : worst };
    if (this.#better.seconds < BETTER_AFTER) return this.#level;
    this.#level = this.#better.worst;
    this.#better = { seconds: 0, worst: 3 };
    return this.#level;
  }
}

function levelOf(value: number, limits: readonly [number, number, number]): number {
  return 3 - limits.filter((limit) => value >= limit).length;
}

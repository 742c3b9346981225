import type { SessionEndReason } from './types.js';

/** Times before the end by host time-out at which everybody is told (S2), ms, the earliest first. */
const WARNINGS_MS = [5 * 60_000, 60_000];

export interface SessionLimits {
  /** S2: from the last host's leaving to the end. */
  hostTimeoutMs: number;
  /** S3. */
  maxLengthMs: number;
}

export type ClockSignal =
  | { kind: 'ending'; leftMs: number }
  | { kind: 'ended'; reason: Extract<SessionEndReason, 'host-timeout' | 'max-length'> };

/**
 * The deadlines of one session (S2, S3). Everything follows from two stored times, the start and the
 * moment since when no host is there, so a session survives a restart of the server (S4).
 * All times are wall milliseconds.
 */
export class SessionClock {
  readonly startedAtMs: number;
  readonly #limits: SessionLimits;
  #hostlessSinceMs: number | null;
  /** How many of `WARNINGS_MS` were given since the last host left. */
  #warned = 0;

  constructor(startedAtMs: number, limits: SessionLimits, hostlessSinceMs: number | null = null) {
    this.startedAtMs = startedAtMs;
    this.#limits = limits;
    this.#hostlessSinceMs = hostlessSinceMs;
    this.#skipWarningsThatDoNotFit();
  }

  get hostlessSinceMs(): number | null {
    return this.#hostlessSinceMs;
  }

  /** Tells the clock whether somebody who keeps the session alive is there. */
  setHostPresent(present: boolean, nowMs: number): void {
    if (present === (this.#hostlessSinceMs === null)) return;
    this.#hostlessSinceMs = present ? null : nowMs;
    this.#warned = 0;
    this.#skipWarningsThatDoNotFit();
  }

  /** Warnings that were due before this time are not given any more: whoever comes is told by `endingInMs`. */
  skipWarnings(nowMs: number): void {
    while (this.#warned < WARNINGS_MS.length && nowMs >= this.#timeoutEndMs() - WARNINGS_MS[this.#warned]!) this.#warned++;
  }

  /** When `advance` has something to say next. */
  nextDeadlineMs(): number {
    const end = Math.min(this.#maxLengthEndMs(), this.#timeoutEndMs());
    const warning = WARNINGS_MS[this.#warned];
    return warning === undefined ? end : Math.min(end, this.#timeoutEndMs() - warning);
  }

  /** What is due at `nowMs`. After `ended` the clock is of no more use. */
  advance(nowMs: number): ClockSignal | null {
    const timeoutEnd = this.#timeoutEndMs();
    const maxLengthEnd = this.#maxLengthEndMs();
    if (nowMs >= Math.min(timeoutEnd, maxLengthEnd)) {
      return { kind: 'ended', reason: timeoutEnd <= maxLengthEnd ? 'host-timeout' : 'max-length' };
    }
    // After a long sleep only the newest of the missed warnings is still true.
    let due = this.#warned;
    while (due < WARNINGS_MS.length && nowMs >= timeoutEnd - WARNINGS_MS[due]!) due++;
    if (due === this.#warned) return null;
    this.#warned = due;
    return { kind: 'ending', leftMs: timeoutEnd - nowMs };
  }

  /** How long until the end by host time-out, for who comes after a warning; null while none was due. */
  endingInMs(nowMs: number): number | null {
    const leftMs = this.#timeoutEndMs() - nowMs;
    const told = WARNINGS_MS.some((warningMs) => warningMs <= this.#limits.hostTimeoutMs && leftMs <= warningMs);
    return told ? Math.max(0, leftMs) : null;
  }

  #timeoutEndMs(): number {
    return this.#hostlessSinceMs === null ? Infinity : this.#hostlessSinceMs + this.#limits.hostTimeoutMs;
  }

  #maxLengthEndMs(): number {
    return this.startedAtMs + this.#limits.maxLengthMs;
  }

  /** With a time-out of three minutes nobody can be told five minutes before. */
  #skipWarningsThatDoNotFit(): void {
    while (this.#warned < WARNINGS_MS.length && WARNINGS_MS[this.#warned]! > this.#limits.hostTimeoutMs) this.#warned++;
  }
}

import type { SessionEndReason } from './types.js';

/** Times before the end at which everybody is told (S2), ms, the earliest first. */
const WARNINGS_MS = [5 * 60_000, 60_000];

export interface SessionLimits {
  /** S2: from the last host's leaving to the end. */
  hostTimeoutMs: number;
  /** S3. */
  maxLengthMs: number;
}

/** Why a session ends by itself. */
export type TimedEnd = Extract<SessionEndReason, 'host-timeout' | 'max-length'>;

export type ClockSignal = { kind: 'ending'; leftMs: number; reason: TimedEnd } | { kind: 'ended'; reason: TimedEnd };

/**
 * The deadlines of one session (S2, S3). Everything follows from two stored times, the start and the
 * moment since when no host is there, so a session survives a restart of the server (S4).
 * All times are wall milliseconds.
 */
export class SessionClock {
  readonly startedAtMs: number;
  readonly #limits: SessionLimits;
  #hostlessSinceMs: number | null;
  #timeout: Countdown;
  readonly #length: Countdown;

  constructor(startedAtMs: number, limits: SessionLimits, hostlessSinceMs: number | null = null) {
    this.startedAtMs = startedAtMs;
    this.#limits = limits;
    this.#hostlessSinceMs = hostlessSinceMs;
    this.#timeout = this.#timeoutFrom(hostlessSinceMs);
    this.#length = new Countdown(startedAtMs, limits.maxLengthMs, 'max-length');
  }

  get hostlessSinceMs(): number | null {
    return this.#hostlessSinceMs;
  }

  /** Tells the clock whether somebody who keeps the session alive is there. */
  setHostPresent(present: boolean, nowMs: number): void {
    if (present === (this.#hostlessSinceMs === null)) return;
    this.#hostlessSinceMs = present ? null : nowMs;
    this.#timeout = this.#timeoutFrom(this.#hostlessSinceMs);
  }

  /** Warnings that were due before this time are not given any more: whoever comes is told by `ending`. */
  skipWarnings(nowMs: number): void {
    for (const countdown of this.#countdowns()) countdown.warn(nowMs);
  }

  /** When `advance` has something to say next. */
  nextDeadlineMs(): number {
    return Math.min(...this.#countdowns().map((countdown) => countdown.nextMs()));
  }

  /** What is due at `nowMs`. After `ended` the clock is of no more use. */
  advance(nowMs: number): ClockSignal | null {
    const [first] = this.#countdowns();
    if (first && nowMs >= first.endMs) return { kind: 'ended', reason: first.reason };
    // Each is told of; where both are due, the end that comes first.
    const [due] = this.#countdowns().filter((countdown) => countdown.warn(nowMs));
    return due ? { kind: 'ending', leftMs: due.endMs - nowMs, reason: due.reason } : null;
  }

  /** How long until which end, for who comes after a warning of it; null while none was due. */
  ending(nowMs: number): { leftMs: number; reason: TimedEnd } | null {
    const [told] = this.#countdowns().filter((countdown) => countdown.wasTold(nowMs));
    return told ? { leftMs: Math.max(0, told.endMs - nowMs), reason: told.reason } : null;
  }

  /** The sooner end first. */
  #countdowns(): Countdown[] {
    return this.#timeout.endMs <= this.#length.endMs ? [this.#timeout, this.#length] : [this.#length, this.#timeout];
  }

  #timeoutFrom(sinceMs: number | null): Countdown {
    return new Countdown(sinceMs ?? Infinity, this.#limits.hostTimeoutMs, 'host-timeout');
  }
}

/** Runs to one end, with its warnings on the way. */
class Countdown {
  /** Infinity while it does not run. */
  readonly endMs: number;
  readonly reason: TimedEnd;
  /** Those that fit: with a time-out of three minutes nobody can be told five minutes before. */
  readonly #warningsMs: number[];
  #given = 0;

  constructor(fromMs: number, lengthMs: number, reason: TimedEnd) {
    this.endMs = fromMs + lengthMs;
    this.reason = reason;
    this.#warningsMs = WARNINGS_MS.filter((warningMs) => warningMs <= lengthMs);
  }

  /** Of the next warning, else of the end. */
  nextMs(): number {
    return this.endMs - (this.#warningsMs[this.#given] ?? 0);
  }

  /** Whether a warning is due; after a long sleep only the newest of the missed ones is still true. */
  warn(nowMs: number): boolean {
    const before = this.#given;
    while (this.#given < this.#warningsMs.length && nowMs >= this.nextMs()) this.#given++;
    return this.#given > before;
  }

  wasTold(nowMs: number): boolean {
    const [first] = this.#warningsMs;
    return first !== undefined && nowMs >= this.endMs - first;
  }
}

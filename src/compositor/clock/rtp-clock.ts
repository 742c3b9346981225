import type { SenderReport } from '../../core/media.js';

/**
 * One track's RTP clock: extends its 32-bit timestamps and places them on the sender's NTP clock by its
 * sender reports (RFC 3550 section 6.4.1). Pure.
 */

/** A report that moves a timestamp's NTP time by more than this is neither drift nor a sender's jitter. */
const STEP_US = 40_000;
/** Without another sign, one report that moves it by more than this is a mistake. */
const OUTLIER_US = 250_000;
/** Reports this close to each other agree. */
const AGREE_US = 20_000;
/** Share of what a report says anew that is taken over: half of its roughness. */
const TRUST = 0.5;
/** How fast corrections are followed: 5 ms a second. */
const SLEW = 0.005;
/** A report about a timestamp further away than this from the packets is absurd. */
const FOREIGN_US = 60_000_000;
/** Seconds from 1900 to 1970; earlier NTP times come from senders that do not know the time. */
const NTP_1970_S = 2_208_988_800;

export class RtpClock {
  readonly #ticksPerUs: number;
  /** Extended timestamp of the newest packet. */
  #newest: number | null = null;
  /** NTP time of extended timestamp zero, us; what is applied, and what the reports say. */
  #applied: number | null = null;
  #target = 0;
  #slewedAt = 0;
  /** Sum of the jumps of the sender's wall clock that were taken out. */
  #shiftUs = 0;
  #outlier: number | null = null;
  /** By how much the last report differed from what was expected. */
  #rest = 0;
  #ignored = 0;

  constructor(clockRateHz: number) {
    this.#ticksPerUs = clockRateHz / 1_000_000;
  }

  /** Sender reports that were not believed. */
  get ignoredReports(): number {
    return this.#ignored;
  }

  /** Extends a packet's timestamp: never wraps, whole ticks. */
  extend(timestamp: number): number {
    const extended = this.peek(timestamp);
    if (this.#newest === null || extended > this.#newest) this.#newest = extended;
    return extended;
  }

  /** As `extend`, and leaves everything as it is. */
  peek(timestamp: number): number {
    // Twice 2^32 keeps a first report that looks far back positive.
    if (this.#newest === null) return timestamp + 2 ** 33;
    return this.#newest + ((timestamp - (this.#newest % 2 ** 32)) | 0);
  }

  /**
   * Takes a report; `nowUs` is any clock that runs forward. What it says anew is followed smoothly, a step
   * at once when two reports agree on it. False where the report is not believed (yet).
   */
  report(report: SenderReport, nowUs: number): boolean {
    const plausible = Number.isInteger(report.ntpSeconds) && report.ntpSeconds >= NTP_1970_S && report.ntpSeconds < 2 ** 32;
    if (!plausible || this.#newest === null) return this.#ignore();
    const timestamp = this.peek(report.rtpTimestamp);
    if (Math.abs(timestamp - this.#newest) / this.#ticksPerUs > FOREIGN_US) return this.#ignore();
    const ntpUs = (report.ntpSeconds - NTP_1970_S) * 1_000_000 + (report.ntpFraction / 2 ** 32) * 1_000_000;
    const origin = ntpUs - timestamp / this.#ticksPerUs - this.#shiftUs;
    if (this.#applied === null) {
      this.#applied = origin;
      this.#target = origin;
      this.#slewedAt = nowUs;
      return true;
    }
    const rest = origin - this.#target;
    if (Math.abs(rest) <= OUTLIER_US) {
      this.#outlier = null;
      const agrees = Math.abs(rest - this.#rest) <= AGREE_US && Math.abs(this.#rest) > STEP_US;
      this.#rest = rest;
      if (agrees) {
        // Said twice, it is so.
        this.#applied = origin;
        this.#target = origin;
        this.#rest = 0;
      } else if (Math.abs(rest) <= STEP_US) {
        this.#target += rest * TRUST;
      }
      return true;
    }
    // One strange report is a mistake. Two that agree are a clock that was set: media time goes on evenly.
    const agrees = this.#outlier !== null && Math.abs(rest - this.#outlier) <= OUTLIER_US;
    this.#outlier = agrees ? null : rest;
    if (!agrees) return this.#ignore();
    this.#shiftUs += rest;
    return true;
  }

  /** NTP time of an extended timestamp, us since 1970; null before the first report. */
  ntpUs(extended: number, nowUs: number): number | null {
    if (this.#applied === null) return null;
    const room = Math.max(0, nowUs - this.#slewedAt) * SLEW;
    this.#slewedAt = Math.max(this.#slewedAt, nowUs);
    this.#applied += clamp(this.#target - this.#applied, room);
    return this.#applied + extended / this.#ticksPerUs;
  }

  /** Media time of an extended timestamp by the track's own clock alone, us. */
  mediaUs(extended: number): number {
    return extended / this.#ticksPerUs;
  }

  /** Forgets the reports: the sender's timestamps have jumped. */
  desynchronise(): void {
    this.#applied = null;
    this.#outlier = null;
    this.#rest = 0;
    this.#shiftUs = 0;
  }

  #ignore(): false {
    this.#ignored++;
    return false;
  }
}

/** `value` within `-limit` to `limit`. */
export function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}

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
/** Report and arrivals that have both moved by more than this tell of a slip: senders lose a block of 10 ms or several. */
const SLIP_US = 6_000;
/** Reports about sound are this rough: senders reckon in blocks of 10 ms. */
const ROUGH_US = 12_000;
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

  /** NTP time of extended timestamp zero as it is applied, us since 1970; null before the first report. */
  get originUs(): number | null {
    return this.#applied;
  }

  /** Extends a packet's timestamp: never wraps, whole ticks. */
  extend(timestamp: number): number {
    const extended = this.#near(timestamp);
    if (this.#newest === null || extended > this.#newest) this.#newest = extended;
    return extended;
  }

  /**
   * Takes a report; `nowUs` is any clock that runs forward. `slippedUs` is how much later than by the
   * timestamps the packets have come to arrive since the last report: a sender without the CPU for its
   * sound delivers fewer samples than time has passed, and both its reports and its arrivals tell. Such
   * a step is followed at once; so is one that two reports agree on. False where the report is not believed (yet).
   */
  report(report: SenderReport, nowUs: number, slippedUs = 0): boolean {
    const plausible = Number.isInteger(report.ntpSeconds) && report.ntpSeconds >= NTP_1970_S && report.ntpSeconds < 2 ** 32;
    if (!plausible || this.#newest === null) return this.#ignore();
    const timestamp = this.#near(report.rtpTimestamp);
    if (Math.abs(timestamp - this.#newest) / this.#ticksPerUs > FOREIGN_US) return this.#ignore();
    const ntpUs = (report.ntpSeconds - NTP_1970_S) * 1_000_000 + (report.ntpFraction / 2 ** 32) * 1_000_000;
    const origin = ntpUs - timestamp / this.#ticksPerUs - this.#shiftUs;
    if (this.#applied === null) {
      this.#applied = origin;
      this.#target = origin;
      this.#slewedAt = nowUs;
      return true;
    }
    const jump = origin - this.#target;
    const slipped =
      Math.min(Math.abs(slippedUs), Math.abs(jump)) > SLIP_US && Math.abs(jump - slippedUs) <= Math.max(ROUGH_US, Math.abs(jump) / 4);
    if (slipped) {
      // The report says that there was a slip; the arrivals measure it better.
      this.#applied += slippedUs;
      this.#target += slippedUs;
    }
    const rest = origin - this.#target;
    if (Math.abs(rest) <= OUTLIER_US) {
      this.#outlier = null;
      const agrees = Math.abs(rest - this.#rest) <= AGREE_US && Math.abs(this.#rest) > STEP_US;
      this.#rest = slipped ? 0 : rest;
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

  /** The sender's timestamps fell behind time by `us` (negative: caught up), as its arrivals tell. */
  slip(us: number): void {
    if (this.#applied === null) return;
    this.#applied += us;
    this.#target += us;
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

  #near(timestamp: number): number {
    // Twice 2^32 keeps a first report that looks far back positive.
    if (this.#newest === null) return timestamp + 2 ** 33;
    return this.#newest + ((timestamp - (this.#newest % 2 ** 32)) | 0);
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

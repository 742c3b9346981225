import type { SenderReport } from '../../core/media.js';

/** Reports remembered: some 25 s of a microphone's, 5 s of a camera's. */
const REMEMBERED = 5;
/** Reports this close to each other confirm one another. */
const AGREE_US = 20_000;
/** What moves a timestamp's NTP time by more than this needs to be confirmed. */
const OUTLIER_US = 250_000;
/** By a first report the packets may have been this much slower than the person's others; more needs to be confirmed. */
const SLOWER_US = 30_000;
/** Differences up to `AGREE_US` are followed by 5 ms a second, larger ones at once. */
const SLEW = 0.005;
/** A report about a timestamp further away than this from the packets is absurd. */
const FOREIGN_US = 60_000_000;
/** Seconds from 1900 to 1970; earlier NTP times come from senders that do not know the time. */
const NTP_1970_S = 2_208_988_800;

/**
 * One track's RTP clock: extends its 32-bit timestamps and places them on the sender's NTP clock by its
 * sender reports (RFC 3550 section 6.4.1). Pure.
 *
 * Most reports are exact to 10 ms; one in ten about a microphone is off by 30 to 260 ms, where sound was lost
 * around it. So the middle one of the last five counts.
 */
export class RtpClock {
  readonly #ticksPerUs: number;
  /** Extended timestamp of the newest packet. */
  #newest: number | null = null;
  /** NTP time of extended timestamp zero by each of the last reports, us, oldest first. */
  #origins: number[] = [];
  /** From the NTP time of each of the last reports to its arrival, us. */
  #ways: number[] = [];
  /** The origin that is applied, and the one that is believed. */
  #applied: number | null = null;
  #target = 0;
  #slewedAt = 0;
  /** Sum of the jumps of the sender's wall clock that were taken out. */
  #shiftUs = 0;
  /** A jump that one report has told. */
  #jumpUs: number | null = null;
  #ignored = 0;

  constructor(clockRateHz: number) {
    this.#ticksPerUs = clockRateHz / 1_000_000;
  }

  /** Sender reports that were absurd, or told of a clock that was set and were the only one to do so. */
  get ignoredReports(): number {
    return this.#ignored;
  }

  /** Whether reports place this track. */
  get known(): boolean {
    return this.#applied !== null;
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

  /** Takes a report that arrived at `arrivalUs`. `believe` makes use of it. False where it is absurd, or alone in what it says. */
  report(report: SenderReport, arrivalUs: number): boolean {
    const plausible = Number.isInteger(report.ntpSeconds) && report.ntpSeconds >= NTP_1970_S && report.ntpSeconds < 2 ** 32;
    if (!plausible || this.#newest === null) return this.#ignore();
    const timestamp = this.peek(report.rtpTimestamp);
    if (Math.abs(timestamp - this.#newest) / this.#ticksPerUs > FOREIGN_US) return this.#ignore();
    const ntpUs = (report.ntpSeconds - NTP_1970_S) * 1_000_000 + (report.ntpFraction / 2 ** 32) * 1_000_000;
    const isAlone = this.#meetJump(ntpUs - timestamp / this.#ticksPerUs, arrivalUs - ntpUs);
    if (isAlone) return this.#ignore();
    this.#origins = [...this.#origins, ntpUs - timestamp / this.#ticksPerUs - this.#shiftUs].slice(-REMEMBERED);
    this.#ways = [...this.#ways, arrivalUs - ntpUs + this.#shiftUs].slice(-REMEMBERED);
    return true;
  }

  /**
   * Places the track by its reports. `expected`: the NTP time of timestamp zero, us, if its packets came as
   * fast as the person's others; null where nothing is known of those.
   */
  believe(expected: number | null, nowUs: number): void {
    const believed = this.#believed(expected);
    if (believed.length === 0) return;
    const target = middle(believed, this.#applied ?? expected);
    this.#target = target;
    if (this.#applied === null || Math.abs(target - this.#applied) > AGREE_US) {
      this.#applied = target;
      this.#slewedAt = nowUs;
    }
  }

  /** NTP time of an extended timestamp, us since 1970; null before the first report that is believed. */
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
    this.#origins = [];
    this.#ways = [];
    this.#applied = null;
    this.#jumpUs = null;
    this.#shiftUs = 0;
  }

  /** The origins that are likely, or that two reports agree on. */
  #believed(expected: number | null): number[] {
    const isLikely = (us: number): boolean => {
      if (this.#applied !== null) return Math.abs(us - this.#applied) <= OUTLIER_US;
      return expected === null || (us >= expected - SLOWER_US && us <= expected + OUTLIER_US);
    };
    return this.#origins.filter((us, at) =>
      isLikely(us) || this.#origins.some((other, otherAt) => otherAt !== at && Math.abs(other - us) <= AGREE_US),
    );
  }

  /**
   * A sender's wall clock that was set moves the reports' NTP times and nothing else: media time goes on evenly, and the
   * jump is taken out when two reports agree on it. True: this report is the first to tell of one.
   */
  #meetJump(origin: number, way: number): boolean {
    const before = this.#applied ?? this.#origins.at(-1);
    if (before === undefined) return false;
    const jump = origin - this.#shiftUs - before;
    const moved = way + this.#shiftUs - Math.min(...this.#ways);
    const isJump = Math.abs(jump) > OUTLIER_US && Math.abs(moved + jump) < Math.abs(jump) / 2;
    const isSecond = isJump && this.#jumpUs !== null && Math.abs(jump - this.#jumpUs) <= OUTLIER_US;
    this.#jumpUs = isJump && !isSecond ? jump : null;
    if (isSecond) this.#shiftUs += jump;
    return isJump && !isSecond;
  }

  #ignore(): false {
    this.#ignored++;
    return false;
  }
}

/** The median; of two in the middle the one nearer to `to`. */
function middle(values: number[], to: number | null): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1] as number, sorted[sorted.length >> 1] as number];
  return to === null || Math.abs(high - to) < Math.abs(low - to) ? high : low;
}

/** `value` within `-limit` to `limit`. */
export function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}

import type { SenderReport } from '../../core/media.js';
import { OffsetEstimate } from './offset-estimate.js';
import { RtpClock } from './rtp-clock.js';

/** Packets whose mapped time is further than this from their arrival say that the timestamps have jumped. */
const LOST_TOUCH_US = 3_000_000;
const LOST_TOUCH_PACKETS = 10;
/** A sender's time zero that goes back by more than this in one report was a track that ran ahead. */
const STEP_BACK_US = 30_000;
/** Senders of sound slip by blocks of 10 ms. */
const SLIP_US = 8_000;

/**
 * Maps one track's RTP timestamps to the journal's clock. Tracks of one member share `member`, the
 * offset of the sender's NTP clock, so that picture and sound keep together whatever their ways cost;
 * before its first sender report a track has only the arrival of its packets. Pure.
 */
export class TrackClock {
  readonly #rtp: RtpClock;
  readonly #member: OffsetEstimate;
  readonly #own = new OffsetEstimate();
  readonly #companion: () => TrackClock | undefined;
  #lookedAt = -1;
  #outOfTouch = 0;
  #nowUs = 0;
  /** At the last report: when, and the offset by arrivals of this track and of its companion; what came since tells of a slip. */
  #reported: { atUs: number; offsetUs: number; companionUs: number | null } | null = null;

  /** `companion`: the picture that goes with a sound; its packets take the same way. */
  constructor(clockRateHz: number, member: OffsetEstimate, companion: () => TrackClock | undefined = () => undefined) {
    this.#companion = companion;
    this.#rtp = new RtpClock(clockRateHz);
    this.#member = member;
  }

  get ignoredReports(): number {
    return this.#rtp.ignoredReports;
  }

  /** Takes a packet's timestamp and arrival; returns the extended timestamp. */
  packet(timestamp: number, arrivalUs: number): number {
    const extended = this.#rtp.extend(timestamp);
    this.#nowUs = Math.max(this.#nowUs, arrivalUs);
    this.#own.observe(arrivalUs, this.#rtp.mediaUs(extended));
    this.#followSlip();
    const ntpUs = this.#rtp.ntpUs(extended, this.#nowUs);
    if (ntpUs !== null) this.#member.observe(arrivalUs, ntpUs);
    this.#keepTouch(extended, arrivalUs);
    return extended;
  }

  report(report: SenderReport, arrivalUs: number): void {
    this.#nowUs = Math.max(this.#nowUs, arrivalUs);
    const offsetUs = this.arrivalsUs(this.#nowUs);
    const slippedUs = offsetUs !== null && this.#reported ? offsetUs - this.#reported.offsetUs : 0;
    const before = this.#rtp.originUs;
    if (!this.#rtp.report(report, this.#nowUs, slippedUs)) return;
    // A track that had run ahead made its packets look as if they had come sooner than they can.
    const steppedBack = before !== null && (this.#rtp.originUs ?? before) < before - STEP_BACK_US;
    if (steppedBack && this.#reported) this.#member.forgetSince(this.#reported.atUs);
    if (offsetUs !== null) this.#reported = { atUs: this.#nowUs, offsetUs, companionUs: this.#companion()?.arrivalsUs(this.#nowUs) ?? null };
  }

  /** Journal time of an extended timestamp, us. */
  toJournalUs(extended: number): number {
    const ntpUs = this.#rtp.ntpUs(extended, this.#nowUs);
    if (ntpUs !== null && this.#member.known) return this.#member.toJournalUs(ntpUs);
    return this.#own.toJournalUs(this.#rtp.mediaUs(extended));
  }

  /**
   * Between reports, which come every 5 s for sound: where this track's packets come later than they did
   * and those of its companion do not, it is not the way that got longer.
   */
  #followSlip(): void {
    const second = Math.floor(this.#nowUs / 1_000_000);
    if (second === this.#lookedAt || !this.#reported) return;
    this.#lookedAt = second;
    const { offsetUs, companionUs } = this.#reported;
    const now = this.arrivalsUs(this.#nowUs);
    const companionNow = this.#companion()?.arrivalsUs(this.#nowUs) ?? null;
    if (now === null || companionNow === null || companionUs === null) return;
    const laterUs = now - offsetUs;
    if (Math.abs(laterUs) < SLIP_US || Math.abs(companionNow - companionUs) > Math.abs(laterUs) / 2) return;
    this.#rtp.slip(laterUs);
    this.#reported.offsetUs = now;
  }

  /** The least that this track's packets of late came after their timestamps, us; null where none came. */
  arrivalsUs(nowUs: number): number | null {
    return this.#own.recentUs(nowUs);
  }

  #keepTouch(extended: number, arrivalUs: number): void {
    const distance = Math.abs(arrivalUs - this.toJournalUs(extended));
    this.#outOfTouch = distance > LOST_TOUCH_US ? this.#outOfTouch + 1 : 0;
    if (this.#outOfTouch < LOST_TOUCH_PACKETS) return;
    this.#outOfTouch = 0;
    this.#rtp.desynchronise();
    this.#reported = null;
    this.#own.reset();
    this.#own.observe(arrivalUs, this.#rtp.mediaUs(extended));
  }
}

import type { SenderReport } from '../../core/media.js';
import { OffsetEstimate } from './offset-estimate.js';
import { RecentDelays } from './recent-delays.js';
import { RtpClock } from './rtp-clock.js';

/** Packets whose mapped time is further than this from their arrival say that the timestamps have jumped. */
const LOST_TOUCH_US = 3_000_000;
const LOST_TOUCH_PACKETS = 10;

/**
 * Maps one track's RTP timestamps to the journal's clock. Tracks of one member share `member`, the
 * offset of the sender's NTP clock, so that picture and sound keep together whatever their ways cost;
 * before its first sender report a track has only the arrival of its packets. Pure.
 */
export class TrackClock {
  readonly #rtp: RtpClock;
  readonly #member: OffsetEstimate;
  readonly #own = new OffsetEstimate();
  /** How much later than their timestamps the packets came of late; what goes with this track compares its own with it. */
  readonly delays = new RecentDelays();
  #outOfTouch = 0;
  #nowUs = 0;

  constructor(clockRateHz: number, member: OffsetEstimate) {
    this.#rtp = new RtpClock(clockRateHz);
    this.#member = member;
  }

  /** Takes a packet's timestamp and arrival; returns the extended timestamp. */
  packet(timestamp: number, arrivalUs: number): number {
    const extended = this.#rtp.extend(timestamp);
    this.#nowUs = Math.max(this.#nowUs, arrivalUs);
    const mediaUs = this.#rtp.mediaUs(extended);
    this.#own.observe(arrivalUs, mediaUs);
    this.delays.observe(arrivalUs, arrivalUs - mediaUs);
    const ntpUs = this.#rtp.ntpUs(extended, this.#nowUs);
    if (ntpUs !== null) this.#member.observe(arrivalUs, ntpUs);
    this.#keepTouch(extended, arrivalUs);
    return extended;
  }

  /** The extended timestamp that a packet with this one would have. */
  peek(timestamp: number): number {
    return this.#rtp.peek(timestamp);
  }

  report(report: SenderReport, arrivalUs: number): void {
    this.#nowUs = Math.max(this.#nowUs, arrivalUs);
    this.#rtp.report(report, this.#nowUs);
  }

  /** Journal time of an extended timestamp, us. */
  toJournalUs(extended: number): number {
    const ntpUs = this.#rtp.ntpUs(extended, this.#nowUs);
    if (ntpUs !== null && this.#member.known) return this.#member.toJournalUs(ntpUs);
    return this.#own.toJournalUs(this.#rtp.mediaUs(extended));
  }

  #keepTouch(extended: number, arrivalUs: number): void {
    const distance = Math.abs(arrivalUs - this.toJournalUs(extended));
    this.#outOfTouch = distance > LOST_TOUCH_US ? this.#outOfTouch + 1 : 0;
    if (this.#outOfTouch < LOST_TOUCH_PACKETS) return;
    this.#outOfTouch = 0;
    this.#rtp.desynchronise();
    this.delays.clear();
    this.#own.reset();
    this.#own.observe(arrivalUs, this.#rtp.mediaUs(extended));
  }
}

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
  readonly #companion: () => Pick<TrackClock, 'known'> | undefined;
  readonly #own = new OffsetEstimate();
  /** How much later than their timestamps the packets came of late; what goes with this track compares its own with it. */
  readonly delays = new RecentDelays();
  #outOfTouch = 0;
  #nowUs = 0;

  /** `companion`: the clock of the picture that goes with this sound; its reports are waited for. */
  constructor(clockRateHz: number, member: OffsetEstimate, companion: () => Pick<TrackClock, 'known'> | undefined = () => undefined) {
    this.#rtp = new RtpClock(clockRateHz);
    this.#member = member;
    this.#companion = companion;
  }

  /** Whether sender reports place this track. */
  get known(): boolean {
    return this.#rtp.known;
  }

  /** Takes a packet's timestamp and arrival; returns the extended timestamp. */
  packet(timestamp: number, arrivalUs: number): number {
    const extended = this.#rtp.extend(timestamp);
    this.#nowUs = Math.max(this.#nowUs, arrivalUs);
    const mediaUs = this.#rtp.mediaUs(extended);
    this.#own.observe(arrivalUs, mediaUs);
    this.delays.observe(arrivalUs, arrivalUs - mediaUs);
    if (!this.#rtp.known) this.#believe();
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
    if (this.#rtp.report(report, arrivalUs)) this.#believe();
  }

  /** Journal time of an extended timestamp, us. */
  toJournalUs(extended: number): number {
    const ntpUs = this.#rtp.ntpUs(extended, this.#nowUs);
    if (ntpUs !== null && this.#member.known) return this.#member.toJournalUs(ntpUs);
    return this.#own.toJournalUs(this.#rtp.mediaUs(extended));
  }

  /** What the reports say is compared with the packets: those of one person take about as long, whatever they carry. */
  #believe(): void {
    const companion = this.#companion();
    if (companion && !(companion.known && this.#member.known)) return;
    const expected = this.#own.known && this.#member.known ? this.#own.toJournalUs(0) - this.#member.toJournalUs(0) : null;
    this.#rtp.believe(expected, this.#nowUs);
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

import type { SenderReport } from '../../core/media.js';
import type { ReportBlock } from './rtcp.js';

/** What receiver reports say of one incoming stream (RFC 3550 sections 6.4.1, A.3 and A.8). Pure. */
export class ReceiveStats {
  readonly #ssrc: number;
  readonly #clockRateHz: number;
  #first: number | null = null;
  #highest = 0;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #jitter = 0;
  #transit: number | null = null;
  #report: { middle: number; arrivalUs: number } | null = null;

  constructor(ssrc: number, clockRateHz: number) {
    this.#ssrc = ssrc;
    this.#clockRateHz = clockRateHz;
  }

  /** A packet of the stream itself, not a retransmission; `extended` as in sequence.ts. */
  received(extended: number, timestamp: number, arrivalUs: number): void {
    this.#first ??= extended;
    this.#first = Math.min(this.#first, extended);
    this.#highest = Math.max(this.#highest, extended);
    this.#received += 1;
    const transit = (Math.round((arrivalUs * this.#clockRateHz) / 1e6) - timestamp) | 0;
    if (this.#transit !== null) this.#jitter += (Math.abs((transit - this.#transit) | 0) - this.#jitter) / 16;
    this.#transit = transit;
  }

  senderReport(report: SenderReport, arrivalUs: number): void {
    this.#report = { middle: middleOfNtp(report), arrivalUs };
  }

  /** The report block of now, or null before the first packet. Each call starts a new interval. */
  block(nowUs: number): ReportBlock | null {
    if (this.#first === null) return null;
    const expected = this.#highest - this.#first + 1;
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    const lost = expected - this.#received;
    return {
      ssrc: this.#ssrc,
      fractionLost: expectedNow > 0 && lostNow > 0 ? Math.min(255, Math.floor((lostNow * 256) / expectedNow)) : 0,
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, lost)),
      // The unwrapper starts one cycle up; the first cycle of RFC 3550 is 0.
      highestSequence: (this.#highest - 0x10000) >>> 0,
      jitter: Math.round(this.#jitter) >>> 0,
      lastSenderReport: this.#report?.middle ?? 0,
      delaySinceLastSenderReport: this.#report === null ? 0 : Math.round(((nowUs - this.#report.arrivalUs) * 65_536) / 1e6) >>> 0,
    };
  }
}

/** The middle 32 bits of an NTP time, as report blocks refer to a sender report. */
export function middleOfNtp(report: SenderReport): number {
  return (((report.ntpSeconds & 0xffff) << 16) | (report.ntpFraction >>> 16)) >>> 0;
}

import type { SenderReport } from '../../core/media.js';

/**
 * Simulcast layers show the same pictures with unrelated timestamps; their sender reports tie both to
 * one clock (RFC 3550 section 6.4.1).
 */

/** What turns timestamps of the stream of `from` into those of the stream of `to`, in ticks, 32 bits signed. */
export function offsetByReports(from: SenderReport, to: SenderReport, clockRateHz: number): number {
  const seconds = ((from.ntpSeconds - to.ntpSeconds) | 0) + (from.ntpFraction - to.ntpFraction) / 2 ** 32;
  return (to.rtpTimestamp + Math.round(seconds * clockRateHz) - from.rtpTimestamp) | 0;
}

/** The same by arrival times, for as long as there are no reports. Right within the difference of the ways' delays. */
export function offsetByArrival(
  from: { timestamp: number; arrivalUs: number },
  to: { timestamp: number; arrivalUs: number },
  clockRateHz: number,
): number {
  const ticks = Math.round(((from.arrivalUs - to.arrivalUs) * clockRateHz) / 1e6);
  return (to.timestamp + ticks - from.timestamp) | 0;
}

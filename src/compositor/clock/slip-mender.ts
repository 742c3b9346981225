import type { SenderReport } from '../../core/media.js';
import { timestampDelta } from '../../media/rtp/sequence.js';
import { RecentDelays } from './recent-delays.js';

/**
 * Mends the timestamps of a sender that loses sound. A browser without the CPU for its sound, or with a
 * microphone that is read too slowly, delivers fewer samples than time has passed and counts its RTP timestamps
 * on as if nothing were missing: from then on they say too early a time, by 10 to 400 ms at once. Its
 * packets tell: from one on, none comes as early after its timestamp as those before did. Composing is a
 * second behind, so that the packets after a moment are known, and the place of the loss with them. Pure.
 */

/** Less than this is the way's unevenness; what a sender loses comes in blocks of 10 ms. */
const SLIP_US = 6_000;
/**
 * On an uneven way the least of the few packets to come is by chance above that of the many before. This share of their
 * usual unevenness (median above least) is what one such chance in a thousand comes to, for 40 packets.
 */
const CHANCE = 0.35;
/** The unevenness is looked at this often. */
const SPREAD_EVERY_US = 500_000;
/** How far back the packets' least delay is looked for. */
const BACK_US = 5_000_000;
/** So many packets say more than the unevenness of their way. */
const EVIDENCE = 10;
/** A picture may be under way this much longer than the sound of its moment. */
const PICTURE_LAG_US = 100_000;
/** Sound and picture that arrive within this time of one another have waited in the same queue. */
const BESIDE_US = 50_000;
/** A longer way puts sound and picture no further apart; a loss by all of it, less what its picture happens to be late by. */
const SAME_QUEUE = 0.5;
/** Of so many the middle one is known well enough. */
const ENOUGH = 64;
/** A way that got shorter does so for the picture by as much as for the sound, give or take this share. */
const SAME_WAY = 0.3;
/** It does so for this long before it is believed; less than `BACK_US`. */
const SURE_OF_WAY_US = 3_000_000;
/** A slip that was none, since nothing came undelayed for too long, is taken back within this time. */
const REGRET_US = 20_000_000;
/** By so much later all packets may come for a while without any loss, when the sender or the way stands still. */
const DOUBT_US = 15_000;
/** A standstill is over within this time; what comes late for longer was sent late. */
const DOUBTED_FOR_US = 2_000_000;
/** A report is handed on this long after it came, when it is known whether sound was lost around it. */
const REPORT_WAIT_US = 700_000;
/** A loss of more than this, from so long before a report on, leaves open on which side of it the report is. */
const LOSS_US = 15_000;
const LOSS_BEFORE_US = 300_000;
/** Timestamps that jump by more, ticks (10 s at 48 kHz), are those of another stream. */
const JUMP_TICKS = 480_000;
/** 20 s of 20 ms. Beyond it the oldest are let go as they are. */
const MAX_HELD = 1_000;

/** What came with the sound and takes the same way: its picture. */
export type Companion = Pick<RecentDelays, 'least' | 'beside'>;

interface Held {
  data: Uint8Array;
  /** Extended around the first one, ticks. */
  position: number;
  arrivalUs: number;
  delayUs: number;
}

interface MendedPacket {
  kind: 'packet';
  data: Uint8Array;
  timestamp: number;
  arrivalUs: number;
}

/** A packet or a report, with its timestamp put right. */
export type Mended = MendedPacket | { kind: 'report'; report: SenderReport; arrivalUs: number };

export class SlipMender {
  readonly #ticksPerUs: number;
  readonly #companion: () => Companion | undefined;
  /** In the order of their positions. */
  #held: Held[] = [];
  /** Of the stream before a jump. */
  #former: MendedPacket[] = [];
  #reports: { report: SenderReport; arrivalUs: number }[] = [];
  /** Of the packets that went on, by their mended timestamps. */
  readonly #delays = new RecentDelays();
  #slips: { position: number; us: number; arrivalUs: number }[] = [];
  /** Sum of the slips that are too long ago to be listed. */
  #formerUs = 0;
  /** By how much the way has become longer, and since when it seems to have again. */
  #wayUs = 0;
  #longerSinceUs: number | null = null;
  #newest: number | null = null;
  #settledTo = -Infinity;
  #firstArrivalUs = Infinity;
  #spread = { us: 0, untilUs: -Infinity };

  constructor(clockRateHz: number, companion: () => Companion | undefined) {
    this.#ticksPerUs = clockRateHz / 1_000_000;
    this.#companion = companion;
  }

  /** The newest timestamp that came, mended as far as is known; null before the first. */
  get newestTimestamp(): number | null {
    return this.#newest === null ? null : this.#mended(this.#newest);
  }

  /**
   * Whether it is open that sound was lost before the packet with this mended timestamp: it and those after it
   * come late, and too few are there to tell a loss from a standstill.
   */
  isInDoubt(timestamp: number, nowUs: number): boolean {
    const from = this.#held.findIndex(({ position }) => timestampDelta(timestamp, this.#mended(position)) >= 0);
    const first = this.#held[from];
    if (!first || nowUs - first.arrivalUs > DOUBTED_FOR_US) return false;
    return this.#laterUs(from) > DOUBT_US;
  }

  packet(data: Uint8Array, timestamp: number, arrivalUs: number): void {
    if (this.#newest !== null && Math.abs(this.#near(timestamp) - this.#newest) > JUMP_TICKS) this.#startAnew();
    const position = this.#extend(timestamp);
    this.#firstArrivalUs = Math.min(this.#firstArrivalUs, arrivalUs);
    let at = this.#held.length;
    while (at > 0 && (this.#held[at - 1] as Held).position > position) at--;
    this.#held.splice(at, 0, { data, position, arrivalUs, delayUs: arrivalUs - position / this.#ticksPerUs });
  }

  report(report: SenderReport, arrivalUs: number): void {
    this.#reports.push({ report, arrivalUs });
  }

  /**
   * The next packet or report for which it is time: it arrived by `arrivedByUs`, or its sound is wanted.
   * Later calls know more packets, so the caller waits as long as it can.
   */
  next(arrivedByUs: number, wanted: (timestamp: number) => boolean): Mended | null {
    const former = this.#former[0];
    if (former && former.arrivalUs <= arrivedByUs) return this.#former.shift() ?? null;
    const first = this.#held[0];
    const report = this.#nextReport(Math.min(arrivedByUs, first?.arrivalUs ?? Infinity));
    if (report) return report;
    if (!first) return null;
    const due = first.arrivalUs <= arrivedByUs || this.#held.length > MAX_HELD || wanted(this.#mended(first.position));
    if (!due) return null;
    this.#settle(first);
    this.#held.shift();
    return this.#packetOf(first);
  }

  /** Left out are those around which sound was lost, and those from before the first packet: nobody knows what was lost between. */
  #nextReport(settledToUs: number): Mended | null {
    for (let next = this.#reports[0]; next && next.arrivalUs + REPORT_WAIT_US <= settledToUs; next = this.#reports[0]) {
      this.#reports.shift();
      const { report, arrivalUs } = next;
      const isAtLoss = this.#slips.some((slip) =>
        Math.abs(slip.us) > LOSS_US && slip.arrivalUs > arrivalUs - LOSS_BEFORE_US && slip.arrivalUs < arrivalUs + REPORT_WAIT_US,
      );
      if (!isAtLoss && arrivalUs >= this.#firstArrivalUs) return { kind: 'report', report: { ...report, rtpTimestamp: this.#mended(this.#near(report.rtpTimestamp)) }, arrivalUs };
    }
    return null;
  }

  #packetOf({ data, position, arrivalUs }: Held): MendedPacket {
    return { kind: 'packet', data, timestamp: this.#mended(position), arrivalUs };
  }

  /** What is held goes on as it is. */
  #startAnew(): void {
    this.#former.push(...this.#held.map((held): MendedPacket => this.#packetOf(held)));
    this.#held = [];
    this.#formerUs += this.#slips.reduce((sum, { us }) => sum + us, 0);
    this.#slips = [];
    this.#newest = null;
    this.#settledTo = -Infinity;
    this.#delays.clear();
    this.#wayUs = 0;
    this.#longerSinceUs = null;
  }

  #extend(timestamp: number): number {
    const position = this.#near(timestamp);
    this.#newest = Math.max(this.#newest ?? position, position);
    return position;
  }

  /** Positive whatever comes late or is asked for. */
  #near(timestamp: number): number {
    return this.#newest === null ? timestamp + 2 ** 33 : this.#newest + timestampDelta(this.#newest % 2 ** 32, timestamp);
  }

  #settle(packet: Held): void {
    if (packet.position <= this.#settledTo) return;
    this.#settledTo = packet.position;
    const us = this.#stepBefore(packet);
    const isTheWay = us !== 0 && this.#isTheWay(packet.arrivalUs, us);
    if (us !== 0 && !isTheWay) this.#slips.push({ position: packet.position, us, arrivalUs: packet.arrivalUs });
    this.#followWay(isTheWay ? us : 0, packet.arrivalUs);
    while ((this.#slips[0]?.arrivalUs ?? Infinity) < packet.arrivalUs - REGRET_US) this.#formerUs += (this.#slips.shift() as { us: number }).us;
    this.#delays.observe(packet.arrivalUs, this.#evenDelayUs(packet, packet.position));
  }

  /** By how much later this packet and all after it come than those before, us; negative: earlier. 0 while they come as before. */
  #stepBefore({ position, arrivalUs, delayUs }: Held): number {
    const laterUs = this.#laterUs(0);
    // The last packets before a step may be late by themselves. Those well behind it tell all of it.
    const slipUs = this.#leastSlipUs(arrivalUs);
    if (laterUs > slipUs) return laterUs >= this.#laterUs(EVIDENCE) - slipUs ? laterUs : 0;
    const earlierUs = this.#leastBefore(arrivalUs) - this.#evenDelayUs({ delayUs }, position);
    return earlierUs > SLIP_US && earlierUs !== Infinity ? -earlierUs : 0;
  }

  /** What is less may be chance. */
  #leastSlipUs(nowUs: number): number {
    if (nowUs >= this.#spread.untilUs) this.#spread = { us: this.#delays.spread(nowUs - BACK_US), untilUs: nowUs + SPREAD_EVERY_US };
    return Math.max(SLIP_US, CHANCE * this.#spread.us);
  }

  /**
   * By how much later than those before it the packet at `index` and all after it come, us; 0 where there are
   * too few to tell.
   */
  #laterUs(index: number): number {
    const first = this.#held[index];
    if (!first || this.#held.length - index < EVIDENCE) return 0;
    const before = this.#leastBefore(first.arrivalUs);
    if (before === Infinity) return 0;
    let least = Infinity;
    for (let at = index; at < this.#held.length; at++) least = Math.min(least, (this.#held[at] as Held).delayUs);
    return this.#evenDelayUs({ delayUs: least }, first.position) - before;
  }

  #leastBefore(arrivalUs: number): number {
    return this.#delays.least(arrivalUs - BACK_US, Infinity);
  }

  /** A picture may be late by chance at a loss. A way that stays longer is taken as it is, before the time when it was shorter is forgotten. */
  #followWay(us: number, arrivalUs: number): void {
    if (us <= 0) {
      this.#longerSinceUs = null;
      return;
    }
    this.#longerSinceUs ??= arrivalUs;
    if (arrivalUs - this.#longerSinceUs < SURE_OF_WAY_US) return;
    this.#wayUs += us;
    this.#longerSinceUs = null;
  }

  /**
   * Whether a step is one of the way: the picture makes it, too. Sound without a picture goes by its arrivals.
   * What comes earlier is a slip only as far as it takes one back.
   */
  #isTheWay(sinceUs: number, us: number): boolean {
    const taken = this.#slips.reduce((sum, slip) => sum + slip.us, 0);
    if (-us > taken + SLIP_US) return true;
    const companion = this.#companion();
    if (!companion) return false;
    if (us > 0) {
      const apartUs = this.#apartFrom(companion, sinceUs);
      return apartUs !== null && Math.abs(apartUs) <= Math.max(SLIP_US, us * SAME_QUEUE);
    }
    const pictureUs = companion.least(sinceUs + PICTURE_LAG_US, Infinity) - companion.least(sinceUs - BACK_US, sinceUs);
    return Math.abs(pictureUs - us) <= Math.max(SLIP_US, Math.abs(us) * SAME_WAY);
  }

  /**
   * By how much later than before the sound comes than the picture that arrives with it, us: the middle one of all that is
   * held. A queue that grows and shrinks delays both alike at each moment, though the least of either may lie anywhere in
   * it. Null where there are too few pictures to tell.
   */
  #apartFrom(companion: Companion, sinceUs: number): number | null {
    const apartUs = companion.least(sinceUs - BACK_US, sinceUs) - this.#leastBefore(sinceUs);
    const every = Math.ceil(this.#held.length / ENOUGH);
    const behind = this.#held.flatMap((held, at) => {
      const pictureUs = at % every === 0 ? companion.beside(held.arrivalUs, BESIDE_US) : null;
      return pictureUs === null ? [] : [this.#evenDelayUs(held, held.position) - pictureUs];
    });
    if (behind.length < EVIDENCE || !Number.isFinite(apartUs)) return null;
    return (behind.sort((a, b) => a - b)[behind.length >> 1] as number) + apartUs;
  }

  /** A delay without what slips and changes of the way have added. */
  #evenDelayUs({ delayUs }: Pick<Held, 'delayUs'>, position: number): number {
    return delayUs - this.#slippedUs(position) - this.#wayUs;
  }

  /** Sum of the slips up to a position, us. */
  #slippedUs(position: number): number {
    return this.#slips.reduce((sum, slip) => (slip.position <= position ? sum + slip.us : sum), this.#formerUs);
  }

  #mended(position: number): number {
    return Math.round(position + this.#slippedUs(position) * this.#ticksPerUs) % 2 ** 32;
  }
}

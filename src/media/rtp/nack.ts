/**
 * Decides which lost packets of one stream to ask for, and when. Pure: times are arguments, numbers are
 * extended sequence numbers (see sequence.ts), so that the wrap is no case.
 */
export interface NackLimits {
  /** Time that a packet may come out of order before it is asked for, microseconds. */
  reorderUs: number;
  /** Times that one packet is asked for. */
  maxTries: number;
  /** Age at which a packet is of no use any more, microseconds. */
  maxAgeUs: number;
  /** Packets that may be missing at once; more are a break in the stream. */
  maxMissing: number;
}

export const NACK_LIMITS: NackLimits = { reorderUs: 10_000, maxTries: 8, maxAgeUs: 1_500_000, maxMissing: 500 };

interface Missing {
  sinceUs: number;
  askedUs: number;
  tries: number;
}

export class NackGenerator {
  readonly #missing = new Map<number, Missing>();
  readonly #limits: NackLimits;
  #highest: number | null = null;
  #broken = false;

  constructor(limits: NackLimits = NACK_LIMITS) {
    this.#limits = limits;
  }

  /** Notes a packet that came, by whatever way. */
  received(extended: number, nowUs: number): void {
    if (this.#highest === null || extended > this.#highest) {
      const from = this.#highest ?? extended - 1;
      this.#highest = extended;
      if (extended - from - 1 + this.#missing.size > this.#limits.maxMissing) {
        this.#missing.clear();
        this.#broken = true;
        return;
      }
      for (let lost = from + 1; lost < extended; lost += 1) {
        this.#missing.set(lost, { sinceUs: nowUs, askedUs: 0, tries: 0 });
      }
      return;
    }
    this.#missing.delete(extended);
  }

  /** When a missing packet was asked for, where that was done once: its coming tells the round trip. */
  askedAtUs(extended: number): number | null {
    const missing = this.#missing.get(extended);
    return missing?.tries === 1 ? missing.askedUs : null;
  }

  /** The packets to ask for now, in order. Each is asked for again after the round trip had its time. */
  due(nowUs: number, roundTripUs: number): number[] {
    const due: number[] = [];
    const spacingUs = Math.max(20_000, roundTripUs * 1.2);
    for (const [sequence, missing] of this.#missing) {
      if (missing.tries >= this.#limits.maxTries || nowUs - missing.sinceUs > this.#limits.maxAgeUs) {
        // The last request still has its round trip to be answered.
        if (nowUs - missing.askedUs < spacingUs) continue;
        this.#missing.delete(sequence);
        this.#broken = true;
        continue;
      }
      const waitUs = missing.tries === 0 ? nowUs - missing.sinceUs - this.#limits.reorderUs : nowUs - missing.askedUs - spacingUs;
      if (waitUs < 0) continue;
      missing.tries += 1;
      missing.askedUs = nowUs;
      due.push(sequence);
    }
    return due.sort((a, b) => a - b);
  }

  /** Packets were given up since the last call: only a keyframe mends the picture. */
  takeBroken(): boolean {
    const broken = this.#broken;
    this.#broken = false;
    return broken;
  }

  /** A keyframe came in: what was lost before it is not needed. */
  forgetBefore(extended: number): void {
    for (const sequence of this.#missing.keys()) {
      if (sequence < extended) this.#missing.delete(sequence);
    }
  }

  get missing(): number {
    return this.#missing.size;
  }
}

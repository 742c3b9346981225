/**
 * What a subscriber can take, from its REMB and the loss that it reports. Pure; times in microseconds.
 *
 * REMB grows to about 1.5 times of what arrives and no further (libwebrtc's AIMD), so it is no upper
 * bound while little is sent: the budget grows by itself until the estimate or loss says otherwise.
 */
export interface SendingFacts {
  /** Sent over the last second. */
  sentBps: number;
  /** 0 to 1, the worst of the streams. */
  fractionLost: number;
}

const START_BPS = 4_000_000;
const FLOOR_BPS = 100_000;
const CEILING_BPS = 100_000_000;
const GROWTH_PER_SECOND = 1.25;
const HOLD_US = 5_000_000;
const HEAVY_LOSS = 0.1;
const ESTIMATE_VALID_US = 5_000_000;

export class SubscriberBandwidth {
  #budgetBps = START_BPS;
  #estimate: { bps: number; atUs: number } | null = null;
  #heldUntilUs = 0;
  #updatedUs: number | null = null;

  get budgetBps(): number {
    return this.#budgetBps;
  }

  /** The browser's REMB. */
  estimated(bps: number, nowUs: number): void {
    this.#estimate = { bps, atUs: nowUs };
  }

  /** Call a few times a second. */
  update(facts: SendingFacts, nowUs: number): void {
    const elapsedUs = nowUs - (this.#updatedUs ?? nowUs);
    this.#updatedUs = nowUs;
    const estimate = this.#estimate !== null && nowUs - this.#estimate.atUs < ESTIMATE_VALID_US ? this.#estimate.bps : null;
    const overused = estimate !== null && estimate < facts.sentBps * 0.95;
    if (overused || facts.fractionLost > HEAVY_LOSS) {
      const lowered = overused ? estimate : facts.sentBps * (1 - facts.fractionLost / 2);
      this.#budgetBps = clamp(Math.min(this.#budgetBps, lowered));
      this.#heldUntilUs = nowUs + HOLD_US;
    } else if (nowUs >= this.#heldUntilUs) {
      this.#budgetBps = clamp(this.#budgetBps * GROWTH_PER_SECOND ** (elapsedUs / 1e6));
    }
  }
}

function clamp(bps: number): number {
  return Math.min(CEILING_BPS, Math.max(FLOOR_BPS, bps));
}

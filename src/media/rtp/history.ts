/**
 * The last packets of one incoming stream, shared by all who receive it: retransmissions are served
 * from it, and a packet that is in it already is a duplicate. Keys are extended sequence numbers
 * (sequence.ts). Bounded in number, bytes and age.
 */
export interface HistoryLimits {
  /** A power of two. */
  packets: number;
  bytes: number;
  ageUs: number;
}

export const HISTORY_LIMITS: HistoryLimits = { packets: 2_048, bytes: 4 * 1024 * 1024, ageUs: 2_000_000 };

interface Kept<Value> {
  extended: number;
  value: Value;
  bytes: number;
  arrivalUs: number;
}

export class SendHistory<Value> {
  readonly #limits: HistoryLimits;
  readonly #ring: (Kept<Value> | undefined)[];
  #highest = -1;
  /** No kept number is below it. */
  #lowest = Number.MAX_SAFE_INTEGER;
  #bytes = 0;

  constructor(limits: HistoryLimits = HISTORY_LIMITS) {
    this.#limits = limits;
    this.#ring = new Array<Kept<Value> | undefined>(limits.packets);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a packet. False where it is there already, or older than the ring reaches. */
  add(extended: number, value: Value, bytes: number, arrivalUs: number): boolean {
    if (this.#highest - extended >= this.#limits.packets) return false;
    const slot = extended & (this.#limits.packets - 1);
    const old = this.#ring[slot];
    if (old !== undefined) {
      if (old.extended >= extended) return false;
      this.#bytes -= old.bytes;
    }
    this.#ring[slot] = { extended, value, bytes, arrivalUs };
    this.#bytes += bytes;
    this.#highest = Math.max(this.#highest, extended);
    this.#lowest = Math.min(this.#lowest, extended);
    this.#trim(arrivalUs);
    return true;
  }

  get(extended: number): Value | null {
    const kept = this.#ring[extended & (this.#limits.packets - 1)];
    return kept?.extended === extended ? kept.value : null;
  }

  /** Drops what is too old or too much, from the oldest. */
  #trim(nowUs: number): void {
    this.#lowest = Math.max(this.#lowest, this.#highest - this.#limits.packets + 1);
    while (this.#lowest < this.#highest) {
      const slot = this.#lowest & (this.#limits.packets - 1);
      const kept = this.#ring[slot];
      if (kept !== undefined && kept.extended === this.#lowest) {
        if (this.#bytes <= this.#limits.bytes && nowUs - kept.arrivalUs <= this.#limits.ageUs) return;
        this.#ring[slot] = undefined;
        this.#bytes -= kept.bytes;
      }
      this.#lowest += 1;
    }
  }
}

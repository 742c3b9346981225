/** Reads bits from the highest of each byte on. Beyond the end it gives zeros and says so: check `overrun` once, at the end. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** More was read than there is. */
  get overrun(): boolean {
    return this.#at > this.#bytes.length * 8;
  }

  /** An unsigned number of up to 32 bits. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** ue(v): an unsigned Exp-Golomb number below 2^32 (ITU-T H.264 section 9.1). */
  unsigned(): number {
    let zeros = 0;
    while (!this.flag()) {
      if (++zeros <= 31 && !this.overrun) continue;
      this.#at = Infinity;
      return 0;
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** se(v): a signed one (section 9.1.1). */
  signed(): number {
    const code = this.unsigned();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}

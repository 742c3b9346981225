/**
 * Places in the picture by the order of coming on stage; who comes back gets their place back. A person is
 * known by a key that outlives the connection; of two with one key at a time the second has a place of their own.
 */
export class Seats {
  readonly #seatOf = new Map<string, number>();
  #next = 0;

  /** `taken`: the places of those who are on stage now. */
  take(person: string, taken: ReadonlyMap<string, number>): number {
    const kept = this.#seatOf.get(person);
    if (kept !== undefined && ![...taken.values()].includes(kept)) return kept;
    const seat = this.#next++;
    if (kept === undefined) this.#seatOf.set(person, seat);
    return seat;
  }
}

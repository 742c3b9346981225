/** When a track was on stage and not muted, on the journal's clock. Told in order, and asked about later. */
export class LiveSpans {
  readonly #changes: { fromUs: number; live: boolean }[] = [];

  set(timeUs: number, live: boolean): void {
    if ((this.#changes.at(-1)?.live ?? false) !== live) this.#changes.push({ fromUs: timeUs, live });
  }

  at(timeUs: number): boolean {
    return this.#changes.findLast(({ fromUs }) => fromUs <= timeUs)?.live ?? false;
  }
}

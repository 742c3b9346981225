/** Somebody's place in the row. */
export interface Turn {
  /** Resolves when it is there; rejects with what `leave` was given before. */
  readonly came: Promise<void>;
  readonly waits: boolean;
  /** What it costs now. */
  cost: number | null;
  /** The next ones may come. Twice is fine. */
  leave(reason?: Error): void;
}

interface Place extends Turn {
  waits: boolean;
  come(): void;
}

/** Who came first is first: nobody waits for ever because the small ones pass. */
export class Turns {
  readonly #fits: (running: readonly (number | null)[]) => boolean;
  readonly #running = new Set<Turn>();
  readonly #waiting: Place[] = [];

  /** `fits`: whether one more may run beside those that cost so much. */
  constructor(fits: (running: readonly (number | null)[]) => boolean) {
    this.#fits = fits;
  }

  enter(): Turn {
    let come: () => void = () => {};
    let refuse: (reason: Error) => void = () => {};
    const came = new Promise<void>((resolve, reject) => {
      come = resolve;
      refuse = reject;
    });
    came.catch(() => undefined);
    const place: Place = {
      came,
      come,
      waits: true,
      cost: null,
      leave: (reason) => {
        const at = this.#waiting.indexOf(place);
        if (at >= 0) this.#waiting.splice(at, 1);
        if (reason) refuse(reason);
        this.#running.delete(place);
        this.look();
      },
    };
    this.#waiting.push(place);
    this.look();
    return place;
  }

  /** Costs have changed, or somebody has left. */
  look(): void {
    while (this.#waiting.length > 0 && this.#fits([...this.#running].map(({ cost }) => cost))) {
      const place = this.#waiting.shift() as Place;
      place.waits = false;
      this.#running.add(place);
      place.come();
    }
  }
}

/** Waits before attempts to connect again, ms; the last one repeats. */
const RETRY_MS = [300, 1000, 2000, 4000, 8000] as const;
/** After so many attempts of which none came into the room, it gives up. */
const MAX_ATTEMPTS = 20;
/** The same where the server said that it is started again: for as long as the session waits for its host (S2). */
const MAX_ATTEMPTS_AT_RESTART = 120;
/** After a connection that lived this long the waits are short again, ms. */
const STABLE_MS = 5_000;
/** Hints that the network is there again are followed no faster than this, ms. */
const HINT_SPACING_MS = 500;

/** When the next attempt to come back is made. Owns the timer of it. */
export class Retries {
  readonly #attempt: () => void;
  /** Since the last time in the room. */
  #attempts = 0;
  /** Waits since the last connection that lived for a while. */
  #waits = 0;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(attempt: () => void) {
    this.#attempt = attempt;
  }

  get waits(): boolean {
    return this.#timer !== null;
  }

  /** A connection that had come into the room is lost. */
  cameIn(livedMs: number): void {
    this.#attempts = 0;
    if (livedMs > STABLE_MS) this.#waits = 0;
  }

  /** Sets the time of the next attempt. False: there were too many. */
  later({ atRestart }: { atRestart: boolean }): boolean {
    if (this.#attempts >= (atRestart ? MAX_ATTEMPTS_AT_RESTART : MAX_ATTEMPTS)) return false;
    const waitMs = RETRY_MS[Math.min(this.#waits, RETRY_MS.length - 1)] ?? 0;
    this.#waits += 1;
    this.#attempts += 1;
    this.#set(waitMs);
    return true;
  }

  /** There is reason to hope: an attempt that waits is made now, and the next ones are soon. */
  soon(nowMs: number): void {
    this.reset();
    const waitMs = Math.max(0, this.#lastAtMs + HINT_SPACING_MS - nowMs);
    this.#lastAtMs = nowMs + waitMs;
    this.#set(waitMs);
  }

  /** As if none had been made. */
  reset(): void {
    this.#attempts = 0;
    this.#waits = 0;
    this.close();
  }

  /** Twice is fine. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #set(waitMs: number): void {
    this.close();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#attempt();
    }, waitMs);
  }
}

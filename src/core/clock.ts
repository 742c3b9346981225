/** Time as a part, so that every rule that depends on it runs on a fake clock in tests (design D8). */
export interface Clock {
  /** Wall time, milliseconds since 1970-01-01 UTC. May jump when the machine's clock is set. */
  wallMs(): number;
  /** Monotonic time, microseconds from an arbitrary origin of this process. Never jumps. */
  monotonicUs(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicUs: () => Math.floor(performance.now() * 1000),
};

import { AppError } from '../../core/errors.js';
import { RateLimit } from '../rate-limit.js';

/** Wrong secrets that an address may send at once, and then. */
const LIMIT = { burst: 10, perSecond: 1 / 6 };

/** Addresses that are remembered; of more, the longest known is forgotten. */
const MAX_ADDRESSES = 10_000;

/**
 * Keeps guesses, their load and their noise small. Right secrets pass all the same: behind one proxy everybody has the
 * same address, and whoever guesses must not lock out the others. 256 random bits are not found at any rate.
 */
export class WrongSecrets {
  readonly #limits = new Map<string, RateLimit>();
  readonly #nowMs: () => number;

  /** Monotonic milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** What a wrong secret is answered with: `refusal`, or `too_many_wrong_secrets`. */
  refuse(address: string, refusal: AppError): AppError {
    const nowMs = this.#nowMs();
    let limit = this.#limits.get(address);
    if (!limit) {
      const [longest] = this.#limits.keys();
      if (this.#limits.size >= MAX_ADDRESSES && longest !== undefined) this.#limits.delete(longest);
      this.#limits.set(address, (limit = new RateLimit(LIMIT, nowMs)));
    }
    if (limit.take(nowMs)) return refusal;
    return new AppError('too_many_wrong_secrets', 'Too many wrong secrets came from your address; wait a minute.', { status: 429 });
  }
}

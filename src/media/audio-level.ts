/** Smooths a microphone's RFC 6464 levels into at most five facts a second. Pure. */
const INTERVAL_US = 200_000;

export class AudioLevelMeter {
  #level = 127;
  #told = 127;
  #toldUs = Number.NEGATIVE_INFINITY;

  /** Takes one packet's level, 0 loudest to 127 silent; returns the level to tell now, or null. */
  add(levelDbov: number, nowUs: number): number | null {
    // Rises at once and falls slowly, so that a word's end does not flicker.
    const weight = levelDbov < this.#level ? 0.5 : 0.08;
    this.#level += (levelDbov - this.#level) * weight;
    const rounded = Math.round(this.#level);
    if (nowUs - this.#toldUs < INTERVAL_US || rounded === this.#told) return null;
    this.#told = rounded;
    this.#toldUs = nowUs;
    return rounded;
  }
}

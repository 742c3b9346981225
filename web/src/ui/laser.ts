import type { Point } from './strokes.js';

/** From the last movement until nothing is seen any more. */
const FADE_MS = 1200;
/** It stays bright for so long. */
const BRIGHT_MS = 600;
const RADIUS_PX = 11;
const HALO_PX = 26;

/** A red dot that follows the pointer, and fades when that rests. */
export class Laser {
  #at: Point | null = null;
  #movedAtMs = 0;

  point(at: Point): void {
    this.#at = at;
    this.#movedAtMs = performance.now();
  }

  off(): void {
    this.#at = null;
  }

  /** Whether there is something to draw. */
  get isLit(): boolean {
    return this.#at !== null && performance.now() - this.#movedAtMs < FADE_MS;
  }

  draw(context: CanvasRenderingContext2D): void {
    if (!this.#at || !this.isLit) return;
    const { x, y } = this.#at;
    const restedMs = performance.now() - this.#movedAtMs;
    const halo = context.createRadialGradient(x, y, RADIUS_PX / 2, x, y, HALO_PX);
    halo.addColorStop(0, 'rgb(255 40 40 / 0.6)');
    halo.addColorStop(1, 'rgb(255 40 40 / 0)');
    context.save();
    context.globalAlpha = Math.min(1, (FADE_MS - restedMs) / (FADE_MS - BRIGHT_MS));
    for (const [fill, radiusPx] of [[halo, HALO_PX], ['#ff2020', RADIUS_PX]] as const) {
      context.fillStyle = fill;
      context.beginPath();
      context.arc(x, y, radiusPx, 0, 2 * Math.PI);
      context.fill();
    }
    context.restore();
  }
}

/**
 * Reads stereo samples between samples: windowed sinc of 16 taps, for ratios near 1. Pure.
 */

const TAPS = 16;
const PHASES = 512;

/** Samples on each side of a position that reading there needs. */
export const RESAMPLE_MARGIN = TAPS / 2;

const kernel = makeKernel();

function makeKernel(): Float32Array {
  const table = new Float32Array((PHASES + 1) * TAPS);
  for (let phase = 0; phase <= PHASES; phase++) {
    const fraction = phase / PHASES;
    let sum = 0;
    for (let tap = 0; tap < TAPS; tap++) {
      const x = tap - (TAPS / 2 - 1) - fraction;
      const window = Math.cos((Math.PI * x) / TAPS) ** 2;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      table[phase * TAPS + tap] = sinc * window;
      sum += sinc * window;
    }
    // Each phase passes a constant unchanged.
    for (let tap = 0; tap < TAPS; tap++) table[phase * TAPS + tap] = (table[phase * TAPS + tap] as number) / sum;
  }
  return table;
}

/**
 * Fills `target` (interleaved stereo) with samples at `position`, `position + ratio`, ... of `source`,
 * whose first pair is at position `sourceStart`. The source must reach `RESAMPLE_MARGIN` further on both sides.
 */
export function resampleStereo(
  target: Float32Array,
  source: Float32Array,
  sourceStart: number,
  position: number,
  ratio: number,
): void {
  const frames = target.length / 2;
  for (let i = 0; i < frames; i++) {
    const at = position - sourceStart + i * ratio;
    const whole = Math.floor(at);
    const fraction = at - whole;
    if (fraction === 0) {
      target[i * 2] = source[whole * 2] ?? 0;
      target[i * 2 + 1] = source[whole * 2 + 1] ?? 0;
      continue;
    }
    const row = Math.round(fraction * PHASES) * TAPS;
    let base = (whole - (TAPS / 2 - 1)) * 2;
    let left = 0;
    let right = 0;
    for (let tap = 0; tap < TAPS; tap++, base += 2) {
      const weight = kernel[row + tap] as number;
      left += weight * (source[base] ?? 0);
      right += weight * (source[base + 1] ?? 0);
    }
    target[i * 2] = left;
    target[i * 2 + 1] = right;
  }
}

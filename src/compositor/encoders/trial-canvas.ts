import type { RectPx } from '../../../native/index.js';
import type { SizePx } from '../../core/media.js';

/**
 * Canvases as meetings make them, to judge encoders by: a page of text that stands still and four webcams in a
 * column beside it, with slow shapes, moving heads and the noise of cameras. A function of the frame's number.
 */

const WEBCAMS = 4;
/** Of the canvas, to the webcams. */
const COLUMN_SHARE = 0.2;
const PAPER = 235;
const INK = 30;
const LINE_PX = 24;
const GLYPH_PX = 12;

export class TrialCanvas {
  readonly #size: SizePx;
  readonly #page: Uint8Array;
  readonly #columnPx: number;

  constructor(size: SizePx) {
    this.#size = size;
    this.#columnPx = Math.floor((size.widthPx * COLUMN_SHARE) / 2) * 2;
    this.#page = this.#drawPage();
  }

  /** Where one frame differs from another. */
  get moving(): RectPx {
    return { x: this.#size.widthPx - this.#columnPx, y: 0, width: this.#columnPx, height: this.#size.heightPx };
  }

  /** The page alone, as a slide is shown: planes Y, U, V packed. */
  still(): Uint8Array {
    return this.#page.slice();
  }

  /** The page with its webcams. */
  frame(number: number): Uint8Array {
    const canvas = this.#page.slice();
    const { widthPx, heightPx } = this.#size;
    const tileHeight = Math.floor(heightPx / WEBCAMS / 2) * 2;
    for (let webcam = 0; webcam < WEBCAMS; webcam++) {
      const tile = { x: widthPx - this.#columnPx, y: webcam * tileHeight, width: this.#columnPx, height: tileHeight };
      this.#drawWebcam(canvas, tile, number + webcam * 37);
    }
    return canvas;
  }

  #drawPage(): Uint8Array {
    const { widthPx, heightPx } = this.#size;
    const canvas = new Uint8Array((widthPx * heightPx * 3) / 2).fill(128).fill(PAPER, 0, widthPx * heightPx);
    const random = generator(11);
    for (let y = LINE_PX; y + LINE_PX < heightPx; y += LINE_PX) {
      for (let x = LINE_PX; x + GLYPH_PX < widthPx - this.#columnPx; x += GLYPH_PX) {
        if (random() > 0.15) drawGlyph(canvas, widthPx, x, y, random);
      }
    }
    return canvas;
  }

  #drawWebcam(canvas: Uint8Array, tile: { x: number; y: number; width: number; height: number }, time: number): void {
    const { widthPx, heightPx } = this.#size;
    const random = generator(time);
    const head = { x: tile.width * (0.5 + 0.08 * Math.sin(time / 17)), y: tile.height * (0.55 + 0.04 * Math.sin(time / 11)) };
    const radius = tile.height * 0.3;
    for (let y = 0; y < tile.height; y++) {
      const wall = 90 + (40 * y) / tile.height;
      for (let x = 0; x < tile.width; x++) {
        const far = Math.hypot(x - head.x, y - head.y) / radius;
        const skin = 165 + 20 * Math.cos(far * 3 + x / 9) - 25 * far;
        const noise = random() * 5 - 2.5;
        canvas[(tile.y + y) * widthPx + tile.x + x] = (far < 1 ? skin : wall + 12 * Math.sin((x + y) / 23)) + noise;
      }
    }
    const chroma = widthPx / 2;
    for (const [plane, inside] of [[widthPx * heightPx, 112], [(widthPx * heightPx * 5) / 4, 150]] as const) {
      for (let y = 0; y < tile.height / 2; y++) {
        for (let x = 0; x < tile.width / 2; x++) {
          const far = Math.hypot(2 * x - head.x, 2 * y - head.y) / radius;
          canvas[plane + (tile.y / 2 + y) * chroma + tile.x / 2 + x] = far < 1 ? inside : 126;
        }
      }
    }
  }
}

/** A random stack of strokes, as sharp as letters are. */
function drawGlyph(canvas: Uint8Array, widthPx: number, x: number, y: number, random: () => number): void {
  for (let row = 0; row < GLYPH_PX; row += 2) {
    const [from, to] = [Math.floor(random() * 5), 5 + Math.floor(random() * 4)];
    for (let line = 0; line < 2; line++) {
      const start = (y + row + line) * widthPx + x;
      if (row % 4 === 0) canvas.fill(INK, start + from, start + to);
      else canvas.fill(INK, start + from, start + from + 2);
    }
  }
}

/** Pseudo-random numbers from 0 to 1, the same for the same seed (a linear congruential generator). */
function generator(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

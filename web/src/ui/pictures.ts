import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { Laser } from './laser.js';
import type { LocalScreen } from './local-media.js';
import type { Surface } from './pointer-surface.js';
import { blobOf, type Presentable } from './presentable.js';
import { CannotShow, drawingOf, drawInto, fitted, Redrawing, videoOf, type Size } from './stage-canvas.js';
import type { Point } from './strokes.js';

/** A still picture is drawn less often, and the laser pointer on it so often. */
const FPS = 30;

/** Pictures by their place, made when they are wanted. */
export interface Slides {
  /** Of each, for people. */
  readonly names: readonly string[];
  /** Of the largest. */
  readonly size: Size;
  /** Rejects where it cannot be made. */
  at(index: number): Promise<CanvasImageSource & Size>;
  /** Twice is fine. */
  close(): void;
}

/** Pictures one after the other. */
export class Pictures implements Surface {
  readonly kind = 'pictures';
  readonly tracks: LocalScreen;
  readonly names: readonly string[];
  readonly canvas: HTMLCanvasElement;
  readonly laserOn = signal(false);
  readonly pointer = computed(() => (this.laserOn.value ? 'laser' : null));
  readonly #index = signal(0);
  readonly #laser = new Laser();
  readonly #slides: Slides;
  readonly #context: CanvasRenderingContext2D;
  readonly #redrawing: Redrawing;
  #picture: CanvasImageSource & Size;

  private constructor(slides: Slides, first: CanvasImageSource & Size) {
    this.#slides = slides;
    this.#picture = first;
    this.names = slides.names;
    // One size for all: the screen's shape does not change under the audience.
    const { width, height } = fitted(slides.size);
    const { canvas, context } = drawingOf(width, height);
    this.canvas = canvas;
    this.#context = context;
    this.#redrawing = new Redrawing(() => this.#draw(), () => this.#laser.isLit);
    this.tracks = { video: videoOf(canvas, FPS, 'detail'), audio: null };
  }

  static async open(slides: Slides): Promise<Pictures> {
    return new Pictures(slides, await slides.at(0));
  }

  /** Place of the one that is shown. */
  get index(): ReadonlySignal<number> {
    return this.#index;
  }

  /** The one at this place; out of range it stays. */
  show(index: number): void {
    if (index < 0 || index >= this.names.length) return;
    this.#index.value = index;
    void this.#slides.at(index).then((picture) => {
      // Whoever turns pages quickly sees the last one.
      if (this.#index.value !== index) return;
      this.#picture = picture;
      this.#redrawing.soon();
    }).catch(() => undefined);
  }

  move(points: readonly Point[]): void {
    const last = points.at(-1);
    if (last) this.#laser.point(last);
  }

  leave(): void {
    this.#laser.off();
  }

  /** Twice is fine. */
  close(): void {
    this.#redrawing.close();
    this.tracks.video.stop();
    this.#slides.close();
  }

  #draw(): void {
    drawInto(this.#context, this.#picture, fitted(this.#picture));
    this.#laser.draw(this.#context);
  }
}

/** Image files, all read at once: one that cannot be read is told before anything is shown. */
export async function imageSlides(files: readonly Presentable[]): Promise<Slides> {
  const pictures = await Promise.all(files.map((file) => blobOf(file).then((blob) => createImageBitmap(blob)))).catch((cause: unknown) => {
    throw new CannotShow('a picture cannot be read', { cause });
  });
  return {
    names: files.map(({ name }) => name),
    size: { width: Math.max(...pictures.map(({ width }) => width)), height: Math.max(...pictures.map(({ height }) => height)) },
    at: async (index) => pictures[index] as ImageBitmap,
    close: () => {
      for (const picture of pictures) picture.close();
    },
  };
}

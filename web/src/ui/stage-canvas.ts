/** Largest picture that is sent; a canvas of the recording is 1920x1080. */
export const MAX_WIDTH_PX = 1920;
export const MAX_HEIGHT_PX = 1080;
/** A picture that stands still is drawn again so often: an encoder makes it sharp over some frames, and not at once. */
export const REDRAW_MS = 250;

export interface Size {
  width: number;
  height: number;
}

/** A file that this browser cannot show. */
export class CannotShow extends Error {}

/** As large as it is, or as large as fits; even numbers, as video wants them. */
export function fitted({ width, height }: Size): Size {
  const scale = Math.min(1, MAX_WIDTH_PX / width, MAX_HEIGHT_PX / height);
  const even = (side: number): number => Math.max(2, Math.round((side * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

export function drawingOf(width: number, height: number): { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D } {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new CannotShow('no canvas');
  context.imageSmoothingQuality = 'high';
  return { canvas, context };
}

/** In the middle, on black. */
export function drawInto(context: CanvasRenderingContext2D, picture: CanvasImageSource, { width, height }: Size): void {
  const { canvas } = context;
  context.fillStyle = '#000';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, Math.round((canvas.width - width) / 2), Math.round((canvas.height - height) / 2), width, height);
}

export function videoOf(canvas: HTMLCanvasElement, fps: number, hint: 'detail' | 'motion'): MediaStreamTrack {
  const [track] = canvas.captureStream(fps).getVideoTracks();
  if (!track) throw new CannotShow('no stream of the canvas');
  track.contentHint = hint;
  return track;
}

/** How often what moves is drawn. */
const FRAME_MS = 1000 / 30;

/** Draws a canvas that is captured: at each frame while something moves, else as often as a still picture needs it. */
export class Redrawing {
  readonly #draw: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #drawnAtMs = 0;
  #isDue = false;

  /** `moves` tells whether the next frame differs. */
  constructor(draw: () => void, moves: () => boolean) {
    this.#draw = draw;
    this.#now();
    let moved = false;
    this.#timer = setInterval(() => {
      // Once more when it has come to rest.
      const goesOn = moves() || moved;
      moved = moves();
      if (this.#isDue || goesOn || performance.now() - this.#drawnAtMs >= REDRAW_MS) this.#now();
    }, FRAME_MS);
  }

  /** At the next frame. */
  soon(): void {
    this.#isDue = true;
  }

  /** Twice is fine. */
  close(): void {
    clearInterval(this.#timer);
  }

  #now(): void {
    this.#isDue = false;
    this.#drawnAtMs = performance.now();
    this.#draw();
  }
}

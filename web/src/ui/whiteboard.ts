import { computed, signal } from '@preact/signals';
import { Laser } from './laser.js';
import type { LocalScreen } from './local-media.js';
import type { Surface } from './pointer-surface.js';
import { drawingOf, MAX_HEIGHT_PX, MAX_WIDTH_PX, Redrawing, videoOf } from './stage-canvas.js';
import { drawStroke, Marks, MAX_POINTS, type Mark, type Point, type Stroke } from './strokes.js';

export const TOOLS = ['pen', 'eraser', 'laser'] as const;
export type Tool = (typeof TOOLS)[number];

/** Told apart by people who see few colours, too: they differ in brightness. */
export const INKS = { black: '#1a1a1e', red: '#d3261b', blue: '#1f5fe0', green: '#2f9e44' } as const;
export type Ink = keyof typeof INKS;

/** Of 1920 px. The eraser is so many times as wide. */
export const WIDTHS = { thin: 6, thick: 16 } as const;
export type Width = keyof typeof WIDTHS;
const ERASER_WIDTHS = 5;
const PAPER = '#fff';
const FPS = 30;

/** A white board of the canvas' size, as a track for the stage (D9). Only its presenter draws on it. */
export class Whiteboard implements Surface {
  readonly kind = 'board';
  readonly tracks: LocalScreen;
  readonly canvas: HTMLCanvasElement;
  readonly tool = signal<Tool>('pen');
  readonly ink = signal<Ink>('black');
  readonly width = signal<Width>('thin');
  /** A board has always something to do with the pointer. */
  readonly pointer = computed(() => (this.tool.value === 'laser' ? 'laser' : 'draw'));
  readonly #canUndo = signal(false);
  readonly #marks = new Marks();
  /** What cannot be undone any more. */
  readonly #old = drawingOf(MAX_WIDTH_PX, MAX_HEIGHT_PX).context;
  /** All marks. */
  readonly #paper = drawingOf(MAX_WIDTH_PX, MAX_HEIGHT_PX).context;
  readonly #context: CanvasRenderingContext2D;
  readonly #laser = new Laser();
  readonly #redrawing: Redrawing;
  #stroke: Stroke | null = null;

  constructor() {
    const { canvas, context } = drawingOf(MAX_WIDTH_PX, MAX_HEIGHT_PX);
    this.canvas = canvas;
    this.#context = context;
    for (const surface of [this.#old, this.#paper]) wipe(surface);
    this.#redrawing = new Redrawing(() => this.#draw(), () => this.#laser.isLit);
    this.tracks = { video: videoOf(canvas, FPS, 'detail'), audio: null };
  }

  get canUndo(): boolean {
    return this.#canUndo.value;
  }

  down(at: Point): void {
    if (this.tool.value === 'laser') return;
    this.#begin(at);
  }

  move(points: readonly Point[]): void {
    const last = points.at(-1);
    if (!last) return;
    if (this.tool.value === 'laser') {
      this.#laser.point(last);
      return;
    }
    for (const point of points) this.#goOn(point);
  }

  up(): void {
    this.#stroke = null;
  }

  leave(): void {
    this.#laser.off();
  }

  undo(): void {
    this.#stroke = null;
    this.#marks.undo();
    this.#paper.drawImage(this.#old.canvas, 0, 0);
    for (const mark of this.#marks.all) put(this.#paper, mark);
    this.#changed();
  }

  /** It can be undone. */
  clear(): void {
    this.#stroke = null;
    this.#add('wiped');
    wipe(this.#paper);
    this.#changed();
  }

  /** Twice is fine. */
  close(): void {
    this.#redrawing.close();
    this.tracks.video.stop();
  }

  #begin(at: Point): void {
    const erases = this.tool.value === 'eraser';
    const widthPx = WIDTHS[this.width.value] * (erases ? ERASER_WIDTHS : 1);
    this.#stroke = { colour: erases ? PAPER : INKS[this.ink.value], widthPx, points: [at] };
    this.#add(this.#stroke);
    drawStroke(this.#paper, this.#stroke);
    this.#changed();
  }

  #goOn(at: Point): void {
    const stroke = this.#stroke;
    if (!stroke) return;
    const last = stroke.points.at(-1);
    if (stroke.points.length >= MAX_POINTS && last) {
      this.#begin(last);
      this.#goOn(at);
      return;
    }
    stroke.points.push(at);
    drawStroke(this.#paper, stroke, stroke.points.length - 1);
    this.#redrawing.soon();
  }

  #add(mark: Mark): void {
    const old = this.#marks.add(mark);
    if (old) put(this.#old, old);
  }

  #changed(): void {
    this.#canUndo.value = this.#marks.all.length > 0;
    this.#redrawing.soon();
  }

  #draw(): void {
    this.#context.drawImage(this.#paper.canvas, 0, 0);
    this.#laser.draw(this.#context);
  }
}

function put(context: CanvasRenderingContext2D, mark: Mark): void {
  if (mark === 'wiped') wipe(context);
  else drawStroke(context, mark);
}

function wipe(context: CanvasRenderingContext2D): void {
  context.fillStyle = PAPER;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
}

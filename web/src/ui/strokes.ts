/** What is drawn on a whiteboard. No DOM: `draw` is given what to draw with. */

/** In pixels of the board. */
export interface Point {
  x: number;
  y: number;
}

export interface Stroke {
  colour: string;
  widthPx: number;
  points: Point[];
}

/** A mark can be undone; wiping the board is one, too. */
export type Mark = Stroke | 'wiped';

/** The part of a canvas' context that strokes are drawn with. */
export interface Brush {
  strokeStyle: unknown;
  lineWidth: number;
  lineCap: 'butt' | 'round' | 'square';
  lineJoin: 'bevel' | 'miter' | 'round';
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  stroke(): void;
}

/** So many marks can be undone; older ones stay as they are. */
export const MAX_UNDO = 100;
/** Of a stroke; a longer one goes on in a next one, which is a mark of its own. */
export const MAX_POINTS = 5000;

/** The marks of a board, in their order. Bounded: what is too old to be undone is given away, to be drawn for good. */
export class Marks {
  readonly #marks: Mark[] = [];

  get all(): readonly Mark[] {
    return this.#marks;
  }

  /** The mark that can not be undone any more, if it comes to that. */
  add(mark: Mark): Mark | null {
    this.#marks.push(mark);
    return this.#marks.length > MAX_UNDO ? (this.#marks.shift() ?? null) : null;
  }

  undo(): void {
    this.#marks.pop();
  }
}

/** From its point `from` on; a single point is a dot. */
export function drawStroke(brush: Brush, { colour, widthPx, points }: Stroke, from = 0): void {
  const [first, ...rest] = points.slice(Math.max(0, from - 1));
  if (!first) return;
  brush.strokeStyle = colour;
  brush.lineWidth = widthPx;
  brush.lineCap = 'round';
  brush.lineJoin = 'round';
  brush.beginPath();
  brush.moveTo(first.x, first.y);
  // A line to where it begins is a dot, with its round ends.
  for (const { x, y } of rest.length > 0 ? rest : [first]) brush.lineTo(x, y);
  brush.stroke();
}

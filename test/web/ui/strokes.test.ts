import t from 'tap';
import { drawStroke, Marks, MAX_UNDO, type Brush, type Stroke } from '../../../web/src/ui/strokes.js';

/** Writes down the lines that it draws. */
class BrushDouble implements Brush {
  strokeStyle: unknown = '';
  lineWidth = 0;
  lineCap: Brush['lineCap'] = 'butt';
  lineJoin: Brush['lineJoin'] = 'miter';
  readonly lines: string[] = [];
  #path = '';
  beginPath(): void {
    this.#path = '';
  }
  moveTo(x: number, y: number): void {
    this.#path += `${x},${y}`;
  }
  lineTo(x: number, y: number): void {
    this.#path += ` ${x},${y}`;
  }
  stroke(): void {
    this.lines.push(`${String(this.strokeStyle)} ${this.lineWidth}: ${this.#path}`);
  }
}

const stroke = (...xs: number[]): Stroke => ({ colour: 'red', widthPx: 6, points: xs.map((x) => ({ x, y: 0 })) });

function linesOf(drawn: Stroke, from?: number): string[] {
  const brush = new BrushDouble();
  drawStroke(brush, drawn, from);
  return brush.lines;
}

t.test('a stroke is one line, a point a dot, and what comes to it goes on from its last point', async (t) => {
  t.same(linesOf(stroke(1, 2, 3)), ['red 6: 1,0 2,0 3,0']);
  t.same(linesOf(stroke(1)), ['red 6: 1,0 1,0']);
  t.same(linesOf(stroke(1, 2, 3), 2), ['red 6: 2,0 3,0']);
  t.same(linesOf(stroke()), []);
});

t.test('so many marks can be undone; the older ones are given away in their order', async (t) => {
  const marks = new Marks();
  const all = Array.from({ length: MAX_UNDO + 2 }, (_, x) => (x % 7 === 6 ? 'wiped' : stroke(x)));
  const given = all.map((mark) => marks.add(mark)).filter((mark) => mark !== null);
  t.same(given, all.slice(0, 2));
  t.same(marks.all, all.slice(2));
  marks.undo();
  t.same(marks.all, all.slice(2, -1));
  for (let more = 0; more < MAX_UNDO; more++) marks.undo();
  t.same(marks.all, []);
});

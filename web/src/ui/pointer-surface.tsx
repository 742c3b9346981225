import type { ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { text } from '../messages/index.js';
import type { Point } from './strokes.js';

/** A canvas on which the presenter draws or points. */
export interface Surface {
  readonly canvas: HTMLCanvasElement;
  /** What the pointer does now; null: nothing. */
  readonly pointer: ReadonlySignal<'draw' | 'laser' | null>;
  down?(at: Point): void;
  /** In the order in which they were passed. */
  move(points: readonly Point[]): void;
  up?(): void;
  /** The pointer is not over it any more. */
  leave(): void;
}

/** The presenter's own view: the canvas itself, so that a line is where the pen is, and not where it was. */
export function PointerSurface({ surface }: { surface: Surface }) {
  const frame = useRef<HTMLDivElement>(null);
  const { canvas, pointer } = surface;
  useEffect(() => {
    frame.current?.append(canvas);
    return () => canvas.remove();
  }, [canvas]);

  const onDown = (event: PointerEvent) => {
    // One finger at a time, and no other button than the first.
    if (!event.isPrimary || event.button !== 0 || pointer.value === null) return;
    event.preventDefault();
    frame.current?.setPointerCapture(event.pointerId);
    const at = pointIn(canvas, event);
    surface.down?.(at);
    surface.move([at]);
  };
  const onMove = (event: PointerEvent) => {
    if (!event.isPrimary || pointer.value === null) return;
    // A pen tells of more places than a page is drawn at.
    const passed = event.getCoalescedEvents?.() ?? [];
    surface.move((passed.length > 0 ? passed : [event]).map((each) => pointIn(canvas, each)));
  };
  const onUp = (event: PointerEvent) => {
    if (event.isPrimary) surface.up?.();
  };
  return (
    <div
      ref={frame}
      class={pointer.value === null ? 'surface' : `surface surface-${pointer.value}`}
      role="img"
      aria-label={text.board.surface}
      onPointerDown={onDown}
      onPointerMove={onMove}
      onPointerUp={onUp}
      onPointerCancel={onUp}
      onPointerLeave={() => surface.leave()}
    />
  );
}

/** The canvas is shown whole, in the middle of its place (`object-fit: contain`). */
function pointIn(canvas: HTMLCanvasElement, { clientX, clientY }: Pick<PointerEvent, 'clientX' | 'clientY'>): Point {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const scale = Math.min(width / canvas.width, height / canvas.height) || 1;
  return { x: (clientX - left - width / 2) / scale + canvas.width / 2, y: (clientY - top - height / 2) / scale + canvas.height / 2 };
}

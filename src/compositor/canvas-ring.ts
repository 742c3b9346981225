import { FRAMES_HELD_BY_ENCODER } from './encoders/encoder.js';

/** Copies of the canvas that an encoder still reads while the next frame is painted. */
export class CanvasRing {
  readonly #slots: Uint8Array[];
  #at = 0;
  #used = false;

  /** `slots`: the encoder's own memory, `FRAMES_HELD_BY_ENCODER + 1` of them. */
  constructor(slots: readonly Uint8Array[] = []) {
    this.#slots = [...slots];
  }

  /** Bytes equal to `canvas`; the same as last time where nothing changed. */
  next(canvas: Uint8Array, changed: boolean): Uint8Array {
    const last = this.#slots[this.#at];
    if (last && this.#used && !changed) return last;
    this.#used = true;
    // A slot comes round again after so many changes, and each change is at least one write.
    this.#at = (this.#at + 1) % (FRAMES_HELD_BY_ENCODER + 1);
    const slot = (this.#slots[this.#at] ??= new Uint8Array(canvas.length));
    slot.set(canvas);
    return slot;
  }
}

import { AppError } from '../../core/errors.js';

/** The sending side of a connection; uWebSockets.js has it so. */
export interface BodySource {
  pause(): unknown;
  resume(): unknown;
}

/** What may wait to be read before the sender is paused. */
const HIGH_WATER_BYTES = 1024 * 1024;

/** The body of a request, piece by piece and at its reader's pace. */
export class BodyStream implements AsyncIterable<Uint8Array> {
  readonly #source: BodySource;
  #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #paused = false;
  #state: 'open' | 'whole' | 'lost' | 'unread' = 'open';
  #wake: (() => void) | null = null;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** The next piece, which the stream may keep. */
  push(chunk: Uint8Array, isLast: boolean): void {
    if (this.#state !== 'open') return;
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.byteLength;
    if (isLast) this.#state = 'whole';
    else if (this.#waitingBytes > HIGH_WATER_BYTES && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#wake?.();
  }

  /** The connection is gone: the reader is told, and the source not touched any more. */
  lost(): void {
    if (this.#state === 'open') this.#state = 'lost';
    this.#wake?.();
  }

  /** Nobody reads on: before the answer, since the source may not be touched after it. What still comes is passed over. */
  discard(): void {
    if (this.#state !== 'open') return;
    this.#state = 'unread';
    this.#chunks = [];
    if (this.#paused) this.#source.resume();
  }

  /** For one reader. Throws `AppError` `upload_incomplete` where the connection is lost before the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#waitingBytes -= chunk.byteLength;
        if (this.#paused && this.#state === 'open' && this.#waitingBytes < HIGH_WATER_BYTES / 2) {
          this.#paused = false;
          this.#source.resume();
        }
        yield chunk;
      } else if (this.#state === 'open') {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = null;
      } else if (this.#state === 'whole') return;
      else throw new AppError('upload_incomplete', 'The connection was lost before the end of the file.');
    }
  }
}

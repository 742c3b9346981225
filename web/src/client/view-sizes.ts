import type { RoomSocket } from './socket.js';
import type { CaptureSize } from './layers.js';

/** Sizes of shown tracks by track id; a track that is not in it is not shown. */
export type ViewSizes = ReadonlyMap<string, CaptureSize>;

/** At most one `view` message in this time, ms. */
const INTERVAL_MS = 250;
/** The protocol's limit of tracks in one message. */
const MAX_TRACKS = 64;

interface ViewChange {
  trackId: string;
  size: CaptureSize | null;
}

/** What changed from `told` to `shown`. */
export function viewChanges(told: ViewSizes, shown: ViewSizes): ViewChange[] {
  const changes: ViewChange[] = [];
  for (const [trackId, size] of shown) {
    const before = told.get(trackId);
    if (before?.widthPx !== size.widthPx || before.heightPx !== size.heightPx) changes.push({ trackId, size });
  }
  for (const trackId of told.keys()) {
    if (!shown.has(trackId)) changes.push({ trackId, size: null });
  }
  return changes;
}

/** Tells the server at which sizes tracks are shown: the first change at once, more of them in batches. */
export class ViewReporter {
  readonly #socket: RoomSocket;
  #told = new Map<string, CaptureSize>();
  #shown: ViewSizes = new Map();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #closed = false;

  constructor(socket: RoomSocket) {
    this.#socket = socket;
  }

  show(sizes: ViewSizes): void {
    this.#shown = new Map(sizes);
    if (this.#timer === null && !this.#closed) this.#send();
  }

  /** Forgets a track that ended: the server knows. */
  forget(trackIds: Iterable<string>): void {
    for (const trackId of trackIds) this.#told.delete(trackId);
  }

  /** Twice is fine. */
  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #send(): void {
    const changes = viewChanges(this.#told, this.#shown).slice(0, MAX_TRACKS);
    if (changes.length === 0) return;
    for (const { trackId, size } of changes) {
      if (size === null) this.#told.delete(trackId);
      else this.#told.set(trackId, size);
    }
    // A size that the server missed is told again with the next change of the layout.
    this.#socket.request({ type: 'view', tracks: changes }).catch(() => undefined);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#send();
    }, INTERVAL_MS);
  }
}

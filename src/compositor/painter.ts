import { native, type I420, type NativeAddon, type RectPx } from '../../native/index.js';
import { canvasSize, DEFAULT_LAYOUT } from '../core/layouts.js';
import type { SizePx } from '../core/media.js';
import type { Tile } from './layout.js';
import { bt709, createPicture, type PackedPicture, type Yuv } from './picture.js';

/** Between and beside tiles. */
const BACKGROUND = bt709(12, 13, 16);
/** V8: where a stream has stalled. Told from the background, and calm. */
const PLACEHOLDER = bt709(32, 34, 40);

/** Around the active speaker. */
const OUTLINE = bt709(69, 212, 148);
const OUTLINE_PX = 4;

/** What a rectangle of the canvas shows now. */
interface Painted {
  rect: RectPx;
  crop: RectPx;
  /** Null: the placeholder. */
  picture: I420 | null;
  outlined: boolean;
}

/**
 * Owns the canvas and keeps it equal to the tiles that it is given, touching only what changed since the
 * last call. Pictures are told apart by identity: a decoder gives each frame as a new object. The canvas is
 * of BT.709 (V1), whatever matrix a picture has.
 */
export class Painter {
  /** Limited range. Changes in `paint` only; whoever reads it later than that copies it. */
  readonly canvas: PackedPicture;
  readonly #native: NativeAddon;
  readonly #fast: boolean;
  #painted = new Map<string, Painted>();
  #wasMoving = false;
  #changed: RectPx[] = [];

  /** `fast: false` scales by the plain twin, which is the same on every machine. */
  constructor(options: { fast?: boolean; size?: SizePx } = {}) {
    this.#native = native();
    this.#fast = options.fast ?? true;
    const { widthPx, heightPx } = options.size ?? canvasSize(DEFAULT_LAYOUT);
    this.canvas = createPicture(widthPx, heightPx);
    this.#fill(wholeOf(this.canvas), BACKGROUND);
  }

  /**
   * Paints the tiles, or `card` (a picture of the canvas's size) where there are none. `pictureOf` gives
   * a track's newest picture, or null where the stream has stalled. A tile whose crop lies outside its
   * picture, as for one frame after a change of size, is a placeholder too. Tiles that are `moving` may lie
   * over one another, the later ones on top; others do not. Returns whether the canvas changed.
   */
  paint(tiles: readonly Tile[], pictureOf: (trackId: string) => I420 | null, card: I420 | null, moving = false): boolean {
    const next = new Map<string, Painted>();
    for (const { trackId, rect, crop, outlined = false } of tiles) {
      const picture = pictureOf(trackId);
      next.set(trackId, { rect, crop, picture: picture && contains(picture, crop) ? picture : null, outlined });
    }
    if (tiles.length === 0 && card) {
      next.set('', { rect: wholeOf(this.canvas), crop: wholeOf(card), picture: card, outlined: false });
    }
    // What lies over what is simple only where all of it is painted.
    const cleared = moving || this.#wasMoving ? this.#clearAll() : this.#clearLeft(next);
    this.#wasMoving = moving;
    this.#changed = cleared;
    for (const [trackId, painted] of next) {
      if (isSame(this.#painted.get(trackId), painted) && !cleared.some((rect) => overlaps(rect, painted.rect))) continue;
      this.#draw(painted);
      this.#changed.push(painted.rect);
    }
    this.#painted = next;
    return this.#changed.length > 0;
  }

  /** What the last call of `paint` touched. */
  get changed(): readonly RectPx[] {
    return this.#changed;
  }

  /** Checksum of the canvas, eight hexadecimal digits, for tests that compare pictures. */
  hash(): string {
    return this.#native.crc32c(this.canvas.bytes).toString(16).padStart(8, '0');
  }

  /** Paints the background where a rectangle was that no tile has now; returns those rectangles. */
  #clearLeft(next: ReadonlyMap<string, Painted>): RectPx[] {
    const kept = [...next.values()];
    const left = [...this.#painted.values()]
      .map((painted) => painted.rect)
      .filter((rect) => !kept.some((painted) => isSameRect(painted.rect, rect)));
    for (const rect of left) this.#fill(rect, BACKGROUND);
    return left;
  }

  #clearAll(): RectPx[] {
    this.#painted = new Map();
    const all = wholeOf(this.canvas);
    this.#fill(all, BACKGROUND);
    return [all];
  }

  #draw({ rect, crop, picture, outlined }: Painted): void {
    if (picture) this.#native.scale(this.canvas, rect, picture, crop, this.#fast);
    else this.#fill(rect, PLACEHOLDER);
    if (outlined) for (const side of sidesOf(rect)) this.#fill(side, OUTLINE);
  }

  #fill(rect: RectPx, colour: Yuv): void {
    this.#native.fill(this.canvas, rect, colour.y, colour.u, colour.v);
  }
}

function wholeOf({ width, height }: I420): RectPx {
  return { x: 0, y: 0, width, height };
}

/** The four strips inside a rectangle's edges. */
function sidesOf({ x, y, width, height }: RectPx): RectPx[] {
  const across = Math.min(OUTLINE_PX, width);
  const along = Math.min(OUTLINE_PX, height);
  return [
    { x, y, width, height: along },
    { x, y: y + height - along, width, height: along },
    { x, y, width: across, height },
    { x: x + width - across, y, width: across, height },
  ];
}

function contains(picture: I420, rect: RectPx): boolean {
  return rect.x + rect.width <= picture.width && rect.y + rect.height <= picture.height;
}

function isSame(a: Painted | undefined, b: Painted): boolean {
  return a !== undefined && a.picture === b.picture && a.outlined === b.outlined && isSameRect(a.rect, b.rect) && isSameRect(a.crop, b.crop);
}

function isSameRect(a: RectPx, b: RectPx): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

function overlaps(a: RectPx, b: RectPx): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

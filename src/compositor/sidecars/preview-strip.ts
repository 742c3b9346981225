import { open, type FileHandle } from 'node:fs/promises';
import { native } from '../../../native/index.js';
import type { SizePx } from '../../core/media.js';
import { FRAME_RATE_HZ } from '../format.js';
import { createPicture, wrapPicture, type PackedPicture } from '../picture.js';
import { writeAll } from '../movie/write-all.js';

/** Pictures on a sheet, at most. */
export const MAX_TILES = 100;
const COLUMNS = 10;
/** At first a picture every 2 s; whenever the sheet is full, every other one is left out. */
const FIRST_STEP_FRAMES = 2 * FRAME_RATE_HZ;
const LONGER_SIDE_PX = 192;
/** Number of the frame and CRC-32C of the picture, before it. */
const RECORD_HEAD_BYTES = 8;

interface Tile {
  frame: number;
  picture: PackedPicture;
}

export interface PlacedTile {
  startMs: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Small pictures of a movie at even distances, taken while it is composed: no second decoding, and for any
 * length no more than `MAX_TILES`. They lie in `path` while the movie is unfinished, so that one that is
 * resumed has the pictures of the part that it passes over.
 */
export class PreviewStrip {
  readonly #file: FileHandle | null;
  readonly #tileSize: SizePx;
  #tiles: Tile[] = [];
  #stepFrames = FIRST_STEP_FRAMES;
  #position = 0;
  #writing: Promise<void> = Promise.resolve();

  /** `firstFrame`: pictures from there on are taken again. Never throws: without a file the strip only forgets more. */
  static async open(path: string, canvas: SizePx, firstFrame: number): Promise<PreviewStrip> {
    const anew = (): Promise<FileHandle | null> => open(path, 'w+').catch(() => null);
    const file = firstFrame > 0 ? await open(path, 'r+').catch(anew) : await anew();
    const strip = new PreviewStrip(file, canvas);
    if (file && firstFrame > 0) await strip.#readBack(file, firstFrame).catch(() => undefined);
    return strip;
  }

  private constructor(file: FileHandle | null, { widthPx, heightPx }: SizePx) {
    this.#file = file;
    const scale = LONGER_SIDE_PX / Math.max(widthPx, heightPx);
    this.#tileSize = { widthPx: Math.round((widthPx * scale) / 2) * 2, heightPx: Math.round((heightPx * scale) / 2) * 2 };
  }

  wants(frame: number): boolean {
    return frame % this.#stepFrames === 0;
  }

  /** Takes the canvas as it is now. */
  take(frame: number, canvas: PackedPicture): void {
    if (!this.wants(frame)) return;
    const { widthPx, heightPx } = this.#tileSize;
    const picture = createPicture(widthPx, heightPx);
    native().scale(picture, { x: 0, y: 0, width: widthPx, height: heightPx }, canvas, { x: 0, y: 0, width: canvas.width, height: canvas.height }, true);
    this.#add({ frame, picture });
    const head = Buffer.alloc(RECORD_HEAD_BYTES);
    head.writeUInt32LE(frame, 0);
    head.writeUInt32LE(native().crc32c(picture.bytes), 4);
    this.#append(Buffer.concat([head, picture.bytes]));
  }

  /** All pictures on one sheet, and where each is; null where there is none. */
  sheet(): { picture: PackedPicture; tiles: PlacedTile[] } | null {
    if (this.#tiles.length === 0) return null;
    const { widthPx: width, heightPx: height } = this.#tileSize;
    const columns = Math.min(COLUMNS, this.#tiles.length);
    const picture = createPicture(columns * width, Math.ceil(this.#tiles.length / columns) * height);
    native().fill(picture, { x: 0, y: 0, width: picture.width, height: picture.height }, 16, 128, 128);
    const tiles = this.#tiles.map(({ frame, picture: tile }, i) => {
      const place = { x: (i % columns) * width, y: Math.floor(i / columns) * height, width, height };
      native().scale(picture, place, tile, { x: 0, y: 0, width, height }, true);
      return { startMs: Math.round((frame * 1000) / FRAME_RATE_HZ), ...place };
    });
    return { picture, tiles };
  }

  /** Twice is fine. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close().catch(() => undefined);
  }

  #add(tile: Tile): void {
    if (!this.wants(tile.frame)) return;
    this.#tiles.push(tile);
    while (this.#tiles.length > MAX_TILES) {
      this.#stepFrames *= 2;
      this.#tiles = this.#tiles.filter(({ frame }) => this.wants(frame));
    }
  }

  #append(record: Uint8Array): void {
    const file = this.#file;
    if (!file) return;
    const at = this.#position;
    this.#position += record.length;
    this.#writing = this.#writing.then(() => writeAll(file, record, at)).catch(() => undefined);
  }

  async #readBack(file: FileHandle, firstFrame: number): Promise<void> {
    const { widthPx, heightPx } = this.#tileSize;
    const pictureBytes = createPicture(widthPx, heightPx).bytes.length;
    const { size } = await file.stat();
    while (this.#position + RECORD_HEAD_BYTES + pictureBytes <= size) {
      const record = Buffer.alloc(RECORD_HEAD_BYTES + pictureBytes);
      await file.read(record, 0, record.length, this.#position);
      const frame = record.readUInt32LE(0);
      const bytes = new Uint8Array(record.subarray(RECORD_HEAD_BYTES));
      if (native().crc32c(bytes) !== record.readUInt32LE(4) || frame >= firstFrame) break;
      this.#add({ frame, picture: wrapPicture(bytes, widthPx, heightPx) });
      this.#position += record.length;
    }
    await file.truncate(this.#position);
  }
}

import type { I420, NativeAddon } from '../../../native/index.js';
import type { Rotation } from '../../media/rtp/extensions.js';
import { createPicture, type PackedPicture } from '../picture.js';

export type Rotate = NativeAddon['rotate'];

/** Turns a track's pictures as their sender asks (RFC 7742 section 5: senders leave that to the receiver). */
export class Upright {
  readonly #rotate: Rotate;
  /** Used again while the size stays, as a decoder's own picture is. */
  #target: PackedPicture | null = null;

  constructor(rotate: Rotate) {
    this.#rotate = rotate;
  }

  /** The picture itself where there is nothing to turn; else valid until the next call. */
  turned(picture: I420, rotation: Rotation): I420 {
    if (rotation === 0) {
      this.#target = null;
      return picture;
    }
    const [width, height] = rotation === 180 ? [picture.width, picture.height] : [picture.height, picture.width];
    if (this.#target?.width !== width || this.#target.height !== height) this.#target = createPicture(width, height);
    this.#rotate(this.#target, picture, rotation);
    const { matrix, range } = picture;
    return { ...this.#target, ...(matrix && { matrix }), ...(range && { range }) };
  }
}

import type { RectPx } from '../../native/index.js';
import { CanvasRing } from './canvas-ring.js';
import type { AccessUnit, EncoderFactory, VideoEncoder, VideoEncoderOptions } from './encoders/encoder.js';
import type { UsedEncoders } from './encoders/used.js';

export interface VideoFeedOptions {
  encoders: EncoderFactory;
  video: Omit<VideoEncoderOptions, 'preset'>;
  /** The preset to use from here on; asked at each keyframe. */
  presetNow: () => string;
  used: UsedEncoders;
  onAccessUnit: (unit: AccessUnit) => void;
}

/**
 * Canvases to access units. Another preset is another encoder: it begins at a keyframe, when the one before it has
 * given all that it had. For each frame call `begin`, `keep`, `write`.
 */
export class VideoFeed {
  readonly #options: VideoFeedOptions;
  #preset: string;
  #encoder: VideoEncoder;
  #canvases: CanvasRing;
  /** Of this encoder; it knows no canvas before it. */
  #isFirst = true;

  constructor(options: VideoFeedOptions) {
    this.#options = options;
    this.#preset = this.#presetNow();
    this.#encoder = this.#open();
    this.#canvases = new CanvasRing(this.#encoder.slots);
  }

  /** Of the encoder at work. */
  get name(): string {
    return this.#encoder.name;
  }

  get preset(): string {
    return this.#preset;
  }

  /** To call before the frame's canvas is kept; `number`: in the movie. */
  async begin(number: number): Promise<void> {
    if (number % this.#options.video.gopFrames !== 0) return;
    // The constructor has just asked; a second look at the load would see nothing.
    const preset = this.#isFirst ? this.#preset : this.#presetNow();
    if (preset !== this.#preset) await this.#change(preset);
    await this.#options.used.add(number, this.#encoder.name, this.#preset);
  }

  /** Bytes equal to `canvas` that last until the encoder has read them; `changed`: not those of the last frame. */
  keep(canvas: Uint8Array, changed: boolean): Uint8Array {
    return this.#canvases.next(canvas, changed);
  }

  /** `canvas` is what `keep` gave; `changed`: where it differs from the last one. */
  async write(canvas: Uint8Array, changed: readonly RectPx[] | undefined): Promise<void> {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    await this.#encoder.write(canvas, isFirst ? undefined : changed);
  }

  end(): Promise<void> {
    return this.#encoder.end();
  }

  /** Twice is fine. */
  close(): void {
    this.#encoder.close();
  }

  async #change(preset: string): Promise<void> {
    const before = this.#encoder;
    this.#preset = preset;
    // It starts while the one before it ends, and has nothing to say until it is written to.
    this.#encoder = this.#open();
    try {
      await before.end();
    } finally {
      before.close();
    }
    this.#canvases = new CanvasRing(this.#encoder.slots);
    this.#isFirst = true;
  }

  #presetNow(): string {
    return this.#options.encoders.onlyPreset ?? this.#options.presetNow();
  }

  #open(): VideoEncoder {
    const { encoders, video, onAccessUnit } = this.#options;
    return encoders.video({ ...video, preset: this.#preset }, onAccessUnit);
  }
}

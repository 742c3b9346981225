import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { I420 } from '../../native/index.js';
import type { SizePx } from '../core/media.js';
import { AudioFeed } from './audio/audio-feed.js';
import type { EncoderFactory, VideoRate } from './encoders/encoder.js';
import type { FfmpegBinary } from './encoders/ffmpeg-binary.js';
import type { UsedEncoders } from './encoders/used.js';
import type { Engine, MadeFrame } from './engine.js';
import type { Tile } from './layout.js';
import type { ComposeJob } from './messages.js';
import { CHUNK_FRAMES, aacFramesOfMovie } from './movie/chunks.js';
import type { MovieWriter } from './movie/movie-writer.js';
import type { MovieText } from './movie/text-tracks.js';
import { Painter } from './painter.js';
import { wrapPicture, type PackedPicture } from './picture.js';
import { writeJpeg, writePoster } from './poster.js';
import { scaledTiles } from './scaled-tiles.js';
import type { PreviewStrip } from './sidecars/preview-strip.js';
import { movieText, writeSidecars, type SidecarSource } from './sidecars/write-sidecars.js';
import { initialsCard, titleCard } from './title-card.js';
import { VideoFeed } from './video-feed.js';

const DEFAULT_RATE: VideoRate = { crf: 23, maxKbitPerS: 12_000 };
/** Pictures of initials, 1.4 MB each. */
const LETTERS_KEPT = 32;
/** The poster shows the first frame from here on (3 s) that has somebody in it. */
const POSTER_FROM_FRAME = 90;

export interface OutputHooks {
  /** Each canvas as it goes to the encoder, and its number in the movie; for tests that compare pictures. */
  onCanvas?: (frame: number, canvas: Uint8Array) => void;
  rate?: VideoRate;
  /** Scales by the plain kernels, the same on every machine. */
  plainKernels?: boolean;
}

export interface OutputParts {
  job: ComposeJob;
  hooks: OutputHooks;
  encoders: EncoderFactory;
  binary: FfmpegBinary;
  movie: MovieWriter;
  /** That tiles are laid out on. */
  canvas: SizePx;
  /** Of the movie. */
  size: SizePx;
  /** Null: no sidecars are wanted. */
  strip: PreviewStrip | null;
  used: UsedEncoders;
  presetNow: () => string;
}

/** From made frames to the file: paint, encode, write. */
export class Output {
  readonly #job: ComposeJob;
  readonly #hooks: OutputHooks;
  readonly #binary: FfmpegBinary;
  readonly #movie: MovieWriter;
  readonly #canvas: SizePx;
  readonly #size: SizePx;
  readonly #strip: PreviewStrip | null;
  readonly #painter: Painter;
  readonly #used: UsedEncoders;
  readonly #video: VideoFeed;
  readonly #audio: AudioFeed;
  /** Of the movie at most. */
  readonly #frames: number;
  #card: PackedPicture | null = null;
  readonly #letters = new Map<string, PackedPicture>();
  #poster: Promise<boolean> | null = null;
  #lastPainted: Uint8Array | null = null;

  constructor({ job, hooks, encoders, binary, movie, canvas, size, strip, used, presetNow }: OutputParts) {
    this.#job = job;
    this.#hooks = hooks;
    this.#binary = binary;
    this.#movie = movie;
    this.#canvas = canvas;
    this.#size = size;
    this.#strip = strip;
    this.#painter = new Painter({ fast: !hooks.plainKernels, size });
    this.#used = used;
    this.#video = new VideoFeed({
      encoders,
      video: { ...size, gopFrames: CHUNK_FRAMES, rate: hooks.rate ?? DEFAULT_RATE },
      presetNow,
      used,
      onAccessUnit: (unit) => movie.addAccessUnit(unit),
    });
    const { fromFrame = 0, toFrame = Infinity } = job;
    this.#frames = toFrame - fromFrame;
    const span = { framesStored: movie.audioFramesStored, goesOn: fromFrame > 0, lastFrame: aacFramesOfMovie(this.#frames) };
    this.#audio = new AudioFeed(encoders, span, (frame) => movie.addAudioFrame(frame));
  }

  get encoders(): string {
    return this.#used.encoders || this.#video.name;
  }

  get presets(): string {
    return this.#used.presets || this.#video.preset;
  }

  get framesStored(): number {
    return this.#movie.framesStored;
  }

  /** `made` is null for a frame that a resumed movie has, or that lies before its span; its sound may still be needed. */
  async take(made: MadeFrame | null, engine: Engine): Promise<void> {
    const number = engine.frames - 1 - (this.#job.fromFrame ?? 0);
    await this.#audio.write(number, engine.sound);
    if (!made || number >= this.#frames) return;
    this.#card ??= await titleCard(this.#binary.path, engine.title ?? '', this.#cardSize(), `${this.#job.moviePath}.title.txt`);
    const letters = await this.#lettersOf(made.tiles);
    const pictureOf = (trackId: string): I420 | null => letters.get(trackId) ?? made.pictureOf(trackId);
    const changed = this.#painter.paint(scaledTiles(made.tiles, this.#canvas, this.#size), pictureOf, this.#card, made.moving);
    await this.#video.begin(number);
    const canvas = this.#video.keep(this.#painter.canvas.bytes, changed);
    this.#lastPainted = canvas;
    if (number >= POSTER_FROM_FRAME && made.tiles.length > 0) this.#takePoster(canvas);
    this.#strip?.take(number, this.#painter.canvas);
    this.#hooks.onCanvas?.(number, canvas);
    await this.#video.write(canvas, this.#painter.changed);
    if (number % CHUNK_FRAMES === 0) await this.#movie.settle();
  }

  /** Writes what was painted last to the job's `stillPath`. False where that is nothing yet, or failed. */
  async still(): Promise<boolean> {
    const { stillPath } = this.#job;
    if (!this.#lastPainted || stillPath === undefined) return false;
    const { widthPx, heightPx } = this.#size;
    return writeJpeg(this.#binary.path, this.#copyOf(this.#lastPainted), stillPath, widthPx > heightPx ? '640:360' : '360:640');
  }

  /** `about`: what there is to tell of a movie of so many frames. */
  async finish(about: (frames: number) => SidecarSource): Promise<number> {
    await Promise.all([this.#video.end(), this.#audio.end()]);
    if (this.#lastPainted) this.#takePoster(this.#lastPainted);
    const { sidecarDir, moviePath } = this.#job;
    if (sidecarDir === undefined) return this.#finishMovie();
    const source = about(this.#movie.framesToStore);
    const written = writeSidecars(sidecarDir, source, this.#strip, this.#binary.path);
    const bytes = await this.#finishMovie(movieText(source));
    await written;
    await this.#strip?.close();
    await rm(`${moviePath}.tiles`, { force: true });
    return bytes;
  }

  async close(): Promise<void> {
    this.#video.close();
    this.#audio.close();
    await this.#poster;
    await this.#strip?.close();
    await this.#movie.close();
  }

  /** By track: the pictures of those who are shown by initials. Each is drawn when it is shown first. */
  async #lettersOf(tiles: readonly Tile[]): Promise<ReadonlyMap<string, PackedPicture>> {
    const shown = new Map<string, PackedPicture>();
    for (const { trackId, letters, source } of tiles) {
      if (letters === undefined) continue;
      const card = this.#letters.get(letters) ?? (await initialsCard(this.#binary.path, letters, source, `${this.#job.moviePath}.initials.txt`));
      // The one shown last is the last: of a day's many people the first are forgotten.
      this.#letters.delete(letters);
      this.#letters.set(letters, card);
      const [oldest] = this.#letters.keys();
      if (this.#letters.size > LETTERS_KEPT && oldest !== undefined) this.#letters.delete(oldest);
      shown.set(trackId, card);
    }
    return shown;
  }

  async #finishMovie(text?: MovieText): Promise<number> {
    const bytes = await this.#movie.finish(text);
    await this.#used.remove();
    await this.#poster;
    return bytes;
  }

  /** Scaled with the rest where the shape is the same. */
  #cardSize(): SizePx {
    const { widthPx, heightPx } = this.#size;
    return widthPx * this.#canvas.heightPx === heightPx * this.#canvas.widthPx ? this.#canvas : this.#size;
  }

  #copyOf(canvas: Uint8Array): PackedPicture {
    return wrapPicture(canvas.slice(), this.#size.widthPx, this.#size.heightPx);
  }

  #takePoster(canvas: Uint8Array): void {
    if (this.#poster) return;
    const there = this.#job.resume && existsSync(this.#job.posterPath);
    this.#poster = there ? Promise.resolve(true) : writePoster(this.#binary.path, this.#copyOf(canvas), this.#job.posterPath);
  }
}

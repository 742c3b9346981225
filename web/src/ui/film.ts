import { signal, type ReadonlySignal } from '@preact/signals';
import type { LocalScreen } from './local-media.js';
import { addressOf, type Presentable } from './presentable.js';
import { CannotShow, drawingOf, drawInto, fitted, REDRAW_MS, videoOf } from './stage-canvas.js';

const VIDEO_FPS = 30;

export interface FilmState {
  playing: boolean;
  atS: number;
  lengthS: number;
  /** It cannot be read any further. */
  broken: boolean;
}

/** A film with its sound. */
export class Film {
  readonly kind = 'film';
  readonly tracks: LocalScreen;
  readonly name: string;
  readonly #state = signal<FilmState>({ playing: false, atS: 0, lengthS: 0, broken: false });
  readonly #video: HTMLVideoElement;
  readonly #release: () => void;
  readonly #context: CanvasRenderingContext2D;
  readonly #sound: AudioContext;
  readonly #timer: ReturnType<typeof setInterval>;
  #frame = 0;
  #closed = false;

  private constructor(video: HTMLVideoElement, name: string, release: () => void) {
    this.#video = video;
    this.name = name;
    this.#release = release;
    const { width, height } = fitted({ width: video.videoWidth, height: video.videoHeight });
    const { canvas, context } = drawingOf(width, height);
    this.#context = context;
    this.#sound = new AudioContext();
    const source = this.#sound.createMediaElementSource(video);
    const sent = this.#sound.createMediaStreamDestination();
    // To the room, and to whoever presents.
    source.connect(sent);
    source.connect(this.#sound.destination);
    for (const event of ['play', 'pause', 'timeupdate', 'ended', 'seeked', 'durationchange', 'error']) video.addEventListener(event, this.#tell);
    this.#tell();
    this.#draw();
    this.#timer = setInterval(() => video.paused && this.#draw(), REDRAW_MS);
    this.#follow();
    this.tracks = { video: videoOf(canvas, VIDEO_FPS, 'motion'), audio: sent.stream.getAudioTracks()[0] ?? null };
  }

  /** Rejects with `CannotShow`. */
  static async open(file: Presentable): Promise<Film> {
    const { url, release } = addressOf(file);
    const video = document.createElement('video');
    video.playsInline = true;
    video.preload = 'auto';
    try {
      await new Promise<void>((resolve, reject) => {
        video.addEventListener('loadeddata', () => resolve(), { once: true });
        video.addEventListener('error', () => reject(new CannotShow('a film that this browser cannot play')), { once: true });
        video.src = url;
      });
      if (video.videoWidth === 0) throw new CannotShow('a film without a picture');
      return new Film(video, file.name, release);
    } catch (error) {
      // It would be loaded on.
      video.removeAttribute('src');
      video.load();
      release();
      throw error;
    }
  }

  get state(): ReadonlySignal<FilmState> {
    return this.#state;
  }

  setPlaying(playing: boolean): void {
    void this.#sound.resume();
    if (playing) void this.#video.play().catch(() => undefined);
    else this.#video.pause();
  }

  seek(atS: number): void {
    this.#video.currentTime = Math.max(0, Math.min(this.#state.value.lengthS, atS));
  }

  /** Twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#video.cancelVideoFrameCallback?.(this.#frame);
    this.#video.pause();
    this.#video.removeAttribute('src');
    this.#video.load();
    this.#release();
    this.tracks.video.stop();
    this.tracks.audio?.stop();
    void this.#sound.close();
  }

  /** Each of the film's pictures as it comes. */
  #follow(): void {
    if (this.#closed) return;
    this.#draw();
    this.#frame = this.#video.requestVideoFrameCallback(() => this.#follow());
  }

  #draw(): void {
    const { videoWidth, videoHeight } = this.#video;
    drawInto(this.#context, this.#video, fitted({ width: videoWidth, height: videoHeight }));
  }

  readonly #tell = (): void => {
    const { paused, error, currentTime, duration } = this.#video;
    // A film that was written while it was recorded does not know its length.
    const lengthS = Number.isFinite(duration) ? duration : currentTime;
    this.#state.value = { playing: !paused && error === null, atS: currentTime, lengthS, broken: error !== null };
  };
}

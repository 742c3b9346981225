import { signal, type ReadonlySignal } from '@preact/signals';
import type { LocalScreen } from './local-media.js';

/** Largest picture that is sent; a canvas is 1920x1080. */
const MAX_WIDTH_PX = 1920;
const MAX_HEIGHT_PX = 1080;
/** A picture that stands still is drawn again so often, so that whoever comes later gets it. */
const REDRAW_MS = 1_000;
const VIDEO_FPS = 30;
const STILL_FPS = 5;

/** What of a file is shown now. */
export type Presented =
  | { kind: 'pictures'; names: string[]; index: number }
  | { kind: 'film'; name: string; playing: boolean; atS: number; lengthS: number };

/** A file that this browser cannot show. */
export class CannotShow extends Error {}

/**
 * Pictures or a film from the person's own disk as tracks for the stage (D9): drawn on a canvas, with the film's
 * sound. Owned by whoever made it; `close` ends it.
 */
export interface Presentation {
  readonly tracks: LocalScreen;
  readonly state: ReadonlySignal<Presented>;
  /** Pictures: the one at this place; out of range it stays. */
  show(index: number): void;
  /** Film. */
  setPlaying(playing: boolean): void;
  seek(atS: number): void;
  /** Twice is fine. */
  close(): void;
}

/** Rejects with `CannotShow`. Several pictures are shown one after the other; of films the first. */
export async function openPresentation(files: readonly File[]): Promise<Presentation> {
  const film = files.find(({ type }) => type.startsWith('video/'));
  if (film) return Film.open(film);
  const pictures = files.filter(({ type }) => type.startsWith('image/'));
  if (pictures.length === 0) throw new CannotShow('neither a picture nor a film');
  return Pictures.open(pictures);
}

class Pictures implements Presentation {
  readonly tracks: LocalScreen;
  readonly #state = signal<Presented>({ kind: 'pictures', names: [], index: 0 });
  readonly #pictures: readonly ImageBitmap[];
  readonly #context: CanvasRenderingContext2D;
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(pictures: readonly ImageBitmap[], names: string[]) {
    this.#pictures = pictures;
    this.#state.value = { kind: 'pictures', names, index: 0 };
    // One size for all: the screen's shape does not change under the audience.
    const width = Math.max(...pictures.map((picture) => fitted(picture).width));
    const height = Math.max(...pictures.map((picture) => fitted(picture).height));
    const { canvas, context } = drawingOf(width, height);
    this.#context = context;
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.tracks = { video: videoOf(canvas, STILL_FPS, 'detail'), audio: null };
  }

  static async open(files: readonly File[]): Promise<Pictures> {
    try {
      return new Pictures(await Promise.all(files.map((file) => createImageBitmap(file))), files.map(({ name }) => name));
    } catch (cause) {
      throw new CannotShow('a picture cannot be read', { cause });
    }
  }

  get state(): ReadonlySignal<Presented> {
    return this.#state;
  }

  show(index: number): void {
    const now = this.#state.value;
    if (now.kind !== 'pictures' || index < 0 || index >= this.#pictures.length) return;
    this.#state.value = { ...now, index };
    this.#draw();
  }

  setPlaying(): void {}

  seek(): void {}

  close(): void {
    clearInterval(this.#timer);
    this.tracks.video.stop();
    for (const picture of this.#pictures) picture.close();
  }

  #draw(): void {
    const now = this.#state.value;
    const picture = now.kind === 'pictures' ? this.#pictures[now.index] : undefined;
    if (picture) drawInto(this.#context, picture, fitted(picture));
  }
}

class Film implements Presentation {
  readonly tracks: LocalScreen;
  readonly #state: ReturnType<typeof signal<Presented>>;
  readonly #video: HTMLVideoElement;
  readonly #url: string;
  readonly #context: CanvasRenderingContext2D;
  readonly #sound: AudioContext;
  readonly #timer: ReturnType<typeof setInterval>;
  #frame = 0;
  #closed = false;

  private constructor(video: HTMLVideoElement, url: string, name: string) {
    this.#video = video;
    this.#url = url;
    const { width, height } = fitted({ width: video.videoWidth, height: video.videoHeight });
    const { canvas, context } = drawingOf(width, height);
    this.#context = context;
    this.#sound = new AudioContext();
    const source = this.#sound.createMediaElementSource(video);
    const sent = this.#sound.createMediaStreamDestination();
    // To the room, and to whoever presents.
    source.connect(sent);
    source.connect(this.#sound.destination);
    this.#state = signal<Presented>({ kind: 'film', name, playing: false, atS: 0, lengthS: video.duration });
    for (const event of ['play', 'pause', 'timeupdate', 'ended', 'seeked']) video.addEventListener(event, this.#tell);
    this.#draw();
    this.#timer = setInterval(() => video.paused && this.#draw(), REDRAW_MS);
    this.#follow();
    this.tracks = { video: videoOf(canvas, VIDEO_FPS, 'motion'), audio: sent.stream.getAudioTracks()[0] ?? null };
  }

  static async open(file: File): Promise<Film> {
    const url = URL.createObjectURL(file);
    const video = document.createElement('video');
    video.playsInline = true;
    try {
      await new Promise<void>((resolve, reject) => {
        video.addEventListener('loadeddata', () => resolve(), { once: true });
        video.addEventListener('error', () => reject(new CannotShow('a film that this browser cannot play')), { once: true });
        video.src = url;
      });
      if (video.videoWidth === 0) throw new CannotShow('a film without a picture');
      return new Film(video, url, file.name);
    } catch (error) {
      URL.revokeObjectURL(url);
      throw error;
    }
  }

  get state(): ReadonlySignal<Presented> {
    return this.#state as ReadonlySignal<Presented>;
  }

  show(): void {}

  setPlaying(playing: boolean): void {
    void this.#sound.resume();
    if (playing) void this.#video.play().catch(() => undefined);
    else this.#video.pause();
  }

  seek(atS: number): void {
    this.#video.currentTime = Math.max(0, Math.min(this.#video.duration, atS));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#video.cancelVideoFrameCallback?.(this.#frame);
    this.#video.pause();
    this.#video.removeAttribute('src');
    this.#video.load();
    URL.revokeObjectURL(this.#url);
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
    const now = this.#state.value;
    if (now?.kind === 'film') this.#state.value = { ...now, playing: !this.#video.paused, atS: this.#video.currentTime };
  };
}

interface Size {
  width: number;
  height: number;
}

/** As large as it is, or as large as fits; even numbers, as video wants them. */
export function fitted({ width, height }: Size): Size {
  const scale = Math.min(1, MAX_WIDTH_PX / width, MAX_HEIGHT_PX / height);
  const even = (side: number): number => Math.max(2, Math.round((side * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

function drawingOf(width: number, height: number): { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D } {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new CannotShow('no canvas');
  context.imageSmoothingQuality = 'high';
  return { canvas, context };
}

/** In the middle, on black. */
function drawInto(context: CanvasRenderingContext2D, picture: CanvasImageSource, { width, height }: Size): void {
  const { canvas } = context;
  context.fillStyle = '#000';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, Math.round((canvas.width - width) / 2), Math.round((canvas.height - height) / 2), width, height);
}

function videoOf(canvas: HTMLCanvasElement, fps: number, hint: 'detail' | 'motion'): MediaStreamTrack {
  const [track] = canvas.captureStream(fps).getVideoTracks();
  if (!track) throw new CannotShow('no stream of the canvas');
  track.contentHint = hint;
  return track;
}

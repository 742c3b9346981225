import { signal, type ReadonlySignal } from '@preact/signals';
import type { LocalScreen } from './local-media.js';

/** Largest picture that is sent; a canvas is 1920x1080. */
export const MAX_WIDTH_PX = 1920;
export const MAX_HEIGHT_PX = 1080;
/** A picture that stands still is drawn again so often: an encoder makes it sharp over some frames, and not at once. */
const REDRAW_MS = 250;
const VIDEO_FPS = 30;
const STILL_FPS = 5;

export interface Size {
  width: number;
  height: number;
}

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

/** Rejects with `CannotShow`. Several pictures, or a PDF's pages, are shown one after the other; of films the first. */
export async function openPresentation(files: readonly File[]): Promise<Presentation> {
  const film = files.find(({ type }) => type.startsWith('video/'));
  if (film) return Film.open(film);
  const paper = files.find(({ type }) => type === 'application/pdf');
  if (paper) {
    // Large, and seldom wanted.
    const { pdfSlides } = await import('./pdf-slides.js');
    return Pictures.open(await pdfSlides(paper));
  }
  const pictures = files.filter(({ type }) => type.startsWith('image/'));
  if (pictures.length === 0) throw new CannotShow('neither a picture, pages nor a film');
  return Pictures.open(await imageSlides(pictures));
}

/** Pictures by their place, made when they are wanted. */
export interface Slides {
  /** Of each, for people. */
  readonly names: readonly string[];
  /** Of the largest. */
  readonly size: Size;
  /** Rejects where it cannot be made. */
  at(index: number): Promise<CanvasImageSource & Size>;
  /** Twice is fine. */
  close(): void;
}

class Pictures implements Presentation {
  readonly tracks: LocalScreen;
  readonly #state: ReturnType<typeof signal<Presented>>;
  readonly #slides: Slides;
  readonly #context: CanvasRenderingContext2D;
  readonly #timer: ReturnType<typeof setInterval>;
  #picture: CanvasImageSource & Size;

  private constructor(slides: Slides, first: CanvasImageSource & Size) {
    this.#slides = slides;
    this.#picture = first;
    this.#state = signal<Presented>({ kind: 'pictures', names: [...slides.names], index: 0 });
    // One size for all: the screen's shape does not change under the audience.
    const { width, height } = fitted(slides.size);
    const { canvas, context } = drawingOf(width, height);
    this.#context = context;
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.tracks = { video: videoOf(canvas, STILL_FPS, 'detail'), audio: null };
  }

  static async open(slides: Slides): Promise<Pictures> {
    return new Pictures(slides, await slides.at(0));
  }

  get state(): ReadonlySignal<Presented> {
    return this.#state as ReadonlySignal<Presented>;
  }

  show(index: number): void {
    const now = this.#state.value;
    if (now?.kind !== 'pictures' || index < 0 || index >= now.names.length) return;
    this.#state.value = { ...now, index };
    void this.#slides.at(index).then((picture) => {
      // Whoever turns pages quickly sees the last one.
      const shown = this.#state.value;
      if (shown?.kind !== 'pictures' || shown.index !== index) return;
      this.#picture = picture;
      this.#draw();
    }).catch(() => undefined);
  }

  setPlaying(): void {}

  seek(): void {}

  close(): void {
    clearInterval(this.#timer);
    this.tracks.video.stop();
    this.#slides.close();
  }

  #draw(): void {
    drawInto(this.#context, this.#picture, fitted(this.#picture));
  }
}

/** Image files, all read at once: one that cannot be read is told before anything is shown. */
async function imageSlides(files: readonly File[]): Promise<Slides> {
  const pictures = await Promise.all(files.map((file) => createImageBitmap(file))).catch((cause: unknown) => {
    throw new CannotShow('a picture cannot be read', { cause });
  });
  return {
    names: files.map(({ name }) => name),
    size: { width: Math.max(...pictures.map(({ width }) => width)), height: Math.max(...pictures.map(({ height }) => height)) },
    at: async (index) => pictures[index] as ImageBitmap,
    close: () => {
      for (const picture of pictures) picture.close();
    },
  };
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

import type { EncoderName } from '../core/encoder-names.js';
import type { RecordingReport } from '../core/recording.js';
import type { LayoutName } from '../core/layouts.js';
import type { SizePx } from '../core/media.js';

/** One task of the pool: a journal and options go in, a movie and a report come out. */
export interface ComposeJob {
  journalDir: string;
  /** The movie. Beside it the compositor keeps `<moviePath>.index` and `.encoders` until it is finished. */
  moviePath: string;
  posterPath: string;
  /** Where a still of the present picture goes when one is asked for; left out: none can be had. */
  stillPath?: string;
  /** Folder of the files beside the movie (docs/sidecars.md); left out: none are written, the movie has no text. */
  sidecarDir?: string;
  /** True while the journal still grows; false reads it to its end, cut short or not. */
  live: boolean;
  /** Continue an unfinished movie at `moviePath`, if there is one; else it is made anew. */
  resume: boolean;
  /** The movie is this span of the recording: its frames `fromFrame` to before `toFrame`. Left out: all of it. */
  fromFrame?: number;
  toFrame?: number;
  /** Members who are left out, picture and voice. */
  without?: readonly string[];
  /** Instead of the journal's. */
  layout?: LayoutName;
  /** Even numbers. Left out: the layout's own; else the layout's picture is scaled into it, never stretched. */
  size?: SizePx;
  /** False: tiles jump to their places, whatever the journal says. */
  transitions?: boolean;
  ffmpegPath: string;
  /** Of the pictures; without it libx264 where that is built, else ffmpeg. */
  encoder?: EncoderName | undefined;
  preset: string;
}

/** How far a composition is. */
export interface WorkProgress {
  /** Made so far, those that the movie had before included. */
  frames: number;
  /** How far the movie is behind the journal, ms. */
  lagMs: number;
  /** CPU seconds for a recorded second, lately; null where it is not known. */
  cores: number | null;
}

/** Service to worker, on the task's port. */
export type ToWorker =
  /** The journal has more to read. */
  | { kind: 'grown' }
  /** Write the present picture; answered by `still`. */
  | { kind: 'still' }
  /** Stop now and leave the unfinished movie for a later resume. */
  | { kind: 'abort' };

/** Worker to service. */
export type FromWorker =
  | ({ kind: 'progress' } & WorkProgress)
  /** `ok`: it is there. */
  | { kind: 'still'; ok: boolean }
  | { kind: 'done'; report: RecordingReport }
  | { kind: 'failed'; code: string; message: string };

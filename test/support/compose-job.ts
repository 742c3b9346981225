import { join } from 'node:path';
import type { ComposeJob } from '../../src/compositor/messages.js';

/** A job for the journal `journal` in a folder, the movie beside it. */
export function jobIn(dir: string, more: Partial<ComposeJob> = {}): ComposeJob {
  return {
    journalDir: join(dir, 'journal'),
    moviePath: join(dir, 'movie.mp4'),
    posterPath: join(dir, 'poster.jpg'),
    live: false,
    resume: false,
    ffmpegPath: '',
    preset: 'ultrafast',
    ...more,
  };
}

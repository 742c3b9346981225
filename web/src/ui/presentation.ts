import { Film } from './film.js';
import { imageSlides, Pictures } from './pictures.js';
import type { Presentable } from './presentable.js';
import { CannotShow } from './stage-canvas.js';
import type { Whiteboard } from './whiteboard.js';

/** What is shown on the stage instead of a screen (D9): a canvas and, of a film, its sound, as tracks. Whoever made it closes it. */
export type Presentation = Pictures | Film | Whiteboard;

/** Rejects with `CannotShow`. Several pictures, or a PDF's pages, are shown one after the other; of films the first. */
export async function openPresentation(files: readonly Presentable[]): Promise<Presentation> {
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

import type { Happening } from './happening.js';

/**
 * The words of chapters, all in one place. They say what happened and never who (V3): names are in the
 * sidecars and in the text track alone.
 */
export const CHAPTER_WORDS = {
  beginning: 'Beginning',
  contentOn: 'Shared content',
  contentOff: 'Shared content ended',
  highlightOn: 'Highlight',
  highlightOff: 'Highlight ended',
  pause: 'After a pause',
  mark: (number: number) => `Marked moment ${number}`,
} as const;

/** `marks`: how many were set before. Null where no chapter begins with it. */
export function chapterTitle(happening: Happening, marks: number): string | null {
  switch (happening.kind) {
    case 'content-on':
      return CHAPTER_WORDS.contentOn;
    case 'content-off':
      return CHAPTER_WORDS.contentOff;
    case 'highlight-on':
      return CHAPTER_WORDS.highlightOn;
    case 'highlight-off':
      return CHAPTER_WORDS.highlightOff;
    case 'pause':
      return CHAPTER_WORDS.pause;
    case 'mark':
      return happening.label.trim() || CHAPTER_WORDS.mark(marks + 1);
    default:
      return null;
  }
}

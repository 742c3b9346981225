import { AppError } from '../core/errors.js';

/** Longest title, in characters (code points). */
export const MAX_TITLE_CHARACTERS = 200;

/** One line of text: control characters, line breaks and halves of surrogate pairs become single spaces. */
export function cleanLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
}

export function isVisible(text: string): boolean {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text);
}

/**
 * A meeting's title as it is kept and shown. Slashes, emoji and right-to-left marks stay; making a file
 * name of it is F1's business.
 * Throws `AppError` `title_invalid` where nothing visible is left, `title_too_long`.
 */
export function cleanTitle(text: string): string {
  const title = cleanLine(text);
  if (!isVisible(title)) {
    throw new AppError('title_invalid', 'A title needs at least one visible character.');
  }
  if ([...title].length > MAX_TITLE_CHARACTERS) {
    throw new AppError('title_too_long', `A title has at most ${MAX_TITLE_CHARACTERS} characters.`);
  }
  return title;
}

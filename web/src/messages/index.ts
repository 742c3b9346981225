import { batch, signal } from '@preact/signals';
import { AppError, messageOf } from '../../../src/core/errors.js';
import { en, type Catalogue } from './en.js';
import { locale } from './formats.js';
import type { Chosen, LanguageCode } from './languages.js';

export type { Catalogue } from './en.js';
export { formatBytes, formatDateTime, formatDuration, formatShare, formatTime, formatWait } from './formats.js';

const catalogue = signal<Catalogue>(en);

/** English comes with the page, the others when they are wanted. */
const LOADERS: Record<Exclude<LanguageCode, 'en'>, () => Promise<Catalogue>> = {
  ar: async () => (await import('./ar.js')).ar,
};

/** The language in use. */
export const language = signal<LanguageCode>('en');

/**
 * The catalogue in use. Components take every text from here; each that does is drawn again when the language
 * changes, for each part of it is read from a signal.
 */
export const text: Catalogue = Object.defineProperties(
  {} as Catalogue,
  Object.fromEntries(
    (Object.keys(en) as (keyof Catalogue)[]).map((part) => [part, { enumerable: true, get: () => catalogue.value[part] }]),
  ),
);

/** Which one was asked for last: a slow answer to an earlier wish changes nothing. */
let wanted: Chosen | null = null;

/** Changes the language. Rejects where its catalogue cannot be loaded; the one in use stays then. */
export async function setLanguage(chosen: Chosen): Promise<void> {
  wanted = chosen;
  const loaded = chosen.language === 'en' ? en : await LOADERS[chosen.language]();
  if (wanted !== chosen) return;
  batch(() => {
    catalogue.value = loaded;
    language.value = chosen.language;
    locale.value = chosen.locale;
  });
}

/** The words for a stable code of an error; the server's own sentence where the catalogue has none. */
export function wordsOfError(error: unknown): string {
  return error instanceof AppError ? wordsOfCode(error.code, error.message) : messageOf(error);
}

export function wordsOfCode(code: string, sentence: string): string {
  const words: Record<string, string> = text.errors;
  return Object.hasOwn(words, code) ? (words[code] ?? sentence) : sentence;
}

/** Why a recording failed, and what is left of it (R12), by its stable code; else the server's own sentence. */
export function wordsOfFailure({ code, message, kept }: { code: string; message: string; kept: boolean }): string {
  const reasons: Record<string, string> = text.failures.reasons;
  return Object.hasOwn(reasons, code) ? `${reasons[code]} ${kept ? text.failures.kept : text.failures.lost}` : message;
}

/** F3: whose file it is, for who may see that it is there and not open it. */
export function wordsOfPrivate({ name }: { name: string | null }): string {
  return name === null ? text.files.private : text.files.privateTo(name);
}

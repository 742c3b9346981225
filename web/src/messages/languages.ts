/** Which languages there are, and which one somebody gets. Pure. */

export interface Language {
  /** In the language itself, as people look for it. */
  name: string;
  dir: 'ltr' | 'rtl';
}

export const LANGUAGES = {
  en: { name: 'English', dir: 'ltr' },
  ar: { name: 'العربية', dir: 'rtl' },
} as const satisfies Record<string, Language>;

export type LanguageCode = keyof typeof LANGUAGES;

/** Of a visitor whose languages are none of these. */
export const DEFAULT_LANGUAGE: LanguageCode = 'en';

export function isLanguage(code: string): code is LanguageCode {
  return Object.hasOwn(LANGUAGES, code);
}

export interface Chosen {
  language: LanguageCode;
  /** For numbers and dates: the language with the region that the browser names. */
  locale: string;
}

/**
 * @param remembered What the person chose before, or an empty string.
 * @param preferred The browser's languages, the most wanted first.
 */
export function chooseLanguage(remembered: string, preferred: readonly string[]): Chosen {
  const known = preferred.map(baseOf).find(isLanguage) ?? DEFAULT_LANGUAGE;
  const language = isLanguage(remembered) ? remembered : known;
  return { language, locale: preferred.find((tag) => baseOf(tag) === language) ?? language };
}

/** `ar` of `ar-EG`. */
function baseOf(tag: string): string {
  return tag.split('-')[0]?.toLowerCase() ?? '';
}

import { effect } from '@preact/signals';
import { language, setLanguage } from '../messages/index.js';
import { LANGUAGES, chooseLanguage, type LanguageCode } from '../messages/languages.js';
import { recall, remember } from './memory.js';

/**
 * Takes the language that the person chose, or the browser's, and follows it when it changes. Resolves when its
 * catalogue is there; where that cannot be loaded, the page is in English.
 */
export function startLanguage(): Promise<void> {
  effect(() => {
    document.documentElement.lang = language.value;
    document.documentElement.dir = LANGUAGES[language.value].dir;
  });
  addEventListener('languagechange', () => void follow());
  return follow();
}

/** Resolves to whether it could be loaded. */
export async function chooseAndRemember(code: LanguageCode): Promise<boolean> {
  try {
    await setLanguage(chooseLanguage(code, navigator.languages));
  } catch {
    return false;
  }
  remember('language', code);
  return true;
}

function follow(): Promise<void> {
  return setLanguage(chooseLanguage(recall('language'), navigator.languages)).catch(() => undefined);
}

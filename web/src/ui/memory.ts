import { VIEWS, type ViewName } from './arrange.js';

/** What the browser keeps from visit to visit. Storage may be forbidden: then nothing is kept. */
export type Remembered = 'name' | 'language' | 'camera' | 'microphone' | 'speaker' | 'view';

/** Empty where nothing is kept. */
export function recall(what: Remembered): string {
  try {
    return localStorage.getItem(`reelroom.${what}`) ?? '';
  } catch {
    return '';
  }
}

export function remember(what: Remembered, value: string): void {
  try {
    localStorage.setItem(`reelroom.${what}`, value);
  } catch {
    // It is asked for again next time.
  }
}

export function recallView(): ViewName {
  const kept = recall('view');
  return VIEWS.find((view) => view === kept) ?? 'stage';
}

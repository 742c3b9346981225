import { VIEWS, type ViewName } from './arrange.js';

/** What the browser keeps from visit to visit. Storage may be forbidden: then nothing is kept. */
const NAME_KEY = 'reelroom.name';
const VIEW_KEY = 'reelroom.view';

export function recallName(): string {
  return recall(NAME_KEY) ?? '';
}

export function rememberName(name: string): void {
  remember(NAME_KEY, name);
}

export function recallView(): ViewName {
  const kept = recall(VIEW_KEY);
  return VIEWS.find((view) => view === kept) ?? 'stage';
}

export function rememberView(view: ViewName): void {
  remember(VIEW_KEY, view);
}

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // It is asked for or chosen again next time.
  }
}

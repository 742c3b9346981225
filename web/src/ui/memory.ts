/** What the browser keeps from visit to visit. Storage may be forbidden: then nothing is kept. */
const NAME_KEY = 'reelroom.name';

export function recallName(): string {
  try {
    return localStorage.getItem(NAME_KEY) ?? '';
  } catch {
    return '';
  }
}

export function rememberName(name: string): void {
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // The name is asked for again next time.
  }
}

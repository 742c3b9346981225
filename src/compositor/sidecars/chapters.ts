import type { Happening } from './happening.js';
import { CHAPTER_WORDS, chapterTitle } from './titles.js';

export interface Chapter {
  startMs: number;
  title: string;
  kind: 'beginning' | 'content' | 'highlight' | 'pause' | 'mark';
}

/** The form that most players read (`chpl`) counts chapters with one byte. */
export const MAX_CHAPTERS = 255;

/** Chapters nearer to each other than this are one: a share that takes another's place, a highlight that moves. */
const NEAREST_MS = 1_000;

/**
 * The chapters of a movie of this length: the first one begins at 0, all others by what happened (F8); none where nothing
 * did. What people marked is kept before all else where there are too many; `dropped` counts the others.
 */
export function chaptersOf(happenings: readonly Happening[], durationMs: number): { chapters: Chapter[]; dropped: number } {
  const all: Chapter[] = [{ startMs: 0, title: CHAPTER_WORDS.beginning, kind: 'beginning' }];
  let marks = 0;
  let shared = 0;
  for (const happening of happenings) {
    const before = shared;
    if (happening.kind === 'content-on') shared++;
    if (happening.kind === 'content-off') shared--;
    // A second screen, or the first of two that ends, changes little.
    if (happening.kind === 'content-off' && shared > 0) continue;
    if (happening.kind === 'content-on' && before > 0) continue;
    const title = chapterTitle(happening, marks);
    if (happening.kind === 'mark') marks++;
    if (title !== null && happening.atMs < durationMs) add(all, { startMs: happening.atMs, title, kind: kindOf(happening) });
  }
  if (all.length === 1 && all[0]?.kind === 'beginning') return { chapters: [], dropped: 0 };
  const chapters = keep(all);
  return { chapters, dropped: all.length - chapters.length };
}

function add(all: Chapter[], next: Chapter): void {
  const last = all.at(-1);
  if (!last || next.startMs - last.startMs >= NEAREST_MS) {
    all.push(next);
    return;
  }
  // The later one says what is to be seen from here on, but nobody's mark is taken away.
  if (last.kind === 'mark' && next.kind === 'mark') all.push({ ...next, startMs: Math.max(next.startMs, last.startMs + 1) });
  else if (last.kind !== 'mark') all[all.length - 1] = { ...next, startMs: last.startMs };
}

function keep(all: readonly Chapter[]): Chapter[] {
  let toDrop = all.length - MAX_CHAPTERS;
  if (toDrop <= 0) return [...all];
  const kept = new Set(all);
  for (const kinds of [['highlight'], ['content', 'pause'], ['mark']]) {
    for (const chapter of all.slice(1).reverse()) {
      if (toDrop > 0 && kinds.includes(chapter.kind) && kept.delete(chapter)) toDrop--;
    }
  }
  return all.filter((chapter) => kept.has(chapter));
}

function kindOf({ kind }: Happening): Chapter['kind'] {
  switch (kind) {
    case 'content-on':
    case 'content-off':
      return 'content';
    case 'highlight-on':
    case 'highlight-off':
      return 'highlight';
    case 'mark':
      return 'mark';
    default:
      return 'pause';
  }
}

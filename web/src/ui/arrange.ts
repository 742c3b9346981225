import type { MemberMessage } from '../../../src/signaling/protocol.js';

/** How a person looks at the meeting; it changes nothing for others, and nothing of a recording. */
export const VIEWS = ['stage', 'grid', 'speaker'] as const;
export type ViewName = (typeof VIEWS)[number];

/** Something that is shown: a person, or what somebody presents. */
export interface Item {
  kind: 'person' | 'content';
  member: MemberMessage;
}

export interface Scene {
  /** On stage, in order of joining. */
  people: readonly MemberMessage[];
  /** Whose screen is shown. */
  presenter: MemberMessage | null;
  view: ViewName;
  /** V2: for everybody. */
  highlighted: string | null;
  /** For oneself. */
  pinned: string | null;
  /** Who speaks, or spoke last. */
  speaker: string | null;
}

/** Which of them is large, and the order of the others; nobody is large in a grid. Pure. */
export function arrange({ people, presenter, view, highlighted, pinned, speaker }: Scene): { large: Item | null; others: Item[] } {
  const person = (memberId: string | null): Item | null => {
    const member = people.find((other) => other.memberId === memberId);
    return member ? { kind: 'person', member } : null;
  };
  const content: Item | null = presenter && { kind: 'content', member: presenter };
  const all = people.map((member): Item => ({ kind: 'person', member }));
  const first = person(highlighted) ?? (view === 'speaker' ? person(speaker) : null);
  const ordered = first ? [first, ...all.filter(({ member }) => member !== first.member)] : all;
  const besideContent = content ? [content, ...ordered] : ordered;
  const without = (item: Item): Item[] => besideContent.filter(({ kind, member }) => kind !== item.kind || member !== item.member);

  const mine = person(pinned);
  if (mine && besideContent.length > 1) return { large: mine, others: without(mine) };
  if (view === 'grid') return { large: null, others: besideContent };
  if (content) return { large: content, others: ordered };
  if (people.length < 2) return { large: null, others: ordered };
  if (first) return { large: first, others: without(first) };
  if (view === 'speaker' && all[0]) return { large: all[0], others: all.slice(1) };
  return { large: null, others: all };
}

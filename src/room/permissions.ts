import type { Role } from '../core/roles.js';

/** What a person may be refused. Names appear in docs/protocol.md. */
export type Action =
  | 'recording.control'
  | 'recording.mark'
  | 'highlight'
  | 'layout'
  | 'stage.control'
  | 'moderate'
  | 'door'
  | 'session.end'
  | 'role.change'
  | 'files.list'
  | 'files.change'
  | 'files.open';

const allowed: Record<Action, readonly Role[]> = {
  /** P2. */
  'recording.control': ['host', 'moderator'],
  /** F8: it changes nothing that others see, so a host with a telephone may, too. */
  'recording.mark': ['host', 'moderator'],
  /** V2. */
  highlight: ['host', 'moderator'],
  layout: ['host', 'moderator'],
  /** P4: invites, admits, moves to the audience. */
  'stage.control': ['host', 'moderator'],
  /** Mutes, stops cameras and screens, removes. */
  moderate: ['host', 'moderator'],
  /** P5: locks, admits, declines. */
  door: ['host', 'moderator'],
  /** P6. */
  'session.end': ['host', 'moderator'],
  /** P1. */
  'role.change': ['host'],
  'files.list': ['host', 'moderator'],
  /** Adds, renames and deletes what is beside the recordings. */
  'files.change': ['host', 'moderator'],
  /** F3: the movie itself is private to its owner's side until it is shared. */
  'files.open': ['host'],
};

/** Whether a person may do something now. P3: from a mobile client nobody controls recordings. */
export function may(person: { role: Role; mobile: boolean }, action: Action): boolean {
  if (action === 'recording.control' && person.mobile) return false;
  return allowed[action].includes(person.role);
}

/** F3: a movie is opened by its owner, whatever their role, and by hosts; `owner`: this person owns it. */
export function mayOpenFile(person: { role: Role; mobile: boolean }, owner: boolean): boolean {
  return owner || may(person, 'files.open');
}

/** P3: what the User-Agent says of itself. Tablets that pose as desktops declare themselves in `join`. */
export function isMobileUserAgent(userAgent: string): boolean {
  return /\b(Mobile|Mobi|Android|iPhone|iPad|iPod|Tablet|Opera Mini)\b/i.test(userAgent);
}

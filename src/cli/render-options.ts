import { InvalidArgumentError } from 'commander';
import type { SizePx } from '../core/media.js';
import { AppError } from '../core/errors.js';

/** The values of `render`'s options. Their parsers throw commander's error, which ends with code 2. */

/** Encoders and players take these; V1's is 1920x1080. */
const SMALLEST_PX = 128;
const LARGEST_PX = 4096;

export function parseSize(text: string): SizePx {
  const [, width, height] = /^(\d{1,5})[xX](\d{1,5})$/.exec(text) ?? [];
  const size = { widthPx: Number(width), heightPx: Number(height) };
  const fits = (px: number): boolean => px % 2 === 0 && px >= SMALLEST_PX && px <= LARGEST_PX;
  if (!fits(size.widthPx) || !fits(size.heightPx)) {
    throw new InvalidArgumentError(`A size is WIDTHxHEIGHT, even numbers from ${SMALLEST_PX} to ${LARGEST_PX}, such as 1280x720.`);
  }
  return size;
}

export interface TimeRange {
  fromMs: number;
  /** Infinity: to the end. */
  toMs: number;
}

export function parseRange(text: string): TimeRange {
  const [, from = '', to = ''] = /^([\d:.]*)-([\d:.]*)$/.exec(text.trim()) ?? [];
  const fromMs = from === '' ? 0 : timeMs(from);
  const toMs = to === '' ? Infinity : timeMs(to);
  if (fromMs === null || toMs === null || (from === '' && to === '')) {
    throw new InvalidArgumentError('A range is FROM-TO, each in seconds or as [H:]MM:SS, such as 90-2:30 or 1:00:00-; one of them may be left out.');
  }
  if (fromMs >= toMs) throw new InvalidArgumentError('A range ends after it begins.');
  return { fromMs, toMs };
}

/** `90`, `90.5`, `1:30`, `1:01:30.25`. */
function timeMs(text: string): number | null {
  const match = /^(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,6})?)$/.exec(text);
  if (!match) return null;
  const [, hours, minutes, seconds] = match;
  if (minutes !== undefined && Number(seconds) >= 60) return null;
  if (hours !== undefined && Number(minutes) >= 60) return null;
  return Math.round((Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds)) * 1000);
}

/**
 * Ids of those who are left out. Names are those that people had in the meeting; upper and lower case are
 * alike, and everybody of a name is meant. Throws `AppError` `usage` for a name that nobody had.
 */
export function leftOut(people: readonly { memberId: string; name: string }[], names: { only?: readonly string[]; without?: readonly string[] }): string[] {
  const { only, without = [] } = names;
  const idsOf = (name: string): string[] => {
    const ids = people.filter((person) => alike(person.name, name)).map(({ memberId }) => memberId);
    if (ids.length > 0) return ids;
    const there = [...new Set(people.map((person) => person.name))].map((each) => `"${each}"`).join(', ');
    throw new AppError('usage', `Nobody in this recording is called "${name}"; there are ${there === '' ? 'no people in it' : there}.`);
  };
  const kept = only && new Set(only.flatMap(idsOf));
  const gone = new Set(without.flatMap(idsOf));
  return people.filter(({ memberId }) => gone.has(memberId) || (kept && !kept.has(memberId))).map(({ memberId }) => memberId);
}

function alike(a: string, b: string): boolean {
  const plain = (name: string): string => name.normalize('NFC').trim().toLowerCase();
  return plain(a) === plain(b);
}

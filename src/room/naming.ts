/** File names of Media and Files (F1). Pure: what is taken is asked by trying the next attempt. */

/** Longest file name of ext4, XFS and most others, bytes of UTF-8. */
const MAX_NAME_BYTES = 255;

/** What a file system, a shell, a URL or Windows would take for something else. */
const UNSAFE = /[/\\:*?"<>|]/gu;
/** Invisible marks that reorder or hide text; the joiner U+200D stays, because emoji are built with it. */
const MARKS = /[\p{Cc}\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0001}]/gu;
const LONE_SURROGATES = /\p{Cs}/gu;
/** Device names of Windows, with or without an extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu;
const NOTHING_TO_READ = /^[\s._]*$/u;
const NAMELESS = 'Meeting';
const NAMELESS_FILE = 'File';

export interface NamedRecording {
  title: string;
  startedAtWallMs: number;
  /** IANA name; one that is unknown counts as UTC, for a recording must not fail over it. */
  timeZone: string;
  /** R9: of a recording in several parts, from 1. The first one is named as if it were the only one. */
  part?: number;
}

/**
 * `Rec - 2026-11-23 09-31-05 - Title.mp4`: sorts by time, and has no colon, which neither Windows nor
 * macOS allow. `attempt` counts from 1; the second gives ` (2)` for a name that is taken, and so on.
 */
export function recordingFileName(recording: NamedRecording, attempt = 1): string {
  const before = `Rec - ${localTime(recording.startedAtWallMs, recording.timeZone)} - `;
  const { part = 1 } = recording;
  const after = `${part > 1 ? ` - part ${part}` : ''}${attempt > 1 ? ` (${attempt})` : ''}.mp4`;
  const title = cut(safeText(recording.title), MAX_NAME_BYTES - utf8Bytes(before) - utf8Bytes(after));
  return `${before}${title}${after}`;
}

/**
 * Name of a file that somebody puts into Media and Files: what it was called, made safe as F1's names are, with the
 * first of `endings`, which are those of what it is. `attempt` as above.
 */
export function storedFileName(given: string, endings: readonly [string, ...string[]], attempt = 1): string {
  const ending = endings.find((each) => given.toLowerCase().endsWith(each)) ?? '';
  const stem = safeText(given.slice(0, given.length - ending.length).replace(/^[\s.]+/u, ''), NAMELESS_FILE);
  const after = `${attempt > 1 ? ` (${attempt})` : ''}${endings[0]}`;
  return `${cut(stem, MAX_NAME_BYTES - utf8Bytes(after))}${after}`;
}

/** `text` as a part of a file name: unsafe characters replaced, invisible marks and outer spaces gone, never empty. */
export function safeText(text: string, nameless = NAMELESS): string {
  const safe = text
    .normalize('NFC')
    .replace(/[\t\n\r\u2028\u2029]/gu, ' ')
    .replace(MARKS, '')
    .replace(LONE_SURROGATES, '_')
    .replace(UNSAFE, '_')
    .replace(/\s+/gu, ' ')
    .trim();
  if (NOTHING_TO_READ.test(safe)) return nameless;
  return RESERVED.test(safe) ? `_${safe}` : safe;
}

/** Whether `name` is a time zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function localTime(wallMs: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    timeZone: isTimeZone(timeZone) ? timeZone : 'UTC',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(wallMs);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}-${part('minute')}-${part('second')}`;
}

/** The longest beginning of `text` that fits `maxBytes` and splits no character that a person sees as one. */
function cut(text: string, maxBytes: number): string {
  if (utf8Bytes(text) <= maxBytes) return text;
  let fits = longestPrefix(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text), maxBytes);
  if (fits === '') fits = longestPrefix(Array.from(text, (segment) => ({ segment })), maxBytes);
  return fits.trimEnd();
}

function longestPrefix(pieces: Iterable<{ segment: string }>, maxBytes: number): string {
  let prefix = '';
  let left = maxBytes;
  for (const { segment } of pieces) {
    left -= utf8Bytes(segment);
    if (left < 0) break;
    prefix += segment;
  }
  return prefix;
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

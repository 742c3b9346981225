import { signal } from '@preact/signals';

/** Numbers, dates and durations as people write them where they are. Reading the locale in a component follows it. */

/** BCP 47 tag of the language in use, with its region where the browser names one. */
export const locale = signal('en');

export function formatDateTime(iso: string): string {
  return new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

/** `14:05`, of ms since 1970. */
export function formatTime(atMs: number): string {
  return new Intl.DateTimeFormat(locale.value, { timeStyle: 'short' }).format(atMs);
}

export function formatNumber(value: number): string {
  return numbers({}).format(value);
}

/** `1.4 GB`, in powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const exponent = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return numbers({
    style: 'unit',
    unit: units[exponent] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: exponent < 2 ? 0 : 1,
  }).format(bytes / 1000 ** exponent);
}

/** `40 seconds`, `3 minutes`, `2 hours`: rounded, so that it does not change all the time. */
export function formatWait(ms: number): string {
  const seconds = Math.max(10, Math.round(ms / 10_000) * 10);
  const minutes = Math.round(ms / 60_000);
  const [value, unit] = seconds < 60 ? ([seconds, 'second'] as const) : minutes < 90 ? ([minutes, 'minute'] as const) : ([Math.round(ms / 3_600_000), 'hour'] as const);
  return numbers({ style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

/** `62 %` in the way of the language. */
export function formatShare(share: number): string {
  return numbers({ style: 'percent' }).format(Math.min(1, Math.max(0, share)));
}

/** `0:07`, `12:34`, `1:02:03`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  const hours = Math.floor(seconds / 3600);
  const one = (value: number) => numbers({ useGrouping: false }).format(value);
  const two = (value: number) => numbers({ minimumIntegerDigits: 2 }).format(value);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${one(hours)}:${two(minutes)}:${two(seconds % 60)}` : `${one(minutes)}:${two(seconds % 60)}`;
}

/** Words for a number by the plural categories of the language (CLDR); `#` stands for the number. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

export function counted(count: number, words: Plural): string {
  const category = new Intl.PluralRules(locale.value).select(count);
  return (words[category] ?? words.other).replace('#', formatNumber(count));
}

/** A name inside a sentence: whichever way it is written, it leaves the sentence's order alone (Unicode UAX #9, isolates). */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}

const made = new Map<string, Intl.NumberFormat>();

/** Kept, for making one takes longer than using it, and a clock on the page uses it four times a second. */
function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale.value} ${JSON.stringify(options)}`;
  const known = made.get(key);
  if (known) return known;
  const format = new Intl.NumberFormat(locale.value, options);
  made.set(key, format);
  return format;
}

import { en } from './en.js';

/** The catalogue in use. Components take every text from here. */
export const text = en;

/** Language of dates and numbers; the words around them are English for now. */
const locale = 'en';

export function formatDateTime(iso: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

/** `14:05`, of ms since 1970. */
export function formatTime(atMs: number): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(atMs);
}

/** `1.4 GB`, in powers of 1000. */
export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const exponent = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(locale, {
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
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

/** `62 %` in the way of the language. */
export function formatShare(share: number): string {
  return new Intl.NumberFormat(locale, { style: 'percent' }).format(Math.min(1, Math.max(0, share)));
}

/** `0:07`, `12:34`, `1:02:03`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  const hours = Math.floor(seconds / 3600);
  const two = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

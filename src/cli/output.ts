import { AppError, messageOf } from '../core/errors.js';

/** Standard output is for what was asked for, standard error for everything else. */

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One sentence, with the stable code where there is one; what no code was made for keeps its stack. */
export function tellError(error: unknown): void {
  if (error instanceof AppError) tell(`reelroom: ${error.message} [${error.code}]`);
  else tell(`reelroom: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);
}

/** Rows as aligned columns under their headings; the last column is not padded. */
export function table(headings: string[], rows: string[][]): string {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]): string =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ');
  return [headings, ...rows].map(line).join('\n');
}

/** ISO 8601 in UTC, or null. */
export function isoTime(wallMs: number | null): string | null {
  return wallMs === null ? null : new Date(wallMs).toISOString();
}

/** `1:02:03`, or `-` for what is not known. */
export function duration(ms: number | null): string {
  if (ms === null) return '-';
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** `12.3 MB` in powers of 1000, or `-` for what is not known. */
export function byteSize(bytes: number | null): string {
  if (bytes === null) return '-';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** A byte range to send, or that it cannot be (RFC 9110 section 14). */
export type RangeDecision =
  | { kind: 'whole' }
  | { kind: 'part'; startByte: number; lengthBytes: number }
  | { kind: 'unsatisfiable' };

export interface FileVersion {
  sizeBytes: number;
  modifiedMs: number;
}

/** A strong entity tag: the server's files are replaced whole, never edited. */
export function entityTag({ sizeBytes, modifiedMs }: FileVersion): string {
  return `"${sizeBytes.toString(36)}-${Math.round(modifiedMs).toString(36)}"`;
}

/** HTTP date of the file's last change (RFC 9110 section 5.6.7). */
export function lastModified({ modifiedMs }: FileVersion): string {
  return new Date(modifiedMs).toUTCString();
}

/**
 * Decides what part of a file to send. A header that is malformed, or of several ranges, is ignored as
 * section 14.2 allows: the whole file is an answer to every range request.
 */
export function decideRange(rangeHeader: string, ifRange: string, version: FileVersion): RangeDecision {
  if (rangeHeader === '' || !stillTheSame(ifRange, version)) return { kind: 'whole' };
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(rangeHeader);
  if (!match || (match[1] === '' && match[2] === '')) return { kind: 'whole' };
  const { sizeBytes } = version;
  if (match[1] === '') {
    const suffix = Math.min(Number(match[2]), sizeBytes);
    if (suffix === 0) return { kind: 'unsatisfiable' };
    return { kind: 'part', startByte: sizeBytes - suffix, lengthBytes: suffix };
  }
  const start = Number(match[1]);
  const last = match[2] === '' ? sizeBytes - 1 : Number(match[2]);
  if (match[2] !== '' && last < start) return { kind: 'whole' };
  if (start >= sizeBytes) return { kind: 'unsatisfiable' };
  return { kind: 'part', startByte: start, lengthBytes: Math.min(last, sizeBytes - 1) - start + 1 };
}

/** RFC 9110 section 13.1.5: an entity tag is compared strongly, a date exactly. */
function stillTheSame(ifRange: string, version: FileVersion): boolean {
  if (ifRange === '') return true;
  if (ifRange.startsWith('"')) return ifRange === entityTag(version);
  return ifRange === lastModified(version);
}

/** RFC 9110 section 13.1.2, compared weakly. */
export function isNotModified(ifNoneMatch: string, version: FileVersion): boolean {
  if (ifNoneMatch.trim() === '*') return true;
  const tag = entityTag(version);
  return ifNoneMatch.split(',').some((part) => part.trim().replace(/^W\//, '') === tag);
}

/** What may be put into a room's Media and Files: nothing that a browser would run. The first ending is the one given. */
export const FILE_TYPES = {
  'image/png': ['.png'],
  'image/jpeg': ['.jpg', '.jpeg'],
  'image/webp': ['.webp'],
  'application/pdf': ['.pdf'],
  'video/mp4': ['.mp4', '.m4v'],
  'video/webm': ['.webm'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type FileType = keyof typeof FILE_TYPES;

export const FILE_TYPE_NAMES = Object.keys(FILE_TYPES) as FileType[];

/** So many of a file's first bytes tell its type. */
export const TELLING_BYTES = 64;

/** Brands of ISO base media files that are films (ISO/IEC 14496-12 section 4.3); HEIC and AVIF pictures have others. */
const FILM_BRANDS = /^(isom|iso[2-9a-c]|mp4[12]|avc1|M4V |M4VH|M4VP|dash|MSNV|mmp4|f4v )$/;

/** By the first `TELLING_BYTES` of a file, or all of a shorter one; null: of another type. What it is called does not count. */
export function fileTypeOf(head: Uint8Array): FileType | null {
  const text = String.fromCharCode(...head.subarray(0, TELLING_BYTES));
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'image/webp';
  if (text.startsWith('%PDF-')) return 'application/pdf';
  if (text.slice(4, 8) === 'ftyp' && FILM_BRANDS.test(text.slice(8, 12))) return 'video/mp4';
  // EBML with the DocType element (RFC 8794 section 11.2.4) in its head; Matroska says `matroska`.
  if (text.startsWith('\x1aE\xdf\xa3') && text.includes('\x42\x82\x84webm')) return 'video/webm';
  return null;
}

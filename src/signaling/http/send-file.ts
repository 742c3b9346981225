import { open, type FileHandle } from 'node:fs/promises';
import { AppError } from '../../core/errors.js';
import { empty, type HttpReply, type HttpRequest } from './exchange.js';
import { decideRange, entityTag, isNotModified, lastModified } from './range.js';

/**
 * Answers GET or HEAD with a file, whole or in part. `path` was made by the server.
 * Throws `file_missing` where the file is not there.
 */
export async function sendFile(request: HttpRequest, path: string, headers: Record<string, string>): Promise<HttpReply> {
  const file = await openFile(path);
  let sends = false;
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw missing();
    const version = { sizeBytes: stat.size, modifiedMs: stat.mtimeMs };
    const common = {
      'cache-control': 'private, no-cache',
      ...headers,
      'accept-ranges': 'bytes',
      etag: entityTag(version),
      'last-modified': lastModified(version),
    };
    if (isNotModified(request.header('if-none-match'), version)) return empty(304, common);
    const range = decideRange(request.header('range'), request.header('if-range'), version);
    if (range.kind === 'unsatisfiable') return empty(416, { ...common, 'content-range': `bytes */${stat.size}` });
    sends = true;
    if (range.kind === 'whole') {
      return { status: 200, headers: common, body: { kind: 'file', part: { file, startByte: 0, lengthBytes: stat.size } } };
    }
    const { startByte, lengthBytes } = range;
    const contentRange = `bytes ${startByte}-${startByte + lengthBytes - 1}/${stat.size}`;
    return {
      status: 206,
      headers: { ...common, 'content-range': contentRange },
      body: { kind: 'file', part: { file, startByte, lengthBytes } },
    };
  } finally {
    if (!sends) await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') throw missing(cause);
    throw cause;
  }
}

function missing(cause?: unknown): AppError {
  return new AppError('file_missing', 'This file is not here.', { status: 404, cause });
}

/** RFC 6266 with RFC 5987: a name of ASCII for old clients, and the real one. */
export function attachment(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  const encoded = encodeURIComponent(name.replace(/\p{Cs}/gu, '_')).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

import * as v from 'valibot';
import { AppError } from '../../core/errors.js';
import { storedFileName } from '../../room/naming.js';
import { isSameOrigin, type Caller } from './access.js';
import { empty, json, type HttpReply, type HttpRequest } from './exchange.js';
import { requireRole, storedFile } from './files.js';
import type { ApiParts } from './router.js';
import { bodyOf } from './rooms.js';
import { attachment, sendFile } from './send-file.js';

/** Longest name that is given; a file system takes less. */
const MAX_NAME_LENGTH = 1000;

const changeBody = v.strictObject({ name: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_NAME_LENGTH)) });

/** `POST /api/v1/rooms/:id/files?name=NAME`: the body is the file. Hosts and moderators. */
export async function postFile(request: HttpRequest, parts: ApiParts, roomId: string): Promise<HttpReply> {
  const caller = await requireChanger(request, parts, roomId);
  const length = request.header('content-length');
  if (!/^\d{1,15}$/.test(length) || !request.stream) throw new AppError('length_required', 'A file is sent with its Content-Length.', { status: 411 });
  const name = request.query.get('name') ?? '';
  if (name === '' || name.length > MAX_NAME_LENGTH) throw new AppError('name_invalid', `A file has a name of 1 to ${MAX_NAME_LENGTH} characters.`);
  const row = await parts.files.add(
    {
      roomId,
      bytes: Number(length),
      nameOf: (endings, attempt) => storedFileName(name, endings, attempt),
      addedBy: caller.kind === 'admin' ? 'admin' : caller.claims.identity,
      nowMs: parts.wallMs(),
    },
    request.stream,
  );
  return json(201, storedFile(row));
}

/** `PATCH /api/v1/rooms/:id/files/:id` `{"name"}`. Hosts and moderators. */
export async function patchFile(request: HttpRequest, parts: ApiParts, roomId: string, fileId: string): Promise<HttpReply> {
  await requireChanger(request, parts, roomId);
  const row = parts.files.get(roomId, fileId);
  const { name } = bodyOf(changeBody, request);
  return json(200, storedFile(parts.files.rename(row, (endings, attempt) => storedFileName(name, endings, attempt))));
}

/** `DELETE /api/v1/rooms/:id/files/:id`. Hosts and moderators. */
export async function deleteFile(request: HttpRequest, parts: ApiParts, roomId: string, fileId: string): Promise<HttpReply> {
  await requireChanger(request, parts, roomId);
  await parts.files.remove(parts.files.get(roomId, fileId));
  return empty(204);
}

/** `GET` and `HEAD` of `/api/v1/rooms/:id/files/:id`. Hosts and moderators. Never a page of its own: opened, it is a download. */
export async function getFile(request: HttpRequest, parts: ApiParts, roomId: string, fileId: string): Promise<HttpReply> {
  await requireRole(request, parts, roomId);
  const row = parts.files.get(roomId, fileId);
  return sendFile(request, parts.files.pathOf(row), { 'content-type': row.type, 'content-disposition': attachment(row.name) });
}

/** The cookie goes with requests of pages at other ports of the same host, too. */
async function requireChanger(request: HttpRequest, parts: ApiParts, roomId: string): Promise<Caller> {
  if (!isSameOrigin(request)) throw new AppError('origin_refused', 'This page belongs to another site.', { status: 403 });
  const { caller } = await requireRole(request, parts, roomId, 'files.change');
  return caller;
}

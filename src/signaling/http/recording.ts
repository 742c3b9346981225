import { AppError } from '../../core/errors.js';
import { requireRole } from './files.js';
import { json, type HttpReply, type HttpRequest } from './exchange.js';
import type { ApiParts } from './router.js';
import { sendFile } from './send-file.js';

/** `GET /api/v1/rooms/:id/recording`: how the room's recording is, and how long the disk lasts. Hosts and moderators. */
export async function getRecording(request: HttpRequest, parts: ApiParts, roomId: string): Promise<HttpReply> {
  await requireRole(request, parts, roomId);
  return json(200, await parts.recording.health(roomId));
}

/** `GET /api/v1/rooms/:id/recording/still`: what the recorder sees, at most some seconds old. Hosts and moderators. */
export async function getStill(request: HttpRequest, parts: ApiParts, roomId: string): Promise<HttpReply> {
  await requireRole(request, parts, roomId);
  const path = await parts.recording.still(roomId);
  if (path === null) throw new AppError('still_not_there', 'There is no picture yet.', { status: 404 });
  return sendFile(request, path, { 'content-type': 'image/jpeg', 'cache-control': 'private, no-store' });
}

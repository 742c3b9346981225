import * as v from 'valibot';
import { AppError } from '../../core/errors.js';
import { LAYOUTS } from '../../core/layouts.js';
import { MEETING_KINDS, STAGE_ACCESS } from '../../core/stage.js';
import { createRoom } from '../create-room.js';
import { ROOM_KINDS } from '../stores.js';
import { requireAdmin, SESSION_COOKIE } from './access.js';
import { empty, json, jsonBody, type HttpReply, type HttpRequest } from './exchange.js';
import type { ApiParts } from './router.js';

const newRoomBody = v.strictObject({
  title: v.string(),
  kind: v.optional(v.picklist(ROOM_KINDS), 'single'),
  layout: v.exactOptional(v.picklist(LAYOUTS)),
  transitions: v.exactOptional(v.boolean()),
  initials: v.exactOptional(v.boolean()),
  /** P4. */
  stageAccess: v.exactOptional(v.picklist(STAGE_ACCESS)),
  meetingKind: v.exactOptional(v.picklist(MEETING_KINDS)),
  /** R9. */
  rollOver: v.exactOptional(v.boolean()),
  keepChat: v.exactOptional(v.boolean()),
});

const sessionBody = v.strictObject({ token: v.pipe(v.string(), v.maxLength(4096)) });

/** `POST /api/v1/rooms`. */
export async function postRoom(request: HttpRequest, parts: ApiParts): Promise<HttpReply> {
  requireAdmin(request, parts.adminSecret);
  const { title, kind, ...settings } = bodyOf(newRoomBody, request);
  const host = request.header('host');
  const baseUrl = /^[A-Za-z0-9.\-_[\]:]+$/.test(host) ? `http://${host}` : parts.baseUrl();
  const { tokens, timeZone, storage } = parts;
  return json(201, await createRoom({ title, kind, timeZone, settings }, { rooms: storage.rooms, tokens, baseUrl, nowMs: parts.wallMs() }));
}

/**
 * `POST /api/v1/session`: trades a join token for a cookie of that room's API, since a browser sends no
 * headers of ours with pictures, films and downloads.
 */
export async function postSession(request: HttpRequest, parts: ApiParts): Promise<HttpReply> {
  const { token } = bodyOf(sessionBody, request);
  const { roomId } = await parts.tokens.verify(token);
  if (!parts.storage.rooms.get(roomId)) throw new AppError('room_unknown', 'There is no such room.', { status: 404 });
  return empty(204, {
    'set-cookie': `${SESSION_COOKIE}=${token}; Path=/api/v1/rooms/${roomId}; HttpOnly; SameSite=Strict`,
  });
}

function bodyOf<Schema extends v.GenericSchema>(schema: Schema, request: HttpRequest): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, jsonBody(request));
  if (parsed.success) return parsed.output;
  const where = v.getDotPath(parsed.issues[0]);
  throw new AppError('body_invalid', `The body does not fit${where ? ` at "${where.slice(0, 80)}"` : ''}.`);
}

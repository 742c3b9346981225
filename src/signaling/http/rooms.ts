import * as v from 'valibot';
import { AppError } from '../../core/errors.js';
import { LAYOUTS } from '../../core/layouts.js';
import { MEETING_KINDS, STAGE_ACCESS } from '../../core/stage.js';
import { ROLES } from '../../core/roles.js';
import { createRoom, newIdentity } from '../create-room.js';
import { ROOM_KINDS } from '../stores.js';
import { roomLink } from '../tokens.js';
import { makerOf, SESSION_COOKIE } from './access.js';
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

/** A year: longer than anybody looks after a link. */
const MAX_TOKEN_MS = 366 * 24 * 60 * 60_000;

const newTokenBody = v.strictObject({
  role: v.picklist(ROLES),
  identity: v.exactOptional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(128))),
  name: v.exactOptional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(100))),
  expiresInMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1000), v.maxValue(MAX_TOKEN_MS)), 30 * 24 * 60 * 60_000),
});

const sessionBody = v.strictObject({ token: v.pipe(v.string(), v.maxLength(4096)) });

/** `POST /api/v1/rooms`. */
export async function postRoom(request: HttpRequest, parts: ApiParts): Promise<HttpReply> {
  const maker = makerOf(request, { ...parts, apiKeys: parts.storage.apiKeys });
  const { title, kind, ...settings } = bodyOf(newRoomBody, request);
  const { tokens, timeZone, storage } = parts;
  const baseUrl = baseUrlFor(request, parts);
  const apiKeyId = maker.kind === 'api-key' ? maker.id : undefined;
  return json(201, await createRoom({ title, kind, timeZone, settings }, { rooms: storage.rooms, tokens, baseUrl, nowMs: parts.wallMs(), apiKeyId }));
}

/**
 * `POST /api/v1/rooms/:id/tokens`: one more join token, for integrators and admins. Who merely sits at this machine may
 * make rooms, but not enter those of others.
 */
export async function postToken(request: HttpRequest, parts: ApiParts, roomId: string): Promise<HttpReply> {
  const maker = makerOf(request, { ...parts, apiKeys: parts.storage.apiKeys });
  if (maker.kind === 'local') throw new AppError('admin_required', 'This takes an API key or the admin secret.', { status: 401 });
  if (!parts.storage.rooms.get(roomId)) throw new AppError('room_unknown', 'There is no such room.', { status: 404 });
  const { role, identity = newIdentity(role), name, expiresInMs } = bodyOf(newTokenBody, request);
  const claims = { roomId, role, identity, ...(name !== undefined && { name }), ...(maker.kind === 'api-key' && { apiKeyId: maker.id }) };
  const token = await parts.tokens.sign(claims, expiresInMs);
  const expiresAt = new Date(parts.wallMs() + expiresInMs).toISOString();
  return json(201, { roomId, role, identity, token, url: roomLink(baseUrlFor(request, parts), roomId, token), expiresAt });
}

/** `GET /api/v1/keys`: what others check join tokens by (RFC 7517). */
export async function getPublicKeys(parts: ApiParts): Promise<HttpReply> {
  return json(200, parts.tokens.publicKeys());
}

/** Links begin with the host that the request was sent to, as its sender reaches the server there. */
function baseUrlFor(request: HttpRequest, parts: ApiParts): string {
  const host = request.header('host');
  // Whoever lies here gets a link of their own that does not work.
  const scheme = request.header('x-forwarded-proto') === 'https' ? 'https' : 'http';
  return /^[A-Za-z0-9.\-_[\]:]+$/.test(host) ? `${scheme}://${host}` : parts.baseUrl();
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

/** The JSON body. Throws `body_invalid`. */
export function bodyOf<Schema extends v.GenericSchema>(schema: Schema, request: HttpRequest): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, jsonBody(request));
  if (parsed.success) return parsed.output;
  const where = v.getDotPath(parsed.issues[0]);
  throw new AppError('body_invalid', `The body does not fit${where ? ` at "${where.slice(0, 80)}"` : ''}.`);
}

import { join } from 'node:path';
import { AppError } from '../../core/errors.js';
import { may, type Action } from '../../room/permissions.js';
import type { RecordingRecord, RoomRecord } from '../stores.js';
import { callerOf, hasCredential, type Caller } from './access.js';
import { empty, json, type HttpReply, type HttpRequest } from './exchange.js';
import type { ApiParts } from './router.js';
import { attachment, sendFile } from './send-file.js';

/** `GET /api/v1/rooms/:id/files`: the room's Media and Files (F1), for hosts and moderators. */
export async function getFiles(request: HttpRequest, parts: ApiParts, roomId: string): Promise<HttpReply> {
  const room = roomOf(parts, roomId);
  const caller = await callerOf(request, roomId, parts.tokens, parts.adminSecret);
  if (!allowed(caller, 'files.list')) throw new AppError('forbidden', 'Your role does not allow this.', { status: 403 });
  const mayOpen = allowed(caller, 'files.open');
  const files = parts.storage.recordings.list(roomId).map((file) => fileEntry(file, mayOpen));
  return json(200, { room: { id: room.id, title: room.title }, folders: [{ name: 'Recordings', files }] });
}

/** `GET` and `HEAD` of `/api/v1/rooms/:id/recordings/:id/file` and `.../poster` (F3). */
export async function getRecordingFile(
  request: HttpRequest,
  parts: ApiParts,
  what: { recordingId: string; roomId: string | null; item: 'file' | 'poster' },
): Promise<HttpReply> {
  const recording = parts.storage.recordings.get(what.recordingId);
  if (!recording || (what.roomId !== null && recording.roomId !== what.roomId)) {
    throw new AppError('recording_unknown', 'There is no such recording.', { status: 404 });
  }
  if (what.roomId === null && !hasCredential(request)) {
    // The cookie belongs to the room's own paths, so the browser is sent there.
    const query = request.query.size > 0 ? `?${request.query}` : '';
    return empty(307, { location: `${recordingPath(recording)}/${what.item}${query}` });
  }
  const caller = await callerOf(request, recording.roomId, parts.tokens, parts.adminSecret);
  if (!allowed(caller, what.item === 'file' ? 'files.open' : 'files.list')) {
    throw new AppError('recording_private', 'This recording is private to its owner.', { status: 403 });
  }
  if (recording.path === null || recording.state !== 'available') {
    throw new AppError('recording_not_ready', 'This recording is not ready yet.', { status: 409 });
  }
  if (what.item === 'poster') {
    return sendFile(request, parts.paths.poster(recording.id), { 'content-type': 'image/jpeg' });
  }
  const headers: Record<string, string> = { 'content-type': 'video/mp4' };
  if (request.query.get('download') === '1') {
    headers['content-disposition'] = attachment(recording.name ?? `${recording.id}.mp4`);
  }
  return sendFile(request, join(parts.paths.root, recording.path), headers);
}

/** A file as the API shows it; times by ISO 8601 in UTC. Links only to what this caller may open. */
function fileEntry(file: RecordingRecord, mayOpen: boolean): object {
  const path = recordingPath(file);
  const ready = file.state === 'available' && file.path !== null;
  const open = mayOpen && ready;
  return {
    id: file.id,
    name: file.name ?? file.title,
    bytes: file.bytes ?? 0,
    durationMs: file.durationMs ?? 0,
    startedAt: file.startedAtMs === null ? null : new Date(file.startedAtMs).toISOString(),
    state: file.state,
    url: open ? `${path}/file` : null,
    downloadUrl: open ? `${path}/file?download=1` : null,
    failure: file.failureCode === null ? null : { code: file.failureCode, message: file.failureMessage ?? '' },
    posterUrl: ready ? `${path}/poster` : null,
  };
}

function recordingPath(file: Pick<RecordingRecord, 'id' | 'roomId'>): string {
  return `/api/v1/rooms/${file.roomId}/recordings/${file.id}`;
}

function allowed(caller: Caller, action: Action): boolean {
  return caller.kind === 'admin' || may({ role: caller.claims.role, mobile: false }, action);
}

function roomOf(parts: ApiParts, roomId: string): RoomRecord {
  const room = parts.storage.rooms.get(roomId);
  if (!room) throw new AppError('room_unknown', 'There is no such room.', { status: 404 });
  return room;
}

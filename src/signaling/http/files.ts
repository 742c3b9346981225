import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors.js';
import type { DataPaths } from '../../core/paths.js';
import { isKept } from '../../core/recording.js';
import { SIDECAR_NAMES, type SidecarName } from '../../core/sidecars.js';
import type { MovieProgress } from '../../recording/movie-progress.js';
import { may, mayOpenFile, type Action } from '../../room/permissions.js';
import type { RoomFileRow } from '../../storage/index.js';
import type { RecordingRecord, RoomRecord } from '../stores.js';
import { callerOf, hasCredential, type Caller } from './access.js';
import { empty, json, type HttpReply, type HttpRequest } from './exchange.js';
import type { ApiParts } from './router.js';
import { attachment, sendFile } from './send-file.js';

const SIDECAR_TYPES: Record<SidecarName, string> = {
  'timeline.json': 'application/json; charset=utf-8',
  'chapters.vtt': 'text/vtt; charset=utf-8',
  'speakers.vtt': 'text/vtt; charset=utf-8',
  'thumbnails.vtt': 'text/vtt; charset=utf-8',
  'thumbnails.jpg': 'image/jpeg',
  'chat.json': 'application/json; charset=utf-8',
};

/** `GET /api/v1/rooms/:id/files`: the room's Media and Files (F1), for hosts and moderators. */
export async function getFiles(request: HttpRequest, parts: ApiParts, roomId: string): Promise<HttpReply> {
  const { room, caller } = await requireRole(request, parts, roomId);
  const recordings = parts.storage.recordings.list(roomId);
  const files = await Promise.all(recordings.map(async (file) => fileEntry(file, { privateTo: privateTo(caller, file, parts), sidecars: await sidecarsOf(file, parts.paths), progress: parts.recording.progress(file.id) })));
  return json(200, {
    room: { id: room.id, title: room.title },
    files: parts.files.list(roomId).map(storedFile),
    maxFileBytes: parts.files.maxBytes,
    folders: [{ name: 'Recordings', files }],
  });
}

/** The room and the caller, whose role allows `action`. Throws `room_unknown`, `forbidden`, and as `callerOf` does. */
export async function requireRole(request: HttpRequest, parts: ApiParts, roomId: string, action: Action = 'files.list'): Promise<{ room: RoomRecord; caller: Caller }> {
  const room = roomOf(parts, roomId);
  const caller = await callerOf(request, roomId, parts);
  if (!allowed(caller, action)) throw new AppError('forbidden', 'Your role does not allow this.', { status: 403 });
  return { room, caller };
}

export type RecordingItem = 'file' | 'poster' | SidecarName;

/** `GET` and `HEAD` of `/api/v1/rooms/:id/recordings/:id/file`, `.../poster` (F3) and `.../timeline.json` and its like (F8). */
export async function getRecordingFile(
  request: HttpRequest,
  parts: ApiParts,
  what: { recordingId: string; roomId: string | null; item: RecordingItem },
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
  const caller = await callerOf(request, recording.roomId, parts);
  if (!(what.item === 'poster' ? allowed(caller, 'files.list') : mayOpen(caller, recording))) {
    throw new AppError('recording_private', 'This recording is private to its owner.', { status: 403 });
  }
  if (recording.path === null || recording.state !== 'available') {
    throw new AppError('recording_not_ready', 'This recording is not ready yet.', { status: 409 });
  }
  if (what.item === 'poster') {
    return sendFile(request, parts.paths.poster(recording.id), { 'content-type': 'image/jpeg' });
  }
  if (what.item !== 'file') {
    return sendFile(request, parts.paths.sidecar(recording.id, what.item), { 'content-type': SIDECAR_TYPES[what.item] });
  }
  const headers: Record<string, string> = { 'content-type': 'video/mp4' };
  if (request.query.get('download') === '1') {
    headers['content-disposition'] = attachment(recording.name ?? `${recording.id}.mp4`);
  }
  return sendFile(request, join(parts.paths.root, recording.path), headers);
}

/** What somebody put there, as the API shows it. */
export function storedFile({ id, roomId, name, type, bytes, createdAtMs }: RoomFileRow): object {
  return { id, name, type, bytes, addedAt: new Date(createdAtMs).toISOString(), url: `/api/v1/rooms/${roomId}/files/${id}` };
}

/** A recording as the API shows it; times by ISO 8601 in UTC. Links only to what this caller may open. */
function fileEntry(file: RecordingRecord, { privateTo, sidecars, progress }: { privateTo: PrivateTo | null; sidecars: readonly SidecarName[]; progress: MovieProgress | null }): object {
  const path = recordingPath(file);
  const ready = file.state === 'available' && file.path !== null;
  const open = ready && privateTo === null;
  return {
    id: file.id,
    name: file.name ?? file.title,
    bytes: file.bytes ?? 0,
    durationMs: file.durationMs ?? 0,
    startedAt: file.startedAtMs === null ? null : new Date(file.startedAtMs).toISOString(),
    state: file.state,
    url: open ? `${path}/file` : null,
    downloadUrl: open ? `${path}/file?download=1` : null,
    failure: file.failureCode === null ? null : { code: file.failureCode, message: file.failureMessage ?? '', kept: isKept(file.failureCode, file.startedAtMs) },
    ...(file.state === 'finalising' && progress && { progress }),
    posterUrl: ready ? `${path}/poster` : null,
    ...(ready && privateTo && { privateTo }),
    ...(open && sidecars.length > 0 && { sidecars: Object.fromEntries(sidecars.map((name) => [name, `${path}/${name}`])) }),
  };
}

/** Those that are there: a recording of an earlier version has none. */
async function sidecarsOf(file: RecordingRecord, paths: DataPaths): Promise<SidecarName[]> {
  if (file.state !== 'available') return [];
  const names = await readdir(paths.recording(file.id)).catch((): string[] => []);
  return SIDECAR_NAMES.filter((name) => names.includes(name));
}

function recordingPath(file: Pick<RecordingRecord, 'id' | 'roomId'>): string {
  return `/api/v1/rooms/${file.roomId}/recordings/${file.id}`;
}

/** F3: whose file it is, for who may not open it. */
interface PrivateTo {
  name: string | null;
}

function privateTo(caller: Caller, file: RecordingRecord, { storage }: ApiParts): PrivateTo | null {
  return mayOpen(caller, file) ? null : { name: storage.recordings.ownerName(file.id) };
}

function mayOpen(caller: Caller, { ownerId }: RecordingRecord): boolean {
  return caller.kind === 'admin' || mayOpenFile({ role: caller.claims.role, mobile: false }, caller.claims.identity === ownerId);
}

function allowed(caller: Caller, action: Action): boolean {
  return caller.kind === 'admin' || may({ role: caller.claims.role, mobile: false }, action);
}

function roomOf(parts: ApiParts, roomId: string): RoomRecord {
  const room = parts.storage.rooms.get(roomId);
  if (!room) throw new AppError('room_unknown', 'There is no such room.', { status: 404 });
  return room;
}

import { AppError } from '../../core/errors.js';
import type { Log } from '../../core/log.js';
import type { DataPaths } from '../../core/paths.js';
import type { RecordingService } from '../../recording/types.js';
import { SIDECAR_NAMES } from '../../core/sidecars.js';
import type { FileShelf } from '../../storage/index.js';
import type { SignalingStorage } from '../stores.js';
import type { Tokens } from '../tokens.js';
import { errorReply, json, type HttpReply, type HttpRequest, type Route } from './exchange.js';
import { getFiles, getRecordingFile, type RecordingItem } from './files.js';
import { getRecording, getStill } from './recording.js';
import { deleteFile, getFile, patchFile, postFile } from './room-files.js';
import { getPublicKeys, postRoom, postSession, postToken } from './rooms.js';
import { getStatic } from './static.js';
import type { WrongSecrets } from './wrong-secrets.js';

/** What the HTTP routes work with. */
export interface ApiParts {
  storage: SignalingStorage;
  recording: Pick<RecordingService, 'progress' | 'health' | 'still'>;
  files: FileShelf;
  tokens: Tokens;
  adminSecret: string;
  wrongSecrets: WrongSecrets;
  paths: DataPaths;
  /** Folder of the built web client. */
  webRoot: string;
  /** Used in links where the request names no usable host. */
  baseUrl: () => string;
  /** IANA time zone of new rooms. */
  timeZone: string;
  wallMs: () => number;
  log: Log;
}

type Handler = (request: HttpRequest, parts: ApiParts, ids: string[]) => Promise<HttpReply>;

const ID = '([A-Za-z0-9_-]{1,64})';
const ITEM = `(file|poster|${SIDECAR_NAMES.map((name) => name.replace('.', '\\.')).join('|')})`;

const FILES = new RegExp(`^/api/v1/rooms/${ID}/files$`);
const FILE = new RegExp(`^/api/v1/rooms/${ID}/files/${ID}$`);

/** Whether the route reads the body as it comes: it may be larger than what is kept in memory. */
export function takesStream({ method, path }: Pick<HttpRequest, 'method' | 'path'>): boolean {
  return method === 'POST' && FILES.test(path);
}

const table: { method: string; path: RegExp; handle: Handler }[] = [
  { method: 'GET', path: /^\/healthz$/, handle: async () => json(200, { status: 'ok' }) },
  { method: 'POST', path: /^\/api\/v1\/rooms$/, handle: (request, parts) => postRoom(request, parts) },
  {
    method: 'POST',
    path: new RegExp(`^/api/v1/rooms/${ID}/tokens$`),
    handle: (request, parts, [roomId]) => postToken(request, parts, roomId!),
  },
  { method: 'GET', path: /^\/api\/v1\/keys$/, handle: (_request, parts) => getPublicKeys(parts) },
  { method: 'POST', path: /^\/api\/v1\/session$/, handle: (request, parts) => postSession(request, parts) },
  {
    method: 'GET',
    path: FILES,
    handle: (request, parts, [roomId]) => getFiles(request, parts, roomId!),
  },
  { method: 'POST', path: FILES, handle: (request, parts, [roomId]) => postFile(request, parts, roomId!) },
  { method: 'GET', path: FILE, handle: (request, parts, [roomId, fileId]) => getFile(request, parts, roomId!, fileId!) },
  { method: 'PATCH', path: FILE, handle: (request, parts, [roomId, fileId]) => patchFile(request, parts, roomId!, fileId!) },
  { method: 'DELETE', path: FILE, handle: (request, parts, [roomId, fileId]) => deleteFile(request, parts, roomId!, fileId!) },
  {
    method: 'GET',
    path: new RegExp(`^/api/v1/rooms/${ID}/recording$`),
    handle: (request, parts, [roomId]) => getRecording(request, parts, roomId!),
  },
  {
    method: 'GET',
    path: new RegExp(`^/api/v1/rooms/${ID}/recording/still$`),
    handle: (request, parts, [roomId]) => getStill(request, parts, roomId!),
  },
  {
    method: 'GET',
    path: new RegExp(`^/api/v1/rooms/${ID}/recordings/${ID}/${ITEM}$`),
    handle: (request, parts, [roomId, recordingId, item]) =>
      getRecordingFile(request, parts, { roomId: roomId!, recordingId: recordingId!, item: item as RecordingItem }),
  },
  {
    method: 'GET',
    path: new RegExp(`^/api/v1/recordings/${ID}/${ITEM}$`),
    handle: (request, parts, [recordingId, item]) =>
      getRecordingFile(request, parts, { roomId: null, recordingId: recordingId!, item: item as RecordingItem }),
  },
];

/** All of HTTP as one function: it never rejects, every failure is an answer with a code. */
export function createRoutes(parts: ApiParts): Route {
  return async (request) => {
    try {
      return await route(request, parts);
    } catch (error) {
      if (error instanceof AppError) return errorReply(error);
      parts.log.error({ err: error, path: request.path }, 'an HTTP request failed');
      return errorReply(new AppError('internal', 'The server could not do this.', { status: 500 }));
    }
  };
}

async function route(request: HttpRequest, parts: ApiParts): Promise<HttpReply> {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const matching = table.flatMap(({ path, ...rest }) => {
    const match = path.exec(request.path);
    return match ? [{ ...rest, ids: match.slice(1) }] : [];
  });
  const found = matching.find((entry) => entry.method === method);
  if (found) return found.handle(request, parts, found.ids);
  if (matching.length > 0) return notAllowed(matching.map((entry) => entry.method));
  if (request.path.startsWith('/api/')) throw new AppError('not_found', 'There is nothing at this address.', { status: 404 });
  if (method !== 'GET') return notAllowed(['GET']);
  return getStatic(request, parts.webRoot);
}

function notAllowed(methods: string[]): HttpReply {
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  return errorReply(new AppError('method_not_allowed', `This address takes ${allow}.`, { status: 405 }), { allow });
}

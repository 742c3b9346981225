import * as v from 'valibot';
import { AppError } from '../../../src/core/errors.js';
import { RECORDING_STATES } from '../../../src/core/recording.js';

/** The part of `fetch` that is used. */
export type Fetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<{ ok: boolean; json(): Promise<unknown> }>;

const newRoom = v.object({
  id: v.string(),
  hostUrl: v.string(),
  moderatorUrl: v.string(),
  participantUrl: v.string(),
});
export type NewRoom = v.InferOutput<typeof newRoom>;

/** How far a movie is; null where that is not known. */
const movieProgress = v.object({ recordedMs: v.nullable(v.number()), behindMs: v.nullable(v.number()), leftMs: v.nullable(v.number()), waits: v.boolean() });

const fileEntry = v.object({
  id: v.string(),
  name: v.string(),
  bytes: v.number(),
  durationMs: v.number(),
  startedAt: v.nullable(v.string()),
  state: v.picklist(RECORDING_STATES),
  url: v.nullable(v.string()),
  posterUrl: v.nullable(v.string()),
  downloadUrl: v.nullable(v.string()),
  /** F3: this person may not open it. */
  privateTo: v.optional(v.object({ name: v.nullable(v.string()) })),
  failure: v.nullable(v.object({ code: v.string(), message: v.string(), kept: v.boolean() })),
  /** How far the movie is, while it is being finished. */
  progress: v.optional(movieProgress),
  /** Addresses of the files beside the movie, by their names. */
  sidecars: v.optional(v.record(v.string(), v.string())),
});
export type FileEntry = v.InferOutput<typeof fileEntry>;

const storedFile = v.object({ id: v.string(), name: v.string(), type: v.string(), bytes: v.number(), addedAt: v.string(), url: v.string() });
/** What somebody put into the room's Media and Files. */
export type StoredFile = v.InferOutput<typeof storedFile>;

const roomFiles = v.object({
  room: v.object({ id: v.string(), title: v.string() }),
  files: v.optional(v.array(storedFile), []),
  /** Of one that is added. */
  maxFileBytes: v.optional(v.number(), 0),
  folders: v.array(v.object({ name: v.string(), files: v.array(fileEntry) })),
});
export type RoomFiles = v.InferOutput<typeof roomFiles>;

const recordingHealth = v.object({
  recordingId: v.nullable(v.string()),
  state: v.nullable(v.picklist(RECORDING_STATES)),
  recordedMs: v.number(),
  progress: v.nullable(movieProgress),
  disk: v.object({ freeBytes: v.number(), lastsMs: v.number(), short: v.boolean() }),
});
/** How a room's recording is, and how long the disk lasts. */
export type RecordingHealth = v.InferOutput<typeof recordingHealth>;

const refusal = v.object({ code: v.string(), message: v.string() });

/** The HTTP API. Every method rejects with an `AppError`: the server's, `server_unreachable` or `answer_unexpected`. */
export class Api {
  readonly #fetch: Fetch;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  createRoom(title: string): Promise<NewRoom> {
    return this.#call('POST', '/api/v1/rooms', newRoom, { title });
  }

  /** Trades a join token for the cookie that file links work with. */
  async openSession(token: string): Promise<void> {
    await this.#call('POST', '/api/v1/session', v.unknown(), { token });
  }

  /** For hosts and moderators. */
  recordingHealth(roomId: string): Promise<RecordingHealth> {
    return this.#call('GET', `/api/v1/rooms/${encodeURIComponent(roomId)}/recording`, recordingHealth);
  }

  /** Address of a picture of what the recorder sees; `moment` makes the browser ask again. */
  stillUrl(roomId: string, moment: number): string {
    return `/api/v1/rooms/${encodeURIComponent(roomId)}/recording/still?at=${moment}`;
  }

  files(roomId: string): Promise<RoomFiles> {
    return this.#call('GET', `/api/v1/rooms/${encodeURIComponent(roomId)}/files`, roomFiles);
  }

  /** The name that it has then: made safe, and free. */
  async renameFile(file: Pick<StoredFile, 'url'>, name: string): Promise<string> {
    return (await this.#call('PATCH', file.url, storedFile, { name })).name;
  }

  async deleteFile(file: Pick<StoredFile, 'url'>): Promise<void> {
    await this.#call('DELETE', file.url, v.unknown());
  }

  /** Where a file's bytes are posted to. */
  newFileUrl(roomId: string, name: string): string {
    return `/api/v1/rooms/${encodeURIComponent(roomId)}/files?name=${encodeURIComponent(name)}`;
  }

  async #call<Schema extends v.GenericSchema>(
    method: string,
    path: string,
    schema: Schema,
    body?: object,
  ): Promise<v.InferOutput<Schema>> {
    let response: Awaited<ReturnType<Fetch>>;
    try {
      response = await this.#fetch(path, {
        method,
        headers: body ? { 'content-type': 'application/json' } : {},
        ...(body && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new AppError('server_unreachable', 'The server cannot be reached.', { cause });
    }
    const value = await response.json().catch(() => null);
    if (!response.ok) throw refusalOf(value);
    const result = v.safeParse(schema, value);
    if (!result.success) {
      throw new AppError('answer_unexpected', 'The server gave an answer that is not understood.');
    }
    return result.output;
  }
}

/** The error that a refusal's body says. */
export function refusalOf(body: unknown): AppError {
  const refused = v.safeParse(refusal, body);
  return refused.success
    ? new AppError(refused.output.code, refused.output.message)
    : new AppError('answer_unexpected', 'The server gave an answer that is not understood.');
}

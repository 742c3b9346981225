import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock, type Clock } from '../../src/core/clock.js';
import { AppError } from '../../src/core/errors.js';
import { Events } from '../../src/core/events.js';
import type { TrackDescription, TrackSubscription } from '../../src/core/media.js';
import { DataPaths } from '../../src/core/paths.js';
import type {
  MediaConnection,
  MediaConnectionEvents,
  MediaServer,
  MediaServerEvents,
  PublishedSection,
} from '../../src/media/types.js';
import type { RecordingHealth } from '../../src/recording/health.js';
import type { MovieProgress } from '../../src/recording/movie-progress.js';
import type { RecordingService, RecordingServiceEvents, RecordingView } from '../../src/recording/types.js';
import { may } from '../../src/room/permissions.js';
import type { LiveChoice, Member, RoomView } from '../../src/room/types.js';
import { createSignalingServer, type SignalingServer } from '../../src/signaling/server.js';
import type { ApiKeyRecord, OpenSession, RecordingRecord, RoomRecord, SignalingStorage } from '../../src/signaling/stores.js';
import { Tokens } from '../../src/signaling/tokens.js';
import { FileShelf, openStorage, type FileShelfOptions } from '../../src/storage/index.js';

/** Media without packets: an offer publishes its sections at once. Writes down what it is asked. */
export class MediaDouble implements MediaServer {
  readonly events = new Events<MediaServerEvents>();
  readonly port = 0;
  readonly connections = new Map<string, ConnectionDouble>();
  published = 0;

  openConnection(roomId: string, memberId: string): ConnectionDouble {
    const connection = new ConnectionDouble(this, roomId, memberId);
    this.connections.set(memberId, connection);
    return connection;
  }
  tracks(): TrackDescription[] {
    return [];
  }
  subscribe(): TrackSubscription {
    throw new AppError('track_unknown', 'The double has no packets.');
  }
  async close(): Promise<void> {}
}

export class ConnectionDouble implements MediaConnection {
  readonly events = new Events<MediaConnectionEvents>();
  readonly tracks = new Map<string, TrackDescription>();
  readonly #media: MediaDouble;
  readonly #roomId: string;
  readonly #memberId: string;
  subscriptions: string[] = [];
  readonly views: [string, unknown][] = [];
  readonly muted = new Map<string, boolean>();
  answers = 0;
  closed = false;

  constructor(media: MediaDouble, roomId: string, memberId: string) {
    this.#media = media;
    this.#roomId = roomId;
    this.#memberId = memberId;
  }

  publish(offer: string, sections: PublishedSection[]): string {
    if (!offer.startsWith('v=0')) throw new AppError('sdp_invalid', 'This is no SDP.');
    for (const [mid, track] of this.tracks) {
      if (sections.some((section) => section.mid === mid)) continue;
      this.tracks.delete(mid);
      this.#media.events.emit('track-ended', track);
    }
    for (const { mid, source } of sections) {
      if (this.tracks.has(mid)) continue;
      const kind = source === 'camera' || source === 'screen' ? 'video' : 'audio';
      const track: TrackDescription = {
        trackId: `track-${++this.#media.published}`,
        roomId: this.#roomId,
        memberId: this.#memberId,
        kind,
        source,
        codec: kind === 'video' ? { name: 'VP8', payloadType: 96, clockRateHz: 90_000 } : { name: 'opus', payloadType: 111, clockRateHz: 48_000, channels: 2 },
      };
      this.tracks.set(mid, track);
      this.#media.events.emit('track-published', track);
    }
    return 'v=0\r\ns=answer\r\n';
  }
  setMuted(trackId: string, muted: boolean): void {
    this.muted.set(trackId, muted);
  }
  setSubscriptions(trackIds: string[]): void {
    if (this.closed) throw new Error('a closed connection was used');
    if (trackIds.join() === this.subscriptions.join()) return;
    this.subscriptions = trackIds;
    this.events.emit('subscribe-offer', { offerId: 1, sdp: 'v=0\r\ns=offer\r\n', sections: [] });
  }
  acceptAnswer(offerId: number, answer: string): void {
    if (offerId !== 1) throw new AppError('offer_unknown', 'This offer was not made.');
    if (!answer.startsWith('v=0')) throw new AppError('sdp_invalid', 'This is no SDP.');
    this.answers++;
  }
  setView(trackId: string, view: unknown): void {
    this.views.push([trackId, view]);
  }
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const track of this.tracks.values()) this.#media.events.emit('track-ended', track);
    this.tracks.clear();
  }
}

/** A recording that only changes its state, and writes down what it is asked. */
export class RecordingDouble implements RecordingService {
  readonly events = new Events<RecordingServiceEvents>();
  readonly running = new Map<string, RecordingView>();
  readonly confirmations: [string, string][] = [];
  readonly calls: string[] = [];
  readonly marks: [string, string][] = [];
  readonly ended: string[] = [];
  made = 0;
  /** What `start` waits for, as for a look at the disk. */
  beforeStart: Promise<void> = Promise.resolve();

  readonly behind = new Map<string, MovieProgress>();
  readonly foreseen = new Map<string, NonNullable<ReturnType<RecordingService['ending']>>>();
  /** What `still` gives. */
  stillPath: string | null = null;
  async still(): Promise<string | null> {
    return this.stillPath;
  }
  async health(roomId: string): Promise<RecordingHealth> {
    const view = this.running.get(roomId);
    return { recordingId: view?.recordingId ?? null, state: view?.state ?? null, recordedMs: 0, progress: null, disk: { freeBytes: 8e9, lastsMs: 7_200_000, short: false } };
  }
  progress(recordingId: string): MovieProgress | null {
    return this.behind.get(recordingId) ?? null;
  }
  current(roomId: string): RecordingView | null {
    return this.running.get(roomId) ?? null;
  }
  ending(roomId: string): ReturnType<RecordingService['ending']> {
    return this.foreseen.get(roomId) ?? null;
  }
  async start(room: RoomView, by: Member): Promise<RecordingView> {
    this.#require(by);
    this.calls.push('start');
    const running = this.running.get(room.roomId);
    if (running) return running;
    const { sessionId } = room;
    await this.beforeStart;
    const other = this.running.get(room.roomId);
    if (other) return other;
    this.made++;
    const view: RecordingView = {
      recordingId: `recording-${this.made}`,
      roomId: room.roomId,
      sessionId: sessionId ?? 'none',
      state: 'starting',
      startedAtWallMs: null,
      recordedMs: 0,
      asOfWallMs: 0,
      name: null,
      failure: null,
      report: null,
    };
    this.change(view);
    this.change({ ...view, state: 'recording', startedAtWallMs: Date.now(), asOfWallMs: Date.now() });
    return this.current(room.roomId)!;
  }
  async pause(roomId: string, by: Member): Promise<RecordingView> {
    return this.#move('pause', roomId, by, 'paused');
  }
  async resume(roomId: string, by: Member): Promise<RecordingView> {
    return this.#move('resume', roomId, by, 'recording');
  }
  async stop(roomId: string, by: Member): Promise<RecordingView> {
    return this.#move('stop', roomId, by, 'finalising');
  }
  mark(roomId: string, by: Member, label: string): void {
    if (!may(by, 'recording.mark')) throw new AppError('forbidden', 'Your role does not allow this.');
    if (!this.running.has(roomId)) throw new AppError('recording_not_running', 'No recording runs in this room.');
    this.marks.push([by.memberId, label]);
  }
  async endForRoom(roomId: string): Promise<void> {
    this.ended.push(roomId);
    const running = this.running.get(roomId);
    if (running) this.change({ ...running, state: 'finalising' });
  }
  confirm(recordingId: string, by: Member): void {
    this.confirmations.push([recordingId, by.memberId]);
  }
  async recover(): Promise<void> {}
  async close(): Promise<void> {}

  /** The recording's next state, told to everybody. */
  change(view: RecordingView): void {
    if (view.state === 'available' || view.state === 'failed') this.running.delete(view.roomId);
    else this.running.set(view.roomId, view);
    this.events.emit('changed', view);
  }

  #move(call: string, roomId: string, by: Member, state: RecordingView['state']): RecordingView {
    this.#require(by);
    this.calls.push(call);
    const running = this.running.get(roomId);
    if (!running) throw new AppError('recording_not_running', 'No recording runs in this room.');
    const view = { ...running, state };
    this.change(view);
    return view;
  }

  #require(by: Member): void {
    if (!may(by, 'recording.control')) throw new AppError('forbidden', 'Your role does not allow this.');
  }
}

/** Storage in memory. */
export class StorageDouble implements SignalingStorage {
  readonly roomRows = new Map<string, RoomRecord>();
  readonly open = new Map<string, OpenSession>();
  readonly endedSessions: [string, string][] = [];
  readonly files = new Map<string, RecordingRecord>();
  readonly ownerNames = new Map<string, string>();
  readonly keys = new Map<string, ApiKeyRecord>();
  #made = 0;

  readonly rooms = {
    create: ({ title, ownerId, timeZone, settings }: Pick<RoomRecord, 'title' | 'ownerId' | 'timeZone' | 'settings'>): RoomRecord => {
      const room = { id: `room-${++this.#made}`, title, ownerId, timeZone, settings };
      this.roomRows.set(room.id, room);
      return room;
    },
    get: (roomId: string): RoomRecord | null => this.roomRows.get(roomId) ?? null,
  };
  readonly sessions = {
    start: (session: { roomId: string; startedAtMs: number; endsAtLatestMs: number }): { id: string } => {
      const id = `session-${++this.#made}`;
      this.open.set(id, { id, ...session, hostLeftAtMs: null, layout: null, highlighted: null, locked: false });
      return { id };
    },
    setHostLeft: (sessionId: string, hostLeftAtMs: number | null): void => {
      const session = this.open.get(sessionId);
      if (session) session.hostLeftAtMs = hostLeftAtMs;
    },
    keepChoice: (sessionId: string, choice: LiveChoice): void => {
      Object.assign(this.open.get(sessionId) ?? {}, choice);
    },
    end: (sessionId: string, _endedAtMs: number, reason: string): void => {
      this.open.delete(sessionId);
      this.endedSessions.push([sessionId, reason]);
    },
    allOpen: (): OpenSession[] => [...this.open.values()],
  };
  readonly apiKeys = {
    create: (key: Pick<ApiKeyRecord, 'name' | 'secretHash'>): ApiKeyRecord => {
      const made = { id: String(++this.#made).padStart(16, '0'), revokedAtMs: null, ...key };
      this.keys.set(made.id, made);
      return made;
    },
    get: (id: string): ApiKeyRecord | null => this.keys.get(id) ?? null,
  };
  readonly recordings = {
    get: (recordingId: string): RecordingRecord | null => this.files.get(recordingId) ?? null,
    ownerName: (recordingId: string): string | null => this.ownerNames.get(recordingId) ?? null,
    list: (roomId: string): RecordingRecord[] => [...this.files.values()].filter((file) => file.roomId === roomId),
  };
}

export interface TestServer {
  server: SignalingServer;
  /** Unused where another one was given. */
  media: MediaDouble;
  recording: RecordingDouble;
  storage: StorageDouble;
  tokens: Tokens;
  /** A folder that is removed with the server; `web/` in it is the web client. */
  folder: string;
  baseUrl: string;
  adminSecret: string;
  /** A token of the room `room`, whose owner is `owner`. */
  token(role: 'host' | 'moderator' | 'participant', identity?: string): Promise<string>;
  close(): Promise<void>;
}

export const ROOM_ID = 'room';

/** A real server on a free port with doubles behind it and one room. */
export async function startTestServer(options: { hostTimeoutMs?: number; joinTimeoutMs?: number; awayLimitMs?: number; settings?: RoomRecord['settings']; httpPort?: number; storage?: StorageDouble; clock?: Clock; media?: MediaServer; files?: Partial<FileShelfOptions> } = {}): Promise<TestServer> {
  const media = new MediaDouble();
  const recording = new RecordingDouble();
  const storage = options.storage ?? new StorageDouble();
  storage.roomRows.set(ROOM_ID, { id: ROOM_ID, title: 'Weekly', ownerId: 'owner', timeZone: 'UTC', settings: options.settings ?? {} });
  const isRevoked = (apiKeyId: string): boolean => storage.keys.get(apiKeyId)?.revokedAtMs !== null;
  const tokens = new Tokens(Buffer.alloc(32, 7).toString('base64url'), () => Date.now(), { isRevoked });
  const folder = mkdtempSync(join(tmpdir(), 'reelroom-signaling-'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Reelroom</title>');
  // The real one: what it keeps is on the disk.
  const { roomFiles: rows, rooms, close: closeFiles } = openStorage(':memory:');
  rooms.create({ id: ROOM_ID, title: 'Weekly', ownerId: 'owner', timeZone: 'UTC', createdAtMs: 0 });
  const files = new FileShelf({ paths: new DataPaths(folder), rows, options: { maxBytes: 1_000_000, ...options.files } });
  const adminSecret = 'an-admin-secret-of-the-tests';
  const server = await createSignalingServer({
    config: { dataDir: folder, host: '127.0.0.1', httpPort: options.httpPort ?? 0, hostTimeoutMs: options.hostTimeoutMs ?? 900_000, timeZone: 'UTC' },
    clock: options.clock ?? systemClock,
    log: pino({ level: 'silent' }),
    media: options.media ?? media,
    storage,
    recording,
    files,
    tokens,
    adminSecret,
    webRoot: folder,
    ...(options.awayLimitMs !== undefined && { awayLimitMs: options.awayLimitMs }),
    ...(options.joinTimeoutMs !== undefined && { joinTimeoutMs: options.joinTimeoutMs }),
  });
  return {
    server,
    media,
    recording,
    storage,
    tokens,
    folder,
    baseUrl: `http://127.0.0.1:${server.port}`,
    adminSecret,
    token: (role, identity = role === 'host' ? 'owner' : role) => tokens.sign({ roomId: ROOM_ID, role, identity }),
    close: async () => {
      await server.close();
      await files.close();
      closeFiles();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

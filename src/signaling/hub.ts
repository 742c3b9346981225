import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { DEFAULT_PICTURE, type PictureSettings } from '../core/layouts.js';
import type { Log } from '../core/log.js';
import type { MediaServer } from '../media/types.js';
import type { RecordingService } from '../recording/types.js';
import { DEFAULT_STAGE, type StageSettings } from '../core/stage.js';
import { Room } from '../room/room.js';
import { LiveRoom } from './live-room.js';
import type { FileOwner } from './messages.js';
import type { OpenSession, SignalingStorage } from './stores.js';

/** S3: longest session by default. */
const MAX_SESSION_MS = 24 * 60 * 60_000;

export interface HubParts {
  hostTimeoutMs: number;
  awayLimitMs: number;
  clock: Clock;
  log: Log;
  media: MediaServer;
  recording: RecordingService;
  storage: SignalingStorage;
}

/** The rooms that are in use, and the way of media and recording events to them. */
export class Hub {
  readonly #parts: HubParts;
  readonly #rooms = new Map<string, LiveRoom>();
  readonly #unsubscribe: (() => void)[];
  readonly #startedAtWallMs: number;
  readonly #startedAtUs: number;
  #closed = false;

  constructor(parts: HubParts) {
    this.#parts = parts;
    this.#startedAtWallMs = parts.clock.wallMs();
    this.#startedAtUs = parts.clock.monotonicUs();
    const { media, recording } = parts;
    this.#unsubscribe = [
      media.events.on('track-published', (track) => this.#rooms.get(track.roomId)?.trackPublished(track)),
      media.events.on('track-ended', (track) => this.#rooms.get(track.roomId)?.trackEnded(track)),
      media.events.on('audio-level', ({ roomId, memberId, levelDbov }) =>
        this.#rooms.get(roomId)?.audioLevel(memberId, levelDbov),
      ),
      media.events.on('quality', ({ roomId, memberId, level }) => this.#rooms.get(roomId)?.quality(memberId, level)),
      media.events.on('wanted-height', ({ roomId, trackId, memberId, heightPx }) =>
        this.#rooms.get(roomId)?.wantedHeight(trackId, memberId, heightPx),
      ),
      recording.events.on('changed', (view) => this.#rooms.get(view.roomId)?.recordingChanged(view)),
      recording.events.on('progress', ({ roomId, recordingId, progress }) =>
        this.#rooms.get(roomId)?.recordingProgress(recordingId, progress),
      ),
      recording.events.on('ending', ({ roomId, recordingId, ending }) => this.#rooms.get(roomId)?.recordingEnding(recordingId, ending)),
    ];
  }

  /** Wall time that runs with the monotonic clock: when somebody sets the machine's clock, no session ends. */
  nowMs(): number {
    return this.#startedAtWallMs + Math.floor((this.#parts.clock.monotonicUs() - this.#startedAtUs) / 1000);
  }

  /** S4: sessions that an earlier process left open run on; their people have some time to come back, hosts are gone at the latest now. */
  restore(): void {
    for (const session of this.#parts.storage.sessions.allOpen()) {
      try {
        if (!this.#rooms.has(session.roomId)) this.#open(session.roomId, session);
      } catch (error) {
        this.#parts.log.warn({ err: error, sessionId: session.id }, 'a session could not be restored');
      }
    }
  }

  /** The live room, made from the stored one where nobody is in it yet. Throws `room_unknown`. */
  room(roomId: string): LiveRoom {
    if (this.#closed) throw new AppError('server_stopping', 'The server is stopping.', { status: 503 });
    return this.#rooms.get(roomId) ?? this.#open(roomId, null);
  }

  /** Closes all rooms; their sessions go on at the next start. Twice is fine. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#rooms.values()].map((room) => room.shutDown()));
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#rooms.clear();
  }

  #open(roomId: string, session: OpenSession | null): LiveRoom {
    const { storage, media, recording, log, hostTimeoutMs } = this.#parts;
    const stored = storage.rooms.get(roomId);
    if (!stored) throw new AppError('room_unknown', 'There is no such room.', { status: 404 });
    const former = session ? storage.sessions.people(session.id) : { members: [], chat: [] };
    const maxLengthMs = session ? session.endsAtLatestMs - session.startedAtMs : (stored.settings.maxSessionMs ?? MAX_SESSION_MS);
    const room = new Room({
      roomId,
      title: stored.title,
      timeZone: stored.timeZone,
      ownerId: stored.ownerId,
      picture: pictureOf(stored.settings),
      stage: stageOf(stored.settings),
      keepsChat: stored.settings.keepChat ?? false,
      hostTimeoutMs,
      maxLengthMs,
      newSessionId: (nowMs) => this.#startSession(roomId, nowMs, nowMs + maxLengthMs),
      ...(session && {
        session: {
          sessionId: session.id,
          startedAtWallMs: session.startedAtMs,
          hosted: true,
          hostlessSinceWallMs: session.hostLeftAtMs ?? this.nowMs(),
          restoredAtWallMs: this.nowMs(),
          layout: session.layout,
          highlighted: session.highlighted,
          locked: session.locked,
          ...former,
        },
      }),
    });
    const live = new LiveRoom({
      room,
      media,
      recording,
      sessions: storage.sessions,
      ownerOf: (recordingId) => this.#ownerOf(recordingId),
      awayLimitMs: this.#parts.awayLimitMs,
      keyHashes: new Map(former.members.map(({ memberId, keyHash }) => [memberId, keyHash])),
      log,
      nowMs: () => this.nowMs(),
      wallMs: () => this.#parts.clock.wallMs(),
      onIdle: () => {
        live.close();
        this.#rooms.delete(roomId);
      },
    });
    this.#rooms.set(roomId, live);
    return live;
  }

  /** Whoever cannot be found is nobody: everybody else still hears that the file is there. */
  #ownerOf(recordingId: string): FileOwner | null {
    const { recordings } = this.#parts.storage;
    try {
      const recording = recordings.get(recordingId);
      return recording && { identity: recording.ownerId, name: recordings.ownerName(recordingId) };
    } catch (error) {
      this.#parts.log.warn({ err: error, recordingId }, 'the owner of a recording could not be read');
      return null;
    }
  }

  /** A full disk is no reason not to meet: then the session lives in memory alone. */
  #startSession(roomId: string, startedAtMs: number, endsAtLatestMs: number): string {
    try {
      return this.#parts.storage.sessions.start({ roomId, startedAtMs, endsAtLatestMs }).id;
    } catch (error) {
      this.#parts.log.error({ err: error, roomId }, 'the session could not be stored');
      return randomUUID();
    }
  }
}

function pictureOf(settings: Partial<PictureSettings>): PictureSettings {
  const { layout, transitions, initials } = { ...DEFAULT_PICTURE, ...settings };
  return { layout, transitions, initials };
}

function stageOf(settings: Partial<StageSettings>): StageSettings {
  const { stageAccess, meetingKind } = { ...DEFAULT_STAGE, ...settings };
  return { stageAccess, meetingKind };
}

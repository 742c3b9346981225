import { existsSync } from 'node:fs';
import { mkdir, rm, statfs } from 'node:fs/promises';
import { FRAME_RATE_HZ } from '../compositor/format.js';
import { seamBefore } from '../compositor/movie/chunks.js';
import type { Clock } from '../core/clock.js';
import type { EncoderName } from '../core/encoder-names.js';
import { AppError, messageOf } from '../core/errors.js';
import type { Events } from '../core/events.js';
import type { Log } from '../core/log.js';
import type { TrackHub } from '../core/media.js';
import type { DataPaths } from '../core/paths.js';
import type { RecordingEnding } from '../core/recording.js';
import type { EndReason } from '../journal/records.js';
import { may } from '../room/permissions.js';
import { recordingOwner } from '../room/ownership.js';
import { takesUp } from '../room/recording-state.js';
import type { Member, RoomView } from '../room/types.js';
import { newId } from '../storage/ids.js';
import type { RecordingRow, Storage } from '../storage/index.js';
import type { NewRecording } from '../storage/recordings.js';
import { RecordingLedger, type Applied } from './ledger.js';
import type { Compositor } from './movie-maker.js';
import { EndingWatch } from './ending.js';
import { diskRoom, type RecordingHealth } from './health.js';
import type { MovieProgress } from './movie-progress.js';
import { partOf, writePart } from './part.js';
import { Productions } from './productions.js';
import { Take } from './take.js';
import type { RecordingService, RecordingServiceEvents, RecordingView } from './types.js';

export interface RecordingServiceParts {
  paths: DataPaths;
  storage: Storage;
  pool: Compositor;
  hub: TrackHub;
  clock: Clock;
  log: Log;
  /** As configured; empty: the newest that is found. */
  ffmpegPath?: string;
  /** The encoder of a recording that begins now; without it the compositor's own choice. */
  encoder?: () => EncoderName | undefined;
  options?: Partial<RecordingServiceOptions>;
}

export interface RecordingServiceOptions {
  /** x264's. */
  preset: string;
  /** R9: longest recorded time. */
  capMs: number;
  /** With less free space than this a recording ends while its movie can still be finished; with less than twice that none begins. */
  minFreeBytes: number;
  /** Free space where the data are. */
  freeBytes: () => Promise<number>;
  /** How often free space and the cap are looked at. */
  watchEveryMs: number;
}

interface RunningTake {
  take: Take;
  room: RoomView;
  /** The parts that it was and is (R9), the running one last. */
  recordingIds: string[];
  /** The part that comes next, while it is only being prepared. */
  prepared: string | null;
  /** Of the running part. */
  ending: EndingWatch;
}

/** How long before its cap the next part of a recording is prepared at most. */
const PREPARE_MS = 20 * 60_000;

/** Attempts in several starts of the server, after which a failed recording is left to a person. */
const MAX_FAILURES = 5;

/** Makes the service behind the button. Call `recover` once, before rooms open; `close` ends what runs. */
export function createRecordingService(parts: RecordingServiceParts): RecordingService {
  return new Service(parts);
}

class Service implements RecordingService {
  readonly #parts: RecordingServiceParts;
  readonly #options: RecordingServiceOptions;
  readonly #ledger: RecordingLedger;
  /** By recording, while it takes up the meeting. */
  readonly #takes = new Map<string, RunningTake>();
  readonly #beginnings = new Set<Promise<void>>();
  readonly #productions: Productions;
  #watch: NodeJS.Timeout | null = null;
  #closed: Promise<void> | null = null;

  constructor(parts: RecordingServiceParts) {
    this.#parts = parts;
    this.#options = {
      preset: 'superfast',
      capMs: 24 * 60 * 60_000,
      minFreeBytes: 256 << 20,
      freeBytes: () => freeBytesAt(parts.paths.root),
      watchEveryMs: 2000,
      ...parts.options,
    };
    this.#ledger = new RecordingLedger(parts.storage.recordings, parts.clock, parts.log);
    const { paths, storage, pool, clock, log, ffmpegPath = '', encoder = () => undefined } = parts;
    this.#productions = new Productions({ paths, storage, pool, ledger: this.#ledger, clock, log, ffmpegPath, encoder, preset: this.#options.preset });
  }

  get events(): Events<RecordingServiceEvents> {
    return this.#ledger.events;
  }

  current(roomId: string): RecordingView | null {
    return this.#ledger.current(roomId);
  }

  ending(roomId: string): { recordingId: string; ending: RecordingEnding } | null {
    const current = this.#ledger.current(roomId);
    const ending = current && takesUp(current.state) && this.#takes.get(current.recordingId)?.ending.at(current.recordedMs);
    return ending ? { recordingId: current.recordingId, ending } : null;
  }

  async start(room: RoomView, by: Member): Promise<RecordingView> {
    const { roomId, sessionId } = room;
    const recordingId = newId();
    const command = { type: 'start', by, recordingId, sessionId: sessionId ?? '' } as const;
    const { view: running, changed } = this.#ledger.foresee(roomId, command);
    if (running && !changed) return running;
    if (this.#closed) throw new AppError('server_stopping', 'The server is stopping.', { status: 503 });
    if (sessionId === null) throw new AppError('no_session', 'There is no session to record.', { status: 409 });
    await this.#refuseOnFullDisk();
    const { view, effects } = this.#ledger.command(roomId, command, { row: this.#newRow(recordingId, room, sessionId, by) });
    if (effects.includes('begin-take')) {
      const begun = this.#begin(recordingId, room, sessionId).finally(() => this.#beginnings.delete(begun));
      this.#beginnings.add(begun);
      await begun;
    }
    return this.current(roomId) ?? (view as RecordingView);
  }

  async pause(roomId: string, by: Member): Promise<RecordingView> {
    return this.#control(roomId, { type: 'pause', by });
  }

  async resume(roomId: string, by: Member): Promise<RecordingView> {
    return this.#control(roomId, { type: 'resume', by });
  }

  async stop(roomId: string, by: Member): Promise<RecordingView> {
    return this.#control(roomId, { type: 'stop', by });
  }

  mark(roomId: string, by: Member, label: string): void {
    if (!may(by, 'recording.mark')) throw new AppError('forbidden', 'Only hosts and moderators may mark a moment.', { status: 403 });
    const current = this.#ledger.current(roomId);
    const take = current && this.#takes.get(current.recordingId)?.take;
    if (current?.state === 'paused') throw new AppError('recording_already_paused', 'The recording is paused: there is no moment to mark.', { status: 409 });
    if (!take || current.state !== 'recording') throw new AppError('recording_not_running', 'This room is not being recorded.', { status: 409 });
    take.mark(by.memberId, label);
  }

  async endForRoom(roomId: string, reason: EndReason): Promise<void> {
    this.#rollOverIfDue(roomId);
    await this.#perform(this.#ledger.fact(roomId, { type: 'end' }, { detail: { reason } }), reason);
  }

  async health(roomId: string): Promise<RecordingHealth> {
    const { freeBytes, minFreeBytes } = this.#options;
    const current = this.#ledger.current(roomId);
    return {
      recordingId: current?.recordingId ?? null,
      state: current?.state ?? null,
      recordedMs: (current && this.#ledger.recordedMs(current.recordingId)) ?? 0,
      progress: current && this.progress(current.recordingId),
      disk: diskRoom(await freeBytes(), minFreeBytes, this.#takes.size),
    };
  }

  async still(roomId: string): Promise<string | null> {
    const current = this.#ledger.current(roomId);
    return current && this.#productions.still(current.recordingId);
  }

  progress(recordingId: string): MovieProgress | null {
    return this.#productions.progress(recordingId);
  }

  confirm(recordingId: string, { memberId, identity, name }: Member): void {
    const { storage, clock } = this.#parts;
    storage.recordings.confirm({ recordingId, memberId, identity, name, confirmedAtMs: clock.wallMs() });
  }

  async recover(): Promise<void> {
    const { recordings } = this.#parts.storage;
    const again = recordings.failed().filter((row) => this.#isWorthAnotherTry(row));
    for (const row of [...recordings.unfinished().reverse(), ...again.reverse()]) {
      this.#parts.log.info({ recordingId: row.id, state: row.state }, 'a recording is taken up again');
      this.#ledger.adopt(row);
      if (row.state !== 'finalising' && row.state !== 'verifying' && row.state !== 'storing') {
        this.#ledger.fact(row.roomId, { type: 'recovered', recordingId: row.id }, { detail: { recovered: true } });
      }
      this.#productions.begin(row.id, row.roomId, null);
    }
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await Promise.allSettled(this.#beginnings);
      for (const [recordingId, { room: { roomId } }] of [...this.#takes]) {
        await this.endForRoom(roomId, 'session-ended');
        await this.#endTake(recordingId, 'session-ended');
      }
      await this.#productions.close();
      this.#stopWatching();
      this.events.removeAll();
    })();
    return this.#closed;
  }

  #control(roomId: string, command: { type: 'pause' | 'resume' | 'stop'; by: Member }): RecordingView {
    this.#ledger.foresee(roomId, command);
    this.#rollOverIfDue(roomId);
    const applied = this.#ledger.command(roomId, command, { actor: command.by.identity });
    void this.#perform(applied, 'stopped');
    // Of these commands none is accepted without a recording.
    return applied.view as RecordingView;
  }

  /** Resolves once the journal has what it was to be told. */
  async #perform({ view, effects }: Applied, reason: EndReason): Promise<void> {
    if (!view) return;
    for (const effect of effects) {
      switch (effect) {
        // `start` waits for it by itself.
        case 'begin-take':
          break;
        case 'pause-take':
          this.#takes.get(view.recordingId)?.take.pause();
          break;
        case 'resume-take':
          this.#takes.get(view.recordingId)?.take.resume();
          break;
        case 'end-take':
          await this.#endTake(view.recordingId, reason);
          break;
      }
    }
  }

  /** From `starting` to `recording`, or to `failed`; then it throws what the journal throws. */
  async #begin(recordingId: string, room: RoomView, sessionId: string): Promise<void> {
    const { paths, hub, clock, log } = this.#parts;
    const { roomId } = room;
    const parts: Omit<RunningTake, 'take' | 'room'> = { recordingIds: [recordingId], prepared: null, ending: new EndingWatch() };
    let take: Take;
    try {
      take = await Take.begin({
        recordingId,
        room,
        sessionId,
        journalDir: paths.journal(recordingId),
        hub,
        clock,
        log,
        onFlushed: () => [...parts.recordingIds, parts.prepared ?? ''].forEach((id) => this.#productions.grown(id)),
        onFailed: (error) => this.#journalFailed(parts.recordingIds.at(-1) ?? recordingId, roomId, error),
      });
    } catch (error) {
      const failure = { code: error instanceof AppError ? error.code : 'recording_failed', message: `${messageOf(error)} Nothing was recorded.` };
      log.error({ err: error, recordingId }, 'a recording could not begin');
      this.#ledger.fact(roomId, { type: 'failed', recordingId, failure });
      throw error;
    }
    this.#takes.set(recordingId, Object.assign(parts, { take, room }));
    this.#productions.begin(recordingId, roomId, { ...partOf(paths, recordingId), toFrame: this.#capFrames() });
    if (this.#ledger.state(recordingId) !== 'starting') {
      // Stopped before it had begun.
      await this.#endTake(recordingId, 'stopped');
      return;
    }
    const { startedAtWallMs } = take;
    this.#ledger.fact(roomId, { type: 'opened', recordingId, startedAtWallMs }, { set: { startedAtMs: startedAtWallMs } });
    this.#watch ??= setInterval(() => void this.#lookAfter(), this.#options.watchEveryMs);
  }

  #capFrames(): number {
    return seamBefore(Math.floor((this.#options.capMs * FRAME_RATE_HZ) / 1000));
  }

  async #endTake(recordingId: string, reason: EndReason): Promise<void> {
    const entry = this.#takes.get(recordingId);
    if (!entry) return;
    const { cut } = await entry.take.end(reason);
    this.#takes.delete(recordingId);
    if (this.#takes.size === 0) this.#stopWatching();
    for (const id of entry.recordingIds) this.#productions.journalEnded(id, cut);
    await this.#discardPrepared(entry);
  }

  /** The meeting goes on, and what was written becomes a movie. */
  #journalFailed(recordingId: string, roomId: string, error: AppError): void {
    this.#parts.log.error({ err: error, recordingId }, 'the journal cannot be written any more');
    void this.#endByItself(recordingId, roomId, error.code === 'disk_full' ? 'disk-full' : 'stopped', error.code);
  }

  async #endByItself(recordingId: string, roomId: string, reason: EndReason, cause: string): Promise<void> {
    if (this.#ledger.current(roomId)?.recordingId === recordingId) {
      await this.#perform(this.#ledger.fact(roomId, { type: 'end' }, { detail: { reason, cause } }), reason);
    }
    await this.#endTake(recordingId, reason);
  }

  /** R9's cap, and the disk before it is full. */
  async #lookAfter(): Promise<void> {
    const { capMs, minFreeBytes, freeBytes } = this.#options;
    const free = await freeBytes().catch(() => Infinity);
    const { lastsMs } = diskRoom(free, minFreeBytes, this.#takes.size);
    for (const { room: { roomId } } of [...this.#takes.values()]) {
      this.#rollOverIfDue(roomId);
      const current = this.#ledger.current(roomId);
      if (!current || !this.#takes.has(current.recordingId)) continue;
      this.#prepareNextPart(current);
      if (free < minFreeBytes) await this.#endByItself(current.recordingId, roomId, 'disk-full', 'disk_full');
      else if (current.recordedMs >= capMs && !this.#mayRollOver(roomId)) await this.#endByItself(current.recordingId, roomId, 'cap', 'cap');
      else this.#tellEnding(current, lastsMs);
    }
  }

  /** Whoever is there is told before it ends, not after. */
  #tellEnding({ recordingId, roomId, recordedMs }: RecordingView, diskMs: number): void {
    const { capMs } = this.#options;
    const isFar = recordedMs < capMs - PREPARE_MS;
    const signs = { recordedMs, diskMs, capMs: isFar || this.#mayRollOver(roomId) ? null : capMs - recordedMs };
    const ending = this.#takes.get(recordingId)?.ending.look(signs);
    if (ending !== undefined) this.events.emit('ending', { roomId, recordingId, ending });
  }

  /** Between two looks at the clock: what is beyond the cap is the next part's, though the recording ends now. */
  #rollOverIfDue(roomId: string): void {
    for (;;) {
      const current = this.#ledger.current(roomId);
      if (!current || current.recordedMs < this.#options.capMs || !this.#mayRollOver(roomId)) return;
      if (!this.#rollOver(current.recordingId)) return;
    }
  }

  #mayRollOver(roomId: string): boolean {
    return this.#parts.storage.rooms.get(roomId)?.settings.rollOver ?? true;
  }

  /**
   * R9: the next part begins at the frame where this one ends; nothing happens in the room and in the
   * journal. False where it cannot be stored now; the journal goes on meanwhile.
   */
  #rollOver(recordingId: string): boolean {
    const { storage, log } = this.#parts;
    const entry = this.#takes.get(recordingId);
    const before = storage.recordings.get(recordingId);
    if (!entry || !before) return false;
    const { roomId, sessionId, ownerId, startedBy, title, timeZone, keepJournal } = before;
    let nextId: string;
    try {
      nextId = this.#prepare(recordingId, entry);
      // After the one before in every list, though several follow at once.
      const createdAtMs = Math.max(this.#parts.clock.wallMs(), before.createdAtMs + 1);
      const row = { id: nextId, roomId, sessionId, ownerId, startedBy, title, timeZone, keepJournal, createdAtMs };
      this.#ledger.roll(roomId, (this.#capFrames() * 1000) / FRAME_RATE_HZ, row);
    } catch (error) {
      log.error({ err: error, recordingId }, 'the next part of a recording could not begin yet');
      return false;
    }
    log.info({ recordingId, nextId }, 'a recording reached its cap and goes on in a next part');
    this.#takes.delete(recordingId);
    this.#takes.set(nextId, entry);
    entry.recordingIds.push(nextId);
    entry.prepared = null;
    entry.ending = new EndingWatch();
    this.#productions.journalEnded(recordingId, false);
    return true;
  }

  /**
   * The next part's composition passes over all frames before its own, which takes minutes for a day: it begins
   * before the cap, so that whoever stops soon after it waits no longer than else (R7).
   */
  #prepareNextPart({ recordingId, roomId, recordedMs }: RecordingView): void {
    const { capMs } = this.#options;
    const entry = this.#takes.get(recordingId);
    if (!entry || recordedMs < capMs - Math.min(PREPARE_MS, capMs / 10) || recordedMs >= capMs || !this.#mayRollOver(roomId)) return;
    try {
      this.#prepare(recordingId, entry);
    } catch (error) {
      this.#parts.log.warn({ err: error, recordingId }, 'the next part of a recording could not be prepared');
    }
  }

  /** Says where the next part begins, and has its composition begin. Returns its id; twice is fine. */
  #prepare(recordingId: string, entry: RunningTake): string {
    if (entry.prepared !== null) return entry.prepared;
    const { paths } = this.#parts;
    const nextId = newId();
    const part = partOf(paths, recordingId);
    const seam = part.fromFrame + this.#capFrames();
    const next = { part: part.part + 1, journalOf: part.journalOf, fromFrame: seam, toFrame: null };
    writePart(paths, nextId, next);
    writePart(paths, recordingId, { ...part, toFrame: seam });
    entry.prepared = nextId;
    this.#productions.begin(nextId, entry.room.roomId, { ...next, toFrame: seam + this.#capFrames() });
    return nextId;
  }

  async #discardPrepared(entry: RunningTake): Promise<void> {
    const id = entry.prepared;
    if (id === null) return;
    entry.prepared = null;
    await this.#productions.abort(id);
    await rm(this.#parts.paths.recording(id), { recursive: true, force: true }).catch(() => undefined);
  }

  #stopWatching(): void {
    if (this.#watch) clearInterval(this.#watch);
    this.#watch = null;
  }

  async #refuseOnFullDisk(): Promise<void> {
    const { freeBytes, minFreeBytes } = this.#options;
    await mkdir(this.#parts.paths.root, { recursive: true });
    if ((await freeBytes()) >= 2 * minFreeBytes) return;
    throw new AppError('disk_full', 'There is too little space on the disk to record. The meeting is not affected.', { status: 507 });
  }

  #newRow(id: string, room: RoomView, sessionId: string, by: Member): NewRecording {
    const { storage, clock } = this.#parts;
    const stored = storage.rooms.get(room.roomId);
    const settings = stored?.settings ?? {};
    const owned = { kind: stored?.kind ?? 'single', ownerId: room.ownerId, collectionOwnerId: settings.collectionOwnerId ?? null } as const;
    return {
      id,
      roomId: room.roomId,
      sessionId,
      ownerId: recordingOwner(owned, by.identity),
      startedBy: by.identity,
      title: room.title,
      timeZone: room.timeZone,
      createdAtMs: clock.wallMs(),
      keepJournal: settings.keepJournals ?? false,
    };
  }

  #isWorthAnotherTry(row: RecordingRow): boolean {
    const { paths, storage } = this.#parts;
    if (row.failureCode === 'journal_empty') return false;
    if (!existsSync(paths.journal(partOf(paths, row.id).journalOf)) && !existsSync(paths.unfinishedMovie(row.id))) return false;
    return storage.recordings.events(row.id).filter(({ toState }) => toState === 'failed').length < MAX_FAILURES;
  }
}

async function freeBytesAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

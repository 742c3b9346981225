import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { ComposeJob } from '../../src/compositor/messages.js';
import type { Clock } from '../../src/core/clock.js';
import { AppError } from '../../src/core/errors.js';
import { Events } from '../../src/core/events.js';
import { DEFAULT_PICTURE, type LayoutName, type PictureSettings } from '../../src/core/layouts.js';
import { createLog } from '../../src/core/log.js';
import type { TrackDescription, TrackHub, TrackSink, TrackSource, TrackSubscription, WantedSize } from '../../src/core/media.js';
import { DataPaths } from '../../src/core/paths.js';
import type { RecordingReport, RecordingState } from '../../src/core/recording.js';
import type { Composing, Compositor } from '../../src/recording/movie-maker.js';
import { createRecordingService, type RecordingServiceOptions } from '../../src/recording/service.js';
import type { RecordingService, RecordingView } from '../../src/recording/types.js';
import type { ChatMessage } from '../../src/room/chat.js';
import type { Member, RoomFacts, RoomView } from '../../src/room/types.js';
import { openStorage, type Storage } from '../../src/storage/index.js';
import { ffmpeg } from '../support/synthetic-media.js';

/** What surrounds the recording service, under the tests' control. */

export class FakeClock implements Clock {
  wall = Date.UTC(2026, 10, 23, 9, 31, 5);
  us = 5_000_000;
  wallMs = (): number => this.wall;
  monotonicUs = (): number => this.us;
  advance(ms: number): void {
    this.wall += ms;
    this.us += ms * 1000;
  }
}

export function member(memberId: string, role: Member['role'] = 'host', more: Partial<Member> = {}): Member {
  const stage = { onStage: true, handRaisedAtWallMs: null, invited: false, keptToAudience: false, held: false };
  return { memberId, identity: `id-${memberId}`, name: memberId.toUpperCase(), role, linkRole: role, mobile: false, ...stage, joinedAtWallMs: 0, ...more };
}

export function track(memberId: string, source: TrackSource, roomId = 'room'): TrackDescription {
  const video = source === 'camera' || source === 'screen';
  return {
    trackId: `${memberId}-${source}`,
    roomId,
    memberId,
    kind: video ? 'video' : 'audio',
    source,
    codec: video
      ? { name: 'VP8', payloadType: 96, clockRateHz: 90_000 }
      : { name: 'opus', payloadType: 111, clockRateHz: 48_000, channels: 2 },
  };
}

export class FakeRoom implements RoomView {
  title = 'Weekly';
  timeZone = 'Europe/Berlin';
  ownerId = 'id-ann';
  sessionId: string | null = 'session-1';
  highlighted: string | null = null;
  picture: PictureSettings = { ...DEFAULT_PICTURE };
  keepsChat = false;
  readonly written: ChatMessage[] = [];
  readonly facts = new Events<RoomFacts>();
  readonly people = new Map<string, Member>();
  readonly published = new Map<string, { track: TrackDescription; muted: boolean }>();
  readonly roomId: string;
  constructor(roomId: string) {
    this.roomId = roomId;
  }
  members(): Member[] {
    return [...this.people.values()];
  }
  tracks(): { track: TrackDescription; muted: boolean }[] {
    return [...this.published.values()];
  }
  chat(): readonly ChatMessage[] {
    return this.written;
  }
  /** Somebody writes. */
  say(memberId: string, text: string): ChatMessage {
    const message = { number: this.written.length + 1, memberId, name: memberId.toUpperCase(), text, sentAtWallMs: 0, reactions: {} };
    this.written.push(message);
    this.facts.emit('chat', message);
    return message;
  }
  join(newcomer: Member): void {
    this.people.set(newcomer.memberId, newcomer);
    this.facts.emit('member-joined', newcomer);
  }
  leave(memberId: string): void {
    const gone = this.people.get(memberId) as Member;
    this.people.delete(memberId);
    this.facts.emit('member-left', gone);
  }
  setLayout(layout: LayoutName): void {
    this.picture = { ...this.picture, layout };
    this.facts.emit('layout', { layout });
  }
  publish(description: TrackDescription): void {
    this.published.set(description.trackId, { track: description, muted: false });
    this.facts.emit('track-published', description);
  }
  mute(trackId: string, muted: boolean): void {
    const { track: description } = this.published.get(trackId) as { track: TrackDescription };
    this.published.set(trackId, { track: description, muted });
    this.facts.emit('track-muted', { track: description, muted });
  }
  end(trackId: string): void {
    const { track: description } = this.published.get(trackId) as { track: TrackDescription };
    this.published.delete(trackId);
    this.facts.emit('track-ended', description);
  }
}

interface Subscribed {
  trackId: string;
  sink: TrackSink;
  wanted: WantedSize;
  keyframes: number;
  open: boolean;
}

export class FakeHub implements TrackHub {
  readonly subscriptions: Subscribed[] = [];
  readonly unknown = new Set<string>();
  tracks(): TrackDescription[] {
    return [];
  }
  subscribe(trackId: string, sink: TrackSink, wanted: WantedSize): TrackSubscription {
    if (this.unknown.has(trackId)) throw new AppError('track_unknown', 'gone');
    const entry: Subscribed = { trackId, sink, wanted, keyframes: 0, open: true };
    this.subscriptions.push(entry);
    return {
      setWanted: (size) => void (entry.wanted = size),
      requestKeyframe: () => void entry.keyframes++,
      close: () => void (entry.open = false),
    };
  }
  of(trackId: string): Subscribed {
    const found = this.subscriptions.findLast((entry) => entry.trackId === trackId && entry.open);
    if (!found) throw new Error(`nobody is subscribed to ${trackId}`);
    return found;
  }
}

let movie: Promise<Buffer> | undefined;
/** A real movie of one second, its `moov` in front. */
export function smallMovie(): Promise<Buffer> {
  movie ??= makeMovie();
  return movie;
}

async function makeMovie(): Promise<Buffer> {
  const dir = await mkdtemp(join(tmpdir(), 'reelroom-movie-'));
  const path = join(dir, 'movie.mp4');
  await ffmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc=size=320x180:rate=30:duration=1', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=1'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-movflags', '+faststart', path],
  ]);
  const bytes = await readFile(path);
  await rm(dir, { recursive: true });
  return bytes;
}

export const report: RecordingReport = {
  frames: 30,
  late: 0,
  missing: 0,
  skewMs: 0,
  lagMs: 0,
  encoder: 'none',
  preset: 'none',
  durationMs: 1000,
  bytes: 0,
  gaps: [],
  restarts: 0,
};

export interface FakeJob {
  job: ComposeJob;
  grown: number;
  /** Stills that were asked for; each is a file at once. */
  stills: number;
  finish(bytes: Buffer, more?: Partial<RecordingReport>): Promise<void>;
  fail(code: string): void;
}

/** Each job waits until the test finishes it or lets it fail. */
export class FakeCompositor implements Compositor {
  readonly jobs: FakeJob[] = [];
  #waiting: ((job: FakeJob) => void)[] = [];

  compose(job: ComposeJob): Composing {
    const { promise, resolve, reject } = settled();
    const fake: FakeJob = {
      job,
      grown: 0,
      stills: 0,
      finish: async (bytes, more = {}) => {
        await mkdir(join(job.moviePath, '..'), { recursive: true });
        await writeFile(job.moviePath, bytes);
        resolve({ ...report, bytes: bytes.length, ...more });
      },
      fail: (code) => reject(new AppError(code, `${code}.`)),
    };
    this.jobs.push(fake);
    this.#waiting.shift()?.(fake);
    const still = async (): Promise<boolean> => {
      fake.stills++;
      await mkdir(join(job.moviePath, '..'), { recursive: true });
      await writeFile(job.stillPath ?? '', 'jpeg');
      return true;
    };
    return { done: promise, still, grown: () => void fake.grown++, abort: () => fake.fail('aborted') };
  }

  /** The `index`th job, once there is one. */
  async job(index: number): Promise<FakeJob> {
    while (this.jobs.length <= index) await new Promise<FakeJob>((resolve) => this.#waiting.push(resolve));
    return this.jobs[index] as FakeJob;
  }
}

function settled() {
  let resolve: (value: RecordingReport) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<RecordingReport>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

export interface House {
  dir: string;
  paths: DataPaths;
  storage: Storage;
  clock: FakeClock;
  hub: FakeHub;
  compositor: FakeCompositor;
  service: RecordingService;
  room: FakeRoom;
  /** States in the order of their telling. */
  told: RecordingView[];
  until(state: RecordingState, recordingId?: string): Promise<RecordingView>;
}

export interface HouseOptions {
  dir?: string;
  roomId?: string;
  pool?: Compositor;
  options?: Partial<RecordingServiceOptions>;
}

/** A service in a data directory, with one room. With another one's `dir` it is the server's next start. */
export function house(t: Test, { dir = t.testdir(), roomId, pool, options }: HouseOptions = {}): House {
  const paths = new DataPaths(dir);
  const storage = openStorage(paths.database);
  const clock = new FakeClock();
  const hub = new FakeHub();
  const compositor = new FakeCompositor();
  const id =
    roomId ?? storage.rooms.create({ title: 'Weekly', ownerId: 'id-ann', timeZone: 'Europe/Berlin', createdAtMs: clock.wall }).id;
  const room = new FakeRoom(id);
  const log = createLog('silent');
  const service = createRecordingService({ paths, storage, pool: pool ?? compositor, hub, clock, log, options: { freeBytes: async () => 1e12, ...options } });
  const told: RecordingView[] = [];
  const waiting = new Set<() => void>();
  service.events.on('changed', (view) => {
    told.push(view);
    for (const look of waiting) look();
  });
  const until = (state: RecordingState, recordingId?: string): Promise<RecordingView> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = told.find((view) => view.state === state && (recordingId === undefined || view.recordingId === recordingId));
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  t.teardown(async () => {
    await service.close();
    storage.close();
  });
  return { dir, paths, storage, clock, hub, compositor, service, room, told, until };
}

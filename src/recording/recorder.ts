import { canvasOf, type Canvas } from '../compositor/layout.js';
import { Speakers } from '../compositor/speakers.js';
import { AppError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import type { SenderReport, TrackCodec, TrackDescription, TrackHub, TrackSink, TrackSubscription } from '../core/media.js';
import type { JournalRecord, TimelineEvent } from '../journal/records.js';
import type { ChatMessage } from '../room/chat.js';
import type { Member, RoomView } from '../room/types.js';
import { Seats } from './seats.js';
import { wantedSizes } from './wanted-sizes.js';

/** Where a recorder writes: a journal, or a list in tests. */
export interface RecordWriter {
  /** False where the record could not be kept. */
  append(record: JournalRecord): boolean;
}

export interface RecorderParts {
  room: RoomView;
  sessionId: string;
  hub: TrackHub;
  journal: RecordWriter;
  /** The server's monotonic clock at the journal's time zero, and now. */
  originUs: number;
  monotonicUs: () => number;
  log: Log;
}

/** What can be told of tracks is numbered by two bytes. */
const MAX_TRACKS = 0xffff;

/**
 * The recorder: a member of the room like any other, whose subscriptions end in the journal. It follows
 * the room's facts, writes them as the journal's timeline and subscribes to every track on stage. While
 * paused no media is kept. Owned by whoever made it; `close` ends all subscriptions.
 */
export class Recorder {
  readonly #parts: RecorderParts;
  /** By track id, in the order of their start. */
  readonly #tracks = new Map<string, RecordedTrack>();
  /** Members on stage and their places. */
  readonly #onStage = new Map<string, number>();
  readonly #seats = new Seats();
  readonly #speakers = new Speakers();
  readonly #canvas: Canvas;
  readonly #unfollow: (() => void)[] = [];
  #highlighted: string | null = null;
  #nextTrack = 0;
  #lastChat = 0;
  #paused = false;
  #closed = false;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    const { room, sessionId } = parts;
    this.#canvas = canvasOf(room.picture.layout);
    this.#say({ kind: 'started', roomId: room.roomId, sessionId, title: room.title, ...room.picture });
    this.#lastChat = room.chat().at(-1)?.number ?? 0;
    for (const member of room.members()) this.#memberIsThere(member);
    if (room.highlighted !== null) this.#highlight(room.highlighted);
    for (const { track, muted } of room.tracks()) this.#trackPublished(track, muted);
    this.#follow();
    this.#chooseSizes();
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    if (this.#paused || this.#closed) return;
    this.#paused = true;
    this.#say({ kind: 'paused' });
  }

  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    this.#say({ kind: 'resumed' });
    // The decoders missed what came meanwhile.
    for (const track of this.#tracks.values()) track.requestKeyframe();
  }

  /** F8. */
  mark(memberId: string, label: string): void {
    if (!this.#closed && !this.#paused) this.#say({ kind: 'mark', memberId, label });
  }

  /** Twice is fine. Nothing is written after it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const unfollow of this.#unfollow) unfollow();
    for (const track of this.#tracks.values()) track.close();
    this.#tracks.clear();
  }

  #follow(): void {
    const { facts } = this.#parts.room;
    this.#unfollow.push(
      facts.on('member-joined', (member) => this.#memberIsThere(member)),
      facts.on('member-changed', (member) => this.#memberIsThere(member)),
      facts.on('member-left', (member) => this.#memberIsThere({ ...member, onStage: false })),
      facts.on('track-published', (track) => this.#trackPublished(track, false)),
      facts.on('track-muted', ({ track, muted }) => this.#trackMuted(track.trackId, muted)),
      facts.on('track-ended', ({ trackId }) => this.#trackEnded(trackId)),
      facts.on('highlight', ({ memberId }) => this.#highlight(memberId)),
      facts.on('chat', (message) => this.#wrote(message)),
      facts.on('layout', ({ layout }) => {
        this.#say({ kind: 'layout', layout });
        this.#chooseSizes();
      }),
    );
  }

  /** F8: kept where the room says so. A message comes again when somebody reacts to it. */
  #wrote({ number, memberId, name, text }: ChatMessage): void {
    if (!this.#parts.room.keepsChat || number <= this.#lastChat) return;
    this.#lastChat = number;
    if (!this.#paused) this.#say({ kind: 'chat', memberId, name, text });
  }

  #memberIsThere({ memberId, identity, name, onStage }: Member): void {
    if (onStage === this.#onStage.has(memberId)) return;
    if (onStage) {
      // Who loses the connection comes back as another member: the same person all the same.
      const seat = this.#seats.take(`${identity} ${name}`, this.#onStage);
      this.#onStage.set(memberId, seat);
      this.#say({ kind: 'member-on-stage', memberId, name, seat });
    } else {
      this.#onStage.delete(memberId);
      this.#say({ kind: 'member-off-stage', memberId });
    }
    this.#chooseSizes();
  }

  #trackPublished(description: TrackDescription, muted: boolean): void {
    if (this.#tracks.has(description.trackId) || this.#nextTrack > MAX_TRACKS) return;
    const number = this.#nextTrack++;
    const { journal, originUs } = this.#parts;
    const track = new RecordedTrack(description, number, {
      append: (record) => journal.append({ ...record, timeUs: Math.max(0, record.timeUs - originUs) }),
      codec: (codec) => this.#say({ kind: 'track-codec', track: number, codec }),
      paused: () => this.#paused,
      heard: (packet, arrivalUs) => this.#heard(number, description.memberId, packet, arrivalUs),
      ended: () => this.#trackEnded(description.trackId),
    });
    this.#tracks.set(description.trackId, track);
    this.#say({ kind: 'track-started', track: number, description });
    if (muted) this.#trackMuted(description.trackId, true);
    this.#chooseSizes();
    try {
      track.subscribe(this.#parts.hub);
    } catch (error) {
      // The track ended while it was being told of.
      const { log } = this.#parts;
      log.info({ trackId: description.trackId, code: error instanceof AppError ? error.code : String(error) }, 'track not recorded');
      this.#trackEnded(description.trackId);
    }
  }

  #trackMuted(trackId: string, muted: boolean): void {
    const track = this.#tracks.get(trackId);
    if (!track || track.muted === muted) return;
    track.muted = muted;
    this.#say({ kind: 'track-muted', track: track.number, muted });
    if (!muted) track.requestKeyframe();
    this.#chooseSizes();
  }

  #trackEnded(trackId: string): void {
    const track = this.#tracks.get(trackId);
    if (!track) return;
    this.#tracks.delete(trackId);
    track.close();
    this.#say({ kind: 'track-ended', track: track.number });
    this.#chooseSizes();
  }

  #highlight(memberId: string | null): void {
    if (memberId === this.#highlighted) return;
    this.#highlighted = memberId;
    this.#say({ kind: 'highlight', memberId });
    this.#chooseSizes();
  }

  /** Whom the movie will show as the speaker is wanted in the size of that tile. */
  #heard(track: number, memberId: string, packet: Uint8Array, arrivalUs: number): void {
    const [before] = this.#speakers.recent;
    this.#speakers.packet(track, memberId, packet, arrivalUs);
    this.#speakers.advance(arrivalUs, () => true);
    if (this.#speakers.recent[0] !== before && this.#parts.room.picture.layout === 'speaker') this.#chooseSizes();
  }

  #chooseSizes(): void {
    const seatOf = ({ memberId }: TrackDescription): number => this.#onStage.get(memberId) ?? 0;
    const seen = [...this.#tracks.values()]
      .filter(({ description, muted }) => description.kind === 'video' && !muted && this.#onStage.has(description.memberId))
      .map(({ description }) => description)
      .sort((a, b) => seatOf(a) - seatOf(b));
    const sizes = wantedSizes({
      layout: this.#parts.room.picture.layout,
      canvas: this.#canvas,
      videos: seen,
      highlighted: this.#highlighted,
      recentSpeakers: this.#speakers.recent,
    });
    for (const [trackId, size] of sizes) this.#tracks.get(trackId)?.setWanted(size);
  }

  #say(event: TimelineEvent): void {
    const { journal, monotonicUs, originUs } = this.#parts;
    journal.append({ type: 'event', timeUs: Math.max(0, monotonicUs() - originUs), event });
  }
}

interface TrackHooks {
  /** Takes a record with its time on the server's clock. */
  append(record: Extract<JournalRecord, { type: 'packet' | 'sender-report' }>): boolean;
  codec(codec: TrackCodec): void;
  paused(): boolean;
  /** A packet of a microphone. */
  heard(packet: Uint8Array, arrivalUs: number): void;
  ended(): void;
}

/** One track on its way into the journal. */
class RecordedTrack implements TrackSink {
  readonly description: TrackDescription;
  readonly number: number;
  muted = false;
  readonly #hooks: TrackHooks;
  #codec: TrackCodec;
  #subscription: TrackSubscription | null = null;
  #wanted: 'best' | { widthPx: number; heightPx: number } = 'best';
  /** Packets were lost on the way to the disk: the pictures after them cannot be decoded. */
  #broken = false;
  #closed = false;

  constructor(description: TrackDescription, number: number, hooks: TrackHooks) {
    this.description = description;
    this.number = number;
    this.#hooks = hooks;
    this.#codec = description.codec;
  }

  /** Throws as `TrackHub.subscribe` does. The hub may call the sink before it returns. */
  subscribe(hub: TrackHub): void {
    const subscription = hub.subscribe(this.description.trackId, this, this.#wanted);
    if (this.#closed) subscription.close();
    else this.#subscription = subscription;
    this.requestKeyframe();
  }

  setWanted(wanted: 'best' | { widthPx: number; heightPx: number }): void {
    const same =
      wanted === this.#wanted ||
      (wanted !== 'best' && this.#wanted !== 'best' && wanted.widthPx === this.#wanted.widthPx && wanted.heightPx === this.#wanted.heightPx);
    if (same) return;
    this.#wanted = wanted;
    this.#subscription?.setWanted(wanted);
  }

  requestKeyframe(): void {
    if (this.description.kind === 'video') this.#subscription?.requestKeyframe();
  }

  rtp(packet: Uint8Array, arrivalUs: number): void {
    if (this.#closed || this.#hooks.paused()) return;
    const kept = this.#hooks.append({ type: 'packet', timeUs: arrivalUs, track: this.number, data: packet });
    if (kept && this.#broken) this.requestKeyframe();
    this.#broken = !kept;
    if (this.description.source === 'microphone') this.#hooks.heard(packet, arrivalUs);
  }

  /** Kept in a pause, too: it says nothing of what was said, and keeps the clocks together. */
  senderReport(report: SenderReport, arrivalUs: number): void {
    if (this.#closed) return;
    this.#hooks.append({ type: 'sender-report', timeUs: arrivalUs, track: this.number, report });
  }

  setCodec(codec: TrackCodec): void {
    if (this.#closed || codec.payloadType === this.#codec.payloadType) return;
    this.#codec = codec;
    this.#hooks.codec(codec);
  }

  ended(): void {
    if (!this.#closed) this.#hooks.ended();
  }

  close(): void {
    this.#closed = true;
    this.#subscription?.close();
    this.#subscription = null;
  }
}

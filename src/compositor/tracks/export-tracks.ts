import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, messageOf } from '../../core/errors.js';
import type { CodecName, TrackCodec, TrackDescription, TrackSource } from '../../core/media.js';
import { readJournal } from '../../journal/reader.js';
import type { TimelineEvent } from '../../journal/records.js';
import { OffsetEstimate } from '../clock/offset-estimate.js';
import { TrackClock } from '../clock/track-clock.js';
import { FRAME_RATE_HZ, SAMPLE_RATE_HZ } from '../format.js';
import { PeopleFilter } from '../people-filter.js';
import { RecordedTime } from '../recorded-time.js';
import { Timeline } from '../timeline.js';
import type { EncodedFrame } from '../video/frame-buffer.js';
import { AudioExport } from './audio-export.js';
import { LiveSpans } from './live-spans.js';
import { MatroskaFile } from './matroska.js';
import { silence, type OpusPiece } from './opus-packets.js';
import { VideoExport } from './video-export.js';
import { videoFormat, type VideoFormat } from './video-format.js';

export interface ExportJob {
  journalDir: string;
  /** Made where it is missing. */
  dir: string;
  without: readonly string[];
  /** As of a `ComposeJob`. */
  fromFrame?: number;
  toFrame?: number;
}

export interface ExportedTrack {
  path: string;
  memberId: string;
  name: string;
  source: TrackSource;
  codec: CodecName;
}

/**
 * Writes what each person sent, a file for each camera, microphone and screen, as it was received
 * (docs/tracks.md). All files begin at the same moment. Throws `AppError` `file_taken`, `export_failed`.
 */
export async function exportTracks(job: ExportJob): Promise<ExportedTrack[]> {
  const exporting = new Exporting(job);
  try {
    mkdirSync(job.dir, { recursive: true });
    const people = new PeopleFilter(job.without);
    let lastUs = 0;
    for await (const read of readJournal(job.journalDir)) {
      lastUs = Math.max(lastUs, read.timeUs);
      const record = people.pass(read);
      if (record?.type === 'event') exporting.event(record.event, record.timeUs);
      else if (record?.type === 'packet') exporting.packet(record.track, record.data, record.timeUs);
      else if (record?.type === 'sender-report') exporting.clockOf(record.track)?.report(record.report, record.timeUs);
    }
    exporting.end(lastUs);
    return exporting.files;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('export_failed', `The tracks cannot be written into ${job.dir}. (${messageOf(cause)})`, { audience: 'operator', cause });
  } finally {
    exporting.close();
  }
}

type Track = { description: TrackDescription; clock: TrackClock; live: LiveSpans } & (
  | { kind: 'audio'; audio: AudioExport }
  | { kind: 'video'; video: VideoExport }
);

/** The file that a person's source goes into now. */
interface Output {
  file: MatroskaFile;
  codec: CodecName;
  format: VideoFormat | null;
  lastMs: number;
}

class Exporting {
  readonly files: ExportedTrack[] = [];
  readonly #job: ExportJob;
  readonly #fromUs: number;
  readonly #toUs: number;
  readonly #time = new RecordedTime();
  readonly #timeline = new Timeline();
  readonly #names = new Map<string, string>();
  readonly #members = new Map<string, OffsetEstimate>();
  readonly #pictures = new Map<string, TrackClock>();
  readonly #tracks = new Map<number, Track>();
  /** By member and source. */
  readonly #outputs = new Map<string, Output>();
  readonly #cursors = new Map<string, { sample: number }>();
  readonly #taken = new Set<string>();
  #advancedUs = 0;
  #lengthUs = 0;

  constructor(job: ExportJob) {
    this.#job = job;
    this.#fromUs = ((job.fromFrame ?? 0) * 1_000_000) / FRAME_RATE_HZ;
    this.#toUs = ((job.toFrame ?? Infinity) * 1_000_000) / FRAME_RATE_HZ;
  }

  clockOf(track: number): TrackClock | undefined {
    return this.#tracks.get(track)?.clock;
  }

  event(event: TimelineEvent, timeUs: number): void {
    if (event.kind === 'paused') this.#time.pause(timeUs);
    if (event.kind === 'resumed') this.#time.resume(timeUs);
    if (event.kind === 'member-on-stage') this.#names.set(event.memberId, event.name);
    if (event.kind === 'track-started') this.#start(event.track, event.description);
    if (event.kind === 'track-codec') this.#setCodec(event.track, event.codec);
    this.#timeline.apply(event);
    for (const [number, track] of this.#tracks) track.live.set(timeUs, this.#timeline.isLive(number));
  }

  packet(number: number, data: Uint8Array, timeUs: number): void {
    const track = this.#tracks.get(number);
    if (track?.kind === 'audio') track.audio.packet(data, timeUs);
    else track?.video.packet(data, timeUs);
    // Often enough that little waits, and seldom enough to cost nothing.
    if (timeUs - this.#advancedUs < 100_000) return;
    this.#advancedUs = timeUs;
    this.#advance(timeUs);
  }

  end(timeUs: number): void {
    this.#advance(Infinity);
    this.#lengthUs = Math.max(0, Math.min(this.#time.recordedUs(timeUs), this.#toUs) - this.#fromUs);
    // All sound lasts to the end, so that files of one length lie beside each other.
    for (const [key, cursor] of this.#cursors) {
      const output = this.#outputs.get(key);
      const left = Math.round((this.#lengthUs * SAMPLE_RATE_HZ) / 1_000_000) - cursor.sample;
      for (const piece of output ? silence(left) : []) {
        this.#writeSound(key, cursor, piece);
        cursor.sample += piece.samples;
      }
    }
  }

  /** Twice is fine. */
  close(): void {
    for (const { file, lastMs } of this.#outputs.values()) file.close(Math.max(lastMs, this.#lengthUs / 1000));
  }

  #advance(nowUs: number): void {
    for (const track of this.#tracks.values()) {
      if (track.kind === 'audio') track.audio.advance(nowUs);
      else track.video.advance(nowUs);
    }
  }

  #start(number: number, description: TrackDescription): void {
    const { kind, source, memberId, codec } = description;
    const key = `${memberId} ${source}`;
    const member = this.#members.get(memberId) ?? new OffsetEstimate();
    this.#members.set(memberId, member);
    const live = new LiveSpans();
    const placeOf = (journalUs: number): number | null => {
      const recordedUs = this.#time.recordedUs(journalUs);
      return live.at(journalUs) && recordedUs >= this.#fromUs && recordedUs < this.#toUs ? recordedUs - this.#fromUs : null;
    };
    if (kind === 'audio' && codec.name === 'opus') {
      const picture = `${memberId} ${source === 'microphone' ? 'camera' : 'screen'}`;
      const clock = new TrackClock(codec.clockRateHz, member, () => this.#pictures.get(picture));
      const cursor = this.#cursors.get(key) ?? { sample: 0 };
      this.#cursors.set(key, cursor);
      const audio = new AudioExport(clock, placeOf, cursor, (piece, atSample) => this.#sound(key, description, piece, atSample));
      this.#tracks.set(number, { description, clock, live, kind, audio });
    } else if (kind === 'video') {
      const clock = new TrackClock(codec.clockRateHz, member);
      this.#pictures.set(key, clock);
      const video = new VideoExport(clock, placeOf, (frame, atUs) => this.#picture(key, description, frame, atUs));
      video.setCodec(codec);
      this.#tracks.set(number, { description, clock, live, kind, video });
    }
  }

  #setCodec(number: number, codec: TrackCodec): void {
    const track = this.#tracks.get(number);
    if (track?.kind === 'video') track.video.setCodec(codec);
  }

  #sound(key: string, description: TrackDescription, piece: OpusPiece, atSample: number): void {
    if (!this.#outputs.has(key)) {
      const head = Buffer.from('OpusHead\x01\x02\0\0\0\0\0\0\0\0\0', 'latin1');
      head.writeUInt32LE(SAMPLE_RATE_HZ, 12);
      this.#open(key, description, { codec: 'opus', codecId: 'A_OPUS', codecPrivate: head, format: null });
    }
    this.#writeSound(key, { sample: atSample }, piece);
  }

  #writeSound(key: string, cursor: { sample: number }, piece: OpusPiece): void {
    const output = this.#outputs.get(key);
    const atMs = Math.round((cursor.sample * 1000) / SAMPLE_RATE_HZ);
    output?.file.write(atMs, piece.data, true);
    if (output) output.lastMs = atMs;
  }

  #picture(key: string, description: TrackDescription, frame: EncodedFrame, atUs: number): void {
    let output = this.#outputs.get(key);
    if (output && output.codec !== frame.codec) {
      output.file.close(output.lastMs);
      this.#outputs.delete(key);
      output = undefined;
    }
    if (!output) {
      const format = frame.keyframe ? videoFormat(frame) : null;
      if (!format) return;
      const { codecId, codecPrivate } = format;
      output = this.#open(key, description, { codec: frame.codec, codecId, codecPrivate, format });
    }
    const data = output.format?.frame(frame);
    if (!data) return;
    output.lastMs = Math.max(output.lastMs + 1, Math.round(atUs / 1000));
    output.file.write(output.lastMs, data, frame.keyframe);
  }

  #open(
    key: string,
    { memberId, source }: TrackDescription,
    { codec, codecId, codecPrivate, format }: Pick<Output, 'codec' | 'format'> & { codecId: string; codecPrivate: Uint8Array | null },
  ): Output {
    const name = this.#names.get(memberId) ?? 'Somebody';
    const path = this.#freePath(`${fileSafe(name)} - ${source}`, format?.extension ?? 'webm');
    try {
      const file = new MatroskaFile(path, { codecId, codecPrivate, size: format?.size ?? null, name: `${name}, ${source}`, webm: format?.webm ?? true });
      const output = { file, codec, format, lastMs: -1 };
      this.#outputs.set(key, output);
      this.files.push({ path, memberId, name, source, codec });
      return output;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      throw new AppError('file_taken', `${path} is there already; name another folder, or move it away.`, { cause });
    }
  }

  #freePath(stem: string, extension: string): string {
    for (let count = 1; ; count++) {
      const path = join(this.#job.dir, `${stem}${count > 1 ? ` (${count})` : ''}.${extension}`);
      if (this.#taken.has(path.toLowerCase())) continue;
      this.#taken.add(path.toLowerCase());
      return path;
    }
  }
}

/** What of a name a file may have; the compositor knows nothing of the names of recordings. */
function fileSafe(name: string): string {
  const safe = name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .replace(/[/\\:*?"<>|]/gu, '_')
    .replace(/\s+/gu, ' ')
    .replace(/^[\s.]+|[\s.]+$/gu, '');
  return [...safe].slice(0, 60).join('') || 'Somebody';
}

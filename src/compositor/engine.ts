import type { I420, NativeAddon, RectPx } from '../../native/index.js';
import type { LayoutName } from '../core/layouts.js';
import type { CodecName, SizePx, TrackDescription } from '../core/media.js';
import type { JournalRecord, TimelineEvent } from '../journal/records.js';
import { AudioTrack } from './audio/audio-track.js';
import { Limiter, LIMITER_DELAY_SAMPLES } from './audio/limiter.js';
import { VoiceLevel } from './audio/voice-level.js';
import { OffsetEstimate } from './clock/offset-estimate.js';
import { TrackClock } from './clock/track-clock.js';
import { FRAME_RATE_HZ, SAMPLES_PER_FRAME, SAMPLE_RATE_HZ, LONGEST_WAIT_US, WAIT_US } from './format.js';
import { layoutTiles, type Tile } from './layout.js';
import { Motion, MOTION_FRAMES } from './layout-motion.js';
import { RecordedTime, framesIn, frameTimeUs } from './recorded-time.js';
import { Chronicle, type ChronicleFacts } from './sidecars/chronicle.js';
import { Speakers } from './speakers.js';
import { Timeline } from './timeline.js';
import { openVideoDecoder, type Decoders } from './video/decoders.js';
import { VideoTrack } from './video/video-track.js';

export interface EngineOptions {
  native: Decoders & Pick<NativeAddon, 'rotate'>;
  /** Instead of the journal's. */
  layout: LayoutName | null;
  canvas: SizePx;
  /** False: tiles jump to their places, whatever the journal says. */
  transitions?: boolean;
  /** Frames before this one are passed over: a movie that is resumed has them. */
  firstFrame: number;
}

/** One frame of the movie and its sound. */
export interface MadeFrame {
  number: number;
  /** Journal time that it shows, us. */
  timeUs: number;
  tiles: Tile[];
  /** Tiles are on their way to other places. */
  moving: boolean;
  /** A track's picture, or null where its stream stalls. Planes are valid until the next frame is made. */
  pictureOf: (trackId: string) => I420 | null;
  /** 1,600 samples of interleaved stereo; only until the next frame is made. */
  sound: Float32Array;
}

type Track = { description: TrackDescription } & (
  | { kind: 'video'; video: VideoTrack }
  | { kind: 'audio'; audio: AudioTrack }
);

/** Sound is decoded this long before the first frame that is wanted, so that decoders and mix are where they would be. */
const WARM_UP_FRAMES = 2 * FRAME_RATE_HZ;
/** An ended track's last sound is still to be made when the journal tells of its end. */
const MIX_AHEAD_US = (LIMITER_DELAY_SAMPLES * 1_000_000) / SAMPLE_RATE_HZ;
/** Above this a picture is late by loss, not out of step with its sound. */
const MAX_SKEW_US = 200_000;

/**
 * The journal's records in, frames and sound out: a function of the records alone, whenever they are
 * read. No I/O, no clocks. Use: for each record, make frames while `due(record.timeUs)`, then `accept`
 * it; after the last one `end`, and make frames while `due(Infinity)`.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #recorded = new RecordedTime();
  readonly #timeline: Timeline;
  readonly #canvas: RectPx;
  readonly #limiter = new Limiter();
  readonly #speakers = new Speakers();
  readonly #motion = new Motion();
  readonly #chronicle = new Chronicle();
  readonly #members = new Map<string, OffsetEstimate>();
  /** A person's next microphone goes on where the last one was. */
  readonly #voices = new Map<string, VoiceLevel>();
  /** By member and source. */
  readonly #pictures = new Map<string, TrackClock>();
  readonly #tracks = new Map<number, Track>();
  /** Events that no frame has reached yet. */
  #events: { timeUs: number; event: TimelineEvent }[] = [];
  #next = 0;
  #totalFrames: number | null = null;
  #title: string | null = null;
  #endUs = 0;
  #late = 0;
  #skewUs = 0;
  readonly #sound = new Float32Array(SAMPLES_PER_FRAME * 2);

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#timeline = new Timeline(options);
    this.#canvas = { x: 0, y: 0, width: options.canvas.widthPx, height: options.canvas.heightPx };
  }

  /** The meeting's title, once the journal has told it. */
  get title(): string | null {
    return this.#title;
  }

  /** Frames made or passed over. */
  get frames(): number {
    return this.#next;
  }

  /** Recorded time at a point of the journal's clock, us. */
  recordedUs(timeUs: number): number {
    return this.#recorded.recordedUs(timeUs);
  }

  /** What happened in the frames so far. */
  get chronicle(): ChronicleFacts {
    return this.#chronicle.facts();
  }

  get stats(): { late: number; skewUs: number } {
    let late = this.#late;
    for (const track of this.#tracks.values()) if (track.kind === 'video') late += track.video.stats.lateFrames;
    return { late, skewUs: this.#skewUs };
  }

  /** Whether the next frame can be made when the journal's clock stands at `nowUs`. */
  due(nowUs: number): boolean {
    if (this.#totalFrames !== null) return this.#next < this.#totalFrames;
    const timeUs = this.#recorded.journalUs(frameTimeUs(this.#next));
    if (timeUs === null || timeUs + WAIT_US > nowUs) return false;
    return timeUs + LONGEST_WAIT_US <= nowUs || !this.#awaitsSound(timeUs, nowUs);
  }

  /** Makes the next frame; null where it lies before `firstFrame`. Only while `due`. */
  make(): MadeFrame | null {
    const number = this.#next++;
    const timeUs = this.#recorded.journalUs(frameTimeUs(number)) ?? this.#endUs;
    this.#applyEvents(timeUs);
    this.#speakers.advance(timeUs, (track) => this.#timeline.isLive(track));
    this.#chronicle.hear(this.#speakers.turns(), (at) => this.recordedUs(at));
    const wanted = number >= this.#options.firstFrame;
    const seen = number > this.#options.firstFrame - MOTION_FRAMES;
    this.#mix(timeUs, number >= this.#options.firstFrame - WARM_UP_FRAMES);
    const byId = new Map<string, VideoTrack>();
    for (const track of this.#tracks.values()) {
      if (track.kind !== 'video') continue;
      track.video.advance(timeUs, seen);
      byId.set(track.description.trackId, track.video);
    }
    if (!seen) return null;
    const scene = this.#timeline.scene((number) => {
      const track = this.#tracks.get(number);
      return track?.kind === 'video' ? track.video.size : null;
    }, this.#speakers);
    const still = layoutTiles(scene, this.#canvas);
    const { tiles, moving } = this.#timeline.transitions ? this.#motion.next(still) : { tiles: still, moving: false };
    if (!wanted) return null;
    this.#measureSkew();
    return {
      number,
      timeUs,
      tiles,
      moving,
      pictureOf: (trackId) => byId.get(trackId)?.shown(timeUs) ?? null,
      sound: this.#sound,
    };
  }

  /** The sound of the frame passed over last; what an encoder that is started again hears first. */
  get sound(): Float32Array {
    return this.#sound;
  }

  accept(record: JournalRecord): void {
    switch (record.type) {
      case 'packet': {
        const track = this.#tracks.get(record.track);
        if (track?.kind === 'video') track.video.packet(record.data, record.timeUs);
        else if (track) {
          track.audio.packet(record.data, record.timeUs);
          const { source, memberId } = track.description;
          if (source === 'microphone') this.#speakers.packet(record.track, memberId, record.data, record.timeUs);
        }
        return;
      }
      case 'sender-report': {
        const track = this.#tracks.get(record.track);
        if (track?.kind === 'video') track.video.report(record.report, record.timeUs);
        else track?.audio.report(record.report, record.timeUs);
        return;
      }
      case 'event':
        this.#acceptEvent(record.timeUs, record.event);
        return;
      case 'end':
        this.end(record.timeUs);
        return;
      case 'tick':
        return;
    }
  }

  /** The journal ended at `timeUs`: what is left can be made. */
  end(timeUs: number): void {
    if (this.#totalFrames !== null) return;
    this.#endUs = timeUs;
    this.#totalFrames = framesIn(this.#recorded.recordedUs(timeUs));
  }

  /** Of a span that begins at the journal's end there is one frame all the same, so that it is a movie. */
  endNotBefore(frames: number): void {
    if (this.#totalFrames !== null) this.#totalFrames = Math.max(this.#totalFrames, frames);
  }

  close(): void {
    for (const track of this.#tracks.values()) closeTrack(track);
    this.#tracks.clear();
  }

  #acceptEvent(timeUs: number, event: TimelineEvent): void {
    if (event.kind === 'paused') this.#recorded.pause(timeUs);
    else if (event.kind === 'resumed') this.#recorded.resume(timeUs);
    else if (event.kind === 'started') this.#title = event.title;
    else if (event.kind === 'track-started') this.#startTrack(event.track, event.description);
    else if (event.kind === 'track-codec') {
      const track = this.#tracks.get(event.track);
      if (track?.kind === 'video') track.video.setCodec(event.codec);
    }
    this.#events.push({ timeUs, event });
  }

  #startTrack(number: number, description: TrackDescription): void {
    if (this.#tracks.has(number)) return;
    const { kind, codec, source, memberId } = description;
    const member = this.#members.get(memberId) ?? new OffsetEstimate();
    this.#members.set(memberId, member);
    const { native } = this.#options;
    if (kind === 'audio' && codec.name === 'opus') {
      const picture = `${memberId} ${source === 'microphone' ? 'camera' : 'screen'}`;
      const companion = () => this.#pictures.get(picture);
      const clock = new TrackClock(codec.clockRateHz, member, companion);
      const voice = source === 'microphone' ? this.#voiceOf(memberId) : null;
      const audio = new AudioTrack(clock, new native.OpusDecoder(), { companion: () => companion()?.delays, voice });
      this.#tracks.set(number, { description, kind, audio });
    } else if (kind === 'video') {
      const clock = new TrackClock(codec.clockRateHz, member);
      this.#pictures.set(`${memberId} ${source}`, clock);
      const openDecoder = (name: CodecName) => openVideoDecoder(native, name);
      const video = new VideoTrack(clock, { openDecoder, rotate: native.rotate }, source);
      video.setCodec(codec);
      this.#tracks.set(number, { description, kind, video });
    }
  }

  #voiceOf(memberId: string): VoiceLevel {
    const voice = this.#voices.get(memberId) ?? new VoiceLevel();
    this.#voices.set(memberId, voice);
    return voice;
  }

  #applyEvents(timeUs: number): void {
    let count = 0;
    for (const entry of this.#events) {
      if (entry.timeUs > timeUs) break;
      count++;
      this.#timeline.apply(entry.event);
      this.#chronicle.apply(entry.event, entry.timeUs, this.recordedUs(entry.timeUs));
      if (entry.event.kind === 'track-ended') this.#endTrack(entry.event.track);
    }
    if (count > 0) this.#events.splice(0, count);
  }

  #endTrack(number: number): void {
    const track = this.#tracks.get(number);
    if (!track) return;
    if (track.kind === 'video') this.#late += track.video.stats.lateFrames;
    closeTrack(track);
    this.#tracks.delete(number);
  }

  /** The mix runs ahead of the picture by the limiter's delay, which brings the two together again. */
  #mix(timeUs: number, decode: boolean): void {
    this.#sound.fill(0);
    for (const [number, track] of this.#tracks) {
      if (track.kind !== 'audio') continue;
      track.audio.mixInto(this.#sound, timeUs + MIX_AHEAD_US, !this.#timeline.isLive(number), decode);
    }
    if (decode) this.#limiter.process(this.#sound);
  }

  #awaitsSound(timeUs: number, nowUs: number): boolean {
    for (const [number, track] of this.#tracks) {
      if (track.kind === 'audio' && this.#timeline.isLive(number) && track.audio.isBehind(timeUs, nowUs)) return true;
    }
    return false;
  }

  #measureSkew(): void {
    const soundOf = new Map<string, number>();
    for (const track of this.#tracks.values()) {
      if (track.kind === 'audio') soundOf.set(track.description.memberId, track.audio.errorUs);
    }
    for (const track of this.#tracks.values()) {
      const sound = soundOf.get(track.description.memberId);
      if (track.kind !== 'video' || sound === undefined) continue;
      const skewUs = Math.abs(track.video.skewUs() - sound);
      if (skewUs < MAX_SKEW_US) this.#skewUs = Math.max(this.#skewUs, skewUs);
    }
  }
}

function closeTrack(track: Track): void {
  if (track.kind === 'video') track.video.close();
  else track.audio.close();
}

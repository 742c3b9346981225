import type { OpusDecoder } from '../../../native/index.js';
import type { SenderReport } from '../../core/media.js';
import { parseRtp } from '../../media/rtp/packet.js';
import { SlipMender, type Companion } from '../clock/slip-mender.js';
import type { TrackClock } from '../clock/track-clock.js';
import { SAMPLE_RATE_HZ } from '../format.js';
import { crossFade, FADE_SAMPLES, OpusStream } from './opus-stream.js';
import { RESAMPLE_MARGIN, resampleStereo } from './resample.js';
import type { VoiceLevel } from './voice-level.js';

/** Most that sound is stretched or squeezed: 1 %, a sixth of a semitone. */
const MAX_STRETCH = 0.01;
/** Further out than this (20 ms) sound jumps to its place: drift never is, a sender that lost sound may be. */
const JUMP_SAMPLES = 960;
/** Correction begins at 1.5 ms and ends at 0.1 ms: mostly samples are copied as they are. */
const CORRECT_FROM_SAMPLES = 72;
const CORRECT_TO_SAMPLES = 5;
/** An error is worked off within about this time, 1 s. */
const CORRECTION_SAMPLES = 48_000;
const TICKS_PER_US = 0.048;
/**
 * Packets go on to be decoded when they arrived by this long after the moment that is made; others when their
 * sound is wanted. The later, the more packets are known that come after them.
 */
const LEAD_US = 200_000;
/** A track of which nothing came for this long is waited for no more. */
const FALLEN_SILENT_US = 2_500_000;

export interface AudioTrackOptions {
  /** The delays of the picture that goes with this sound. */
  companion?: () => Companion | undefined;
  /** Of a microphone: whose voice it is. */
  voice?: VoiceLevel | null;
}

/**
 * One audio track from packets to sound on the movie's 48 kHz timeline. A sender's clock that runs
 * differently is followed by resampling, never by leaving out or repeating; a jump is cross-faded.
 */
export class AudioTrack {
  readonly #clock: TrackClock;
  readonly #stream: OpusStream;
  readonly #mender: SlipMender;
  readonly #voice: VoiceLevel | null;
  /** An extended timestamp of this track; positions are reckoned from it. */
  #anchor: number | null = null;
  #lastArrivalUs = 0;
  /** RTP position of the next sample; null before the first. */
  #position: number | null = null;
  #correcting = false;
  #gain = 1;
  #errorUs = 0;

  constructor(clock: TrackClock, decoder: OpusDecoder, { companion = () => undefined, voice = null }: AudioTrackOptions = {}) {
    this.#clock = clock;
    this.#stream = new OpusStream(decoder);
    this.#mender = new SlipMender(SAMPLE_RATE_HZ, companion);
    this.#voice = voice;
  }

  get stats(): { concealedSamples: number; latePackets: number } {
    return { concealedSamples: this.#stream.concealedSamples, latePackets: this.#stream.latePackets };
  }

  /** How far the sound is from its place, us; positive: heard late. */
  get errorUs(): number {
    return this.#errorUs;
  }

  packet(data: Uint8Array, arrivalUs: number): void {
    const header = parseRtp(data);
    if (!header) return;
    this.#lastArrivalUs = arrivalUs;
    this.#mender.packet(data, header.timestamp, arrivalUs);
  }

  /**
   * Whether sound for the moment `timeUs` may still be under way: packets come, but have not got there yet, or
   * it is open whether some was lost.
   */
  isBehind(timeUs: number, nowUs: number): boolean {
    const newest = this.#mender.newestTimestamp;
    if (newest === null || this.#anchor === null || nowUs - this.#lastArrivalUs > FALLEN_SILENT_US) return false;
    if (this.#clock.toJournalUs(this.#clock.peek(newest)) < timeUs) return true;
    return this.#mender.isInDoubt(Math.round(this.#positionAt(timeUs) ?? 0) % 2 ** 32, nowUs);
  }

  report(report: SenderReport, arrivalUs: number): void {
    this.#mender.report(report, arrivalUs);
  }

  /**
   * Adds the sound of `target.length / 2` samples from journal time `timeUs` on to `target`. With
   * `decode` false the place is kept and nothing is heard.
   */
  mixInto(target: Float32Array, timeUs: number, muted: boolean, decode: boolean): void {
    const frames = target.length / 2;
    this.#settle(timeUs, frames);
    const wanted = this.#positionAt(timeUs);
    if (wanted === null) return;
    const before = this.#position;
    const jumped = before === null || Math.abs(wanted - before) > JUMP_SAMPLES;
    const from = jumped ? Math.round(wanted) : before;
    const ratio = jumped ? 1 : this.#ratio(wanted - from);
    this.#errorUs = (wanted - from) / TICKS_PER_US;
    this.#position = from + frames * ratio;
    if (!decode) {
      this.#stream.skipTo(Math.floor(from) - RESAMPLE_MARGIN);
      return;
    }
    const sound = this.#read(from, ratio, frames);
    if (jumped && before !== null) crossFade(sound, this.#read(before, 1, FADE_SAMPLES));
    this.#add(target, sound, muted ? 0 : (this.#voice?.gain ?? 1));
  }

  close(): void {
    this.#stream.close();
  }

  /** Hands on what is needed for `frames` samples from `timeUs` on. */
  #settle(timeUs: number, frames: number): void {
    const isWanted = (timestamp: number): boolean => {
      const position = this.#positionAt(timeUs);
      return position !== null && this.#clock.peek(timestamp) < position + frames * (1 + MAX_STRETCH) + JUMP_SAMPLES;
    };
    for (let next = this.#mender.next(timeUs + LEAD_US, isWanted); next; next = this.#mender.next(timeUs + LEAD_US, isWanted)) {
      const { arrivalUs } = next;
      if (next.kind === 'report') {
        this.#clock.report(next.report, arrivalUs);
        continue;
      }
      const extended = this.#clock.packet(next.timestamp, arrivalUs);
      this.#anchor = extended;
      this.#stream.push(next.data, () => extended);
      this.#voice?.packet(next.data);
    }
  }

  /** Extended timestamp of the sound at a moment of the journal's clock. */
  #positionAt(timeUs: number): number | null {
    if (this.#anchor === null) return null;
    return this.#anchor + (timeUs - this.#clock.toJournalUs(this.#anchor)) * TICKS_PER_US;
  }

  #ratio(error: number): number {
    if (Math.abs(error) > CORRECT_FROM_SAMPLES) this.#correcting = true;
    if (Math.abs(error) < CORRECT_TO_SAMPLES) this.#correcting = false;
    if (!this.#correcting) return 1;
    return 1 + Math.max(-MAX_STRETCH, Math.min(MAX_STRETCH, error / CORRECTION_SAMPLES));
  }

  #read(from: number, ratio: number, frames: number): Float32Array {
    const start = Math.floor(from) - RESAMPLE_MARGIN;
    const needed = Math.ceil(frames * ratio) + 2 * RESAMPLE_MARGIN + 2;
    const source = new Float32Array(needed * 2);
    this.#stream.read(start, source);
    const sound = new Float32Array(frames * 2);
    resampleStereo(sound, source, start, from, ratio);
    return sound;
  }

  /** Muting, unmuting and any other change of the gain take 5 ms. */
  #add(target: Float32Array, sound: Float32Array, gain: number): void {
    const step = (gain - this.#gain) / FADE_SAMPLES;
    for (let i = 0; i < sound.length / 2; i++) {
      const now = i < FADE_SAMPLES ? this.#gain + step * i : gain;
      target[i * 2] = (target[i * 2] as number) + (sound[i * 2] as number) * now;
      target[i * 2 + 1] = (target[i * 2 + 1] as number) + (sound[i * 2 + 1] as number) * now;
    }
    this.#gain = gain;
  }
}

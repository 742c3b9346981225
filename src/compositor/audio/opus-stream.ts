import type { OpusDecoder } from '../../../native/index.js';
import { parseRtp } from '../../media/rtp/packet.js';
import { SequenceUnwrapper } from '../../media/rtp/sequence.js';
import { PcmRing } from './pcm-ring.js';

interface Packet {
  sequence: number;
  timestamp: number;
  payload: Uint8Array;
}

/** Opus conceals what is lost up to here, 120 ms; longer is silence. */
const MAX_CONCEALED = 5_760;
/** A hole in which no packet was lost is concealed up to here, 40 ms: its sender lost sound. Longer ones are silences. */
const MAX_SENDER_LOSS = 1_920;
/** The unit of Opus durations, 2.5 ms (RFC 6716 section 2.1.4). */
const OPUS_UNIT = 120;
/** Sound begins and ends over 5 ms, so that nothing clicks. */
export const FADE_SAMPLES = 240;
const DEFAULT_PACKET_SAMPLES = 960;
/**
 * A decoder that begins in the middle of a stream is right after 80 ms (RFC 7845 section 4.6). Before that a voice may
 * come out several times as loud as it is: nothing of it is heard.
 */
const CONVERGENCE = 3_840;
/** 20 s of 20 ms. Beyond it the oldest go. */
const MAX_PACKETS = 1_000;

/**
 * One Opus track (RFC 7587) from packets to samples at their RTP positions. Decoding is pulled: what a
 * moment needs is decoded when it is asked for, when every packet that will count has come. Losses are
 * concealed by forward error correction and the decoder's own concealment, silence is left silent.
 */
export class OpusStream {
  readonly #decoder: OpusDecoder;
  readonly #unwrapper = new SequenceUnwrapper();
  readonly #pcm = new PcmRing();
  #packets: Packet[] = [];
  #lastSequence: number | null = null;
  #lastDuration = DEFAULT_PACKET_SAMPLES;
  /** Position behind what was decoded. */
  #decodedTo: number | null = null;
  /** Samples still to be decoded before the first that is heard. */
  #unheard = CONVERGENCE;
  /** The sound before `#decodedTo` was let fade out. */
  #faded = true;
  /** How the sound before `#decodedTo` would have gone on, where what followed was covered already. */
  #onwards: Float32Array | null = null;
  #concealed = 0;
  #late = 0;

  constructor(decoder: OpusDecoder) {
    this.#decoder = decoder;
  }

  /** Samples made up for lost packets. */
  get concealedSamples(): number {
    return this.#concealed;
  }

  get latePackets(): number {
    return this.#late;
  }

  /** Takes an RTP packet; `extend` extends its timestamp. */
  push(data: Uint8Array, extend: (timestamp: number) => number): void {
    const header = parseRtp(data);
    if (!header) return;
    const timestamp = extend(header.timestamp);
    const sequence = this.#unwrapper.unwrap(header.sequence);
    if (header.payloadBytes === 0) return;
    if (this.#lastSequence !== null && sequence <= this.#lastSequence) {
      this.#late++;
      return;
    }
    let at = this.#packets.length;
    while (at > 0 && (this.#packets[at - 1] as Packet).sequence > sequence) at--;
    if (this.#packets[at - 1]?.sequence === sequence) return;
    const payload = data.subarray(header.headerBytes, header.headerBytes + header.payloadBytes);
    this.#packets.splice(at, 0, { sequence, timestamp, payload });
    if (this.#packets.length > MAX_PACKETS) this.#packets.shift();
  }

  /** Copies samples from RTP position `from` (whole) on into `target`, decoding as far as that needs. */
  read(from: number, target: Float32Array): void {
    this.#decodeTo(from + target.length / 2);
    this.#pcm.read(from, target);
  }

  /** Passes over everything up to `position` without decoding it. */
  skipTo(position: number): void {
    while ((this.#packets[0]?.timestamp ?? Infinity) < position) {
      this.#lastSequence = (this.#packets.shift() as Packet).sequence;
      this.#decodedTo = null;
    }
  }

  close(): void {
    this.#packets = [];
    this.#decoder.close();
  }

  #decodeTo(position: number): void {
    while (this.#decodedTo === null || this.#decodedTo < position) {
      const next = this.#packets[0];
      if (next && this.#concealable(next)) {
        this.#bridge(next);
        continue;
      }
      const slips = next !== undefined && this.#slips(next);
      if (!next || (next.timestamp >= position && !slips)) {
        this.#fadeOut();
        return;
      }
      this.#packets.shift();
      if (this.#decodedTo !== null && next.timestamp > this.#decodedTo && !slips) this.#fadeOut();
      this.#lastSequence = next.sequence;
      this.#decode(next);
    }
  }

  /** Whether sound is missing before `next`, little enough to be made up for. */
  #concealable(next: Packet): boolean {
    if (this.#decodedTo === null || this.#faded) return false;
    const gap = next.timestamp - this.#decodedTo;
    return this.#follows(next) ? gap > OPUS_UNIT && gap <= MAX_SENDER_LOSS : gap > OPUS_UNIT / 2 && gap <= MAX_CONCEALED;
  }

  /** Whether no packet was lost before `next`. */
  #follows(next: Packet): boolean {
    return next.sequence === (this.#lastSequence ?? NaN) + 1;
  }

  /** Whether a packet lies where the sound ends but for a few samples: a sender that rounds, and no gap. */
  #slips(next: Packet): boolean {
    return this.#decodedTo !== null && !this.#faded && Math.abs(next.timestamp - this.#decodedTo) <= OPUS_UNIT;
  }

  /** Makes up for what is missing before `next`: a lost packet by the next one's forward error correction, the rest by guessing. */
  #bridge(next: Packet): void {
    const gap = Math.round((next.timestamp - (this.#decodedTo as number)) / OPUS_UNIT) * OPUS_UNIT;
    const corrected = this.#follows(next) ? 0 : Math.min(gap, this.#lastDuration);
    if (gap > corrected) this.#conceal(gap - corrected, null);
    if (corrected > 0) this.#conceal(corrected, next.payload);
    this.#lastSequence = next.sequence - 1;
  }

  #conceal(samples: number, next: Uint8Array | null): void {
    this.#concealed += samples;
    this.#append(this.#decoder.conceal(samples, next));
  }

  #decode(packet: Packet): void {
    let samples: Float32Array;
    try {
      samples = this.#decoder.decode(packet.payload);
    } catch {
      samples = this.#decoder.conceal(this.#lastDuration, null);
    }
    this.#lastDuration = samples.length / 2;
    const unheard = this.#unheard > 0;
    if (unheard) samples = new Float32Array(samples.length);
    this.#unheard -= this.#lastDuration;
    const end = this.#decodedTo ?? -Infinity;
    if (this.#slips(packet)) {
      this.#append(samples);
      return;
    }
    const start = Math.max(packet.timestamp, end);
    // What a fade or concealment has covered already is not heard twice, and moves nothing.
    const onwards = this.#onwards ?? samples.slice(0, FADE_SAMPLES * 2);
    samples = samples.slice((start - packet.timestamp) * 2);
    this.#onwards = samples.length === 0 ? onwards : null;
    if (samples.length === 0) return;
    if (this.#faded || start > end) ramp(samples, 0, 1);
    else if (start > packet.timestamp) crossFade(samples, onwards);
    this.#decodedTo = start;
    this.#append(samples);
    this.#faded = unheard;
  }

  #append(samples: Float32Array): void {
    const at = this.#decodedTo as number;
    this.#pcm.write(Math.max(at, this.#pcm.end ?? -Infinity), samples);
    this.#decodedTo = this.#pcm.end as number;
    this.#faded = false;
  }

  #fadeOut(): void {
    if (this.#faded || this.#decodedTo === null) return;
    const tail = this.#decoder.conceal(FADE_SAMPLES, null).slice();
    ramp(tail, 1, 0);
    this.#append(tail);
    this.#faded = true;
  }
}

/** Multiplies the first `FADE_SAMPLES` of interleaved stereo by a straight line. */
export function ramp(samples: Float32Array, from: number, to: number): void {
  const frames = Math.min(FADE_SAMPLES, samples.length / 2);
  for (let i = 0; i < frames; i++) {
    const gain = from + ((to - from) * i) / frames;
    samples[i * 2] = (samples[i * 2] as number) * gain;
    samples[i * 2 + 1] = (samples[i * 2 + 1] as number) * gain;
  }
}

/** Lets interleaved stereo begin with `old` fading out and itself fading in. */
export function crossFade(samples: Float32Array, old: Float32Array): void {
  const frames = Math.min(samples.length, old.length) / 2;
  for (let i = 0; i < frames; i++) {
    const gain = i / frames;
    for (const channel of [i * 2, i * 2 + 1]) {
      samples[channel] = (samples[channel] as number) * gain + (old[channel] as number) * (1 - gain);
    }
  }
}

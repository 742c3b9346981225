import { parseRtp } from '../../media/rtp/packet.js';
import { SequenceUnwrapper } from '../../media/rtp/sequence.js';
import type { TrackClock } from '../clock/track-clock.js';
import { LONGEST_WAIT_US, SAMPLE_RATE_HZ } from '../format.js';
import { OPUS_UNIT_SAMPLES, lostPackets, opusSamples, silence, type OpusPiece } from './opus-packets.js';

/**
 * So far may a packet be from its place, 20 ms. A sender's clock that runs differently takes minutes for
 * that; then a packet is left out, or silence put in.
 */
const LARGEST_ERROR_SAMPLES = 960;
/** Losses up to here are left to the decoder to make up for; longer ones are silent, 120 ms. */
const LONGEST_LOSS_SAMPLES = 5_760;

/** Where a moment of the journal's clock is in what is exported, us; null where it is not in it. */
export type PlaceOf = (journalUs: number) => number | null;

interface Waiting {
  sequence: number;
  extended: number;
  arrivalUs: number;
  payload: Uint8Array;
}

/**
 * The Opus packets of one track in order and without a hole, so that the n-th sample is that of the n-th
 * 48,000th of a second: what is missing is silence or left to the decoder, and nothing is encoded again.
 */
export class AudioExport {
  readonly #clock: TrackClock;
  readonly #placeOf: PlaceOf;
  readonly #cursor: { sample: number };
  readonly #emit: (piece: OpusPiece, atSample: number) => void;
  readonly #unwrapper = new SequenceUnwrapper();
  #waiting: Waiting[] = [];
  #last: { sequence: number; end: number; payload: Uint8Array } | null = null;

  /** `cursor`: samples that are written; shared by the tracks that share a file. */
  constructor(clock: TrackClock, placeOf: PlaceOf, cursor: { sample: number }, emit: (piece: OpusPiece, atSample: number) => void) {
    this.#clock = clock;
    this.#placeOf = placeOf;
    this.#cursor = cursor;
    this.#emit = emit;
  }

  packet(data: Uint8Array, arrivalUs: number): void {
    const header = parseRtp(data);
    if (!header) return;
    const extended = this.#clock.packet(header.timestamp, arrivalUs);
    const sequence = this.#unwrapper.unwrap(header.sequence);
    if (header.payloadBytes === 0 || (this.#last && sequence <= this.#last.sequence)) return;
    let at = this.#waiting.length;
    while (at > 0 && (this.#waiting[at - 1] as Waiting).sequence > sequence) at--;
    if (this.#waiting[at - 1]?.sequence === sequence) return;
    const payload = data.slice(header.headerBytes, header.headerBytes + header.payloadBytes);
    this.#waiting.splice(at, 0, { sequence, extended, arrivalUs, payload });
  }

  /** Writes what nothing can come before any more at `nowUs` of the journal's clock. */
  advance(nowUs: number): void {
    while (this.#waiting[0] && this.#waiting[0].arrivalUs + LONGEST_WAIT_US <= nowUs) this.#write(this.#waiting.shift() as Waiting);
  }

  #write({ sequence, extended, payload }: Waiting): void {
    const samples = opusSamples(payload);
    const atUs = this.#placeOf(this.#clock.toJournalUs(extended));
    if (samples === null || atUs === null) return;
    const place = Math.round((atUs * SAMPLE_RATE_HZ) / 1_000_000);
    const error = place - this.#cursor.sample;
    if (error < -LARGEST_ERROR_SAMPLES) return;
    const last = this.#last;
    const follows = last !== null && extended === last.end;
    if (error >= (follows ? LARGEST_ERROR_SAMPLES : OPUS_UNIT_SAMPLES)) {
      const lost = last && sequence > last.sequence + 1 && error <= LONGEST_LOSS_SAMPLES ? lostPackets(last.payload, extended - last.end) : null;
      for (const piece of lost ?? silence(error)) this.#put(piece);
    }
    this.#put({ data: payload, samples });
    this.#last = { sequence, end: extended + samples, payload };
  }

  #put(piece: OpusPiece): void {
    this.#emit(piece, this.#cursor.sample);
    this.#cursor.sample += piece.samples;
  }
}

import { timestampDelta } from './sequence.js';

/**
 * Gives one sink one contiguous sequence and timestamp space, whatever simulcast layer its packets come
 * from. Incoming numbers are extended (sequence.ts). The spans of input that were let through are kept,
 * so that a late packet finds exactly the number that was left free for it, and a number that the sink
 * asks for again finds its packet.
 */
export interface RewrittenPacket {
  sequence: number;
  timestamp: number;
  /** Added to picture ids and TL0PICIDX (VP8, VP9), modulo their width. */
  pictureIdOffset: number;
  tl0Offset: number;
}

/** What the first packet after a switch says of itself. */
export interface SwitchPoint {
  layer: number;
  extended: number;
  timestamp: number;
  /** What turns this layer's timestamps into those of the sink; see `alignTimestamps`. */
  timestampOffset: number;
  pictureId: number | null;
  tl0PicIdx: number | null;
}

interface Span {
  layer: number;
  from: number;
  /** Last extended number, or null for the span that is still growing. */
  to: number | null;
  /** Sink's extended number minus the layer's. */
  sequenceOffset: number;
  timestampOffset: number;
  pictureIdOffset: number;
  tl0Offset: number;
}

/** Spans that are kept for late packets; each layer switch or dropped packet takes one. */
const MAX_SPANS = 64;

export class StreamRewriter {
  #spans: Span[] = [];
  /** Highest extended numbers: of the sink's sequence, and of the input in the growing span. */
  #highestOut: number;
  #highestIn = -1;
  #lastTimestamp: number | null = null;
  #lastPictureId = 0;
  #lastTl0 = 0;

  /** `firstSequence`: the 16-bit number that the sink's first packet gets. */
  constructor(firstSequence: number) {
    this.#highestOut = firstSequence + 0x10000 - 1;
  }

  /** The layer that packets are let through from now, or null before the first and while paused. */
  get layer(): number | null {
    const last = this.#spans.at(-1);
    return last !== undefined && last.to === null ? last.layer : null;
  }

  /** What turns timestamps of the newest span's layer into those of the sink. */
  get timestampOffset(): number {
    return this.#spans.at(-1)?.timestampOffset ?? 0;
  }

  /** The newest timestamp that the sink got, or null. */
  get lastTimestamp(): number | null {
    return this.#lastTimestamp;
  }

  /** Lets packets of `point.layer` through from `point.extended` on, right behind what the sink has. */
  switchTo(point: SwitchPoint): void {
    this.pause();
    let timestampOffset = point.timestampOffset;
    if (this.#lastTimestamp !== null) {
      const ahead = timestampDelta(this.#lastTimestamp, (point.timestamp + timestampOffset) >>> 0);
      // Two pictures of one timestamp would be taken for one frame.
      if (ahead <= 0) timestampOffset += 1 - ahead;
    }
    const first = this.#lastTimestamp === null;
    this.#spans.push({
      layer: point.layer,
      from: point.extended,
      to: null,
      sequenceOffset: this.#highestOut + 1 - point.extended,
      timestampOffset,
      pictureIdOffset: first || point.pictureId === null ? 0 : this.#lastPictureId + 1 - point.pictureId,
      tl0Offset: first || point.tl0PicIdx === null ? 0 : this.#lastTl0 + 1 - point.tl0PicIdx,
    });
    if (this.#spans.length > MAX_SPANS) this.#spans.shift();
    this.#highestIn = point.extended - 1;
  }

  /** Lets nothing new through until the next `switchTo`; late packets still find their place. */
  pause(): void {
    const last = this.#spans.at(-1);
    if (last === undefined || last.to !== null) return;
    if (this.#highestIn < last.from) this.#spans.pop();
    else last.to = this.#highestIn;
  }

  /** A packet of the current layer that the sink does not get: its number is not left free. */
  drop(layer: number, extended: number): void {
    const last = this.#spans.at(-1);
    if (last === undefined || last.to !== null || last.layer !== layer || extended <= this.#highestIn) return;
    if (extended === last.from) {
      last.from += 1;
      last.sequenceOffset -= 1;
      this.#highestIn = extended;
      return;
    }
    last.to = extended - 1;
    this.#highestOut = last.to + last.sequenceOffset;
    this.#highestIn = extended;
    this.#spans.push({ ...last, from: extended + 1, to: null, sequenceOffset: last.sequenceOffset - 1 });
    if (this.#spans.length > MAX_SPANS) this.#spans.shift();
  }

  /** Where a packet stands for the sink, or null where the sink does not get it. */
  map(layer: number, extended: number, timestamp: number, ids?: { pictureId: number | null; tl0PicIdx: number | null }): RewrittenPacket | null {
    const span = this.#spanOf(layer, extended);
    if (span === null) return null;
    const rewritten: RewrittenPacket = {
      sequence: (extended + span.sequenceOffset) & 0xffff,
      timestamp: (timestamp + span.timestampOffset) >>> 0,
      pictureIdOffset: span.pictureIdOffset,
      tl0Offset: span.tl0Offset,
    };
    if (span.to === null && extended > this.#highestIn) {
      this.#highestIn = extended;
      this.#highestOut = extended + span.sequenceOffset;
      this.#lastTimestamp = rewritten.timestamp;
      if (ids !== undefined && ids.pictureId !== null) this.#lastPictureId = ids.pictureId + span.pictureIdOffset;
      if (ids !== undefined && ids.tl0PicIdx !== null) this.#lastTl0 = ids.tl0PicIdx + span.tl0Offset;
    }
    return rewritten;
  }

  /** The incoming packet that the sink knows by `sequence`, or null. */
  find(sequence: number): { layer: number; extended: number } | null {
    const behind = (this.#highestOut - sequence) & 0xffff;
    if (behind > 0x7fff) return null;
    const out = this.#highestOut - behind;
    for (let i = this.#spans.length - 1; i >= 0; i -= 1) {
      const span = this.#spans[i]!;
      const extended = out - span.sequenceOffset;
      if (extended >= span.from && extended <= (span.to ?? this.#highestIn)) return { layer: span.layer, extended };
    }
    return null;
  }

  #spanOf(layer: number, extended: number): Span | null {
    for (let i = this.#spans.length - 1; i >= 0; i -= 1) {
      const span = this.#spans[i]!;
      if (span.layer === layer && extended >= span.from && (span.to === null || extended <= span.to)) return span;
    }
    return null;
  }
}

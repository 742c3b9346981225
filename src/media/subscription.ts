import { randomInt } from 'node:crypto';
import type { SenderReport, TrackCodec, TrackSink, TrackSubscription, WantedSize } from '../core/media.js';
import type { IncomingLayer } from './layer.js';
import type { ForwardPacket, PublishedTrack } from './published-track.js';
import { offsetByArrival, offsetByReports } from './rtp/align.js';
import { chooseLayer } from './rtp/layers.js';
import { buildRtp } from './rtp/packet.js';
import { StreamRewriter } from './rtp/rewriter.js';

/** The SSRC of forwarded packets; each sink has one stream, and a browser's subscriber writes its own. */
const FORWARDED_SSRC = 1;

/** One sink's hold on a track: picks the layer and rewrites its packets into the sink's one stream. */
export class Subscription implements TrackSubscription {
  readonly track: PublishedTrack;
  readonly #sink: TrackSink;
  readonly #closedByOwner: () => void;
  // Below 2^15, so that a lost first packet leaves no doubt about the roll-over counter (RFC 3711 section 3.3.1).
  readonly #rewriter = new StreamRewriter(randomInt(0x8000));
  #wanted: WantedSize;
  #hidden = false;
  #budgetBps = Number.POSITIVE_INFINITY;
  /** The layer that the sink is to have, and the one that its timestamps are counted in. */
  #target: IncomingLayer | null = null;
  #anchor: { layer: IncomingLayer; timestampOffset: number } | null = null;
  #closed = false;

  constructor(track: PublishedTrack, sink: TrackSink, wanted: WantedSize, owner: { closed: () => void }) {
    this.track = track;
    this.#sink = sink;
    this.#wanted = wanted;
    this.#closedByOwner = owner.closed;
  }

  /** Null while the sink shows nothing. */
  get wanted(): WantedSize | null {
    return this.#hidden ? null : this.#wanted;
  }

  start(nowUs: number): void {
    this.#sink.setCodec(this.track.description.codec, nowUs);
    this.choose(nowUs);
    this.requestKeyframe();
    if (this.#target?.report) this.senderReport(this.#target, nowUs);
  }

  setWanted(wanted: WantedSize): void {
    if (this.#closed) return;
    const wasHidden = this.#hidden;
    this.#wanted = wanted;
    this.#hidden = false;
    if (wasHidden) this.requestKeyframe();
    this.track.wantedChanged();
  }

  /** Nothing is forwarded until the next `setWanted`. */
  hide(): void {
    if (this.#closed || this.#hidden) return;
    this.#hidden = true;
    this.interrupt();
    this.track.wantedChanged();
  }

  /** The most that this sink's layer may take, bits per second. */
  setBudget(budgetBps: number): void {
    this.#budgetBps = budgetBps;
  }

  requestKeyframe(): void {
    if (!this.#closed && this.track.isVideo) this.#target?.keyframes.request();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closedByOwner();
  }

  trackEnded(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sink.ended();
  }

  /** Stops forwarding; it goes on with the next keyframe, or the next packet of sound. */
  interrupt(): void {
    this.#rewriter.pause();
  }

  changeCodec(codec: TrackCodec, nowUs: number): void {
    this.interrupt();
    this.#sink.setCodec(codec, nowUs);
  }

  /** Looks for the fitting layer. The change itself happens at that layer's next keyframe. */
  choose(nowUs: number): void {
    const { layers } = this.track;
    const now = this.#target === null ? null : layers.indexOf(this.#target);
    const index = chooseLayer(this.track.layerFacts(nowUs), this.#wanted, this.#budgetBps, now);
    const current = this.#target !== null && layers.includes(this.#target) ? this.#target : null;
    const chosen = (index === null ? null : layers[index]) ?? current ?? layers[0] ?? null;
    if (chosen === this.#target) return;
    this.#target = chosen;
    if (chosen !== null && !this.#hidden) this.requestKeyframe();
  }

  packet(forward: ForwardPacket, arrivalUs: number): void {
    if (this.#hidden) return;
    const { layer } = forward;
    if (this.#target === null) this.choose(arrivalUs);
    const startsHere = layer === this.#target && this.#rewriter.layer !== layer.id && (!this.track.isVideo || forward.facts.keyframe);
    if (!startsHere) {
      this.#forward(forward, arrivalUs);
      return;
    }
    this.#switchTo(forward, arrivalUs);
    this.#forward(forward, arrivalUs);
    // The keyframe's first packet may come last: what came before it is in the history.
    const highest = layer.unwrapper.highest ?? forward.extended;
    for (let extended = forward.extended + 1; extended <= highest; extended += 1) {
      const kept = layer.history.get(extended);
      if (kept !== null && kept.payload.length > 0) this.#forward(kept, arrivalUs);
    }
  }

  /** A packet without content. */
  dropped(layer: IncomingLayer, extended: number): void {
    this.#rewriter.drop(layer.id, extended);
  }

  /** The newest report of `layer` came in. */
  senderReport(layer: IncomingLayer, arrivalUs: number): void {
    this.#anchor ??= { layer, timestampOffset: 0 };
    if (layer.report === null || layer !== this.#anchor.layer) return;
    const report: SenderReport = {
      ...layer.report.report,
      rtpTimestamp: (layer.report.report.rtpTimestamp + this.#anchor.timestampOffset) >>> 0,
    };
    this.#sink.senderReport(report, arrivalUs);
  }

  /** The packet that the sink knows by `sequence` once more, or null where it is not kept any longer. */
  again(sequence: number): Uint8Array | null {
    const found = this.#rewriter.find(sequence);
    const layer = found === null ? undefined : this.track.layers.find((one) => one.id === found.layer);
    if (found === null || layer === undefined) return null;
    const kept = layer.history.get(found.extended);
    return kept === null || kept.payload.length === 0 ? null : this.#rewrite(kept);
  }

  #switchTo(forward: ForwardPacket, arrivalUs: number): void {
    const { layer, header } = forward;
    this.#rewriter.switchTo({
      layer: layer.id,
      extended: forward.extended,
      timestamp: header.timestamp,
      timestampOffset: this.#timestampOffset(layer, header.timestamp, arrivalUs),
      pictureId: forward.facts.numbers?.pictureId ?? null,
      tl0PicIdx: forward.facts.numbers?.tl0PicIdx ?? null,
    });
    this.#anchor = { layer, timestampOffset: this.#rewriter.timestampOffset };
  }

  #timestampOffset(layer: IncomingLayer, timestamp: number, arrivalUs: number): number {
    const anchor = this.#anchor;
    if (anchor === null) return 0;
    if (anchor.layer === layer) return anchor.timestampOffset;
    const { clockRateHz } = this.track.description.codec;
    if (layer.report !== null && anchor.layer.report !== null) {
      return anchor.timestampOffset + offsetByReports(layer.report.report, anchor.layer.report.report, clockRateHz);
    }
    if (anchor.layer.newest === null) return anchor.timestampOffset;
    return anchor.timestampOffset + offsetByArrival({ timestamp, arrivalUs }, anchor.layer.newest, clockRateHz);
  }

  #forward(forward: ForwardPacket, arrivalUs: number): void {
    const packet = this.#rewrite(forward);
    if (packet !== null) this.#sink.rtp(packet, arrivalUs);
  }

  #rewrite(forward: ForwardPacket): Uint8Array | null {
    const { header, payload, payloadType } = forward;
    const { numbers } = forward.facts;
    const place = this.#rewriter.map(forward.layer.id, forward.extended, header.timestamp, numbers ?? undefined);
    if (place === null) return null;
    const packet = buildRtp(
      {
        marker: header.marker,
        payloadType,
        sequence: place.sequence,
        timestamp: place.timestamp,
        ssrc: FORWARDED_SSRC,
        extensions: forward.extensions,
      },
      payload,
    );
    if (numbers === null) return packet;
    const payloadAt = packet.length - payload.length;
    if (numbers.pictureId !== null && place.pictureIdOffset !== 0) {
      const at = payloadAt + numbers.pictureIdAt;
      const id = numbers.pictureId + place.pictureIdOffset;
      if (numbers.pictureIdBits === 15) {
        packet[at] = 0x80 | ((id >> 8) & 0x7f);
        packet[at + 1] = id & 0xff;
      } else {
        packet[at] = id & 0x7f;
      }
    }
    if (numbers.tl0PicIdx !== null) packet[payloadAt + numbers.tl0PicIdxAt] = (numbers.tl0PicIdx + place.tl0Offset) & 0xff;
    return packet;
  }
}

import { AppError } from '../core/errors.js';
import type { SenderReport, SizePx, TrackCodec, TrackDescription, TrackSink, WantedSize } from '../core/media.js';
import { IncomingLayer } from './layer.js';
import { LIMITS } from './limits.js';
import { SERVER_EXTENSION_IDS, type ExtensionName } from './rtp/extensions.js';
import type { LayerFacts } from './rtp/layers.js';
import type { HeaderExtension, RtpHeader } from './rtp/packet.js';
import { payloadFacts, type PayloadFacts } from './rtp/payload-facts.js';
import { Subscription } from './subscription.js';

/** A packet of a track on its way to the sinks. */
export interface ForwardPacket {
  layer: IncomingLayer;
  extended: number;
  header: RtpHeader;
  /** Without padding. */
  payload: Uint8Array;
  /** With the server's numbers. */
  extensions: HeaderExtension[];
  /** Of the server's own numbers: that of the codec which the track had when the packet came. */
  payloadType: number;
  facts: PayloadFacts;
}

/** What became of a packet. */
export type Received = 'taken' | 'duplicate' | 'malformed';

/** Height that `best` counts as: the largest that the protocol can name. */
const BEST_HEIGHT_PX = 8_192;
const MAX_SINKS = 1_000;
const CHOICE_INTERVAL_US = 200_000;
const NO_FACTS: PayloadFacts = { keyframe: false, size: null, numbers: null };

/** A track that a member publishes: takes its layers' packets and gives each sink one stream of them. */
export class PublishedTrack {
  #description: TrackDescription;
  readonly layers: IncomingLayer[] = [];
  readonly #subscriptions = new Set<Subscription>();
  readonly #wantedHeight: (heightPx: number) => void;
  #nextLayerId = 0;
  #muted = false;
  #ended = false;
  #heightPx = -1;
  #chosenUs = 0;

  constructor(description: TrackDescription, wantedHeight: (heightPx: number) => void) {
    this.#description = description;
    this.#wantedHeight = wantedHeight;
  }

  get description(): TrackDescription {
    return this.#description;
  }

  get isVideo(): boolean {
    return this.description.kind === 'video';
  }

  get watched(): boolean {
    return this.#subscriptions.size > 0;
  }

  /** A new stream of the track; one of the same `rid` takes the place of its forerunner. */
  addLayer(ssrc: number, rid: string | null): IncomingLayer {
    const layer = new IncomingLayer(this.#nextLayerId++, ssrc, rid, this.description.codec.clockRateHz);
    const index = this.layers.findIndex((known) => known.rid === rid);
    if (index >= 0) this.layers[index] = layer;
    else if (this.layers.length < LIMITS.simulcastLayers) this.layers.push(layer);
    if (this.isVideo) layer.keyframes.request();
    return layer;
  }

  /**
   * A packet of `layer`, its retransmission framing taken off. `repaired`: it came as a retransmission.
   */
  receive(layer: IncomingLayer, packet: Uint8Array, header: RtpHeader, extensions: HeaderExtension[], arrivalUs: number, repaired: boolean): Received {
    const payload = packet.subarray(header.headerBytes, header.headerBytes + header.payloadBytes);
    const { name, payloadType } = this.#description.codec;
    const empty = payload.length === 0;
    const facts = empty ? NO_FACTS : payloadFacts(name, payload);
    if (facts === null) return 'malformed';
    const extended = repaired ? layer.unwrapper.peek(header.sequence) : layer.unwrapper.unwrap(header.sequence);
    if (!repaired) layer.stats.received(extended, header.timestamp, arrivalUs);
    const forward: ForwardPacket = { layer, extended, header, payload, extensions, payloadType, facts };
    if (!layer.history.add(extended, forward, packet.length, arrivalUs)) return 'duplicate';
    if (this.isVideo) layer.nack.received(extended, arrivalUs);
    if (empty) {
      for (const subscription of this.#subscriptions) subscription.dropped(layer, extended);
      return 'taken';
    }
    if (!repaired) {
      layer.countBytes(packet.length, arrivalUs);
      layer.newest = { timestamp: header.timestamp, arrivalUs };
    }
    if (facts.keyframe) {
      layer.keyframes.satisfied();
      layer.nack.forgetBefore(extended);
      layer.widthPx = facts.size?.widthPx ?? layer.widthPx;
      layer.heightPx = facts.size?.heightPx ?? layer.heightPx;
    }
    if (this.#muted) return 'taken';
    for (const subscription of this.#subscriptions) subscription.packet(forward, arrivalUs);
    return 'taken';
  }

  /** The sender goes on in another codec: each sink gets its next keyframe, and nothing before it. */
  changeCodec(codec: TrackCodec, nowUs: number): void {
    if (codec.payloadType === this.#description.codec.payloadType) return;
    this.#description = { ...this.#description, codec };
    for (const layer of this.layers) layer.keyframes.request();
    for (const subscription of [...this.#subscriptions]) subscription.changeCodec(codec, nowUs);
  }

  senderReport(layer: IncomingLayer, report: SenderReport, arrivalUs: number): void {
    layer.report = { report, arrivalUs };
    layer.stats.senderReport(report, arrivalUs);
    for (const subscription of this.#subscriptions) subscription.senderReport(layer, arrivalUs);
  }

  /** Throws `AppError` `track_unknown`, `too_many_sinks`. */
  subscribe(sink: TrackSink, wanted: WantedSize, nowUs: number): Subscription {
    if (this.#ended) throw new AppError('track_unknown', 'This track has ended.', { status: 404 });
    if (this.#subscriptions.size >= MAX_SINKS) throw new AppError('too_many_sinks', 'This track has too many receivers.');
    const subscription = new Subscription(this, sink, wanted, {
      closed: () => {
        this.#subscriptions.delete(subscription);
        this.wantedChanged();
      },
    });
    this.#subscriptions.add(subscription);
    subscription.start(nowUs);
    this.wantedChanged();
    return subscription;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get muted(): boolean {
    return this.#muted;
  }

  setMuted(muted: boolean): void {
    if (this.#muted === muted) return;
    this.#muted = muted;
    for (const subscription of this.#subscriptions) {
      if (muted) subscription.interrupt();
      else subscription.requestKeyframe();
    }
  }

  layerFacts(nowUs: number): LayerFacts[] {
    const newestUs = Math.max(...this.layers.map((layer) => layer.newest?.arrivalUs ?? 0));
    return this.layers.map((layer) => layer.facts(nowUs, newestUs));
  }

  /** Layers come and go, pictures grow: sees to it that each sink has the fitting one. */
  tick(nowUs: number): void {
    if (!this.isVideo || nowUs - this.#chosenUs < CHOICE_INTERVAL_US) return;
    this.#chosenUs = nowUs;
    for (const subscription of this.#subscriptions) subscription.choose(nowUs);
  }

  wantedChanged(): void {
    if (!this.isVideo || this.#ended) return;
    let heightPx = 0;
    for (const subscription of this.#subscriptions) {
      const wanted = subscription.wanted;
      if (wanted !== null) heightPx = Math.max(heightPx, wanted === 'best' ? BEST_HEIGHT_PX : heightOf(wanted));
    }
    if (heightPx === this.#heightPx) return;
    this.#heightPx = heightPx;
    this.#wantedHeight(heightPx);
  }

  /** Once more, to a publisher who may have missed it. */
  tellWantedHeight(): void {
    if (this.#heightPx >= 0) this.#wantedHeight(this.#heightPx);
  }

  /** Ends the track and all its sinks. Twice is fine. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const subscriptions = [...this.#subscriptions];
    this.#subscriptions.clear();
    for (const subscription of subscriptions) subscription.trackEnded();
  }
}

function heightOf(wanted: SizePx): number {
  return wanted.heightPx;
}

/** The extensions that sinks get, from what a publisher numbered as it liked. */
export function forwardedExtensions({
  audioLevel,
  videoOrientation,
  colorSpace,
  dependencyDescriptor,
}: Record<'audioLevel' | 'videoOrientation' | 'colorSpace' | 'dependencyDescriptor', Uint8Array | null>): HeaderExtension[] {
  const extensions: HeaderExtension[] = [];
  const add = (name: ExtensionName, data: Uint8Array): void => void extensions.push({ id: SERVER_EXTENSION_IDS[name], data });
  if (audioLevel?.length === 1) add('audioLevel', audioLevel);
  if (videoOrientation?.length === 1) add('videoOrientation', videoOrientation);
  // What follows the first four bytes is of HDR.
  if (colorSpace && colorSpace.length >= 4) add('colorSpace', colorSpace.subarray(0, 4));
  if (dependencyDescriptor && dependencyDescriptor.length >= 3) add('dependencyDescriptor', dependencyDescriptor);
  return extensions;
}

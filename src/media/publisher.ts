import { randomBytes, randomInt } from 'node:crypto';
import { AppError } from '../core/errors.js';
import type { TrackDescription } from '../core/media.js';
import type { QualityLevel } from '../core/quality.js';
import { AudioLevelMeter } from './audio-level.js';
import type { IncomingLayer } from './layer.js';
import { LIMITS } from './limits.js';
import { forwardedExtensions, PublishedTrack } from './published-track.js';
import { readAudioLevel, type ExtensionIds } from './rtp/extensions.js';
import { parseRtp, readExtension, type RtpHeader } from './rtp/packet.js';
import { QualityMeter, type StreamReport } from './rtp/quality.js';
import { parseRtcp, writeDescription, writeNack, writePli, writeReceiverReport, type ReportBlock } from './rtp/rtcp.js';
import { unwrapRtx } from './rtp/rtx.js';
import { TwccRecorder } from './rtp/twcc.js';
import { readU16 } from './rtp/bytes.js';
import { agreeCodec, trackCodec, type AgreedCodec } from './sdp/codecs.js';
import { parseSdp, type SdpSection, type SessionDescription } from './sdp/parse.js';
import { extensionIds, writeAnswer, type AnswerSection } from './sdp/write.js';
import type { MediaContext } from './context.js';
import { PeerTransport } from './transport/transport.js';
import type { PublishedSection } from './types.js';

/** A section of the publisher's description that carries a track. */
interface LiveSection {
  track: PublishedTrack;
  codec: AgreedCodec;
  meter: AudioLevelMeter | null;
  rids: readonly string[];
}

/** Where packets of one SSRC go. */
interface Route {
  section: LiveSection;
  layer: IncomingLayer;
  repair: boolean;
}

export interface PublisherEvents {
  published(track: PublishedTrack): void;
  ended(track: PublishedTrack): void;
  wantedHeight(track: PublishedTrack, heightPx: number): void;
  audioLevel(levelDbov: number): void;
  quality(level: QualityLevel): void;
  state(state: 'connecting' | 'connected' | 'failed'): void;
}

const TWCC_INTERVAL_US = 60_000;
const REPORT_INTERVAL_US = 1_000_000;
const QUALITY_INTERVAL_US = 2_000_000;
const DEFAULT_ROUND_TRIP_US = 100_000;

/** What one member publishes: one peer connection, its sections' tracks, and the feedback to its sender. */
export class Publisher {
  readonly #context: MediaContext;
  readonly #member: { roomId: string; memberId: string };
  readonly #events: PublisherEvents;
  readonly #localSsrc = randomInt(1, 2 ** 32);
  readonly #sessionId = String(randomInt(2 ** 47));
  readonly #sections = new Map<string, LiveSection>();
  /** Sections that were accepted before; a rejection would end their transceivers for good. */
  readonly #accepted = new Set<string>();
  readonly #routes = new Map<number, Route>();
  /** What each SSRC said of itself: senders stop saying it when they know that it arrived, and a section that is used again keeps its SSRCs. */
  readonly #told = new Map<number, { mid: string; rid: string | null }>();
  #transport: PeerTransport | null = null;
  #peerFingerprint = '';
  #peerFragment = '';
  #failed = false;
  #ids: ExtensionIds = {};
  #twcc = new TwccRecorder();
  #version = 0;
  #twccUs = 0;
  #reportUs = 0;
  #roundTripUs = DEFAULT_ROUND_TRIP_US;
  readonly #quality = new QualityMeter();
  #toldQuality: { level: QualityLevel; atUs: number } | null = null;
  #unknownLooks = { second: 0, count: 0 };
  #closed = false;

  constructor(context: MediaContext, member: { roomId: string; memberId: string }, events: PublisherEvents) {
    this.#context = context;
    this.#member = member;
    this.#events = events;
  }

  get tracks(): PublishedTrack[] {
    return [...this.#sections.values()].map((section) => section.track);
  }

  /** Throws `AppError` `sdp_invalid`, `no_usable_codec`, `too_many_tracks`; then nothing has changed. */
  publish(offerSdp: string, wanted: readonly PublishedSection[]): string {
    const offer = parseSdp(offerSdp);
    if (wanted.length > LIMITS.tracksPerConnection) throw new AppError('too_many_tracks', 'Too many tracks are published at once.');
    const sources = new Map(wanted.map((section) => [section.mid, section.source]));
    if (sources.size !== wanted.length) throw new AppError('sdp_invalid', 'A media section is named twice.');
    const answers = offer.sections.map((section) => this.#answerOf(section, sources.has(section.mid)));
    const received = answers.filter((one) => one.answer === 'receive');
    if (wanted.length > 0 && received.length === 0) {
      throw new AppError('no_usable_codec', 'None of the offered codecs can be used; video needs VP8, VP9, H.264 or AV1, and sound Opus.');
    }
    for (const { section } of received) {
      const source = sources.get(section.mid);
      const isAudio = source === 'microphone' || source === 'screen-audio';
      if (isAudio !== (section.kind === 'audio')) throw new AppError('sdp_invalid', 'A media section does not show what it is named.');
    }
    const transport = this.#transportFor(offer);
    this.#ids = extensionIds(received.map(({ section }) => section));
    for (const mid of [...this.#sections.keys()]) {
      if (!received.some(({ section }) => section.mid === mid)) this.#endSection(mid);
    }
    for (const one of received) this.#takeSection(one.section, one.codec, sources.get(one.section.mid)!);
    this.#version += 1;
    return writeAnswer(
      {
        sessionId: this.#sessionId,
        version: this.#version,
        local: { ...transport.local, ...this.#context.port.candidates() },
      },
      answers,
    );
  }

  /** False where the transport has failed: only a new peer connection of the browser's helps. */
  get alive(): boolean {
    return !this.#failed;
  }

  /** Says again what each track is wanted at, to a browser that may have missed it. */
  tellWantedHeights(): void {
    for (const { track } of this.#sections.values()) track.tellWantedHeight();
  }

  /** Feedback that is due: NACK, PLI, transport-wide feedback, receiver reports. */
  tick(nowUs: number): void {
    const transport = this.#transport;
    if (transport === null) return;
    transport.tick(nowUs);
    if (!transport.connected) return;
    for (const section of this.#sections.values()) {
      section.track.tick(nowUs);
      for (const layer of section.track.layers) this.#layerFeedback(section, layer, nowUs);
    }
    if (nowUs - this.#twccUs >= TWCC_INTERVAL_US) {
      this.#twccUs = nowUs;
      const mediaSsrc = this.#routes.keys().next().value ?? 0;
      for (const report of this.#twcc.reports(this.#localSsrc, mediaSsrc)) transport.sendRtcp(report);
    }
    if (nowUs - this.#reportUs >= REPORT_INTERVAL_US) {
      this.#reportUs = nowUs;
      this.#receiverReport(nowUs);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const mid of [...this.#sections.keys()]) this.#endSection(mid);
    this.#transport?.close();
  }

  #answerOf(section: SdpSection, wanted: boolean): AnswerSection {
    const codec = section.kind === 'other' ? null : agreeCodec(section);
    if (codec === null || section.port === 0 || !/^UDP\/TLS\/RTP\/SAVPF$/.test(section.protocol)) return { answer: 'reject', section };
    const sends = section.direction === 'sendonly' || section.direction === 'sendrecv';
    if (wanted && sends) return { answer: 'receive', section, codec };
    return sends && !this.#accepted.has(section.mid) ? { answer: 'reject', section } : { answer: 'inactive', section, codec };
  }

  /**
   * A new fingerprint is a new peer connection, whose tracks are new as well. A new username fragment alone is an ICE
   * restart (RFC 8839 section 4.4.1.1.1): the tracks go on, on another way.
   */
  #transportFor({ fingerprint, fragment }: SessionDescription): PeerTransport {
    const restarts = this.#peerFragment !== fragment;
    this.#peerFragment = fragment;
    if (this.#transport !== null && this.#peerFingerprint === fingerprint) {
      if (restarts) this.#transport.restart();
      return this.#transport;
    }
    for (const mid of [...this.#sections.keys()]) this.#endSection(mid);
    this.#transport?.close();
    this.#accepted.clear();
    this.#told.clear();
    this.#twcc = new TwccRecorder();
    this.#peerFingerprint = fingerprint;
    this.#failed = false;
    const transport = new PeerTransport(this.#context.port, this.#context.certificate, {
      connected: () => this.#events.state('connected'),
      moved: () => {
        for (const { track } of this.#sections.values()) if (track.isVideo) for (const layer of track.layers) layer.keyframes.request();
      },
      failed: () => {
        this.#failed = true;
        for (const mid of [...this.#sections.keys()]) this.#endSection(mid);
        this.#peerFingerprint = '';
        this.#events.state('failed');
      },
      rtp: (packet, arrivalUs) => this.#rtp(packet, arrivalUs),
      rtcp: (packet, arrivalUs) => this.#rtcp(packet, arrivalUs),
    });
    transport.setRemoteFingerprint(fingerprint);
    this.#transport = transport;
    this.#events.state('connecting');
    return transport;
  }

  #takeSection(section: SdpSection, codec: AgreedCodec, source: PublishedSection['source']): void {
    this.#accepted.add(section.mid);
    const known = this.#sections.get(section.mid);
    if (known !== undefined && known.track.description.source === source) {
      known.codec = codec;
      known.track.changeCodec(trackCodec(codec.row), this.#context.clock.monotonicUs());
      known.rids = section.rids;
      this.#bindAnnounced(section, known);
      return;
    }
    if (known !== undefined) this.#endSection(section.mid);
    const description: TrackDescription = {
      ...this.#member,
      trackId: randomBytes(12).toString('hex'),
      kind: codec.row.kind,
      source,
      codec: trackCodec(codec.row),
    };
    const track = new PublishedTrack(description, (heightPx) => this.#events.wantedHeight(track, heightPx));
    const live: LiveSection = { track, codec, meter: source === 'microphone' ? new AudioLevelMeter() : null, rids: section.rids };
    this.#sections.set(section.mid, live);
    this.#bindAnnounced(section, live);
    this.#events.published(track);
  }

  /** Without simulcast the offer itself names the SSRCs. */
  #bindAnnounced(section: SdpSection, live: LiveSection): void {
    if (section.rids.length > 0) return;
    const repairs = new Set(section.rtxOf.values());
    const primary = section.ssrcs.find((ssrc) => !repairs.has(ssrc));
    if (primary === undefined) return;
    const layer = this.#routes.get(primary)?.layer ?? this.#bind(live, primary, null);
    const repair = section.rtxOf.get(primary);
    if (layer !== null && repair !== undefined) this.#route(repair, { section: live, layer, repair: true });
  }

  #bind(section: LiveSection, ssrc: number, rid: string | null): IncomingLayer | null {
    if (this.#routes.size >= LIMITS.ssrcsPerConnection) return null;
    const layer = section.track.addLayer(ssrc, rid);
    this.#route(ssrc, { section, layer, repair: false });
    return layer;
  }

  #route(ssrc: number, route: Route): void {
    if (this.#routes.size < LIMITS.ssrcsPerConnection) this.#routes.set(ssrc, route);
  }

  #endSection(mid: string): void {
    const section = this.#sections.get(mid);
    if (section === undefined) return;
    this.#sections.delete(mid);
    for (const [ssrc, route] of this.#routes) if (route.section === section) this.#routes.delete(ssrc);
    section.track.end();
    this.#events.ended(section.track);
  }

  #rtp(packet: Uint8Array, arrivalUs: number): void {
    const header = parseRtp(packet);
    if (header === null) {
      this.#context.port.stats.droppedMalformed += 1;
      return;
    }
    const { transportSequence } = this.#ids;
    const transportWide = transportSequence === undefined ? null : readExtension(packet, header, transportSequence);
    if (transportWide !== null && transportWide.length >= 2) this.#twcc.record(readU16(transportWide, 0), arrivalUs);
    const route = this.#routes.get(header.ssrc) ?? this.#discover(packet, header, arrivalUs);
    if (route === null) {
      this.#context.counters.unknownSsrc += 1;
      return;
    }
    if (route.repair) this.#repaired(route, packet, header, arrivalUs);
    else if (header.payloadType === route.section.codec.offered.payloadType) this.#media(route, packet, header, arrivalUs, false);
  }

  #media(route: Route, packet: Uint8Array, header: RtpHeader, arrivalUs: number, repaired: boolean): void {
    const ids = this.#ids;
    const read = (id: number | undefined): Uint8Array | null => (id === undefined ? null : readExtension(packet, header, id));
    const level = read(ids.audioLevel);
    const { track, meter, codec } = route.section;
    const extensions = forwardedExtensions({
      audioLevel: level,
      videoOrientation: read(ids.videoOrientation),
      colorSpace: read(ids.colorSpace),
      dependencyDescriptor: codec.row.name === 'AV1' ? read(ids.dependencyDescriptor) : null,
    });
    if (meter !== null && level !== null) {
      const told = meter.add(track.muted ? 127 : (readAudioLevel(level) ?? 127), arrivalUs);
      if (told !== null) this.#events.audioLevel(told);
    }
    const received = track.receive(route.layer, packet, header, extensions, arrivalUs, repaired);
    if (received === 'malformed') this.#context.port.stats.droppedMalformed += 1;
    else if (received === 'taken' && repaired) this.#context.counters.repaired += 1;
  }

  #repaired(route: Route, packet: Uint8Array, header: RtpHeader, arrivalUs: number): void {
    if (header.payloadType !== route.section.codec.rtx?.payloadType) return;
    const original = unwrapRtx(packet, header, route.layer.ssrc, route.section.codec.offered.payloadType);
    // Senders fill up with retransmissions that hold nothing, to probe for bandwidth.
    if (original === null) return;
    const originalHeader = parseRtp(original);
    if (originalHeader === null) return;
    const askedUs = route.layer.nack.askedAtUs(route.layer.unwrapper.peek(originalHeader.sequence));
    if (askedUs !== null) this.#roundTripUs = this.#roundTripUs * 0.875 + (arrivalUs - askedUs) * 0.125;
    this.#media(route, original, originalHeader, arrivalUs, true);
  }

  /** Finds the section and layer of a new SSRC by the packet's mid and rid (RFC 9143 section 9.2, RFC 8853). */
  #discover(packet: Uint8Array, header: RtpHeader, arrivalUs: number): Route | null {
    const second = Math.floor(arrivalUs / 1e6);
    if (this.#unknownLooks.second !== second) this.#unknownLooks = { second, count: 0 };
    if (this.#unknownLooks.count >= LIMITS.unknownSsrcs) return null;
    this.#unknownLooks.count += 1;
    const text = (id: number | undefined): string | null => {
      const data = id === undefined ? null : readExtension(packet, header, id);
      return data === null ? null : Buffer.from(data).toString('latin1');
    };
    const told = this.#told.get(header.ssrc);
    const mid = text(this.#ids.mid) ?? told?.mid ?? '';
    const section = this.#sections.get(mid);
    if (section === undefined) return null;
    const isRepair = header.payloadType === section.codec.rtx?.payloadType;
    const rid = (isRepair ? text(this.#ids.repairedRid) : text(this.#ids.rid)) ?? told?.rid ?? null;
    if (section.rids.length > 0 && (rid === null || !section.rids.includes(rid))) return null;
    const layerRid = section.rids.length > 0 ? rid : null;
    if (isRepair) {
      const layer = section.track.layers.find((one) => one.rid === layerRid);
      if (layer !== undefined) this.#route(header.ssrc, { section, layer, repair: true });
    } else if (header.payloadType === section.codec.offered.payloadType) {
      this.#bind(section, header.ssrc, layerRid);
    }
    const route = this.#routes.get(header.ssrc);
    if (route === undefined) return null;
    if (this.#told.size < LIMITS.ssrcsPerConnection || told) this.#told.set(header.ssrc, { mid, rid });
    return route;
  }

  #rtcp(datagram: Uint8Array, arrivalUs: number): void {
    const packets = parseRtcp(datagram);
    if (packets === null) {
      this.#context.port.stats.droppedMalformed += 1;
      return;
    }
    for (const packet of packets) {
      if (packet.type !== 'sender-report') continue;
      const route = this.#routes.get(packet.ssrc);
      if (route !== undefined && !route.repair) route.section.track.senderReport(route.layer, packet.report, arrivalUs);
    }
  }

  #layerFeedback(section: LiveSection, layer: IncomingLayer, nowUs: number): void {
    const { track, codec } = section;
    if (!track.isVideo || this.#transport === null || layer.newest === null) return;
    if (track.watched && codec.offered.feedback.includes('nack')) {
      const lost = layer.nack.due(nowUs, this.#roundTripUs);
      if (lost.length > 0) {
        this.#context.counters.nacksSent += lost.length;
        this.#transport.sendRtcp(writeNack(this.#localSsrc, layer.ssrc, lost.map((extended) => extended & 0xffff)));
      }
      if (layer.nack.takeBroken()) layer.keyframes.request();
    }
    if (track.watched && layer.keyframes.due(nowUs)) {
      this.#context.counters.plisSent += 1;
      this.#transport.sendRtcp(writePli(this.#localSsrc, layer.ssrc));
    }
  }

  #receiverReport(nowUs: number): void {
    const blocks: ReportBlock[] = [];
    const streams: StreamReport[] = [];
    let newestUs: number | null = null;
    for (const { track } of this.#sections.values()) {
      const { kind, codec } = track.description;
      for (const layer of track.layers) {
        const block = layer.stats.block(nowUs);
        if (block === null) continue;
        if (blocks.length < 31) blocks.push(block);
        streams.push({ kind, loss: block.fractionLost / 256, jitterMs: (block.jitter * 1000) / codec.clockRateHz });
        if (!track.muted && layer.newest !== null) newestUs = Math.max(newestUs ?? 0, layer.newest.arrivalUs);
      }
    }
    this.#tellQuality(this.#quality.add(streams, newestUs, nowUs), nowUs);
    if (blocks.length === 0) return;
    const report = writeReceiverReport(this.#localSsrc, blocks);
    this.#transport?.sendRtcp(Buffer.concat([report, writeDescription(this.#localSsrc, 'reelroom')]));
  }

  #tellQuality(level: QualityLevel | null, nowUs: number): void {
    const told = this.#toldQuality;
    if (level === null || level === told?.level || (told !== null && nowUs - told.atUs < QUALITY_INTERVAL_US)) return;
    this.#toldQuality = { level, atUs: nowUs };
    this.#events.quality(level);
  }
}

import { randomInt } from 'node:crypto';
import { AppError } from '../core/errors.js';
import type { SizePx, TrackDescription } from '../core/media.js';
import type { MediaContext } from './context.js';
import { LIMITS } from './limits.js';
import { OutgoingStream } from './outgoing-stream.js';
import type { PublishedTrack } from './published-track.js';
import { SubscriberBandwidth } from './rtp/bandwidth.js';
import { parseRtcp, type RtcpPacket } from './rtp/rtcp.js';
import { codecRow, type CodecRow } from './sdp/codecs.js';
import { parseSdpAnswer } from './sdp/parse.js';
import { writeOffer } from './sdp/write.js';
import { shareBudget } from './share-budget.js';
import { PeerTransport } from './transport/transport.js';
import type { SubscribedSection } from './types.js';

interface Section {
  mid: string;
  codec: CodecRow;
  /** What is or shall be sent on it; null: free for another track of its codec. */
  track: PublishedTrack | null;
  stream: OutgoingStream | null;
  /** The browser's last answer accepted the stream that is on it now. */
  accepted: boolean;
}

export interface SubscriberEvents {
  offer(offerId: number, sdp: string, sections: SubscribedSection[]): void;
  state(state: 'connecting' | 'connected' | 'failed'): void;
}

const DEFAULT_VIEW: SizePx = { widthPx: 640, heightPx: 360 };
const BUDGET_INTERVAL_US = 250_000;

/** What one member receives: one peer connection, offered by the server, one section per track. */
export class Subscriber {
  readonly #context: MediaContext;
  readonly #track: (trackId: string) => PublishedTrack | undefined;
  readonly #events: SubscriberEvents;
  readonly #sections: Section[] = [];
  readonly #views = new Map<string, SizePx | 'hidden'>();
  readonly #bandwidth = new SubscriberBandwidth();
  readonly #sessionId = String(randomInt(2 ** 47));
  #wanted: string[] = [];
  #transport: PeerTransport | null = null;
  #pendingOffer: number | null = null;
  #dirty = false;
  /** The next offer begins with new ICE credentials. */
  #restartDue = false;
  #failed = false;
  #offers = 0;
  #budgetUs = 0;
  #closed = false;

  constructor(context: MediaContext, track: (trackId: string) => PublishedTrack | undefined, events: SubscriberEvents) {
    this.#context = context;
    this.#track = track;
    this.#events = events;
  }

  /** False where the transport has failed: only a new peer connection of the browser's helps. */
  get alive(): boolean {
    return !this.#failed;
  }

  /** Tracks that are not published (any more) are passed over. */
  setSubscriptions(trackIds: readonly string[]): void {
    if (this.#closed) return;
    this.#wanted = [...new Set(trackIds)];
    const known = new Set(this.#wanted);
    for (const trackId of this.#views.keys()) if (!known.has(trackId)) this.#views.delete(trackId);
    this.#reconcile();
  }

  /** The browser has lost its way here: an offer with new ICE credentials, after the answer to the one that is open. */
  restart(): void {
    if (this.#closed || this.#transport === null) return;
    this.#restartDue = true;
    this.#reconcile();
  }

  /** The browser speaks through another socket, and an answer that was on its way is lost. */
  resume(): void {
    this.#pendingOffer = null;
    this.restart();
  }

  setView(trackId: string, view: SizePx | 'hidden'): void {
    if (!this.#wanted.includes(trackId)) return;
    this.#views.set(trackId, view);
    const section = this.#sections.find((one) => one.track?.description.trackId === trackId);
    const subscription = section?.stream?.subscription;
    if (!subscription) return;
    if (view === 'hidden') subscription.hide();
    else subscription.setWanted(view);
  }

  /** Throws `AppError` `sdp_invalid`, `offer_unknown`; then nothing has changed. */
  acceptAnswer(offerId: number, answerSdp: string): void {
    if (this.#pendingOffer !== offerId || this.#transport === null) {
      throw new AppError('offer_unknown', 'This answer belongs to no open offer.', { status: 409 });
    }
    const answer = parseSdpAnswer(answerSdp);
    this.#pendingOffer = null;
    // A browser that can decode nothing of what there is needs no transport yet.
    if (answer.fingerprint !== null) this.#transport.setRemoteFingerprint(answer.fingerprint);
    for (const section of this.#sections) {
      const answered = answer.sections.find((one) => one.mid === section.mid);
      const { payloadType } = section.codec;
      const receives = answered !== undefined && answered.port !== 0 && (answered.direction === 'recvonly' || answered.direction === 'sendrecv');
      section.accepted = section.track !== null && receives && answered.codecs.some((codec) => codec.payloadType === payloadType);
    }
    this.#startStreams();
    if (this.#dirty || this.#restartDue) this.#reconcile();
  }

  tick(nowUs: number): void {
    if (this.#transport === null) return;
    this.#transport.tick(nowUs);
    if (!this.#transport.connected || nowUs - this.#budgetUs < BUDGET_INTERVAL_US) return;
    this.#budgetUs = nowUs;
    const streams = this.#streams();
    const sentBps = streams.reduce((sum, stream) => sum + stream.bitsPerSecond(nowUs), 0);
    const fractionLost = Math.max(0, ...streams.map((stream) => stream.fractionLost));
    this.#bandwidth.update({ sentBps, fractionLost }, nowUs);
    shareBudget(streams.flatMap((stream) => stream.subscription ?? []), this.#bandwidth.budgetBps, nowUs);
  }

  /** A track of the room ended. */
  trackEnded(track: PublishedTrack): void {
    if (this.#sections.some((section) => section.track === track)) this.#reconcile();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const section of this.#sections) section.stream?.close();
    this.#transport?.close();
  }

  /** Brings the sections to what is wanted, and offers them where that changes anything. */
  #reconcile(): void {
    if (this.#closed) return;
    if (this.#pendingOffer !== null) {
      this.#dirty = true;
      return;
    }
    this.#dirty = false;
    const tracks = this.#wanted.flatMap((trackId) => this.#track(trackId) ?? []);
    let changed = this.#restartDue;
    for (const section of this.#sections) {
      if (section.track === null || (tracks.includes(section.track) && isOf(section, section.track))) continue;
      section.stream?.close();
      section.track = null;
      section.stream = null;
      section.accepted = false;
      changed = true;
    }
    for (const track of tracks) {
      if (this.#sections.some((section) => section.track === track)) continue;
      if (this.#assign(track)) changed = true;
    }
    if (changed) this.#offer();
  }

  #assign(track: PublishedTrack): boolean {
    const transport = this.#openTransport();
    const codec = codecRow(track.description.codec);
    let section = this.#sections.find((one) => one.track === null && one.codec === codec);
    if (section === undefined) {
      if (this.#sections.length >= LIMITS.subscribedSections) return false;
      section = { mid: String(this.#sections.length), codec, track: null, stream: null, accepted: false };
      this.#sections.push(section);
    }
    section.track = track;
    section.stream = new OutgoingStream(this.#context, transport, codec, section.mid, () => this.#reconcile());
    return true;
  }

  #offer(): void {
    const transport = this.#openTransport();
    if (this.#restartDue) transport.restart();
    this.#restartDue = false;
    this.#offers += 1;
    this.#pendingOffer = this.#offers;
    const sdp = writeOffer(
      {
        sessionId: this.#sessionId,
        version: this.#offers,
        local: { ...transport.local, ...this.#context.port.candidates() },
      },
      this.#sections.map(({ mid, codec, track, stream }) => ({
        mid,
        codec,
        send: track === null || stream === null ? null : sending(track.description, stream),
      })),
    );
    const sections = this.#sections.flatMap(({ mid, track }) => (track === null ? [] : [subscribed(mid, track.description)]));
    this.#events.offer(this.#offers, sdp, sections);
  }

  #openTransport(): PeerTransport {
    if (this.#transport !== null) return this.#transport;
    this.#transport = new PeerTransport(this.#context.port, this.#context.certificate, {
      connected: () => {
        this.#startStreams();
        this.#events.state('connected');
      },
      moved: () => {
        for (const { subscription } of this.#streams()) subscription?.requestKeyframe();
      },
      failed: () => {
        this.#failed = true;
        for (const section of this.#sections) section.stream?.close();
        this.#events.state('failed');
      },
      // A subscriber sends no media.
      rtp: () => {},
      rtcp: (packet, arrivalUs) => this.#rtcp(packet, arrivalUs),
    });
    this.#events.state('connecting');
    return this.#transport;
  }

  /** Subscribes to the tracks of all accepted sections; before the transport is up, packets would be lost. */
  #startStreams(): void {
    if (this.#transport?.connected !== true) return;
    for (const section of this.#sections) {
      const { track, stream, accepted } = section;
      if (track === null || stream === null || !accepted || stream.subscription !== null || track.ended) continue;
      // It has changed its codec while the answer was on its way.
      if (!isOf(section, track)) continue;
      const view = this.#views.get(track.description.trackId) ?? DEFAULT_VIEW;
      const wanted = view === 'hidden' ? DEFAULT_VIEW : view;
      stream.subscription = track.subscribe(stream, wanted, this.#context.clock.monotonicUs());
      if (view === 'hidden') stream.subscription.hide();
    }
  }

  #streams(): OutgoingStream[] {
    return this.#sections.flatMap((section) => section.stream ?? []);
  }

  #rtcp(datagram: Uint8Array, arrivalUs: number): void {
    const packets = parseRtcp(datagram);
    if (packets === null) {
      this.#context.port.stats.droppedMalformed += 1;
      return;
    }
    for (const packet of packets) this.#feedback(packet, arrivalUs);
  }

  #feedback(packet: RtcpPacket, nowUs: number): void {
    const stream = (ssrc: number): OutgoingStream | undefined => this.#streams().find((one) => one.ssrc === ssrc);
    switch (packet.type) {
      case 'nack':
        stream(packet.mediaSsrc)?.retransmit(packet.sequences, nowUs);
        break;
      case 'pli':
        this.#context.counters.plisReceived += 1;
        stream(packet.mediaSsrc)?.subscription?.requestKeyframe();
        break;
      case 'fir':
        for (const { ssrc } of packet.entries) stream(ssrc)?.subscription?.requestKeyframe();
        break;
      case 'remb':
        this.#bandwidth.estimated(packet.bitrateBps, nowUs);
        break;
      case 'receiver-report':
      case 'sender-report':
        for (const block of packet.blocks) {
          const reported = stream(block.ssrc);
          if (reported !== undefined) reported.fractionLost = block.fractionLost / 256;
        }
        break;
      case 'bye':
        break;
    }
  }
}

function isOf({ codec }: Section, track: PublishedTrack): boolean {
  return codec.payloadType === track.description.codec.payloadType;
}

function sending(description: TrackDescription, stream: OutgoingStream): { streamId: string; trackId: string; ssrc: number; rtxSsrc: number; cname: string } {
  // What is heard and seen together is one stream, which the browser keeps in lip-sync.
  const part = description.source === 'screen' || description.source === 'screen-audio' ? 'screen' : 'person';
  const streamId = `${description.memberId}-${part}`;
  return { streamId, trackId: description.trackId, ssrc: stream.ssrc, rtxSsrc: stream.rtxSsrc, cname: streamId };
}

function subscribed(mid: string, { trackId, memberId, kind, source }: TrackDescription): SubscribedSection {
  return { mid, trackId, memberId, kind, source };
}

import { randomInt } from 'node:crypto';
import type { SenderReport, TrackCodec, TrackSink } from '../core/media.js';
import type { MediaContext } from './context.js';
import { SERVER_EXTENSION_IDS, writeAbsSendTime } from './rtp/extensions.js';
import { buildRtp, parseRtp, readExtension, type HeaderExtension } from './rtp/packet.js';
import { middleOfNtp } from './rtp/receive-stats.js';
import { writeSenderReport } from './rtp/rtcp.js';
import { rtxPayload } from './rtp/rtx.js';
import { BitrateMeter } from './rtp/bitrate.js';
import type { CodecRow } from './sdp/codecs.js';
import type { Subscription } from './subscription.js';
import type { PeerTransport } from './transport/transport.js';

/** One packet is not sent again sooner than this: several requests of one loss are on their way at once. */
const RETRANSMIT_SPACING_US = 15_000;
/** Of a packet's extensions these go to the browser as they are. */
const { audioLevel, videoOrientation, colorSpace, dependencyDescriptor } = SERVER_EXTENSION_IDS;
const PASSED_ON = [audioLevel, videoOrientation, colorSpace, dependencyDescriptor] as const;
/** Packets whose last retransmission is remembered. */
const MAX_REMEMBERED = 1_024;

/** One track on its way to one browser: gives the packets this stream's SSRC and serves its retransmissions. */
export class OutgoingStream implements TrackSink {
  readonly ssrc = randomInt(1, 2 ** 32);
  readonly rtxSsrc = randomInt(1, 2 ** 32);
  readonly #context: MediaContext;
  readonly #transport: PeerTransport;
  readonly #codec: CodecRow;
  readonly #mid: Uint8Array;
  readonly #onOtherCodec: () => void;
  readonly #resent = new Map<number, number>();
  readonly #meter = new BitrateMeter();
  subscription: Subscription | null = null;
  /** Share of packets lost on the way to the browser, 0 to 1, by its last report. */
  fractionLost = 0;
  #rtxSequence = randomInt(0x8000);
  #packets = 0;
  #octets = 0;
  #report: { middle: number; sentUs: number } | null = null;

  constructor(context: MediaContext, transport: PeerTransport, codec: CodecRow, mid: string, onOtherCodec: () => void) {
    this.#context = context;
    this.#transport = transport;
    this.#codec = codec;
    this.#mid = Buffer.from(mid, 'latin1');
    this.#onOtherCodec = onOtherCodec;
  }

  bitsPerSecond(nowUs: number): number {
    return this.#meter.bitsPerSecond(nowUs);
  }

  rtp(packet: Uint8Array, arrivalUs: number): void {
    if (!this.#transport.reachable) {
      // Numbers that nobody sees would run away from the browser's roll-over counter (RFC 3711 section 3.3.1).
      this.subscription?.interrupt();
      return;
    }
    const sent = this.#send(packet, this.ssrc, this.#codec.payloadType, null);
    this.#packets += 1;
    this.#octets += sent;
    this.#meter.add(sent, arrivalUs);
  }

  senderReport(report: SenderReport, arrivalUs: number): void {
    this.#report = { middle: middleOfNtp(report), sentUs: arrivalUs };
    this.#transport.sendRtcp(writeSenderReport(this.ssrc, report, this.#packets >>> 0, this.#octets >>> 0));
  }

  /** The browser has to agree to another codec first, on a stream of its own. */
  setCodec(codec: TrackCodec): void {
    if (codec.payloadType === this.#codec.payloadType) return;
    this.close();
    this.#onOtherCodec();
  }

  ended(): void {
    this.subscription = null;
  }

  /** The browser's requests for packets that it lost. */
  retransmit(sequences: readonly number[], nowUs: number): void {
    this.#context.counters.nacksReceived += sequences.length;
    if (this.#codec.rtxPayloadType === null || this.subscription === null) return;
    for (const sequence of sequences) {
      const last = this.#resent.get(sequence);
      if (last !== undefined && nowUs - last < RETRANSMIT_SPACING_US) continue;
      const packet = this.subscription.again(sequence);
      if (packet === null) continue;
      this.#resent.delete(sequence);
      this.#resent.set(sequence, nowUs);
      if (this.#resent.size > MAX_REMEMBERED) this.#resent.delete(this.#resent.keys().next().value!);
      this.#context.counters.retransmitted += 1;
      this.#send(packet, this.rtxSsrc, this.#codec.rtxPayloadType, sequence);
    }
  }

  /** Round trip by a report block's own account of our sender report (RFC 3550 section 6.4.1), or null. */
  roundTripUs(lastSenderReport: number, delay: number, nowUs: number): number | null {
    if (this.#report === null || this.#report.middle !== lastSenderReport) return null;
    return Math.max(0, nowUs - this.#report.sentUs - (delay * 1e6) / 65_536);
  }

  close(): void {
    this.subscription?.close();
    this.subscription = null;
  }

  /** Sends with this browser's numbers; returns the payload's bytes. `original`: number of a retransmitted packet. */
  #send(packet: Uint8Array, ssrc: number, payloadType: number, original: number | null): number {
    const header = parseRtp(packet);
    if (header === null) return 0;
    const extensions: HeaderExtension[] = [
      { id: SERVER_EXTENSION_IDS.mid, data: this.#mid },
      { id: SERVER_EXTENSION_IDS.absSendTime, data: writeAbsSendTime(this.#context.clock.monotonicUs()) },
    ];
    for (const id of PASSED_ON) {
      const data = readExtension(packet, header, id);
      if (data !== null) extensions.push({ id, data });
    }
    const payload = packet.subarray(header.headerBytes);
    let { sequence } = header;
    if (original !== null) {
      this.#rtxSequence = (this.#rtxSequence + 1) & 0xffff;
      sequence = this.#rtxSequence;
    }
    this.#transport.sendRtp(
      buildRtp(
        { marker: header.marker, payloadType, sequence, timestamp: header.timestamp, ssrc, extensions },
        original === null ? payload : rtxPayload(original, payload),
      ),
    );
    return payload.length;
  }
}

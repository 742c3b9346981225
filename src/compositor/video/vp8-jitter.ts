import { SERVER_EXTENSION_IDS, readColorSpace, type ColorSpace } from '../../media/rtp/extensions.js';
import { parseRtp, readExtension } from '../../media/rtp/packet.js';
import { SequenceUnwrapper } from '../../media/rtp/sequence.js';
import { parseVp8Descriptor, type Vp8Descriptor } from '../../media/rtp/vp8.js';

/** A whole coded picture. */
export interface EncodedFrame {
  /** Extended RTP timestamp. */
  timestamp: number;
  keyframe: boolean;
  /** Said with the frame, if anything was. */
  colorSpace: ColorSpace | null;
  data: Uint8Array;
  /** Journal time at which its last packet came, us. */
  completeUs: number;
}

interface Packet {
  sequence: number;
  timestamp: number;
  marker: boolean;
  start: boolean;
  vp8: Vp8Descriptor;
  colorSpace: ColorSpace | null;
  payload: Uint8Array;
  arrivalUs: number;
}

interface WholeFrame {
  /** Index of its first packet in the buffer, and of the one behind its last. */
  from: number;
  to: number;
  first: Packet;
  afterGap: boolean;
}

/** Some 6 s of 5 Mbit/s. Beyond it the oldest go. */
const MAX_PACKETS = 4_096;

/**
 * Puts VP8 packets (RFC 7741) in order and gives whole frames that can be decoded, in decoding order.
 * A frame is given up only when a later one is due. After a loss it goes on where the chain of
 * references is intact (what was lost lay in a higher temporal layer), else with the next keyframe. Pure.
 */
export class Vp8Jitter {
  readonly #unwrapper = new SequenceUnwrapper();
  /** In the order of their sequence. */
  #packets: Packet[] = [];
  #nextSequence: number | null = null;
  #last: Vp8Descriptor | null = null;
  #broken = true;
  /** Frames of higher temporal layers than this need a layer sync first. */
  #intactLayer = Infinity;
  #late = 0;
  #lostFrames = 0;

  /** Packets that came when their place was already passed. */
  get latePackets(): number {
    return this.#late;
  }

  /** Frames that were received in part, or whole and not decodable. */
  get lostFrames(): number {
    return this.#lostFrames;
  }

  /** True from a loss that broke the chain until the next keyframe, and before the first one. */
  get broken(): boolean {
    return this.#broken;
  }

  get bufferedPackets(): number {
    return this.#packets.length;
  }

  /** Takes an RTP packet; `extend` extends its timestamp and is called for every well-formed one. */
  push(data: Uint8Array, arrivalUs: number, extend: (timestamp: number) => number): void {
    const header = parseRtp(data);
    if (!header) return;
    const timestamp = extend(header.timestamp);
    const sequence = this.#unwrapper.unwrap(header.sequence);
    const payload = data.subarray(header.headerBytes, header.headerBytes + header.payloadBytes);
    const vp8 = parseVp8Descriptor(payload);
    if (this.#nextSequence !== null && sequence < this.#nextSequence) {
      this.#late++;
      return;
    }
    if (!vp8) return;
    const colorSpace = readExtension(data, header, SERVER_EXTENSION_IDS.colorSpace);
    const start = vp8.startOfPartition && vp8.partitionIndex === 0;
    this.#insert({
      sequence,
      timestamp,
      marker: header.marker,
      start,
      vp8,
      colorSpace: colorSpace && readColorSpace(colorSpace),
      payload: payload.subarray(vp8.headerBytes),
      arrivalUs,
    });
  }

  /** The next decodable frame for which `due(timestamp)` holds, or null. */
  next(due: (timestamp: number) => boolean): EncodedFrame | null {
    for (;;) {
      const whole = this.#firstWhole();
      if (!whole || !due(whole.first.timestamp)) return null;
      const packets = this.#packets.slice(whole.from, whole.to);
      if (whole.afterGap && whole.from > 0) this.#lostFrames += countTimestamps(this.#packets.slice(0, whole.from));
      this.#packets.splice(0, whole.to);
      this.#nextSequence = (packets.at(-1) as Packet).sequence + 1;
      if (this.#decodable(whole)) return toFrame(packets);
      this.#lostFrames++;
    }
  }

  /** The decoder refused a frame: nothing that refers to it is of use. */
  breakChain(): void {
    this.#broken = true;
  }

  #insert(packet: Packet): void {
    let at = this.#packets.length;
    while (at > 0 && (this.#packets[at - 1] as Packet).sequence > packet.sequence) at--;
    if (this.#packets[at - 1]?.sequence === packet.sequence) return;
    this.#packets.splice(at, 0, packet);
    if (this.#packets.length <= MAX_PACKETS) return;
    const dropped = this.#packets.splice(0, MAX_PACKETS / 4);
    this.#nextSequence = (dropped.at(-1) as Packet).sequence + 1;
    this.#lostFrames += countTimestamps(dropped);
    this.#last = null;
  }

  #firstWhole(): WholeFrame | null {
    const packets = this.#packets;
    for (let from = 0; from < packets.length; ) {
      const first = packets[from] as Packet;
      let to = from + 1;
      // A frame's packets follow one another; it ends with its marker, or before another timestamp.
      while (to < packets.length && this.#follows(to) && packets[to]?.timestamp === first.timestamp) to++;
      const ended = packets[to - 1]?.marker === true || (to < packets.length && this.#follows(to));
      if (first.start && ended) {
        const contiguous = from === 0 && (this.#nextSequence === null || first.sequence === this.#nextSequence);
        return { from, to, first, afterGap: !contiguous };
      }
      from = to;
    }
    return null;
  }

  #follows(index: number): boolean {
    return this.#packets[index]?.sequence === (this.#packets[index - 1]?.sequence ?? NaN) + 1;
  }

  #decodable({ first: { vp8 }, afterGap }: WholeFrame): boolean {
    const last = this.#last;
    if (vp8.keyframe) {
      this.#broken = false;
      this.#intactLayer = Infinity;
    } else if (afterGap && !this.#broken && !sameChain(last, vp8)) {
      this.#broken = true;
    } else if (afterGap && !isNextPicture(last, vp8)) {
      this.#intactLayer = 0;
    }
    if (this.#broken) return false;
    const layer = vp8.temporalId ?? 0;
    if (layer > this.#intactLayer) {
      if (!vp8.layerSync) return false;
      this.#intactLayer = layer;
    }
    this.#last = vp8;
    return true;
  }
}

/** Whether no picture lies between the two. */
function isNextPicture(last: Vp8Descriptor | null, vp8: Vp8Descriptor): boolean {
  if (!last || last.pictureId === null || vp8.pictureId === null || last.pictureIdBits !== vp8.pictureIdBits) return false;
  return ((last.pictureId + 1) & (2 ** vp8.pictureIdBits - 1)) === vp8.pictureId;
}

/** Whether every picture of the base layer between the two was decoded (RFC 7741 section 4.2, TL0PICIDX). */
function sameChain(last: Vp8Descriptor | null, vp8: Vp8Descriptor): boolean {
  if (isNextPicture(last, vp8)) return true;
  if (!last || last.tl0PicIdx === null || vp8.tl0PicIdx === null || vp8.temporalId === null) return false;
  const expected = vp8.temporalId === 0 ? (last.tl0PicIdx + 1) & 0xff : last.tl0PicIdx;
  return vp8.tl0PicIdx === expected;
}

function toFrame(packets: Packet[]): EncodedFrame {
  const first = packets[0] as Packet;
  const data = new Uint8Array(packets.reduce((sum, packet) => sum + packet.payload.length, 0));
  let at = 0;
  let completeUs = 0;
  let colorSpace: ColorSpace | null = null;
  for (const { payload, arrivalUs, colorSpace: said } of packets) {
    colorSpace = said ?? colorSpace;
    data.set(payload, at);
    at += payload.length;
    completeUs = Math.max(completeUs, arrivalUs);
  }
  return { timestamp: first.timestamp, keyframe: first.vp8.keyframe, colorSpace, data, completeUs };
}

function countTimestamps(packets: Packet[]): number {
  return new Set(packets.map((packet) => packet.timestamp)).size;
}

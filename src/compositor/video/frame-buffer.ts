import type { CodecName } from '../../core/media.js';
import { SERVER_EXTENSION_IDS, readColorSpace, readRotation, type ColorSpace, type Rotation } from '../../media/rtp/extensions.js';
import { parseRtp, readExtension } from '../../media/rtp/packet.js';
import { SequenceUnwrapper } from '../../media/rtp/sequence.js';
import { payloadFormat, type Part, type PayloadFormat, type PictureLink } from './payload-format.js';

/** A whole coded picture. */
export interface EncodedFrame {
  codec: CodecName;
  /** Extended RTP timestamp. */
  timestamp: number;
  keyframe: boolean;
  /** Said with the frame, if anything was. */
  colorSpace: ColorSpace | null;
  rotation: Rotation | null;
  data: Uint8Array;
  /** Journal time at which its last packet came, us. */
  completeUs: number;
}

interface Packet {
  codec: CodecName;
  sequence: number;
  timestamp: number;
  marker: boolean;
  part: Part;
  colorSpace: ColorSpace | null;
  rotation: Rotation | null;
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
 * Puts a track's video packets in order and gives whole frames that can be decoded, in decoding order.
 * A frame is given up only when a later one is due. After a loss it goes on where the chain of
 * references is known to be intact (what was lost lay in a higher temporal layer), else with the next
 * keyframe. Pure.
 */
export class FrameBuffer {
  /** By payload type. */
  readonly #formats = new Map<number, { codec: CodecName; format: PayloadFormat }>();
  readonly #unwrapper = new SequenceUnwrapper();
  /** In the order of their sequence. */
  #packets: Packet[] = [];
  #nextSequence: number | null = null;
  #last: PictureLink | null = null;
  #broken = true;
  /**
   * The sender marks the last packets of its frames. Then a frame ends there; else before another timestamp, where
   * a switch of the layer may have cut one off.
   */
  #marked = false;
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

  /** From now on packets of this payload type are of this codec. */
  setFormat(payloadType: number, codec: CodecName): void {
    const format = payloadFormat(codec);
    if (format) this.#formats.set(payloadType, { codec, format });
    else this.#formats.delete(payloadType);
  }

  /** Takes an RTP packet; `extend` extends its timestamp and is called for every well-formed one. */
  push(data: Uint8Array, arrivalUs: number, extend: (timestamp: number) => number): void {
    const header = parseRtp(data);
    if (!header) return;
    const timestamp = extend(header.timestamp);
    const sequence = this.#unwrapper.unwrap(header.sequence);
    const payload = data.subarray(header.headerBytes, header.headerBytes + header.payloadBytes);
    if (this.#nextSequence !== null && sequence < this.#nextSequence) {
      this.#late++;
      return;
    }
    const known = this.#formats.get(header.payloadType);
    const part = known?.format.read(payload);
    if (!known || !part) return;
    this.#marked ||= header.marker;
    const colorSpace = readExtension(data, header, SERVER_EXTENSION_IDS.colorSpace);
    const orientation = readExtension(data, header, SERVER_EXTENSION_IDS.videoOrientation);
    this.#insert({
      codec: known.codec,
      sequence,
      timestamp,
      marker: header.marker,
      part,
      colorSpace: colorSpace && readColorSpace(colorSpace),
      rotation: orientation && readRotation(orientation),
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
      const frame = toFrame(packets);
      if (frame && this.#decodable(frame, whole)) return frame;
      if (!frame) this.#broken = true;
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
      // A frame's packets follow one another.
      while (to < packets.length && this.#follows(to) && isSameFrame(packets[to] as Packet, first)) to++;
      const ended = packets[to - 1]?.marker === true || (!this.#marked && to < packets.length && this.#follows(to));
      if (first.part.start && ended) {
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

  #decodable({ keyframe }: EncodedFrame, { first, afterGap }: WholeFrame): boolean {
    const { link } = first.part;
    const last = this.#last;
    if (keyframe) {
      this.#broken = false;
      this.#intactLayer = Infinity;
    } else if (afterGap && !this.#broken && !sameChain(last, link)) {
      this.#broken = true;
    } else if (afterGap && !isNextPicture(last, link)) {
      this.#intactLayer = 0;
    }
    if (this.#broken) return false;
    const layer = link?.temporalId ?? 0;
    if (layer > this.#intactLayer) {
      if (!link?.layerSync) return false;
      this.#intactLayer = layer;
    }
    if (link?.switchUp) this.#intactLayer = Infinity;
    this.#last = link;
    return true;
  }
}

function isSameFrame(a: Packet, b: Packet): boolean {
  return a.timestamp === b.timestamp && a.codec === b.codec;
}

/** Whether no picture lies between the two. */
function isNextPicture(last: PictureLink | null, link: PictureLink | null): boolean {
  if (!last || !link || last.pictureId === null || link.pictureId === null) return false;
  return last.pictureIdBits === link.pictureIdBits && ((last.pictureId + 1) & (2 ** link.pictureIdBits - 1)) === link.pictureId;
}

/** Whether every picture of the base layer between the two was decoded (TL0PICIDX: RFC 7741 and RFC 9628, section 4.2). */
function sameChain(last: PictureLink | null, link: PictureLink | null): boolean {
  if (isNextPicture(last, link)) return true;
  if (!last || !link || last.tl0PicIdx === null || link.tl0PicIdx === null || link.temporalId === null) return false;
  const expected = link.temporalId === 0 ? (last.tl0PicIdx + 1) & 0xff : last.tl0PicIdx;
  return link.tl0PicIdx === expected;
}

function toFrame(packets: Packet[]): EncodedFrame | null {
  const { codec, timestamp } = packets[0] as Packet;
  const data = payloadFormat(codec)?.join(packets.map(({ part }) => part.payload));
  if (!data) return null;
  return {
    codec,
    timestamp,
    keyframe: packets.some(({ part }) => part.keyframe),
    colorSpace: packets.findLast(({ colorSpace }) => colorSpace)?.colorSpace ?? null,
    rotation: packets.findLast(({ rotation }) => rotation !== null)?.rotation ?? null,
    data,
    completeUs: Math.max(...packets.map(({ arrivalUs }) => arrivalUs)),
  };
}

function countTimestamps(packets: Packet[]): number {
  return new Set(packets.map((packet) => packet.timestamp)).size;
}

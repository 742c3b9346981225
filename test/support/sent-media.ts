import { native, type I420 } from '../../native/index.js';
import type { SenderReport, TrackCodec } from '../../src/core/media.js';
import { readJournal } from '../../src/journal/reader.js';
import { parseRtp } from '../../src/media/rtp/packet.js';
import { TrackDecoder, openVideoDecoder } from '../../src/compositor/video/decoders.js';
import { FrameBuffer, type EncodedFrame } from '../../src/compositor/video/frame-buffer.js';
import { median } from './movie-analysis.js';
import { LOOK_HEIGHT, LOOK_WIDTH, readMark, seesFlash, type MovieFrame } from './movie-frames.js';
import { beepsOf, SAMPLE_RATE_HZ } from './movie-sound.js';
import { CAMERA } from './pattern.js';

/**
 * What a browser really sent, read from the packets in a journal: every camera picture and every beep
 * with its time on the sender's own clock, by RTP timestamp and RTCP sender reports (RFC 3550 section
 * 6.4.1), the only statement about time that a receiver ever gets. A page cannot say this itself: from
 * its canvas and its audio clock to the first RTP timestamp lie tens of milliseconds that differ from
 * browser to browser. Written apart from the compositor's clocks, and it may look ahead.
 */

export interface SentFlash {
  /** The mark's number, modulo 2^bits. */
  value: number;
  /** The sender's NTP time, ms. */
  ntpMs: number;
  /** Journal time of its last packet, ms. */
  arrivedMs: number;
}

export interface SentBeep {
  ntpMs: number;
}

export interface SentPicture {
  /** By its RTP timestamp, ms; the origin is any. */
  sentMs: number;
  /** Journal time of its last packet, ms. */
  arrivedMs: number;
  /** Whether its mark can be read: what a browser without CPU or bandwidth sends may be too blurred. */
  readable: boolean;
}

export interface SentMedia {
  /** All pictures that can be decoded, in the order of their frames. */
  pictures: SentPicture[];
  /** Pictures in which the flash is lit. */
  flashes: SentFlash[];
  beeps: SentBeep[];
  /** Beeps of which nobody knows when they were: the sender's sound stood still, or some was lost right there. */
  slipped: number;
  /** Sound that the sender lost from its first packet to its last, ms. */
  lostMs: number;
}

interface Stream {
  /** In the order of their use. */
  codecs: [TrackCodec, ...TrackCodec[]];
  packets: { data: Uint8Array; timeUs: number }[];
  reports: SenderReport[];
}

/** A clock that stands this differently before and after a moment slipped around it. */
const UNSURE_MS = 8;
/** A beep this close to a loss of sound, ms, may lie on either side of it, and the loss this large. */
const AT_LOSS_MS = 200;
const LOSS_MS = 20;
/** What was sent longer than this outside of all reports has no known time. */
const OUTSIDE_MS = 8_000;
const WHOLE = { source: CAMERA, on: { x: 0, y: 0, widthPx: 1920, heightPx: 1080 } };

/** Camera and microphone of the member with this name, `frequencyHz` being that of their beep. */
export async function sentMedia(dir: string, name: string, frequencyHz: number): Promise<SentMedia> {
  const { camera, microphone } = await streamsOf(dir, name);
  return { ...(camera ? picturesIn(camera) : { pictures: [], flashes: [] }), ...(microphone ? beepsIn(microphone, frequencyHz) : { beeps: [], slipped: 0, lostMs: 0 }) };
}

async function streamsOf(dir: string, name: string): Promise<Partial<Record<'camera' | 'microphone', Stream>>> {
  const members = new Map<string, string>();
  const found: Partial<Record<'camera' | 'microphone', Stream>> = {};
  const byTrack = new Map<number, Stream>();
  for await (const record of readJournal(dir)) {
    if (record.type === 'event' && record.event.kind === 'member-on-stage') members.set(record.event.memberId, record.event.name);
    if (record.type === 'event' && record.event.kind === 'track-started') {
      const { source, memberId, codec } = record.event.description;
      if (members.get(memberId) !== name || (source !== 'camera' && source !== 'microphone')) continue;
      const stream: Stream = { codecs: [codec], packets: [], reports: [] };
      byTrack.set(record.event.track, stream);
      found[source] ??= stream;
    }
    if (record.type === 'event' && record.event.kind === 'track-codec') byTrack.get(record.event.track)?.codecs.push(record.event.codec);
    if (record.type === 'packet') byTrack.get(record.track)?.packets.push({ data: record.data.slice(), timeUs: record.timeUs });
    if (record.type === 'sender-report') byTrack.get(record.track)?.reports.push(record.report);
  }
  return found;
}

/** Extends 32-bit timestamps around the first one. */
function extender(first: number): (timestamp: number) => number {
  let newest = first + 2 ** 33;
  return (timestamp) => {
    const extended = newest + ((timestamp - (newest % 2 ** 32)) | 0);
    newest = Math.max(newest, extended);
    return extended;
  };
}

/** NTP time of timestamp zero by each report, ms, in their order. */
function originsOf(reports: SenderReport[], extend: (timestamp: number) => number, clockRateHz: number): { at: number; origin: number }[] {
  return reports
    .map((report) => {
      const at = (extend(report.rtpTimestamp) * 1000) / clockRateHz;
      return { at, origin: report.ntpSeconds * 1000 + (report.ntpFraction * 1000) / 2 ** 32 - at };
    })
    .sort((a, b) => a.at - b.at);
}

/** Places media times (ms) of a camera on the sender's clock: between its reports. Null where they leave it open. */
function cameraPlacer(points: { at: number; origin: number }[]): (at: number) => number | null {
  return (at) => {
    const before = points.findLast((point) => point.at <= at);
    const after = points.find((point) => point.at > at);
    const nearest = before ?? after;
    if (!nearest || Math.abs(at - nearest.at) > OUTSIDE_MS) return null;
    if (before && after && Math.abs(after.origin - before.origin) > UNSURE_MS) return null;
    return at + nearest.origin;
  };
}

/**
 * The same for sound. Reports about sound are rough (senders reckon in blocks of 10 ms) and rare (5 s), and a
 * sender without the CPU for it loses sound between them. On loopback the packets that waited least
 * tell to a millisecond how the sound's clock ran, and where it lost something: before that none came as
 * late, after it none as early. The reports' median tells where it stands.
 */
function soundPlacer(
  points: { at: number; origin: number }[],
  packets: { at: number; timeUs: number }[],
): { place: (at: number) => number | null; lostMs: number } {
  const leastDelay = (fromMs: number, toMs: number): number =>
    packets.reduce((least, { at, timeUs }) => (at >= fromMs && at < toMs ? Math.min(least, timeUs / 1000 - at) : least), Infinity);
  const delayAt = (at: number): number | null => {
    const [before, after, long] = [leastDelay(at - 1000, at), leastDelay(at, at + 1000), leastDelay(at, at + 3000)];
    // In a standstill nothing was sent for so long that nobody knows whether something was lost.
    return Number.isFinite(before) && after - long <= UNSURE_MS ? Math.max(before, after) : null;
  };
  const isAtLoss = (at: number): boolean => (delayAt(at + AT_LOSS_MS) ?? Infinity) - (delayAt(at - AT_LOSS_MS) ?? -Infinity) > LOSS_MS;
  const [first, last] = [packets[0]?.at ?? 0, packets.at(-1)?.at ?? 0];
  const lostMs = leastDelay(last - 2000, last + 1) - leastDelay(first, first + 2000);
  const constants = points.flatMap(({ at, origin }) => {
    const delay = delayAt(at);
    return delay === null ? [] : [origin - delay];
  });
  const constant = constants.length > 0 ? median(constants) : null;
  const place = (at: number): number | null => {
    const delay = delayAt(at);
    return delay === null || constant === null || isAtLoss(at) ? null : at + delay + constant;
  };
  return { place, lostMs };
}

function timestampOf(data: Uint8Array): number {
  return new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(4);
}

function picturesIn({ packets, reports, codecs }: Stream): Pick<SentMedia, 'pictures' | 'flashes'> {
  const [{ clockRateHz }] = codecs;
  const first = packets[0];
  if (!first) return { pictures: [], flashes: [] };
  const extend = extender(timestampOf(first.data));
  const buffer = new FrameBuffer();
  for (const { payloadType, name } of codecs) buffer.setFormat(payloadType, name);
  const frames: EncodedFrame[] = [];
  let newest = 0;
  for (const { data, timeUs } of packets) {
    buffer.push(data, timeUs, (timestamp) => {
      const extended = extend(timestamp);
      newest = Math.max(newest, extended);
      return extended;
    });
    for (let frame = buffer.next((timestamp) => timestamp < newest - clockRateHz); frame; frame = buffer.next((timestamp) => timestamp < newest - clockRateHz)) frames.push(frame);
  }
  for (let frame = buffer.next(() => true); frame; frame = buffer.next(() => true)) frames.push(frame);
  const place = cameraPlacer(originsOf(reports, extend, clockRateHz));
  const decoder = new TrackDecoder((codec) => openVideoDecoder(native(), codec));
  const canvas = emptyPicture();
  const pictures: SentPicture[] = [];
  const flashes: SentFlash[] = [];
  for (const frame of frames) {
    const { timestamp, completeUs } = frame;
    let picture: I420 | null;
    try {
      picture = decoder.decode(frame);
    } catch {
      continue;
    }
    if (!picture) continue;
    const size = { x: 0, y: 0, width: picture.width, height: picture.height };
    native().scale(canvas.picture, { x: 0, y: 0, width: LOOK_WIDTH, height: LOOK_HEIGHT }, picture, size, true);
    const reading = readMark(canvas.frame, WHOLE, CAMERA.mark);
    const [sentMs, arrivedMs] = [(timestamp * 1000) / clockRateHz, completeUs / 1000];
    pictures.push({ sentMs, arrivedMs, readable: reading !== null });
    const ntpMs = place(sentMs);
    if (reading && ntpMs !== null && seesFlash(canvas.frame, WHOLE, reading)) flashes.push({ value: reading.value, ntpMs, arrivedMs });
  }
  decoder.close();
  return { pictures, flashes };
}

function emptyPicture(): { picture: I420; frame: MovieFrame } {
  const luma = LOOK_WIDTH * LOOK_HEIGHT;
  const planes = new Uint8Array((luma * 3) / 2);
  const [y, u, v] = [planes.subarray(0, luma), planes.subarray(luma, (luma * 5) / 4), planes.subarray((luma * 5) / 4)];
  const picture = { width: LOOK_WIDTH, height: LOOK_HEIGHT, y, u, v, strideY: LOOK_WIDTH, strideU: LOOK_WIDTH / 2, strideV: LOOK_WIDTH / 2 };
  return { picture, frame: { index: 0, timeMs: 0, planes } };
}

function beepsIn({ packets, reports, codecs: [{ clockRateHz }] }: Stream, frequencyHz: number): Pick<SentMedia, 'beeps' | 'slipped' | 'lostMs'> {
  const first = packets[0];
  if (!first) return { beeps: [], slipped: 0, lostMs: 0 };
  const extend = extender(timestampOf(first.data));
  const placed = packets.map(({ data, timeUs }) => ({ data, timeUs, at: extend(timestampOf(data)) })).sort((a, b) => a.at - b.at);
  const start = placed[0]?.at ?? 0;
  const sound = new Float32Array((placed.at(-1)?.at ?? 0) - start + SAMPLE_RATE_HZ);
  const arrivals: { at: number; timeUs: number }[] = [];
  const decoder = new (native().OpusDecoder)();
  for (const { data, timeUs, at } of placed) {
    const header = parseRtp(data);
    if (!header || header.payloadBytes === 0 || arrivals.at(-1)?.at === at) continue;
    arrivals.push({ at, timeUs });
    const samples = decoder.decode(data.subarray(header.headerBytes, header.headerBytes + header.payloadBytes));
    for (let i = 0; i < samples.length / 2; i++) sound[at - start + i] = ((samples[i * 2] ?? 0) + (samples[i * 2 + 1] ?? 0)) / 2;
  }
  decoder.close();
  const msOf = (at: number): number => (at * 1000) / clockRateHz;
  const { place, lostMs } = soundPlacer(originsOf(reports, extend, clockRateHz), arrivals.map(({ at, timeUs }) => ({ at: msOf(at), timeUs })));
  const heard = beepsOf(sound, frequencyHz);
  const beeps = heard.flatMap(({ startMs }) => {
    const at = start + (startMs * SAMPLE_RATE_HZ) / 1000;
    const ntpMs = place(msOf(at));
    return ntpMs === null ? [] : [{ ntpMs }];
  });
  return { beeps, slipped: heard.length - beeps.length, lostMs };
}

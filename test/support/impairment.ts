import type { SenderReport } from '../../src/core/media.js';
import type { JournalRecord } from '../../src/journal/records.js';
import { generator } from './random.js';

/**
 * What a network does to a recorded meeting: a journal in, the journal that the server would have written over a worse
 * way out. Pure; the same seed gives the same journal. Whatever is impaired lies between the sender and the server:
 * what happened in the room stays where it is, and times never decrease, as the writer has it.
 *
 * A journal cannot ask for a keyframe. What is lost for good stays broken until the sender gave one by itself.
 */

export interface Impairment {
  seed: number;
  /** Share of packets and reports that are lost at first, 0 to 1. */
  loss?: number;
  /**
   * Mean length of a loss, packets (Gilbert-Elliott: a bad state in which all is lost). All tracks of a person share the
   * state, as they share the way. Left out: each packet by itself.
   */
  burstPackets?: number;
  /** Share of lost packets that are sent again and come 80 to 240 ms later. */
  repaired?: number;
  /** Up to this much later comes each packet, ms. */
  jitterMs?: number;
  /** Each packet is late by itself, and they overtake one another. Left out: a queue that grows and shrinks, one for all tracks of a person. */
  reorders?: boolean;
  /** Share of packets that come once more, up to 50 ms later. */
  duplicates?: number;
  /** Nothing at all comes in this span, and none of it is sent again. */
  blackoutMs?: readonly [number, number];
  /** Sequence numbers start at 65,400 to 65,535, timestamps wrap within the first three seconds. */
  rebased?: boolean;
}

type Packet = Extract<JournalRecord, { type: 'packet' }>;
type Arriving = Packet | Extract<JournalRecord, { type: 'sender-report' }>;

const REPAIR_MS = [80, 240] as const;
const DUPLICATE_MS = 50;

export function impaired(records: readonly JournalRecord[], impairment: Impairment): JournalRecord[] {
  const { jitterMs = 0, reorders = false, duplicates = 0, blackoutMs } = impairment;
  const random = generator(impairment.seed);
  const isDark = (us: number): boolean => blackoutMs !== undefined && us >= blackoutMs[0] * 1000 && us < blackoutMs[1] * 1000;
  const ways = new Map<string, Way>();
  const wayOf = waysOf(records, () => new Way(random, impairment), ways);
  const made: JournalRecord[] = [];
  const rebased = impairment.rebased ? rebase(records, random) : records;
  for (const record of rebased) {
    if (!arrives(record)) {
      made.push(record);
      continue;
    }
    const way = wayOf(record.track);
    const lost = way.loses();
    const repairMs = REPAIR_MS[0] + random() * (REPAIR_MS[1] - REPAIR_MS[0]);
    const repairedUs = record.type === 'packet' && random() < (impairment.repaired ?? 0) ? repairMs * 1000 : null;
    const queuedUs = reorders ? record.timeUs + random() * jitterMs * 1000 : way.queued(record.timeUs, jitterMs);
    const [twice, laterUs] = [random() < duplicates, random() * DUPLICATE_MS * 1000];
    if (lost && repairedUs === null) continue;
    const timeUs = Math.round(lost ? queuedUs + (repairedUs ?? 0) : queuedUs);
    if (isDark(record.timeUs) || isDark(timeUs)) continue;
    made.push({ ...record, timeUs });
    if (twice && record.type === 'packet') made.push({ ...record, timeUs: Math.round(timeUs + laterUs) });
  }
  return inOrder(made);
}

/**
 * The journal, then silence, then the journal once more: the same senders, whose clocks have gone on and who have sent on
 * all the while, over a way that was dark. They begin again with a keyframe, as the server asks for one. The room's
 * events happen once; so a track that ended or changed its codec is not for this.
 */
export function playedAgain(records: readonly JournalRecord[], silenceMs: number): JournalRecord[] {
  const end = records.at(-1);
  if (end?.type !== 'end') throw new Error('only a journal that was closed can be played again');
  const shiftUs = end.timeUs + silenceMs * 1000;
  const rates = ratesOf(records);
  const sent = new Map<number, number>();
  for (const [track, packets] of packetsByTrack(records)) {
    const first = packets[0] as Packet;
    const newest = packets.reduce((most, { data }) => Math.max(most, (sequenceOf(data) - sequenceOf(first.data)) & 0xffff), 0);
    sent.set(track, newest + 1 + Math.round(((newest + 1) * silenceMs * 1000) / end.timeUs));
  }
  const again = records.filter((record) => arrives(record) || record.type === 'tick').map((record): JournalRecord => {
    const timeUs = record.timeUs + shiftUs;
    if (!arrives(record)) return { ...record, timeUs };
    const ticks = Math.round((shiftUs * (rates.get(record.track) ?? 0)) / 1e6);
    if (record.type === 'packet') return { ...record, timeUs, data: shifted(record.data, sent.get(record.track) ?? 0, ticks) };
    return { ...record, timeUs, report: laterReport(record.report, shiftUs, ticks) };
  });
  const silent: JournalRecord[] = [];
  for (let timeUs = end.timeUs; timeUs < shiftUs; timeUs += 50_000) silent.push({ type: 'tick', timeUs });
  return [...records.slice(0, -1), ...silent, ...again, { ...end, timeUs: end.timeUs + shiftUs }];
}

/** From one person to the server. */
class Way {
  readonly #random: () => number;
  readonly #toBad: number;
  readonly #toGood: number;
  #bad = false;
  #lastUs = 0;
  #fromUs = 0;
  #fromLevel = 0;
  #toUs = 0;
  #toLevel = 0;

  constructor(random: () => number, { loss = 0, burstPackets }: Impairment) {
    this.#random = random;
    // Without bursts each packet's state is drawn anew.
    this.#toGood = burstPackets === undefined ? 1 - loss : 1 / burstPackets;
    this.#toBad = loss === 0 ? 0 : (loss * this.#toGood) / (1 - loss);
  }

  loses(): boolean {
    this.#bad = this.#random() < (this.#bad ? 1 - this.#toGood : this.#toBad);
    return this.#bad;
  }

  /** When a packet comes out of the queue: its length goes straight from one level to the next, and nobody overtakes. */
  queued(timeUs: number, jitterMs: number): number {
    while (timeUs >= this.#toUs) {
      [this.#fromUs, this.#fromLevel] = [this.#toUs, this.#toLevel];
      [this.#toUs, this.#toLevel] = [this.#fromUs + (100 + this.#random() * 500) * 1000, this.#random()];
    }
    const part = (timeUs - this.#fromUs) / (this.#toUs - this.#fromUs);
    const level = this.#fromLevel + (this.#toLevel - this.#fromLevel) * part;
    this.#lastUs = Math.max(this.#lastUs, timeUs + level * jitterMs * 1000);
    return this.#lastUs;
  }
}

function waysOf(records: readonly JournalRecord[], open: () => Way, ways: Map<string, Way>): (track: number) => Way {
  const members = new Map<number, string>();
  for (const record of records) {
    if (record.type === 'event' && record.event.kind === 'track-started') members.set(record.event.track, record.event.description.memberId);
  }
  return (track) => {
    const member = members.get(track) ?? '';
    const way = ways.get(member) ?? open();
    ways.set(member, way);
    return way;
  };
}

/**
 * In the order of arrival. The server hears of a codec by its first packet, and writes that down before it; what comes
 * for a track that has ended, or behind the end, it does not keep.
 */
function inOrder(made: JournalRecord[]): JournalRecord[] {
  const endUs = made.at(-1)?.type === 'end' ? (made.at(-1)?.timeUs ?? 0) : Infinity;
  const heard = made.map((record): JournalRecord => {
    if (record.type !== 'event' || record.event.kind !== 'track-codec') return record;
    const { track, codec } = record.event;
    const first = made.reduce((least, other) => (other.type === 'packet' && other.track === track && payloadTypeOf(other.data) === codec.payloadType ? Math.min(least, other.timeUs) : least), Infinity);
    return Number.isFinite(first) ? { ...record, timeUs: first } : record;
  });
  const ended = new Map<number, number>();
  for (const record of heard) if (record.type === 'event' && record.event.kind === 'track-ended') ended.set(record.event.track, record.timeUs);
  return heard
    .map((record, at) => ({ record, rank: record.type === 'end' ? 2 : record.type === 'event' ? 0 : 1, at }))
    .filter(({ record }) => !arrives(record) || (record.timeUs < endUs && record.timeUs < (ended.get(record.track) ?? Infinity)))
    .sort((a, b) => a.record.timeUs - b.record.timeUs || a.rank - b.rank || a.at - b.at)
    .map(({ record }) => record);
}

/** Packets and reports of each track by the same amounts, so that all that they say of one another stays true. */
function rebase(records: readonly JournalRecord[], random: () => number): JournalRecord[] {
  const rates = ratesOf(records);
  const shifts = new Map<number, { sequence: number; ticks: number }>();
  for (const [track, [first]] of packetsByTrack(records)) {
    if (!first) continue;
    const sequence = 65_400 + Math.floor(random() * 136) - sequenceOf(first.data);
    const ticks = 2 ** 32 - Math.floor(random() * 3 * (rates.get(track) ?? 0)) - timestampOf(first.data);
    shifts.set(track, { sequence, ticks });
  }
  return records.map((record) => {
    const shift = arrives(record) ? shifts.get(record.track) : undefined;
    if (!shift) return record;
    if (record.type === 'packet') return { ...record, data: shifted(record.data, shift.sequence, shift.ticks) };
    if (record.type === 'sender-report') return { ...record, report: laterReport(record.report, 0, shift.ticks) };
    return record;
  });
}

function arrives(record: JournalRecord): record is Arriving {
  return record.type === 'packet' || record.type === 'sender-report';
}

function ratesOf(records: readonly JournalRecord[]): Map<number, number> {
  return new Map(records.flatMap((record) => (record.type === 'event' && record.event.kind === 'track-started' ? [[record.event.track, record.event.description.codec.clockRateHz] as const] : [])));
}

function packetsByTrack(records: readonly JournalRecord[]): Map<number, Packet[]> {
  const byTrack = new Map<number, Packet[]>();
  for (const record of records) if (record.type === 'packet') byTrack.set(record.track, [...(byTrack.get(record.track) ?? []), record]);
  return byTrack;
}

const viewOf = (data: Uint8Array): DataView => new DataView(data.buffer, data.byteOffset, data.byteLength);
const payloadTypeOf = (data: Uint8Array): number => (data[1] ?? 0) & 0x7f;
const sequenceOf = (data: Uint8Array): number => viewOf(data).getUint16(2);
const timestampOf = (data: Uint8Array): number => viewOf(data).getUint32(4);

function shifted(data: Uint8Array, sequence: number, ticks: number): Uint8Array {
  const copy = data.slice();
  viewOf(copy).setUint16(2, sequenceOf(data) + sequence);
  viewOf(copy).setUint32(4, modulo(timestampOf(data) + ticks));
  return copy;
}

function laterReport({ ntpSeconds, ntpFraction, rtpTimestamp }: SenderReport, byUs: number, ticks: number): SenderReport {
  const fraction = ntpFraction + Math.round(((byUs % 1e6) / 1e6) * 2 ** 32);
  return { ntpSeconds: ntpSeconds + Math.floor(byUs / 1e6) + Math.floor(fraction / 2 ** 32), ntpFraction: modulo(fraction), rtpTimestamp: modulo(rtpTimestamp + ticks) };
}

const modulo = (value: number): number => ((value % 2 ** 32) + 2 ** 32) % 2 ** 32;

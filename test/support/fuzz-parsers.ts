import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CodecName } from '../../src/core/media.js';
import { FrameBuffer } from '../../src/compositor/video/frame-buffer.js';
import { payloadFormat } from '../../src/compositor/video/payload-format.js';
import { crc32c } from '../../src/journal/crc32c.js';
import { RECORD_HEAD_BYTES, SegmentDecoder } from '../../src/journal/format.js';
import { readJournal } from '../../src/journal/reader.js';
import { readColorSpace, readRotation } from '../../src/media/rtp/extensions.js';
import { parseRtp, readExtension } from '../../src/media/rtp/packet.js';
import { payloadFacts } from '../../src/media/rtp/payload-facts.js';
import { parseRtcp } from '../../src/media/rtp/rtcp.js';
import { unwrapRtx } from '../../src/media/rtp/rtx.js';
import { fixtures } from './fixtures.js';
import { generator } from './random.js';

/**
 * The parsers in TypeScript that meet what strangers send or a disk has damaged: real packets and journals with bytes
 * changed, cut, doubled and spliced. Nothing may throw, run beyond its time, or read more than was given.
 */

export const PARSERS = ['packets', 'depacketisers', 'journal', 'journal-folder'] as const;
export type Parser = (typeof PARSERS)[number];

export interface Fuzzed {
  inputs: number;
  /** CPU time of the slowest input, ms; the least of several tries. */
  slowestMs: number;
  /** What went wrong, with the path of the input that did it; null: nothing. */
  failure: string | null;
}

export interface FuzzOptions {
  seconds: number;
  seed: number;
  /** Where a failing input is kept. */
  out: string;
}

/** Of one input, which has one packet, the packets of a few frames, or 100 KB of a journal. */
const BUDGET_MS: Record<Parser, number> = { packets: 5, depacketisers: 5, journal: 30, 'journal-folder': 100 };
const CODECS: readonly CodecName[] = ['VP8', 'VP9', 'H264', 'AV1', 'opus'];
/** So many packets of one track, one behind the other. */
const RUN_PACKETS = 24;
const JOURNAL_BYTES = 100_000;

export async function fuzzParser(parser: Parser, { seconds, seed, out }: FuzzOptions): Promise<Fuzzed> {
  const { samples, run } = await OPENED[parser]();
  const random = generator(seed);
  const result: Fuzzed = { inputs: 0, slowestMs: 0, failure: null };
  const endMs = performance.now() + seconds * 1000;
  while (performance.now() < endMs) {
    const input = mutated(samples, random);
    result.inputs++;
    const failure = await tried(input, run, BUDGET_MS[parser], result);
    if (failure === null) continue;
    const path = join(out, `failed-${parser}-${seed}-${result.inputs}`);
    await mkdir(out, { recursive: true });
    await writeFile(path, input);
    return { ...result, failure: `${failure}; the input is ${path}` };
  }
  return result;
}

type Run = (input: Uint8Array) => void | Promise<void>;

/** The oracle of time counts CPU, and only what is slow every time: a busy machine is not. */
async function tried(input: Uint8Array, run: Run, budgetMs: number, result: Fuzzed): Promise<string | null> {
  let least = Infinity;
  for (let turn = 0; turn < 5 && least > budgetMs; turn++) {
    const before = process.cpuUsage();
    try {
      await run(input);
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  result.slowestMs = Math.max(result.slowestMs, least);
  return least > budgetMs ? `it takes ${least.toFixed(1)} ms` : null;
}

/** A sample with a few changes, or two spliced. */
function mutated(samples: readonly Uint8Array[], random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes = (samples[below(samples.length)] as Uint8Array).slice();
  for (let changes = 1 + below(6); changes > 0; changes--) {
    const at = below(bytes.length + 1);
    // Headers stand in front, and are what parsers are about.
    const near = random() < 0.5 ? below(Math.min(bytes.length, 40)) : at;
    const kind = below(7);
    if (kind <= 2 && bytes.length > 0) bytes[near % bytes.length] = kind === 0 ? below(256) : (bytes[near % bytes.length] as number) ^ (1 << below(8));
    else if (kind === 3 && bytes.length > 0) bytes[near % bytes.length] = [0, 1, 127, 128, 255][below(5)] as number;
    else if (kind === 4) bytes = bytes.slice(0, at);
    else if (kind === 5) bytes = Buffer.concat([bytes.subarray(0, at), (samples[below(samples.length)] as Uint8Array).subarray(below(60))]).subarray(0, JOURNAL_BYTES + 1_000);
    else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + below(40)))]);
  }
  return Uint8Array.from(bytes);
}

const OPENED: Record<Parser, () => Promise<{ samples: Uint8Array[]; run: Run }>> = {
  async packets() {
    const samples = (await packetRuns()).flatMap(({ packets }) => packets.filter((_, at) => at % 3 === 0));
    return { samples, run: readPacket };
  },
  async depacketisers() {
    const runs = await packetRuns();
    return { samples: runs.map(({ codec, packets }) => joined(codec, packets)), run: depacketise };
  },
  async journal() {
    return { samples: await journalBytes(), run: readSegment };
  },
  async 'journal-folder'() {
    const samples = await journalBytes();
    const dir = await mkdtemp(join(tmpdir(), 'reelroom-journal-'));
    process.once('exit', () => void rm(dir, { recursive: true, force: true }));
    return { samples, run: (input) => readFolder(dir, input) };
  },
};

function readPacket(input: Uint8Array): void {
  parseRtcp(input);
  for (const codec of CODECS) payloadFacts(codec, input);
  const header = parseRtp(input);
  if (!header) return;
  if (header.headerBytes + header.payloadBytes + header.paddingBytes !== input.length) throw new Error('lengths do not add up');
  for (let id = 1; id < 16; id++) {
    const found = readExtension(input, header, id);
    if (!found) continue;
    readColorSpace(found);
    readRotation(found);
  }
  unwrapRtx(input, header, 1, 96);
  const payload = input.subarray(header.headerBytes, header.headerBytes + header.payloadBytes);
  for (const codec of CODECS) {
    payloadFacts(codec, payload);
    payloadFormat(codec)?.read(payload);
  }
}

/** One byte names the codec, then come packets behind their lengths. */
function joined(codec: CodecName, packets: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([Uint8Array.of(CODECS.indexOf(codec)), ...packets.flatMap((packet) => [Uint8Array.of(packet.length >> 8, packet.length & 0xff), packet])]);
}

function depacketise(input: Uint8Array): void {
  const codec = CODECS[(input[0] ?? 0) % CODECS.length] as CodecName;
  const buffer = new FrameBuffer();
  for (let type = 0; type < 128; type++) buffer.setFormat(type, codec);
  let given = 0;
  const take = (due: boolean): void => {
    for (let frame = buffer.next(() => due); frame; frame = buffer.next(() => due)) given += frame.data.length;
  };
  for (let at = 1; at + 2 <= input.length; ) {
    const length = ((input[at] as number) << 8) | (input[at + 1] as number);
    buffer.push(input.subarray(at + 2, at + 2 + length), at, (timestamp) => timestamp);
    take(at % 3 === 0);
    at += 2 + length;
  }
  take(true);
  // Start codes and sizes are added, and no more.
  if (given > input.length * 6 + 100) throw new Error(`${given} bytes of frames from ${input.length}`);
}

/** As it is, and with checksums that fit: then the bodies of damaged records are read, too. */
function readSegment(input: Uint8Array): void {
  decodeSegment(input, true);
  decodeSegment(withChecksums(input), false);
}

function decodeSegment(input: Uint8Array, checked: boolean): void {
  const decoder = new SegmentDecoder();
  let lastUs = 0;
  for (let at = 0; at < input.length; at += 9_001) {
    decoder.feed(input.subarray(at, at + 9_001));
    for (let record = decoder.next(); record; record = decoder.next()) {
      if (!Number.isFinite(record.timeUs) || (checked && record.timeUs < lastUs)) throw new Error(`time goes from ${lastUs} to ${record.timeUs}`);
      lastUs = record.timeUs;
    }
  }
  decoder.end(true);
}

function withChecksums(input: Uint8Array): Uint8Array {
  const bytes = Buffer.from(input);
  if (bytes.length < 8) return bytes;
  const headerBytes = bytes.readUInt16LE(6);
  if (headerBytes < 12 || headerBytes > bytes.length) return bytes;
  let crc = crc32c(bytes, 0, 0, headerBytes - 4);
  bytes.writeUInt32LE(crc, headerBytes - 4);
  for (let at = headerBytes; at + RECORD_HEAD_BYTES <= bytes.length; ) {
    const end = at + RECORD_HEAD_BYTES + bytes.readUIntLE(at + 4, 3);
    if (end > bytes.length) break;
    crc = crc32c(bytes, crc, at + 4, end);
    bytes.writeUInt32LE(crc, at);
    at = end;
  }
  return bytes;
}

async function readFolder(dir: string, input: Uint8Array): Promise<void> {
  await writeFile(join(dir, '000000.rrj'), input);
  const reader = readJournal(dir);
  for await (const record of reader) if (!Number.isFinite(record.timeUs)) throw new Error('a record without a time');
  if (!reader.end) throw new Error('the journal has no end');
}

async function packetRuns(): Promise<{ codec: CodecName; packets: Uint8Array[] }[]> {
  const runs: { codec: CodecName; packets: Uint8Array[] }[] = [];
  for (const { dir } of await fixtures()) {
    const codecs = new Map<string, CodecName>();
    const byTrack = new Map<string, Uint8Array[]>();
    for await (const record of readJournal(dir)) {
      if (record.type === 'event' && record.event.kind === 'track-started') codecs.set(`${record.event.track} ${record.event.description.codec.payloadType}`, record.event.description.codec.name);
      if (record.type === 'event' && record.event.kind === 'track-codec') codecs.set(`${record.event.track} ${record.event.codec.payloadType}`, record.event.codec.name);
      if (record.type !== 'packet') continue;
      const key = `${record.track} ${parseRtp(record.data)?.payloadType}`;
      const packets = byTrack.get(key) ?? [];
      packets.push(record.data.slice());
      byTrack.set(key, packets);
    }
    for (const [key, packets] of byTrack) for (const from of [0, 60]) runs.push({ codec: codecs.get(key) ?? 'opus', packets: packets.slice(from, from + RUN_PACKETS) });
  }
  return runs.filter(({ packets }) => packets.length > 0);
}

async function journalBytes(): Promise<Uint8Array[]> {
  return Promise.all((await fixtures()).map(async ({ dir }) => (await readFile(join(dir, '000000.rrj'))).subarray(0, JOURNAL_BYTES)));
}

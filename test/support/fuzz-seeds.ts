import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FrameBuffer } from '../../src/compositor/video/frame-buffer.js';
import type { CodecName } from '../../src/core/media.js';
import { readJournal } from '../../src/journal/reader.js';
import { parseRtp } from '../../src/media/rtp/packet.js';
import { x264Messages } from '../../src/compositor/encoders/x264-messages.js';
import { fixtures } from './fixtures.js';
import { generator } from './random.js';

/** What the harnesses of native/fuzz begin with: frames and packets that browsers really sent, and messages as we write them. */

/** Of one input; native/fuzz/frames.h reads 32 frames at most. */
const MAX_BYTES = 48_000;
const MAX_FRAMES = 12;
const SEEDS_OF_A_TRACK = 4;

export const HARNESSES = ['vp8', 'vp9', 'av1', 'h264', 'opus', 'kernels', 'x264'] as const;
export type Harness = (typeof HARNESSES)[number];

/** Writes the seeds of every harness to `dir/HARNESS/`. */
export async function writeFuzzSeeds(dir: string): Promise<void> {
  const seeds = new Map<Harness, Uint8Array[]>(HARNESSES.map((harness) => [harness, []]));
  for (const { dir: journal } of await fixtures()) for (const { harness, frames } of await tracksOf(journal)) seeds.get(harness)?.push(...sequences(frames));
  const random = generator(7);
  const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(random() * 256));
  for (let i = 0; i < 24; i++) seeds.get('kernels')?.push(Uint8Array.from([0, i % 4, ...noise(60)]));
  seeds.get('x264')?.push(...[[], [{ x: 0, y: 0, width: 16, height: 16 }], [{ x: 30, y: 2, width: 6, height: 16 }, { x: 0, y: 0, width: 36, height: 18 }]].map((changed) => Buffer.concat([x264Messages.frame(0), x264Messages.frame(1, changed), x264Messages.frame(2, changed)])));
  for (const [harness, inputs] of seeds) {
    await mkdir(join(dir, harness), { recursive: true });
    for (const [number, input] of inputs.entries()) await writeFile(join(dir, harness, `seed-${number}`), input);
  }
}

const OF_CODEC: Partial<Record<CodecName, Harness>> = { VP8: 'vp8', VP9: 'vp9', AV1: 'av1', H264: 'h264', opus: 'opus' };

/** The coded frames of each track and codec, in their order. */
async function tracksOf(journal: string): Promise<{ harness: Harness; frames: Uint8Array[] }[]> {
  const buffers = new Map<number, FrameBuffer>();
  const found = new Map<string, { harness: Harness; frames: Uint8Array[] }>();
  const add = (track: number, codec: CodecName, data: Uint8Array): void => {
    const harness = OF_CODEC[codec];
    if (!harness) return;
    const of = found.get(`${track} ${codec}`) ?? { harness, frames: [] };
    of.frames.push(data.slice());
    found.set(`${track} ${codec}`, of);
  };
  const sound = new Set<number>();
  for await (const record of readJournal(journal)) {
    if (record.type === 'event' && record.event.kind === 'track-started') {
      const { track, description } = record.event;
      const buffer = new FrameBuffer();
      buffer.setFormat(description.codec.payloadType, description.codec.name);
      if (description.kind === 'audio') sound.add(track);
      else buffers.set(track, buffer);
    }
    if (record.type === 'event' && record.event.kind === 'track-codec') buffers.get(record.event.track)?.setFormat(record.event.codec.payloadType, record.event.codec.name);
    if (record.type !== 'packet') continue;
    const header = parseRtp(record.data);
    if (header && sound.has(record.track)) add(record.track, 'opus', record.data.subarray(header.headerBytes, header.headerBytes + header.payloadBytes));
    const buffer = buffers.get(record.track);
    buffer?.push(record.data, record.timeUs, (timestamp) => timestamp);
    for (let frame = buffer?.next(() => true); frame; frame = buffer?.next(() => true)) add(record.track, frame.codec, frame.data);
  }
  return [...found.values()];
}

/** A few beginnings, since a decoder takes nothing before a keyframe, and the frames after it. */
function sequences(frames: readonly Uint8Array[]): Uint8Array[] {
  const [first] = frames;
  if (!first) return [];
  return Array.from({ length: SEEDS_OF_A_TRACK }, (_, number) => {
    const length = [1, 3, MAX_FRAMES, MAX_FRAMES][number] ?? 1;
    // The last one goes on in another place: what it refers to is not there.
    const chosen = number < SEEDS_OF_A_TRACK - 1 ? frames.slice(0, length) : [first, ...frames.slice(length, length * 2)];
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for (const frame of chosen) {
      bytes += frame.length + 2;
      if (bytes > MAX_BYTES) break;
      parts.push(Uint8Array.of(frame.length >> 8, frame.length & 0xff), frame);
    }
    return Buffer.concat(parts);
  });
}

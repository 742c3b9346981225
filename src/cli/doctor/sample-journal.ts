import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TrackSource } from '../../core/media.js';
import { JournalWriter } from '../../journal/writer.js';

/**
 * A journal to measure with: a shared screen in 1080p and four webcams in the layer that fits their tiles beside
 * it, all moving, as browsers send them. Made by ffmpeg's VP8 encoder, so that no media has to come along with the program.
 */

const FRAME_RATE_HZ = 30;
const VIDEO_CLOCK_HZ = 90_000;
const MAX_PAYLOAD_BYTES = 1150;
const PAYLOAD_TYPE = 96;
const WEBCAMS = 4;

interface Stream {
  source: TrackSource;
  memberId: string;
  /** Coded VP8 frames, 30 a second. */
  frames: Uint8Array[];
}

/** Writes the journal below `dir` and returns its folder. Throws `AppError` of ffmpeg and of the writer. */
export async function writeSampleJournal(dir: string, ffmpegPath: string, seconds: number): Promise<string> {
  const screen = await vp8(ffmpegPath, '1920x1080', 2500, seconds);
  const webcam = await vp8(ffmpegPath, '640x360', 500, seconds);
  const webcams = Array.from({ length: WEBCAMS }, (_, at): Stream => ({ source: 'camera', memberId: `member-${at}`, frames: webcam }));
  const streams: Stream[] = [{ source: 'screen', memberId: 'member-0', frames: screen }, ...webcams];
  const journalDir = join(dir, 'journal');
  let nowUs = 0;
  const writer = await JournalWriter.create({
    dir: journalDir,
    recordingId: 'doctor',
    startedAtWallMs: 0,
    nowUs: () => nowUs,
    maxPendingBytes: Infinity,
  });
  describe(writer, streams);
  const sequences = streams.map(() => 0);
  for (let frame = 0; frame < seconds * FRAME_RATE_HZ; frame += 1) {
    nowUs = Math.round((frame * 1_000_000) / FRAME_RATE_HZ);
    for (const [track, { frames }] of streams.entries()) {
      const timestamp = (frame * VIDEO_CLOCK_HZ) / FRAME_RATE_HZ;
      for (const data of packets(frames[frame] ?? new Uint8Array(), { track, timestamp, sequence: sequences[track] ?? 0 })) {
        writer.append({ type: 'packet', timeUs: nowUs, track, data });
        sequences[track] = (sequences[track] ?? 0) + 1;
      }
    }
  }
  nowUs = seconds * 1_000_000;
  await writer.close('stopped');
  if (writer.failure) throw writer.failure;
  return journalDir;
}

function describe(writer: JournalWriter, streams: Stream[]): void {
  const event = (value: Extract<Parameters<JournalWriter['append']>[0], { type: 'event' }>['event']): void => {
    writer.append({ type: 'event', timeUs: 0, event: value });
  };
  event({ kind: 'started', roomId: 'doctor', sessionId: 'doctor', title: 'Doctor', layout: 'stage' });
  for (const [track, { source, memberId }] of streams.entries()) {
    if (source === 'camera') event({ kind: 'member-on-stage', memberId, name: memberId });
    const codec = { name: 'VP8' as const, payloadType: PAYLOAD_TYPE, clockRateHz: VIDEO_CLOCK_HZ };
    const description = { trackId: `track-${track}`, roomId: 'doctor', memberId, kind: 'video' as const, source, codec };
    event({ kind: 'track-started', track, description });
  }
}

async function vp8(ffmpegPath: string, size: string, kbitPerS: number, seconds: number): Promise<Uint8Array[]> {
  const args = [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
    ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${FRAME_RATE_HZ}:duration=${seconds}`, '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '16', '-lag-in-frames', '0', '-auto-alt-ref', '0'],
    ...['-threads', '2', '-b:v', `${kbitPerS}k`, '-f', 'ivf', 'pipe:1'],
  ];
  const { stdout } = await promisify(execFile)(ffmpegPath, args, { encoding: 'buffer', maxBuffer: 256 << 20 });
  return ivfFrames(stdout);
}

/** Frames of an IVF file: a header of 32 bytes, then each frame behind its length (32 bits) and time (64 bits). */
function ivfFrames(ivf: Buffer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let at = 32;
  while (at + 12 <= ivf.length) {
    const length = ivf.readUInt32LE(at);
    frames.push(ivf.subarray(at + 12, at + 12 + length));
    at += 12 + length;
  }
  return frames;
}

/** One coded frame as RTP packets (RFC 3550 section 5.1) with the shortest VP8 descriptor (RFC 7741 section 4.2). */
function* packets(frame: Uint8Array, from: { track: number; timestamp: number; sequence: number }): Generator<Uint8Array> {
  let sequence = from.sequence;
  for (let at = 0; at < frame.length; at += MAX_PAYLOAD_BYTES) {
    const part = frame.subarray(at, at + MAX_PAYLOAD_BYTES);
    const packet = Buffer.alloc(13 + part.length);
    packet[0] = 0x80;
    packet[1] = PAYLOAD_TYPE | (at + part.length === frame.length ? 0x80 : 0);
    packet.writeUInt16BE(sequence & 0xffff, 2);
    packet.writeUInt32BE(from.timestamp >>> 0, 4);
    packet.writeUInt32BE(from.track + 1, 8);
    packet[12] = at === 0 ? 0x10 : 0;
    packet.set(part, 13);
    sequence += 1;
    yield packet;
  }
}

import { ascii, box, descriptor, fullBox, u16, u32, u64, u8, type Bytes } from './boxes.js';
import {
  AAC_FRAME_SAMPLES,
  AAC_PRIMING_SAMPLES,
  AUDIO_RATE_HZ,
  FRAME_DURATION,
  VIDEO_TIMESCALE,
  countFrames,
  videoBytes,
  type Chunk,
  type MovieFormat,
} from './chunks.js';
import {
  CHAPTER_MEDIA,
  TEXT_TIMESCALE,
  bytesOf,
  chapterList,
  chapterTrackSamples,
  speakerMedia,
  speakerTrackSamples,
  textTable,
  type MovieText,
  type TextMedia,
  type TextSample,
} from './text-tracks.js';

/**
 * Builds the `moov` of a movie of one H.264 and one AAC track (ISO/IEC 14496-12, -14, -15), and of text
 * tracks where there is text.
 */

export const FTYP: Bytes = box('ftyp', ascii('isom'), u32(0x200), ascii('isomiso2avc1mp41'));

/** `createdAtMs`: wall time, ms since 1970. `shift` is added to every chunk's offset. */
export interface MoovOptions {
  format: MovieFormat;
  chunks: readonly Chunk[];
  createdAtMs: number;
  shift: number;
  text?: MovieText | undefined;
  /** Where the text's samples lie in the file. */
  textAt?: number;
}

const UNITY_MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
const VIDEO_TRACK = 1;
const AUDIO_TRACK = 2;
const CHAPTER_TRACK = 3;
const SPEAKER_TRACK = 4;
/** Seconds from 1904 to 1970 (section 8.2.2). */
const EPOCH_1904_S = 2_082_844_800;
const LANGUAGE_UND = 0x55c4;

/** The whole movie's tables. Its length does not depend on `shift`. */
export function buildMoov(options: MoovOptions): Bytes {
  const createdAt = Math.floor(options.createdAtMs / 1000) + EPOCH_1904_S;
  const duration = countFrames(options.chunks) * FRAME_DURATION;
  const mvhd = fullBox(
    'mvhd',
    1,
    0,
    u64(createdAt, createdAt),
    u32(VIDEO_TIMESCALE),
    u64(duration),
    u32(0x10000),
    u16(0x100, 0),
    u32(0, 0),
    UNITY_MATRIX,
    u32(0, 0, 0, 0, 0, 0, SPEAKER_TRACK + 1),
  );
  return box('moov', mvhd, videoTrack(options, createdAt, duration), audioTrack(options, createdAt, duration), ...textBoxes(options, createdAt, duration));
}

/**
 * Chapters in both forms that players read, Apple's chapter track and the list that Nero began with, and
 * who speaks. Text tracks are off (tkhd's flags), so that nothing is drawn before somebody asks for it.
 */
function textBoxes({ text, textAt = 0, format }: MoovOptions, createdAt: number, duration: number): Bytes[] {
  if (!text) return [];
  const { chapters, speakers } = text;
  const chapterSamples = chapterTrackSamples(chapters, toMs(duration));
  const speakerSamples = speakerTrackSamples(speakers, toMs(duration));
  const track = (id: number, width: number, samples: readonly TextSample[], at: number, media: TextMedia): Bytes =>
    box(
      'trak',
      trackHeader({ id, createdAt, duration, volume: 0, enabled: false, size: { widthPx: width, heightPx: media.heightPx }, topPx: media.topPx }),
      box(
        'mdia',
        mediaHeader(createdAt, TEXT_TIMESCALE, samples.reduce((sum, sample) => sum + sample.durationMs, 0)),
        handler(media.handler, media.name),
        box('minf', media.header, dataInformation(), textTable(samples, media.entry, at)),
      ),
    );
  return [
    ...(chapters.length > 0 ? [track(CHAPTER_TRACK, 0, chapterSamples, textAt, CHAPTER_MEDIA)] : []),
    ...(speakers.length > 0 ? [track(SPEAKER_TRACK, format.widthPx, speakerSamples, textAt + bytesOf(chapterSamples), speakerMedia(format))] : []),
    ...(chapters.length > 0 ? [box('udta', chapterList(chapters))] : []),
  ];
}

/** The bytes that the text tracks speak of, to be written at `textAt`. */
export function textSamples(text: MovieText, frames: number): Bytes {
  const durationMs = toMs(frames * FRAME_DURATION);
  const samples = [...chapterTrackSamples(text.chapters, durationMs), ...speakerTrackSamples(text.speakers, durationMs)];
  return Buffer.concat(samples.map(({ data }) => data));
}

function toMs(duration: number): number {
  return Math.round((duration * 1000) / VIDEO_TIMESCALE);
}

function videoTrack({ format, chunks: all, shift, text }: MoovOptions, createdAt: number, duration: number): Bytes {
  const chunks = all.filter((chunk) => chunk.videoSizes.length > 0);
  const frames = countFrames(chunks);
  const keyframes: number[] = [];
  let first = 1;
  for (const chunk of chunks) {
    keyframes.push(first);
    first += chunk.videoSizes.length;
  }
  const { entries, entryOfChunk } = sampleEntries(format, chunks);
  const stbl = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(entries.length), ...entries),
    fullBox('stts', 0, 0, u32(1, frames, FRAME_DURATION)),
    fullBox('stss', 0, 0, u32(keyframes.length), u32List(keyframes)),
    samplesPerChunk(
      chunks.map((chunk) => chunk.videoSizes.length),
      entryOfChunk,
    ),
    sampleSizes(chunks.map((chunk) => chunk.videoSizes)),
    chunkOffsets(chunks.map((chunk) => chunk.offset + shift)),
  );
  return box(
    'trak',
    trackHeader({ id: VIDEO_TRACK, createdAt, duration, volume: 0, enabled: true, size: format }),
    ...(text && text.chapters.length > 0 ? [box('tref', box('chap', u32(CHAPTER_TRACK)))] : []),
    box(
      'mdia',
      mediaHeader(createdAt, VIDEO_TIMESCALE, frames * FRAME_DURATION),
      handler('vide', 'Video'),
      box('minf', fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)), dataInformation(), stbl),
    ),
  );
}

function audioTrack({ chunks, shift }: MoovOptions, createdAt: number, duration: number): Bytes {
  const sized = chunks.filter((chunk) => chunk.audioSizes.length > 0);
  const counts = sized.map((chunk) => chunk.audioSizes.length);
  const frames = counts.reduce((total, count) => total + count, 0);
  const stbl = box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), mp4a()),
    fullBox('stts', 0, 0, u32(1, frames, AAC_FRAME_SAMPLES)),
    samplesPerChunk(
      counts,
      sized.map(() => 1),
    ),
    sampleSizes(sized.map((chunk) => chunk.audioSizes)),
    chunkOffsets(sized.map((chunk) => chunk.offset + videoBytes(chunk) + shift)),
    // Each AAC frame needs the one before it to be decoded (section 10.1, `roll` of -1).
    fullBox('sgpd', 1, 0, ascii('roll'), u32(2, 1), u16(0xffff)),
    fullBox('sbgp', 0, 0, ascii('roll'), u32(1, frames, 1)),
  );
  // The priming is cut, so that sound and picture start together, and the padding of the last frame with it.
  const edits = box('edts', fullBox('elst', 1, 0, u32(1), u64(duration, AAC_PRIMING_SAMPLES), u16(1, 0)));
  return box(
    'trak',
    trackHeader({ id: AUDIO_TRACK, createdAt, duration, volume: 0x100, enabled: true, size: { widthPx: 0, heightPx: 0 } }),
    edits,
    box(
      'mdia',
      mediaHeader(createdAt, AUDIO_RATE_HZ, frames * AAC_FRAME_SAMPLES),
      handler('soun', 'Sound'),
      box('minf', fullBox('smhd', 0, 0, u16(0, 0)), dataInformation(), stbl),
    ),
  );
}

interface TrackHeader {
  id: number;
  createdAt: number;
  /** In `VIDEO_TIMESCALE`. */
  duration: number;
  /** 8.8 fixed point. */
  volume: number;
  enabled: boolean;
  size: MovieFormat;
  /** Where on the canvas it is shown. */
  topPx?: number;
}

function trackHeader({ id, createdAt, duration, volume, enabled, size, topPx = 0 }: TrackHeader): Bytes {
  return fullBox(
    'tkhd',
    1,
    enabled ? 3 : 2,
    u64(createdAt, createdAt),
    u32(id, 0),
    u64(duration),
    u32(0, 0),
    u16(0, id === SPEAKER_TRACK ? 2 : volume === 0 ? 0 : 1, volume, 0),
    u32(0x10000, 0, 0, 0, 0x10000, 0, 0, topPx * 0x10000, 0x40000000),
    u32(size.widthPx * 0x10000, size.heightPx * 0x10000),
  );
}

function mediaHeader(createdAt: number, timescale: number, duration: number): Bytes {
  return fullBox('mdhd', 1, 0, u64(createdAt, createdAt), u32(timescale), u64(duration), u16(LANGUAGE_UND, 0));
}

function handler(type: string, name: string): Bytes {
  return fullBox('hdlr', 0, 0, u32(0), ascii(type), u32(0, 0, 0), ascii(`${name}\0`));
}

function dataInformation(): Bytes {
  return box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)));
}

/** One sample entry for each pair of parameter sets; an encoder that was started again may bring others. */
function sampleEntries(format: MovieFormat, chunks: readonly Chunk[]): { entries: Bytes[]; entryOfChunk: number[] } {
  const entries: Bytes[] = [];
  const known = new Map<string, number>();
  const entryOfChunk = chunks.map(({ sps, pps }) => {
    const key = Buffer.concat([sps, pps]).toString('base64');
    let number = known.get(key);
    if (number === undefined) {
      entries.push(avc1(format, sps, pps));
      number = entries.length;
      known.set(key, number);
    }
    return number;
  });
  return { entries, entryOfChunk };
}

function avc1({ widthPx, heightPx }: MovieFormat, sps: Uint8Array, pps: Uint8Array): Bytes {
  const profile = sps[1] ?? 100;
  const avcC = box(
    'avcC',
    u8(1, profile, sps[2] ?? 0, sps[3] ?? 40, 0xff, 0xe1),
    u16(sps.length),
    sps,
    u8(1),
    u16(pps.length),
    pps,
    // High and above: 4:2:0, 8 bits, no extension sets (14496-15 section 5.3.3.1.2).
    ...(profile >= 100 ? [u8(0xfd, 0xf8, 0xf8, 0)] : []),
  );
  // BT.709 primaries, transfer and matrix, limited range.
  const colr = box('colr', ascii('nclx'), u16(1, 1, 1), u8(0));
  return box(
    'avc1',
    u32(0),
    u16(0, 1, 0, 0),
    u32(0, 0, 0),
    u16(widthPx, heightPx),
    u32(0x480000, 0x480000, 0),
    u16(1),
    new Uint8Array(32),
    u16(24, 0xffff),
    avcC,
    colr,
    box('pasp', u32(1, 1)),
  );
}

function mp4a(): Bytes {
  // AudioSpecificConfig (14496-3): AAC-LC, 48 kHz, two channels.
  const specific = descriptor(0x05, u8(0x11, 0x90));
  // Object type AAC, audio stream, buffer 6,144 bits a channel, rates not stated.
  const config = descriptor(0x04, u8(0x40, 0x15, 0, 6, 0), u32(0, 0), specific);
  const esds = fullBox('esds', 0, 0, descriptor(0x03, u16(AUDIO_TRACK), u8(0), config, descriptor(0x06, u8(2))));
  return box('mp4a', u32(0), u16(0, 1), u32(0, 0), u16(2, 16, 0, 0), u32(AUDIO_RATE_HZ * 0x10000), esds);
}

/** `stsc`: one entry for each run of chunks alike. */
function samplesPerChunk(counts: readonly number[], entryOfChunk: readonly number[]): Bytes {
  const runs: Bytes[] = [];
  counts.forEach((count, i) => {
    if (i === 0 || count !== counts[i - 1] || entryOfChunk[i] !== entryOfChunk[i - 1]) {
      runs.push(u32(i + 1, count, entryOfChunk[i] ?? 1));
    }
  });
  return fullBox('stsc', 0, 0, u32(runs.length), ...runs);
}

function sampleSizes(sizes: readonly Uint32Array[]): Bytes {
  const all = new Uint32Array(sizes.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of sizes) {
    all.set(list, at);
    at += list.length;
  }
  return fullBox('stsz', 0, 0, u32(0, all.length), bigEndian(all));
}

function chunkOffsets(offsets: readonly number[]): Bytes {
  const bytes = Buffer.alloc(offsets.length * 8);
  offsets.forEach((offset, i) => bytes.writeBigUInt64BE(BigInt(offset), i * 8));
  return fullBox('co64', 0, 0, u32(offsets.length), bytes);
}

function u32List(values: readonly number[]): Bytes {
  return bigEndian(Uint32Array.from(values));
}

/** In place, for the millions of samples that a day has; every machine that this runs on is little-endian. */
function bigEndian({ buffer }: Uint32Array<ArrayBuffer>): Bytes {
  return Buffer.from(buffer).swap32();
}

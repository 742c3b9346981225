import { ascii, box, fullBox, u16, u32, u64, u8, type Bytes } from './boxes.js';
import type { MovieFormat } from './chunks.js';

/**
 * Text in a movie: chapters as a QuickTime text track (QuickTime File Format, "Text Sample Description")
 * and as the `chpl` list, and who speaks as timed text (3GPP TS 26.245, `tx3g`).
 */

/** Text to put into a movie. Chapters are in order and the first one begins at 0; speakers do not overlap. */
export interface MovieText {
  chapters: readonly { startMs: number; title: string }[];
  speakers: readonly { startMs: number; endMs: number; text: string }[];
}

/** Chapters fit the one byte that `chpl` counts them by. */
export const MAX_CHAPTERS_IN_MOVIE = 255;
/** So many take some 1.5 MB. */
export const MAX_SPEAKER_CUES_IN_MOVIE = 20_000;
/** Bytes of UTF-8; `chpl` has one byte for it. */
const MAX_TITLE_BYTES = 240;

export const TEXT_TIMESCALE = 1000;

export interface TextSample {
  durationMs: number;
  data: Bytes;
}

export interface TextMedia {
  handler: string;
  name: string;
  /** The media information header. */
  header: Bytes;
  /** The sample entry. */
  entry: Bytes;
  heightPx: number;
  topPx: number;
}

/** An `encd` atom that says UTF-8 follows the text of a QuickTime sample. */
const UTF8 = box('encd', u32(0x100));

export function chapterTrackSamples(chapters: MovieText['chapters'], durationMs: number): TextSample[] {
  return chapters.map(({ startMs, title }, i) => ({
    durationMs: Math.max(1, (chapters[i + 1]?.startMs ?? durationMs) - startMs),
    data: Buffer.concat([text(title), UTF8]),
  }));
}

/** With an empty sample wherever nobody speaks. */
export function speakerTrackSamples(speakers: MovieText['speakers'], durationMs: number): TextSample[] {
  if (speakers.length === 0) return [];
  const samples: TextSample[] = [];
  let atMs = 0;
  const upTo = (ms: number, data: Bytes): void => {
    if (ms > atMs) samples.push({ durationMs: ms - atMs, data });
    atMs = Math.max(atMs, ms);
  };
  for (const cue of speakers) {
    upTo(cue.startMs, text(''));
    upTo(cue.endMs, text(cue.text));
  }
  upTo(durationMs, text(''));
  return samples;
}

export function bytesOf(samples: readonly TextSample[]): number {
  return samples.reduce((sum, { data }) => sum + data.length, 0);
}

/** `stbl` of a track whose samples lie one behind the other from byte `at` on, in one chunk. */
export function textTable(samples: readonly TextSample[], entry: Bytes, at: number): Bytes {
  return box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), entry),
    fullBox('stts', 0, 0, u32(samples.length), ...samples.map(({ durationMs }) => u32(1, durationMs))),
    fullBox('stsc', 0, 0, u32(1, 1, samples.length, 1)),
    fullBox('stsz', 0, 0, u32(0, samples.length), ...samples.map(({ data }) => u32(data.length))),
    fullBox('co64', 0, 0, u32(1), u64(at)),
  );
}

/** `chpl`: times in 100 ns. */
export function chapterList(chapters: MovieText['chapters']): Bytes {
  const entries = chapters.slice(0, MAX_CHAPTERS_IN_MOVIE).map(({ startMs, title }) => {
    const bytes = utf8(title);
    return Buffer.concat([u64(startMs * 10_000), u8(bytes.length), bytes]);
  });
  return fullBox('chpl', 1, 0, u32(0), u8(entries.length), ...entries);
}

const RESERVED_AND_REFERENCE = [u32(0), u16(0, 1)];

export const CHAPTER_MEDIA: TextMedia = {
  handler: 'text',
  name: 'Chapters',
  header: box(
    'gmhd',
    fullBox('gmin', 0, 0, u16(0x40, 0x8000, 0x8000, 0x8000, 0, 0)),
    box('text', u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)),
  ),
  // No flags, centred, black, an empty box, no font, white.
  entry: box('text', ...RESERVED_AND_REFERENCE, u32(0, 1), u16(0, 0, 0), u32(0, 0), u32(0, 0), u16(0, 0), u8(0), u16(0), u16(0xffff, 0xffff, 0xffff), u8(0)),
  heightPx: 0,
  topPx: 0,
};

/** At the bottom of the picture, where somebody switches it on. */
export function speakerMedia({ widthPx, heightPx }: MovieFormat): TextMedia {
  const boxHeightPx = Math.round(heightPx / 20) * 2;
  const font = box('ftab', u16(1, 1), u8(4), ascii('Sans'));
  const style = Buffer.concat([u16(0, 0, 1), u8(0, Math.round(boxHeightPx * 0.4)), u32(0xffffffff)]);
  return {
    handler: 'sbtl',
    name: 'Who speaks',
    header: fullBox('nmhd', 0, 0),
    // Centred, at the bottom, on nothing.
    entry: box('tx3g', ...RESERVED_AND_REFERENCE, u32(0), u8(1, 0xff), u32(0), u16(0, 0, boxHeightPx, widthPx), style, font),
    heightPx: boxHeightPx,
    topPx: heightPx - boxHeightPx,
  };
}

/** Length and UTF-8. */
function text(value: string): Bytes {
  const bytes = utf8(value);
  return Buffer.concat([u16(bytes.length), bytes]);
}

function utf8(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  if (bytes.length <= MAX_TITLE_BYTES) return bytes;
  // Not through the middle of a character.
  let end = MAX_TITLE_BYTES;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

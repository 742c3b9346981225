import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import type { SizePx } from '../core/media.js';
import { bt709, createPicture, wrapPicture, type PackedPicture } from './picture.js';
import { runFfmpeg } from './encoders/run-ffmpeg.js';

/** Cards with words: what is shown while nobody is on stage (V5), and initials instead of a camera (V3). */

const BACKGROUND = bt709(18, 20, 26);
/** Told from the placeholder of a stream that stalls by its letters, and from what is around a tile. */
const INITIALS_BACKGROUND = bt709(38, 42, 54);
const FONTS = [
  '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf',
  '/usr/share/fonts/dejavu/DejaVuSans.ttf',
  '/usr/share/fonts/TTF/DejaVuSans.ttf',
  '/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf',
];
const FONT_SIZE_PX = 64;
/** Width of a line for each character: most are narrower, so that a margin stays. */
const CHARACTER_PX = 48;
const MAX_LINES = 3;

/** A card without words. */
function plainCard({ widthPx, heightPx }: SizePx, colour = BACKGROUND): PackedPicture {
  const card = createPicture(widthPx, heightPx);
  card.y.fill(colour.y);
  card.u.fill(colour.u);
  card.v.fill(colour.v);
  return card;
}

/** Draws the title once, by ffmpeg; a plain card where there is no font or ffmpeg cannot. */
export function titleCard(ffmpegPath: string, title: string, canvas: SizePx, textPath: string): Promise<PackedPicture> {
  const lines = titleLines(title, Math.floor(canvas.widthPx / CHARACTER_PX));
  return withText(ffmpegPath, plainCard(canvas), { lines, fontSizePx: FONT_SIZE_PX, textPath });
}

/** V3: a person's initials, as `titleCard` is drawn. */
export function initialsCard(ffmpegPath: string, letters: string, size: SizePx, textPath: string): Promise<PackedPicture> {
  const lines = [...letters].some((letter) => /[\p{L}\p{N}]/u.test(letter)) ? [letters] : [];
  return withText(ffmpegPath, plainCard(size, INITIALS_BACKGROUND), { lines, fontSizePx: Math.round(size.heightPx / 3), textPath });
}

interface Text {
  lines: string[];
  fontSizePx: number;
  /** The text goes by way of this file, which is removed again, so that no character of it is a command. */
  textPath: string;
}

async function withText(ffmpegPath: string, card: PackedPicture, { lines, fontSizePx, textPath }: Text): Promise<PackedPicture> {
  const font = FONTS.find((path) => existsSync(path));
  if (!font || lines.length === 0) return card;
  try {
    await writeFile(textPath, lines.join('\n'));
    const escaped = textPath.replace(/[\\':,;[\]%]/g, (character) => `\\${character}`).replace(/\\/g, '\\\\');
    const text = `drawtext=fontfile=${font}:textfile=${escaped}:expansion=none:fontcolor=0xc8ccd4:fontsize=${fontSizePx}`;
    const size = `${card.width}x${card.height}`;
    const drawn = await runFfmpeg(
      ffmpegPath,
      [
        ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', size, '-i', 'pipe:0'],
        ...['-vf', `${text}:line_spacing=24:x=(w-text_w)/2:y=(h-text_h)/2`],
        ...['-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', 'pipe:1'],
      ],
      card.bytes,
    );
    return drawn.length === card.bytes.length ? wrapPicture(drawn, card.width, card.height) : card;
  } catch {
    return card;
  } finally {
    await rm(textPath, { force: true });
  }
}

/** The title in at most three lines of `lineCharacters`, without what cannot be drawn. */
export function titleLines(title: string, lineCharacters: number): string[] {
  const words = title.replace(/[\p{Cc}\p{Cf}]/gu, ' ').split(/\s+/).filter(Boolean);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= lineCharacters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(...pieces(word, lineCharacters));
  }
  if (lines.length <= MAX_LINES) return lines;
  const kept = lines.slice(0, MAX_LINES);
  return [...kept.slice(0, -1), `${(kept.at(-1) ?? '').slice(0, lineCharacters - 1)}…`];
}

function pieces(word: string, lineCharacters: number): string[] {
  const characters = [...word];
  return Array.from({ length: Math.ceil(characters.length / lineCharacters) }, (_, i) =>
    characters.slice(i * lineCharacters, (i + 1) * lineCharacters).join(''),
  );
}

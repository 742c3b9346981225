import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import type { SizePx } from '../core/media.js';
import { bt709, createPicture, wrapPicture, type PackedPicture } from './picture.js';
import { runFfmpeg } from './encoders/run-ffmpeg.js';

/** What is shown while nobody is on stage (V5). */

const BACKGROUND = bt709(18, 20, 26);
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
export function plainCard({ widthPx, heightPx }: SizePx): PackedPicture {
  const card = createPicture(widthPx, heightPx);
  card.y.fill(BACKGROUND.y);
  card.u.fill(BACKGROUND.u);
  card.v.fill(BACKGROUND.v);
  return card;
}

/**
 * Draws the title once, by ffmpeg; a plain card where there is no font or ffmpeg cannot. The title goes
 * by way of a file at `textPath`, which is removed again, so that no character of it is a command.
 */
export async function titleCard(ffmpegPath: string, title: string, canvas: SizePx, textPath: string): Promise<PackedPicture> {
  const card = plainCard(canvas);
  const font = FONTS.find((path) => existsSync(path));
  const lines = titleLines(title, Math.floor(canvas.widthPx / CHARACTER_PX));
  if (!font || lines.length === 0) return card;
  try {
    await writeFile(textPath, lines.join('\n'));
    const escaped = textPath.replace(/[\\':,;[\]%]/g, (character) => `\\${character}`).replace(/\\/g, '\\\\');
    const text = `drawtext=fontfile=${font}:textfile=${escaped}:expansion=none:fontcolor=0xc8ccd4:fontsize=${FONT_SIZE_PX}`;
    const size = `${canvas.widthPx}x${canvas.heightPx}`;
    const drawn = await runFfmpeg(
      ffmpegPath,
      [
        ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', size, '-i', 'pipe:0'],
        ...['-vf', `${text}:line_spacing=24:x=(w-text_w)/2:y=(h-text_h)/2`],
        ...['-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', 'pipe:1'],
      ],
      card.bytes,
    );
    return drawn.length === card.bytes.length ? wrapPicture(drawn, canvas.widthPx, canvas.heightPx) : card;
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

import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { CANVAS_BYTES, CANVAS_HEIGHT_PX, CANVAS_WIDTH_PX } from './format.js';
import { bt709, wrapPicture, type PackedPicture } from './picture.js';
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
const LINE_CHARACTERS = 40;
const MAX_LINES = 3;

/** A card without words. */
export function plainCard(): PackedPicture {
  const card = wrapPicture(new Uint8Array(CANVAS_BYTES), CANVAS_WIDTH_PX, CANVAS_HEIGHT_PX);
  card.y.fill(BACKGROUND.y);
  card.u.fill(BACKGROUND.u);
  card.v.fill(BACKGROUND.v);
  return card;
}

/**
 * Draws the title once, by ffmpeg; a plain card where there is no font or ffmpeg cannot. The title goes
 * by way of a file at `textPath`, which is removed again, so that no character of it is a command.
 */
export async function titleCard(ffmpegPath: string, title: string, textPath: string): Promise<PackedPicture> {
  const card = plainCard();
  const font = FONTS.find((path) => existsSync(path));
  const lines = titleLines(title);
  if (!font || lines.length === 0) return card;
  try {
    await writeFile(textPath, lines.join('\n'));
    const escaped = textPath.replace(/[\\':,;[\]%]/g, (character) => `\\${character}`).replace(/\\/g, '\\\\');
    const text = `drawtext=fontfile=${font}:textfile=${escaped}:expansion=none:fontcolor=0xc8ccd4:fontsize=${FONT_SIZE_PX}`;
    const size = `${CANVAS_WIDTH_PX}x${CANVAS_HEIGHT_PX}`;
    const drawn = await runFfmpeg(
      ffmpegPath,
      [
        ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', size, '-i', 'pipe:0'],
        ...['-vf', `${text}:line_spacing=24:x=(w-text_w)/2:y=(h-text_h)/2`],
        ...['-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', 'pipe:1'],
      ],
      card.bytes,
    );
    return drawn.length === CANVAS_BYTES ? wrapPicture(drawn, CANVAS_WIDTH_PX, CANVAS_HEIGHT_PX) : card;
  } catch {
    return card;
  } finally {
    await rm(textPath, { force: true });
  }
}

/** The title in at most three lines, without what cannot be drawn. */
export function titleLines(title: string): string[] {
  const words = title.replace(/[\p{Cc}\p{Cf}]/gu, ' ').split(/\s+/).filter(Boolean);
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= LINE_CHARACTERS) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(...pieces(word));
  }
  if (lines.length <= MAX_LINES) return lines;
  const kept = lines.slice(0, MAX_LINES);
  return [...kept.slice(0, -1), `${(kept.at(-1) ?? '').slice(0, LINE_CHARACTERS - 1)}…`];
}

function pieces(word: string): string[] {
  const characters = [...word];
  return Array.from({ length: Math.ceil(characters.length / LINE_CHARACTERS) }, (_, i) =>
    characters.slice(i * LINE_CHARACTERS, (i + 1) * LINE_CHARACTERS).join(''),
  );
}

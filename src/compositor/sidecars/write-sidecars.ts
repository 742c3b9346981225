import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SidecarName } from '../../core/sidecars.js';
import { writeJpeg } from '../poster.js';
import { MAX_SPEAKER_CUES_IN_MOVIE, type MovieText } from '../movie/text-tracks.js';
import { chatJson } from './chat-json.js';
import { chaptersOf } from './chapters.js';
import { speakerCues } from './cues.js';
import type { PreviewStrip } from './preview-strip.js';
import { timelineJson, type TimelineSource } from './timeline-json.js';
import { chaptersVtt, speakersVtt, thumbnailsVtt } from './webvtt.js';

const SHEET: SidecarName = 'thumbnails.jpg';

export type SidecarSource = Omit<TimelineSource, 'chapters' | 'droppedChapters'>;

/** The text that goes into the movie itself. */
export function movieText({ facts, durationMs }: SidecarSource): MovieText {
  return {
    chapters: chaptersOf(facts.happenings, durationMs).chapters,
    speakers: speakerCues(facts.turns, facts.people, durationMs, MAX_SPEAKER_CUES_IN_MOVIE).cues,
  };
}

/** Writes the files of docs/sidecars.md into `folder`. False where one is missing, which costs nobody the movie. */
export async function writeSidecars(folder: string, source: SidecarSource, strip: PreviewStrip | null, ffmpegPath: string): Promise<boolean> {
  const { facts, durationMs } = source;
  const { chapters, dropped } = chaptersOf(facts.happenings, durationMs);
  const { cues } = speakerCues(facts.turns, facts.people, durationMs, Infinity);
  try {
    await mkdir(folder, { recursive: true });
    await write(folder, 'timeline.json', `${JSON.stringify(timelineJson({ ...source, chapters, droppedChapters: dropped }), null, 1)}\n`);
    await write(folder, 'chapters.vtt', chaptersVtt(chapters, durationMs));
    await write(folder, 'speakers.vtt', speakersVtt(cues));
    if (facts.chat.length > 0) await write(folder, 'chat.json', `${JSON.stringify(chatJson(source), null, 1)}\n`);
    const sheet = strip?.sheet() ?? null;
    if (!sheet) return true;
    if (!(await writeJpeg(ffmpegPath, sheet.picture, join(folder, SHEET)))) return false;
    await write(folder, 'thumbnails.vtt', thumbnailsVtt(SHEET, sheet.tiles, durationMs));
    return true;
  } catch {
    return false;
  }
}

/** Whole or not at all. */
async function write(folder: string, name: SidecarName, text: string): Promise<void> {
  const path = join(folder, name);
  const unfinished = `${path}.part`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

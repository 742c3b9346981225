import type { Chapter } from './chapters.js';
import type { Cue } from './cues.js';

/** WebVTT files (W3C, section 4). */

export function chaptersVtt(chapters: readonly Chapter[], durationMs: number): string {
  const cues = chapters.map(({ startMs, title }, i) => ({ startMs, endMs: chapters[i + 1]?.startMs ?? durationMs, text: title }));
  return webVtt(cues);
}

export function speakersVtt(cues: readonly Cue[]): string {
  return webVtt(cues);
}

/** `file#xywh=x,y,w,h` (Media Fragments URI 1.0 section 4.2.2), which players take as a hover picture. */
export function thumbnailsVtt(file: string, tiles: readonly { startMs: number; x: number; y: number; width: number; height: number }[], durationMs: number): string {
  const cues = tiles.map(({ startMs, x, y, width, height }, i) => ({
    startMs,
    endMs: tiles[i + 1]?.startMs ?? durationMs,
    text: `${file}#xywh=${x},${y},${width},${height}`,
  }));
  return webVtt(cues);
}

function webVtt(cues: readonly Cue[]): string {
  const blocks = cues
    .filter(({ startMs, endMs }) => endMs > startMs)
    .map(({ startMs, endMs, text }) => `${timestamp(startMs)} --> ${timestamp(endMs)}\n${escaped(text)}\n`);
  return ['WEBVTT\n', ...blocks].join('\n');
}

function timestamp(ms: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.floor(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  return `${two(hours)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String(Math.round(ms) % 1000).padStart(3, '0')}`;
}

/** Section 4.2.2: no tags, no references, and nothing that would be taken for a cue's timing or end. */
function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/[\p{Cc}\s]+/gu, ' ').trim();
}

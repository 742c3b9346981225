import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeJournal, type ComposeHooks } from '../src/compositor/compose.js';
import { layoutTiles, type Tile } from '../src/compositor/layout.js';
import type { ComposeJob } from '../src/compositor/messages.js';
import type { SizePx } from '../src/core/media.js';
import type { RecordingReport } from '../src/core/recording.js';
import { camera, footage, screen, scrolledCode, voice, type Stream } from './inputs.js';
import { contentOf, writeJournal, type JournalContent } from './journal.js';

/** Meetings that are composed, and what all trials do with them. */

/** Long enough that starting ffmpeg and compiling code count little, as they do in a meeting. */
const SECONDS = 30;
export const PRESET = 'superfast';

const STAGE_SIZE: SizePx = { widthPx: 1920, heightPx: 1080 };

export interface Meeting {
  seconds: number;
  stage: Stream;
  cameras: Stream[];
  cameraSize: SizePx;
  voices: Stream[];
}

/** Drawn by formulas: every pixel moves. */
export function drawnMeeting(): Meeting {
  const cameraSize = { widthPx: 640, heightPx: 360 };
  const frames = SECONDS * 30;
  return {
    ...{ seconds: SECONDS, cameraSize },
    stage: screen('1920x1080', frames),
    cameras: numbers(4).map((number) => camera('640x360', frames, number)),
    voices: numbers(4).map((number) => voice(SECONDS, number)),
  };
}

/** What people do: code is scrolled on a shared screen, all are seen, and up to four are heard. Many send smaller pictures. */
export function realMeeting(people = 4, seconds = SECONDS): Meeting {
  const cameraSize = people > 4 ? { widthPx: 320, heightPx: 180 } : { widthPx: 640, heightPx: 360 };
  const size = `${cameraSize.widthPx}x${cameraSize.heightPx}`;
  return {
    ...{ seconds, cameraSize },
    stage: scrolledCode('1920x1080', seconds),
    cameras: numbers(people).map((number) => footage(size, seconds * 30, number)),
    voices: numbers(Math.min(people, 4)).map((number) => voice(seconds, number)),
  };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

export function framesOf({ seconds }: Meeting): number {
  return seconds * 30;
}

/** Where each stream is in the picture; tracks are named by their number, the stage is `0`. */
export function tilesOf({ cameras, cameraSize }: Meeting): Tile[] {
  const people = cameras.map((_, joinedOrder) => ({
    ...{ memberId: '', trackId: String(joinedOrder + 1), ...cameraSize, joinedOrder, highlighted: false },
  }));
  return layoutTiles({ layout: 'stage', content: { trackId: '0', ...STAGE_SIZE }, people });
}

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'reelroom-bench-run-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function journalOf({ stage, cameras, voices, seconds }: Meeting): JournalContent {
  const cameraOf = cameras.map((stream, index) => ({ memberId: `member-${index}`, source: 'camera' as const, stream }));
  const voiceOf = voices.map((stream, index) => ({ memberId: `member-${index}`, source: 'microphone' as const, stream }));
  return contentOf([{ memberId: 'member-0', source: 'screen', stream: stage }, ...cameraOf, ...voiceOf], seconds * 1_000_000);
}

export async function writeMeeting(dir: string, meeting: Meeting): Promise<void> {
  await writeJournal(dir, journalOf(meeting));
}

/** The job of a journal whose movie is to lie in `folder`. */
export function jobIn(folder: string, journalDir: string, ffmpegPath: string): ComposeJob {
  return {
    ...{ journalDir, moviePath: join(folder, 'movie.mp4'), posterPath: join(folder, 'poster.jpg') },
    ...{ live: false, resume: false, ffmpegPath, preset: PRESET },
  };
}

/** Throws where the movie has more or less than `frames`. */
export async function compose(job: ComposeJob, frames: number, hooks: ComposeHooks = {}): Promise<RecordingReport> {
  const report = await composeJournal(job, hooks);
  if (report.frames !== frames) throw new Error(`The movie has ${report.frames} frames instead of ${frames}.`);
  return report;
}

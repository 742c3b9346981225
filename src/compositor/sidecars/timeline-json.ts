import type { Chapter } from './chapters.js';
import type { ChronicleFacts } from './chronicle.js';

/** Version of `timeline.json`; fields are added without a new one. */
export const TIMELINE_VERSION = 1;

export interface TimelineSource {
  recordingId: string;
  startedAtWallMs: number;
  durationMs: number;
  facts: ChronicleFacts;
  chapters: readonly Chapter[];
  droppedChapters: number;
}

/** What `timeline.json` says (docs/sidecars.md). Times are milliseconds of the movie. */
export function timelineJson({ recordingId, startedAtWallMs, durationMs, facts, chapters, droppedChapters }: TimelineSource): object {
  const { roomId, sessionId, title, people, happenings, turns, dropped } = facts;
  const spokenMs = new Map<string, number>();
  for (const { memberId, startMs, endMs } of turns) spokenMs.set(memberId, (spokenMs.get(memberId) ?? 0) + endMs - startMs);
  return {
    format: 'reelroom-timeline',
    version: TIMELINE_VERSION,
    recordingId,
    roomId,
    sessionId,
    title,
    startedAt: new Date(startedAtWallMs).toISOString(),
    durationMs,
    people: people.map(({ memberId, name }) => ({ memberId, name, spokeMs: spokenMs.get(memberId) ?? 0 })),
    chapters,
    speakers: turns,
    events: happenings,
    dropped: { events: dropped.happenings, speakers: dropped.turns, chapters: droppedChapters },
  };
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { findFfmpeg } from '../src/compositor/encoders/ffmpeg-binary.js';
import { CompositorPool } from '../src/compositor/pool.js';
import type { RecordingReport } from '../src/core/recording.js';
import { writeJournalLive, type JournalContent } from './journal.js';
import { cpuSeconds } from './measure.js';
import { framesOf, inFolder, jobIn, journalOf, realMeeting } from './meeting.js';
import type { Measurement } from './trial.js';

/** Frames that are not judged for their lag: workers and encoders start, code is compiled, a card is drawn. */
const WARM_UP_FRAMES = 90;
/** The compositor's own bound: below it a lag is the wait for late packets, or one slow second. */
const MOST_LAG_MS = 2_000;

interface LiveRecording {
  report: RecordingReport;
  /** The most that it was behind after its start, ms. */
  lagMs: number;
}

/**
 * Recordings as a server makes them: journals that are written as packets come, composed meanwhile in the pool's
 * workers. The value is how many of them kept up, with every frame, nothing late, and no lower preset than they began with.
 */
export function liveRecordings(count: number): Promise<Measurement> {
  return inFolder(async (folder) => {
    const meeting = realMeeting();
    const content = journalOf(meeting);
    const { path } = await findFfmpeg();
    const pool = new CompositorPool({ slots: count, log: pino({ level: 'silent' }) });
    const before = cpuSeconds();
    const startedMs = performance.now();
    const recordings = await Promise.all(
      Array.from({ length: count }, (_, number) => record(join(folder, String(number)), content, pool, path)),
    );
    const elapsedS = (performance.now() - startedMs) / 1000;
    await pool.close();
    const after = cpuSeconds();
    const cpuS = after.own - before.own + after.children - before.children;
    const sum = (of: (report: RecordingReport) => number): number => recordings.reduce((total, { report }) => total + of(report), 0);
    return {
      value: recordings.filter((recording) => keptUp(recording, framesOf(meeting))).length,
      also: {
        cpuSecondsEach: cpuS / count / meeting.seconds,
        cores: cpuS / elapsedS,
        maxLagMs: Math.max(...recordings.map(({ lagMs }) => lagMs)),
        maxLagAtStartMs: Math.max(...recordings.map(({ report }) => report.lagMs)),
        missing: sum(({ missing }) => missing),
        late: sum(({ late }) => late),
        frames: sum(({ frames }) => frames),
      },
    };
  });
}

function keptUp({ report, lagMs }: LiveRecording, frames: number): boolean {
  const { late, missing, gaps, restarts, preset } = report;
  const whole = report.frames >= frames && missing === 0 && late === 0 && gaps.length === 0 && restarts === 0;
  return whole && !preset.includes('ultrafast') && lagMs <= MOST_LAG_MS;
}

async function record(folder: string, content: JournalContent, pool: CompositorPool, ffmpegPath: string): Promise<LiveRecording> {
  mkdirSync(folder);
  const journalDir = join(folder, 'journal');
  let grown = (): void => undefined;
  const written = writeJournalLive(journalDir, content, () => grown());
  let lagMs = 0;
  const task = pool.compose({ ...jobIn(folder, journalDir, ffmpegPath), live: true }, (progress) => {
    if (progress.frames > WARM_UP_FRAMES) lagMs = Math.max(lagMs, progress.lagMs);
  });
  grown = () => task.grown();
  await written;
  return { report: await task.done, lagMs };
}

import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { findFfmpeg } from '../src/compositor/encoders/ffmpeg-binary.js';
import type { ComposeJob } from '../src/compositor/messages.js';
import { CompositorPool, type ComposeTask } from '../src/compositor/pool.js';
import { writeJournalLive } from './journal.js';
import { inFolder, jobIn, journalOf, realMeeting } from './meeting.js';
import { memoryOfTree } from './processes.js';

/** Composes one recording in the pool as a server does, watches the memory of all its processes, and prints what it found. */

export interface MemoryFound {
  /** With what is to be written loaded, and no recording yet. */
  beforeBytes: number;
  peakBytes: number;
  samples: { recordedS: number; bytes: number }[];
}

const SAMPLE_EVERY_MS = 250;

const pool = new CompositorPool({ slots: 1, log: pino({ level: 'silent' }) });
const { path: ffmpegPath } = await findFfmpeg();

/** `live`: a meeting's journal, written meanwhile. `finished FOLDER JOURNAL`: that one, its movie small. */
const [kind, folder = '', journalDir = ''] = process.argv.slice(2);
if (kind === 'live') {
  await inFolder(async (own) => {
    const job = jobIn(own, `${own}/journal`, ffmpegPath);
    const content = journalOf(realMeeting());
    let grown = (): void => undefined;
    let written = Promise.resolve();
    const start = (): void => void (written = writeJournalLive(job.journalDir, content, () => grown()));
    print(await watched({ ...job, live: true }, start, (task) => (grown = () => task.grown())));
    await written;
  });
} else {
  print(await watched({ ...jobIn(folder, journalDir, ffmpegPath), size: { widthPx: 320, heightPx: 180 } }));
}
await pool.close();

async function watched(job: ComposeJob, start = (): void => undefined, started = (_task: ComposeTask): void => undefined): Promise<MemoryFound> {
  globalThis.gc?.();
  await wait(500);
  globalThis.gc?.();
  const found: MemoryFound = { beforeBytes: memoryOfTree(process.pid), peakBytes: 0, samples: [] };
  let recordedS = 0;
  start();
  const task = pool.compose(job, ({ frames }) => (recordedS = frames / 30));
  started(task);
  const timer = setInterval(() => {
    const bytes = memoryOfTree(process.pid);
    found.peakBytes = Math.max(found.peakBytes, bytes);
    found.samples.push({ recordedS, bytes });
  }, SAMPLE_EVERY_MS);
  await task.done.finally(() => clearInterval(timer));
  return found;
}

function print(found: MemoryFound): void {
  process.stdout.write(`${JSON.stringify(found)}\n`);
}

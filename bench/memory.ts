import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { looped, slides, voice } from './inputs.js';
import { contentOf, writeJournal } from './journal.js';
import { inFolder } from './meeting.js';
import type { MemoryFound } from './memory-server.js';
import type { Measurement } from './trial.js';

const SERVER = fileURLToPath(new URL('./memory-server.js', import.meta.url));
const LONG_MINUTES = 30;
/** Until then caches and the garbage collector's room fill up; the next ten minutes are compared with the last ten. */
const SETTLED_MINUTES = 10;

/** Megabytes that a live recording of a stage and four webcams adds to the server at its peak, worker and encoders included. */
export function memoryOfRecording(): Measurement {
  const { beforeBytes, peakBytes, samples } = measured(['live']);
  return { value: (peakBytes - beforeBytes) / 1e6, also: { beforeMB: beforeBytes / 1e6, peakMB: peakBytes / 1e6, samples: samples.length } };
}

/**
 * Megabytes by which a recording grows in an hour. Its movie is small and its slides rarely change, so that minutes
 * pass in seconds: what could grow, grows by frames, packets and events, not by pixels.
 */
export function memorySlope(): Promise<Measurement> {
  return inFolder(async (folder) => {
    const journalDir = join(folder, 'journal');
    const person = { memberId: 'member-0', stream: looped(slides('1920x1080', 60), LONG_MINUTES) };
    const heard = { memberId: 'member-0', stream: looped(voice(60), LONG_MINUTES) };
    const content = contentOf([{ ...person, source: 'screen' }, { ...heard, source: 'microphone' }], LONG_MINUTES * 60_000_000);
    await writeJournal(journalDir, content);
    const { beforeBytes, peakBytes, samples } = measured(['finished', folder, journalDir]);
    // Garbage that is not collected yet lies on top of what is kept: what grows, raises the lowest points.
    const lowest = (fromMinute: number): number =>
      Math.min(...samples.filter(({ recordedS }) => recordedS >= fromMinute * 60 && recordedS < (fromMinute + 10) * 60).map(({ bytes }) => bytes));
    const [early, late] = [lowest(SETTLED_MINUTES), lowest(LONG_MINUTES - 10)];
    return {
      value: (((late - early) / (LONG_MINUTES - 10 - SETTLED_MINUTES)) * 60) / 1e6,
      also: { beforeMB: beforeBytes / 1e6, earlyMB: early / 1e6, lateMB: late / 1e6, peakMB: peakBytes / 1e6, recordedMinutes: LONG_MINUTES },
    };
  });
}

/** In a process that has done nothing else. */
function measured(args: string[]): MemoryFound {
  const result = spawnSync(process.execPath, ['--expose-gc', '--enable-source-maps', SERVER, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (result.status !== 0) throw new Error(`The measured process failed: ${result.stderr}`);
  return JSON.parse(result.stdout) as MemoryFound;
}

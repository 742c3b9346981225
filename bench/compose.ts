import { join } from 'node:path';
import { findFfmpeg } from '../src/compositor/encoders/ffmpeg-binary.js';
import { filterArgs } from './ffmpeg-filters.js';
import { cpuOf, inTurn, runProgram } from './measure.js';
import { compose, framesOf, inFolder, jobIn, writeMeeting, type Meeting } from './meeting.js';
import type { Measurement } from './trial.js';

/** What else makes the movie of a meeting. */
export interface Rival {
  name: string;
  make(meeting: Meeting, folder: string): void;
}

export const FFMPEG: Rival = {
  name: 'ffmpeg',
  make: (meeting, folder) => runProgram('ffmpeg', filterArgs(meeting, join(folder, 'filtered.mp4'))),
};

/** CPU seconds for each recorded second, the encoder's included, of ours next to a program that does all of it. */
export function composeCpu(meeting: Meeting, rounds = 2, rival = FFMPEG): Promise<Measurement> {
  return inFolder(async (folder) => {
    const journalDir = join(folder, 'journal');
    await writeMeeting(journalDir, meeting);
    const { path } = await findFfmpeg();
    const cpu = await inTurn(
      rounds,
      () => cpuOf(async () => void (await compose(jobIn(folder, journalDir, path), framesOf(meeting)))),
      () => cpuOf(() => rival.make(meeting, folder)),
    );
    const [ours, theirs] = [Math.min(...cpu.a) / meeting.seconds, Math.min(...cpu.b) / meeting.seconds];
    return { value: ours / theirs, also: { cpuSecondsEach: ours, [`${rival.name}CpuSecondsEach`]: theirs } };
  });
}

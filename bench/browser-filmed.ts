import { join } from 'node:path';
import { findFfmpeg } from '../src/compositor/encoders/ffmpeg-binary.js';
import { filmMeeting, FILM_SECONDS } from './browser.js';
import { distinctFrames } from './frame-counter.js';
import { footage } from './inputs.js';
import { cpuOf } from './measure.js';
import { compose, framesOf, inFolder, jobIn, realMeeting, tilesOf, writeMeeting } from './meeting.js';
import type { Measurement } from './trial.js';

/** CPU seconds for each recorded second next to a filmed browser, and how many of ten seconds' frames either has. */
export function nextToBrowser(): Promise<Measurement> {
  return inFolder(async (folder) => {
    const real = realMeeting();
    const meeting = { ...real, cameras: [footage('640x360', framesOf(real), 0, true), ...real.cameras.slice(1)] };
    const job = jobIn(folder, join(folder, 'journal'), (await findFfmpeg()).path);
    await writeMeeting(job.journalDir, meeting);
    const film = join(folder, 'film.mp4');
    const ours = (await cpuOf(async () => void (await compose(job, framesOf(meeting))))) / meeting.seconds;
    const theirs = await filmMeeting(meeting, folder, film);
    const [, counted] = tilesOf(meeting);
    if (!counted) throw new Error('The layout shows no camera.');
    const frames = FILM_SECONDS * 30;
    const distinct = distinctFrames(job.moviePath, counted, [10, FILM_SECONDS]);
    if (distinct !== frames) throw new Error(`Only ${distinct} of the movie's ${frames} frames differ.`);
    return {
      value: ours / theirs,
      also: {
        ...{ cpuSecondsEach: ours, browserCpuSecondsEach: theirs, frames, distinct },
        browserDistinct: distinctFrames(film, counted, [0, FILM_SECONDS]),
      },
    };
  });
}

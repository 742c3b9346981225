import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/core/paths.js';
import { filterArgs } from './ffmpeg-filters.js';
import { cpuOf, inTurn, runProgram } from './measure.js';
import { framesOf, inFolder, realMeeting, writeMeeting } from './meeting.js';
import type { Measurement } from './trial.js';

const ROUNDS = 2;
const PROGRAM = join(packageRoot, 'dist', 'src', 'cli', 'index.js');

/**
 * `reelroom render` on one core, its encoders on the same one, as a multiple of real time, starting the program
 * included; next to ffmpeg on that core.
 */
export function renderSpeed(): Promise<Measurement> {
  return inFolder(async (folder) => {
    const meeting = realMeeting();
    await writeMeeting(join(folder, 'journal'), meeting);
    // The last one: the first serves most interrupts.
    const core = String(availableParallelism() - 1);
    const speed = async (run: () => void): Promise<{ wall: number; cpu: number }> => {
      const startMs = performance.now();
      const cpuS = await cpuOf(run);
      return { wall: (meeting.seconds * 1000) / (performance.now() - startMs), cpu: meeting.seconds / cpuS };
    };
    const render = (): void => {
      const report = renderOn(core, join(folder, 'journal'), join(folder, 'movie.mp4'));
      if (report.frames !== framesOf(meeting)) throw new Error(`The movie has ${report.frames} frames.`);
    };
    const filter = (): void => runProgram('taskset', ['-c', core, 'ffmpeg', ...filterArgs(meeting, join(folder, 'filtered.mp4'))]);
    const { a, b } = await inTurn(ROUNDS, () => speed(render), () => speed(filter));
    const best = (speeds: { wall: number; cpu: number }[], of: 'wall' | 'cpu'): number => Math.max(...speeds.map((one) => one[of]));
    return {
      value: best(a, 'wall'),
      // By CPU time: what it would be with the core for itself alone.
      also: { byCpu: best(a, 'cpu'), ffmpeg: best(b, 'wall'), ffmpegByCpu: best(b, 'cpu') },
    };
  });
}

function renderOn(core: string, journal: string, movie: string): { frames: number } {
  const args = ['-c', core, process.execPath, PROGRAM, 'render', journal, movie, '--json'];
  const { status, stdout, stderr, error } = spawnSync('taskset', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`reelroom render failed: ${error?.message ?? stderr}`);
  return JSON.parse(stdout) as { frames: number };
}

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TrackSource } from '../src/core/media.js';
import { findFfmpeg } from '../src/compositor/encoders/ffmpeg-binary.js';
import { x264Args } from './ffmpeg-filters.js';
import { footage, scrolledCode, slides, type Stream } from './inputs.js';
import { contentOf, writeJournal, type PublishedStream } from './journal.js';
import { runProgram } from './measure.js';
import { compose, inFolder, jobIn } from './meeting.js';
import type { Measurement } from './trial.js';

/** A canvas is 3 MB, and all of them lie on the disk. */
const SECONDS = 6;
const FRAMES = SECONDS * 30;
const RAW = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', '1920x1080', '-r', '30'];

/** What a movie shows, and how much of it. */
interface Quality {
  ssim: number;
  kbitPerS: number;
}

const CONTENTS: Record<string, () => PublishedStream[]> = {
  slides: () => [shown('screen', slides('1920x1080', SECONDS))],
  code: () => [shown('screen', scrolledCode('1920x1080', SECONDS))],
  heads: () => [0, 1, 2, 3].map((number) => shown('camera', footage('640x360', FRAMES, number), number)),
  motion: () => [shown('screen', footage('1280x720', FRAMES, 1))],
};

function shown(source: TrackSource, stream: Stream, person = 0): PublishedStream {
  return { memberId: `member-${person}`, source, stream };
}

/**
 * Each movie and one by ffmpeg with the same preset and settings from the same canvases, both compared with those
 * canvases. The value is the most that ours is below ffmpeg's in SSIM; `mostBits` is the most that it takes next to ffmpeg's.
 */
export function quality(): Promise<Measurement> {
  return inFolder(async (folder) => {
    const also: Record<string, number> = {};
    let [value, mostBits] = [-Infinity, 0];
    for (const [name, published] of Object.entries(CONTENTS)) {
      const { ours, theirs } = await bothOf(folder, published());
      value = Math.max(value, theirs.ssim - ours.ssim);
      mostBits = Math.max(mostBits, ours.kbitPerS / theirs.kbitPerS);
      Object.assign(also, { [`${name}Ssim`]: ours.ssim, [`${name}FfmpegSsim`]: theirs.ssim });
      Object.assign(also, { [`${name}KbitPerS`]: ours.kbitPerS, [`${name}FfmpegKbitPerS`]: theirs.kbitPerS });
    }
    return { value, also: { mostBits, ...also } };
  });
}

async function bothOf(folder: string, published: PublishedStream[]): Promise<{ ours: Quality; theirs: Quality }> {
  const [journalDir, canvases, reference] = [join(folder, 'journal'), join(folder, 'canvases.yuv'), join(folder, 'reference.mp4')];
  await writeJournal(journalDir, contentOf(published, SECONDS * 1_000_000));
  const { path } = await findFfmpeg();
  const job = jobIn(folder, journalDir, path);
  const file = openSync(canvases, 'w');
  try {
    await compose(job, FRAMES, { onCanvas: (_, canvas) => void writeSync(file, canvas) });
  } finally {
    closeSync(file);
  }
  runProgram('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...RAW, '-i', canvases, ...x264Args(), '-g', '60', reference]);
  const found = { ours: qualityOf(job.moviePath, canvases), theirs: qualityOf(reference, canvases) };
  rmSync(canvases);
  return found;
}

function qualityOf(movie: string, canvases: string): Quality {
  const compared = ['-i', movie, ...RAW, '-i', canvases, '-lavfi', '[0:v]settb=1/30,setpts=N[a];[1:v]settb=1/30,setpts=N[b];[a][b]ssim', '-f', 'null', '-'];
  const ssim = /All:([\d.]+)/.exec(outputOf('ffmpeg', ['-nostdin', '-hide_banner', ...compared]))?.[1];
  if (ssim === undefined) throw new Error('ffmpeg tells no SSIM.');
  const sizes = outputOf('ffprobe', ['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=size', '-of', 'csv=p=0', movie]);
  const bytes = sizes.split(/\s+/).reduce((sum, size) => sum + (Number.parseInt(size, 10) || 0), 0);
  return { ssim: Number(ssim), kbitPerS: (bytes * 8) / 1000 / SECONDS };
}

function outputOf(program: string, args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  return stdout + stderr;
}

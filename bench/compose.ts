import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeJournal, type ComposeHooks } from '../src/compositor/compose.js';
import { findFfmpeg } from '../src/compositor/encoders/ffmpeg-binary.js';
import { defaultEncoder, openEncoders } from '../src/compositor/encoders/open.js';
import type { EncoderFactory } from '../src/compositor/encoders/encoder.js';
import { layoutTiles } from '../src/compositor/layout.js';
import type { RecordingReport } from '../src/core/recording.js';
import { camera, footage, screen, scrolledCode, voice, type Stream } from './inputs.js';
import { writeJournal } from './journal.js';
import { cpuOf, inTurn, median, percentile, runProgram } from './measure.js';
import type { Measurement } from './trials.js';

/** Long enough that starting ffmpeg and compiling code count little, as they do in a meeting. */
const SECONDS = 30;
const FRAMES = SECONDS * 30;
const FRAME_MS = 1000 / 30;
const PRESET = 'superfast';
/** Frames at the beginning that are not judged: the encoder starts, code is compiled, a card is drawn. */
const WARM_UP_FRAMES = 30;

interface Meeting {
  stage: Stream;
  cameras: Stream[];
  voices: Stream[];
}

function meeting(): Meeting {
  const people = [0, 1, 2, 3];
  return {
    stage: screen('1920x1080', FRAMES),
    cameras: people.map((number) => camera('640x360', FRAMES, number)),
    voices: people.map((number) => voice(SECONDS, number)),
  };
}

/** What people do: code is scrolled on a shared screen, and four of them are seen. */
export function realMeeting(): Meeting {
  const people = [0, 1, 2, 3];
  return {
    stage: scrolledCode('1920x1080', SECONDS),
    cameras: people.map((number) => footage('640x360', FRAMES, number)),
    voices: people.map((number) => voice(SECONDS, number)),
  };
}

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'reelroom-bench-run-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function writeMeeting(dir: string, { stage, cameras, voices }: Meeting): Promise<void> {
  const cameraOf = cameras.map((stream, index) => ({ memberId: `member-${index}`, source: 'camera' as const, stream }));
  const voiceOf = voices.map((stream, index) => ({ memberId: `member-${index}`, source: 'microphone' as const, stream }));
  const shared = { memberId: 'member-0', source: 'screen' as const, stream: stage };
  await writeJournal(dir, [shared, ...cameraOf, ...voiceOf], SECONDS * 1_000_000);
}

export async function compose(folder: string, journalDir: string, ffmpegPath: string, hooks: ComposeHooks = {}): Promise<RecordingReport> {
  const report = await composeJournal(
    {
      ...{ journalDir, moviePath: join(folder, 'movie.mp4'), posterPath: join(folder, 'poster.jpg') },
      ...{ live: false, resume: false, ffmpegPath, preset: PRESET },
    },
    hooks,
  );
  if (report.frames !== FRAMES) throw new Error(`The movie has ${report.frames} frames instead of ${FRAMES}.`);
  return report;
}

/** CPU seconds for each recorded second, the encoder's included, of ours and of ffmpeg doing all of it. */
export function composeCpu(kind: 'moving' | 'real'): Promise<Measurement> {
  return inFolder(async (folder) => {
    const people = kind === 'real' ? realMeeting() : meeting();
    const journalDir = join(folder, 'journal');
    await writeMeeting(journalDir, people);
    const { path } = await findFfmpeg();
    const cpu = await inTurn(
      2,
      () => cpuOf(async () => void (await compose(folder, journalDir, path))),
      () => cpuOf(() => runProgram('ffmpeg', filterArgs(people, join(folder, 'filtered.mp4')))),
    );
    const [ours, theirs] = [Math.min(...cpu.a) / SECONDS, Math.min(...cpu.b) / SECONDS];
    return { value: ours / theirs, also: { cpuSecondsEach: ours, ffmpegCpuSecondsEach: theirs } };
  });
}

/** The same picture by ffmpeg's decoders, scale and overlay, with the same encoder settings. */
function filterArgs({ stage, cameras, voices }: Meeting, target: string): string[] {
  const people = cameras.map((_, joinedOrder) => ({
    ...{ memberId: '', trackId: String(joinedOrder + 1), widthPx: 640, heightPx: 360, joinedOrder, highlighted: false },
  }));
  const tiles = layoutTiles({ layout: 'stage', content: { trackId: '0', widthPx: 1920, heightPx: 1080 }, people });
  const scaled = tiles.map(({ trackId, rect }) => `[${trackId}:v]scale=${rect.width}:${rect.height}[s${trackId}]`);
  const overlaid = tiles.map(({ trackId, rect }, index) => {
    const onto = index === 0 ? '[canvas]' : `[o${index - 1}]`;
    return `${onto}[s${trackId}]overlay=${rect.x}:${rect.y}:shortest=1[o${index}]`;
  });
  const firstVoice = 1 + cameras.length;
  const filter = [
    `color=c=0x0c0d10:s=1920x1080:r=30:d=${SECONDS}[canvas]`,
    ...scaled,
    ...overlaid,
    `${voices.map((_, index) => `[${firstVoice + index}:a]`).join('')}amix=inputs=${voices.length}:normalize=0[sound]`,
  ];
  return [
    ...['-v', 'error', '-nostdin', '-y'],
    ...[stage, ...cameras, ...voices].flatMap(({ path }) => ['-threads', '1', '-i', path]),
    ...['-filter_complex_threads', '1', '-filter_complex', filter.join(';')],
    ...['-map', `[o${tiles.length - 1}]`, '-map', '[sound]', '-t', String(SECONDS), '-r', '30', '-pix_fmt', 'yuv420p'],
    ...['-c:v', 'libx264', '-profile:v', 'high', '-preset', PRESET, '-threads', '1', '-bf', '0', '-crf', '23'],
    ...['-maxrate', '12000k', '-bufsize', '24000k', '-x264-params', 'rc-lookahead=0:sync-lookahead=0:mbtree=0'],
    ...['-c:a', 'aac', '-b:a', '160k', target],
  ];
}

/**
 * The real compositor at the speed of a meeting: it is let go at each tick of 33.3 ms, and timed until
 * the encoder has taken the frame.
 */
export function frameTime(): Promise<Measurement> {
  return inFolder(async (folder) => {
    const journalDir = join(folder, 'journal');
    await writeMeeting(journalDir, meeting());
    const binary = await findFfmpeg();
    const pace = new Pace();
    await compose(folder, journalDir, binary.path, { encoders: paced(await openEncoders(defaultEncoder(), binary), pace) });
    const times = pace.frameMs.slice(WARM_UP_FRAMES);
    return { value: percentile(times, 0.99), also: { medianMs: median(times), maxMs: Math.max(...times), frames: times.length } };
  });
}

/** Gives the ticks, and keeps how long each frame took from its tick on. */
class Pace {
  readonly frameMs: number[] = [];
  #tickMs: number | null = null;

  /** The frame was accepted; resolves at the next tick, at once where that is over. */
  async accepted(): Promise<void> {
    const nowMs = performance.now();
    if (this.#tickMs !== null) this.frameMs.push(nowMs - this.#tickMs);
    const nextMs = (this.#tickMs ?? nowMs) + FRAME_MS;
    if (nextMs > nowMs) await new Promise((resolve) => setTimeout(resolve, nextMs - nowMs));
    // Timers are late by a part of a millisecond; that is not the frame's time.
    this.#tickMs = performance.now();
  }
}

function paced(encoders: EncoderFactory, pace: Pace): EncoderFactory {
  return {
    audio: (onFrame) => encoders.audio(onFrame),
    video: (options, onAccessUnit) => {
      const encoder = encoders.video(options, onAccessUnit);
      return {
        name: encoder.name,
        ...(encoder.slots && { slots: encoder.slots }),
        write: async (canvas, changed) => {
          await encoder.write(canvas, changed);
          await pace.accepted();
        },
        end: () => encoder.end(),
        close: () => encoder.close(),
      };
    },
  };
}

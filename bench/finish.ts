import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessUnit, EncoderFactory } from '../src/compositor/encoders/encoder.js';
import { findFfmpeg } from '../src/compositor/encoders/ffmpeg-binary.js';
import { defaultEncoder, openEncoders } from '../src/compositor/encoders/open.js';
import { CHUNK_FRAMES, aacFramesFor } from '../src/compositor/movie/chunks.js';
import { MovieWriter } from '../src/compositor/movie/movie-writer.js';
import { CompositorPool } from '../src/compositor/pool.js';
import type { Clock } from '../src/core/clock.js';
import { createLog } from '../src/core/log.js';
import { DataPaths } from '../src/core/paths.js';
import type { RecordingState } from '../src/core/recording.js';
import { createRecordingService } from '../src/recording/service.js';
import { openStorage } from '../src/storage/index.js';
import { FakeHub, FakeRoom, member } from '../test/recording/doubles.js';
import { LongMeeting } from './long-meeting.js';
import { compose, framesOf, inFolder, jobIn, realMeeting, writeMeeting } from './meeting.js';
import type { Measurement } from './trial.js';

/** Who is behind by less than this has kept up. */
const IN_TIME_MS = 500;
const HOUR_MS = 3_600_000;
const FRAMES_PER_MS = 30 / 1000;

/** Real access units and AAC frames: half a minute of a meeting, in whole chunks. */
interface Coded {
  chunks: { video: AccessUnit[] }[];
  audio: Uint8Array[];
}

/**
 * From Stop to `available` of a recording of so many hours: the service, the journal, the worker, the encoders,
 * the movie's writer, the verification, the filing and the database are the real ones. Only most of the movie was
 * written before, from a half minute that was really encoded, over and over; the worker goes on behind it as after
 * a restart, and has caught up when Stop is pressed.
 */
export function finishTime(hours: number, maxKbitPerS: number): Promise<Measurement> {
  return inFolder(async (folder) => {
    const lengthMs = hours * HOUR_MS;
    const { path: ffmpegPath } = await findFfmpeg();
    const coded = await encodedMeeting(join(folder, 'sample'), ffmpegPath, maxKbitPerS);
    const made = join(folder, 'made.mp4');
    await writeLongMovie(made, coded, Math.floor((lengthMs * FRAMES_PER_MS) / CHUNK_FRAMES));

    const clock = new LongClock(lengthMs);
    const paths = new DataPaths(join(folder, 'data'));
    const storage = openStorage(paths.database);
    const log = createLog('error');
    const pool = new CompositorPool({ slots: 1, log });
    let lagMs = Infinity;
    let begin: () => void = () => {};
    const filled = new Promise<void>((resolve) => (begin = resolve));
    const hub = new FakeHub();
    const service = createRecordingService({
      ...{ paths, storage, hub, clock, log },
      pool: {
        compose: (job) => {
          let task: ReturnType<CompositorPool['compose']> | null = null;
          const done = filled
            .then(() => Promise.all(['', '.index'].map((end) => rename(`${made}${end}`, `${job.moviePath}${end}`))))
            .then(() => (task = pool.compose({ ...job, resume: true }, (progress) => (lagMs = progress.frames > 0 ? progress.lagMs : lagMs))).done);
          return { done, grown: () => task?.grown(), still: () => task?.still() ?? Promise.resolve(false), abort: () => task?.abort() };
        },
      },
      options: { capMs: 25 * HOUR_MS },
    });
    const room = storage.rooms.create({ title: 'Bench', ownerId: 'id-ann', timeZone: 'UTC', createdAtMs: clock.wallMs() });
    const meeting = new LongMeeting(new FakeRoom(room.id), hub, () => clock.monotonicUs());
    try {
      const host = member('ann');
      const { recordingId } = await service.start(meeting.room, host);
      await meeting.fill(lengthMs, (ms) => clock.standAt(ms), (label) => service.mark(room.id, host, label));
      clock.run();
      begin();
      meeting.goOn();
      while (lagMs > IN_TIME_MS) await sleep(100);
      await sleep(3000);

      const toldMs = new Map<RecordingState, number>();
      const finished = new Promise<void>((resolve) => {
        service.events.on('changed', ({ state }) => {
          toldMs.set(state, performance.now());
          if (state === 'available' || state === 'failed') resolve();
        });
      });
      const pressedMs = performance.now();
      await service.stop(room.id, host);
      await finished;
      meeting.close();
      const row = storage.recordings.get(recordingId);
      if (row?.state !== 'available') throw new Error(`The recording is ${row?.state}: ${row?.failureMessage}`);
      const at = (state: RecordingState): number => ((toldMs.get(state) ?? Number.NaN) - pressedMs) / 1000;
      return {
        value: at('available'),
        also: {
          composedS: at('verifying'),
          verifiedS: at('storing') - at('verifying'),
          filedS: at('available') - at('storing'),
          megabytes: Math.round((row.bytes ?? 0) / 1e6),
          frames: row.report?.frames ?? 0,
        },
      };
    } finally {
      meeting.close();
      await service.close();
      await pool.close();
      storage.close();
    }
  });
}

/** The recording began `lengthMs` ago. Its time stands where it is put, until it runs with the world's. */
class LongClock implements Clock {
  readonly #startedAtWallMs: number;
  #standsAtMs: number | null = 0;

  constructor(lengthMs: number) {
    this.#startedAtWallMs = Date.now() - lengthMs;
  }

  standAt(ms: number): void {
    this.#standsAtMs = ms;
  }

  run(): void {
    this.#standsAtMs = null;
  }

  wallMs = (): number => (this.#standsAtMs === null ? Date.now() : this.#startedAtWallMs + this.#standsAtMs);

  monotonicUs = (): number => (this.wallMs() - this.#startedAtWallMs) * 1000;
}

/** What the real encoders make of the meeting, in whole chunks. */
async function encodedMeeting(folder: string, ffmpegPath: string, maxKbitPerS: number): Promise<Coded> {
  const coded: Coded = { chunks: [], audio: [] };
  const encoders = await openEncoders(defaultEncoder(), await findFfmpeg(ffmpegPath));
  const kept: EncoderFactory = {
    video: (options, onAccessUnit) =>
      encoders.video(options, (unit) => {
        const kept = { ...unit, data: unit.data.slice() };
        if (unit.keyframe) coded.chunks.push({ video: [] });
        coded.chunks.at(-1)?.video.push(kept);
        onAccessUnit(unit);
      }),
    audio: (onFrame) =>
      encoders.audio((frame) => {
        coded.audio.push(frame.slice());
        onFrame(frame);
      }),
  };
  const journal = join(folder, 'journal');
  const meeting = realMeeting();
  await writeMeeting(journal, meeting);
  await compose(jobIn(folder, journal, ffmpegPath), framesOf(meeting), { encoders: kept, rate: { crf: 23, maxKbitPerS } });
  await rm(folder, { recursive: true });
  return coded;
}

/** The movie and its index as a killed worker leaves them. */
async function writeLongMovie(path: string, { chunks, audio }: Coded, count: number): Promise<void> {
  const movie = await MovieWriter.open({ path, format: { widthPx: 1920, heightPx: 1080 }, createdAtMs: Date.now() }, false);
  for (let chunk = 0; chunk < count; chunk++) {
    const { video } = chunks[chunk % chunks.length] ?? { video: [] };
    for (const unit of video) movie.addAccessUnit(unit);
    const until = aacFramesFor((chunk + 1) * CHUNK_FRAMES);
    for (let frame = aacFramesFor(chunk * CHUNK_FRAMES); frame < until; frame++) movie.addAudioFrame(audio[frame % audio.length] ?? new Uint8Array());
    await movie.settle();
  }
  await movie.close();
}

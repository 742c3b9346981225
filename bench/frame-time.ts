import { join } from 'node:path';
import type { EncoderFactory } from '../src/compositor/encoders/encoder.js';
import { findFfmpeg } from '../src/compositor/encoders/ffmpeg-binary.js';
import { defaultEncoder, openEncoders } from '../src/compositor/encoders/open.js';
import { median, percentile } from './measure.js';
import { compose, drawnMeeting, framesOf, inFolder, jobIn, writeMeeting } from './meeting.js';
import type { Measurement } from './trial.js';

const FRAME_MS = 1000 / 30;
/** Frames at the beginning that are not judged: the encoder starts, code is compiled, a card is drawn. */
const WARM_UP_FRAMES = 30;

/**
 * The real compositor at the speed of a meeting: it is let go at each tick of 33.3 ms, and timed until
 * the encoder has taken the frame.
 */
export function frameTime(): Promise<Measurement> {
  return inFolder(async (folder) => {
    const journalDir = join(folder, 'journal');
    const meeting = drawnMeeting();
    await writeMeeting(journalDir, meeting);
    const binary = await findFfmpeg();
    const pace = new Pace();
    const encoders = paced(await openEncoders(defaultEncoder(), binary), pace);
    await compose(jobIn(folder, journalDir, binary.path), framesOf(meeting), { encoders });
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

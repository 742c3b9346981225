import type { AudioEncoder, EncoderFactory } from '../encoders/encoder.js';
import { SAMPLES_PER_FRAME } from '../format.js';
import { AAC_FRAME_SAMPLES } from '../movie/chunks.js';

/** AAC frames made again before the first one that a resumed movie needs: encoder and overlap have settled by then. */
const WARM_UP_AAC_FRAMES = 4;

/** AAC frames, the priming one included. */
export interface AudioSpan {
  /** What the movie has. */
  framesStored: number;
  /** It goes on where another movie ended: the encoder hears a little of what was before. */
  goesOn: boolean;
  /** What it will have in the end; Infinity where that is not known. */
  lastFrame: number;
}

const TAIL_SAMPLES = 2 * AAC_FRAME_SAMPLES;

/**
 * Feeds the sound of a movie to an AAC encoder that may be started in its middle: the encoder begins at a
 * whole AAC frame a little earlier, so that its frames lie where the first encoder's would, and what
 * the movie has already is left out.
 */
export class AudioFeed {
  readonly #encoder: AudioEncoder;
  /** First sample that the encoder gets. */
  readonly #fromSample: number;

  constructor(encoders: EncoderFactory, { framesStored, goesOn, lastFrame }: AudioSpan, onFrame: (frame: Uint8Array) => void) {
    const firstFrame = Math.max(goesOn ? -WARM_UP_AAC_FRAMES : 0, framesStored - WARM_UP_AAC_FRAMES);
    this.#fromSample = firstFrame * AAC_FRAME_SAMPLES;
    let toLeaveOut = framesStored - firstFrame;
    let toGive = lastFrame - framesStored;
    this.#encoder = encoders.audio((frame) => {
      if (toLeaveOut > 0) toLeaveOut--;
      else if (toGive-- > 0) onFrame(frame);
    });
  }

  /** Takes the sound of movie frame `number`, interleaved stereo. Frames before 0 are those before a movie that goes on. */
  async write(number: number, sound: Float32Array): Promise<void> {
    const start = number * SAMPLES_PER_FRAME;
    const skip = this.#fromSample - start;
    if (skip >= SAMPLES_PER_FRAME) return;
    await this.#encoder.write(skip > 0 ? sound.subarray(skip * 2) : sound);
  }

  /** Pads the end with silence: an encoder keeps back a frame that it could not fill. The movie's edit list cuts it. */
  async end(): Promise<void> {
    await this.#encoder.write(new Float32Array(TAIL_SAMPLES * 2));
    await this.#encoder.end();
  }

  close(): void {
    this.#encoder.close();
  }
}

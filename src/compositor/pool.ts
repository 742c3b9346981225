import { availableParallelism } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { AppError, messageOf } from '../core/errors.js';
import type { Log } from '../core/log.js';
import { programFiles } from '../core/paths.js';
import type { RecordingReport } from '../core/recording.js';
import { Capacity } from './capacity.js';
import { recallCost, rememberCost } from './known-cost.js';
import type { ComposeJob, FromWorker, ToWorker, WorkProgress } from './messages.js';
import { withRestarts, type Attempt } from './restarts.js';
import { Turns } from './turns.js';

export interface CompositorPoolOptions {
  /** Recordings composed at once; further jobs wait for their turn. 0: as many as the cores can do in real time, as measured. */
  slots: number;
  log: Log;
  /** Where what recordings cost on this machine is remembered, and of which machine. */
  costs?: { file: string; machine: string };
  /** Instead of the compositor's worker; for tests of workers that die. */
  workerFile?: string;
}

export interface ComposeProgress extends WorkProgress {
  /** Others are composed first. */
  waits: boolean;
}

/** A job in the pool. */
export interface ComposeTask {
  /**
   * The report of the finished movie. Rejects with `AppError`: `aborted`, or what `Composition.run` throws,
   * when starting again did not help.
   */
  readonly done: Promise<RecordingReport>;
  /** The journal has more to read. */
  grown(): void;
  /** Writes the present picture to the job's `stillPath`. False where there is none, as before its turn. */
  still(): Promise<boolean>;
  /** Stops, and leaves the unfinished movie for a later job with `resume`. Twice is fine. */
  abort(): void;
}

/** Threads that a pool without a number of slots may have for each core: the capacity decides first. */
const MOST_PER_CORE = 8;
/** Workers, and the encoders that they start, are this much nicer: the meeting's packets always come first. */
const GIVES_WAY = 5;
/** A worker has this long to stop by itself before it is ended. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Composes recordings in worker threads. A worker or encoder that dies costs a restart, never the movie. */
export class CompositorPool {
  readonly #piscina: Piscina;
  readonly #log: Log;
  readonly #capacity: Capacity;
  readonly #costs: CompositorPoolOptions['costs'];
  readonly #turns: Turns;
  readonly #tasks = new Set<ComposeTask>();
  #closing = false;
  #closed: Promise<void> | null = null;

  constructor({ slots, log, costs, workerFile }: CompositorPoolOptions) {
    this.#log = log;
    this.#costs = costs;
    this.#capacity = new Capacity(availableParallelism(), costs ? recallCost(costs) : null);
    this.#turns = new Turns((running) => (slots > 0 ? running.length < slots : this.#capacity.fits(running)));
    this.#piscina = new Piscina({
      filename: workerFile ?? programFiles.compositorWorker,
      minThreads: 0,
      maxThreads: slots > 0 ? slots : availableParallelism() * MOST_PER_CORE,
      concurrentTasksPerWorker: 1,
      idleTimeout: 10_000,
      closeTimeout: CLOSE_TIMEOUT_MS,
      niceIncrement: GIVES_WAY,
    });
    // A worker's death rejects the task that it had; without a listener it would end the process too.
    this.#piscina.on('error', (error: unknown) => this.#log.error({ error: messageOf(error) }, 'a compositor worker died'));
  }

  /** Takes a job; it starts when a slot is free. Throws `AppError` `compositor_closed`. */
  compose(job: ComposeJob, onProgress: (progress: ComposeProgress) => void = () => undefined): ComposeTask {
    if (this.#closing) throw new AppError('compositor_closed', 'The compositor is closing.', { audience: 'operator', status: 503 });
    let attempt: RunningAttempt | null = null;
    let aborted = false;
    const turn = this.#turns.enter();
    if (turn.waits) {
      this.#log.info({ movie: job.moviePath, expectedCores: this.#capacity.expected }, 'a recording waits until others are composed');
      onProgress({ frames: 0, lagMs: 0, cores: null, waits: true });
    }
    const tell = (progress: WorkProgress): void => {
      if (progress.cores !== null && progress.cores !== turn.cost) {
        turn.cost = progress.cores;
        this.#capacity.learn(progress.cores);
        this.#turns.look();
      }
      onProgress({ ...progress, waits: false });
    };
    const done = turn.came
      .then(() =>
        withRestarts(
          job,
          (next) => {
            attempt = this.#start(next, tell);
            return attempt;
          },
          () => !aborted && !this.#closing,
          (error, restarts) => this.#log.warn({ code: error.code, error: error.message, restarts, movie: job.moviePath }, 'composing starts again'),
        ),
      )
      .finally(() => {
        turn.leave();
        if (this.#costs) rememberCost(this.#costs, this.#capacity.expected);
      });
    const task: ComposeTask = {
      done,
      grown: () => attempt?.say({ kind: 'grown' }),
      still: () => attempt?.still() ?? Promise.resolve(false),
      abort: () => {
        aborted = true;
        if (turn.waits) turn.leave(new AppError('aborted', 'Composing was stopped; it can be continued.', { audience: 'operator' }));
        attempt?.abort();
      },
    };
    this.#tasks.add(task);
    // The caller has `done`; this only forgets the task, and must not be a second unhandled rejection.
    done.catch(() => undefined).finally(() => this.#tasks.delete(task));
    return task;
  }

  /** Jobs that run or wait for their slot. */
  get jobs(): number {
    return this.#tasks.size;
  }

  /** Aborts what runs and waits for it. Twice is fine. */
  close(): Promise<void> {
    this.#closing = true;
    this.#closed ??= (async () => {
      const tasks = [...this.#tasks];
      for (const task of tasks) task.abort();
      await Promise.allSettled(tasks.map((task) => task.done));
      await this.#piscina.destroy();
    })();
    return this.#closed;
  }

  #start(job: ComposeJob, onProgress: (progress: WorkProgress) => void): RunningAttempt {
    const { port1: ours, port2: theirs } = new MessageChannel();
    const waiting = new AbortController();
    let frames = 0;
    let started = false;
    let answers: ((ok: boolean) => void)[] = [];
    const answerStill = (ok: boolean): void => {
      for (const each of answers) each(ok);
      answers = [];
    };
    const answer = new Promise<RecordingReport>((resolve, reject) => {
      ours.on('close', () => reject(workerDied('it left without an answer')));
      ours.on('message', (message: FromWorker) => {
        started = true;
        switch (message.kind) {
          case 'progress':
            frames = message.frames;
            onProgress({ frames: message.frames, lagMs: message.lagMs, cores: message.cores });
            return;
          case 'still':
            answerStill(message.ok);
            return;
          case 'done':
            resolve(message.report);
            return;
          case 'failed':
            reject(new AppError(message.code, message.message, { audience: 'operator', status: 500 }));
            return;
        }
      });
    });
    const ran = this.#piscina.run({ job, port: theirs }, { transferList: [theirs], signal: waiting.signal }).then(
      () => answer,
      (error: unknown) => {
        throw waiting.signal.aborted
          ? new AppError('aborted', 'Composing was stopped; it can be continued.', { audience: 'operator' })
          : workerDied(messageOf(error));
      },
    );
    answer.catch(() => undefined);
    return {
      done: ran.finally(() => {
        ours.close();
        answerStill(false);
      }),
      frames: () => frames,
      say: (message) => ours.postMessage(message),
      still: () => {
        if (!started) return Promise.resolve(false);
        // One at a time is made; whoever asks meanwhile gets the same.
        if (answers.length === 0) ours.postMessage({ kind: 'still' } satisfies ToWorker);
        return new Promise((resolve) => answers.push(resolve));
      },
      abort: () => {
        // Before its slot is free a job has no worker that would read the port.
        if (started) ours.postMessage({ kind: 'abort' } satisfies ToWorker);
        else waiting.abort();
      },
    };
  }
}

interface RunningAttempt extends Attempt {
  say(message: ToWorker): void;
  still(): Promise<boolean>;
  abort(): void;
}

function workerDied(how: string): AppError {
  return new AppError('worker_died', `The compositor's worker died: ${how}`, { audience: 'operator', status: 500 });
}

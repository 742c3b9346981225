import { native } from '../../native/index.js';
import type { Clock } from '../core/clock.js';
import { systemClock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { canvasSize, DEFAULT_LAYOUT, type LayoutName } from '../core/layouts.js';
import type { RecordingGap, RecordingReport } from '../core/recording.js';
import type { JournalRecord } from '../journal/records.js';
import { readJournal, type JournalReader } from '../journal/reader.js';
import type { EncoderFactory } from './encoders/encoder.js';
import { findFfmpeg } from './encoders/ffmpeg-binary.js';
import { defaultEncoder, openEncoders } from './encoders/open.js';
import { firstPreset, nextPreset, type PresetState } from './encoders/preset.js';
import { UsedEncoders } from './encoders/used.js';
import { Engine } from './engine.js';
import { FRAME_RATE_HZ, WAIT_US } from './format.js';
import { CpuUse } from './cpu-use.js';
import type { ComposeJob, WorkProgress } from './messages.js';
import { MachineIdle } from './machine-idle.js';
import { MovieWriter } from './movie/movie-writer.js';
import { Output, type OutputHooks } from './output.js';
import { PeopleFilter } from './people-filter.js';
import { withRestarts, type Attempt } from './restarts.js';
import { PreviewStrip } from './sidecars/preview-strip.js';
import { sliceOf } from './sidecars/slice.js';
import type { SidecarSource } from './sidecars/write-sidecars.js';

export interface ComposeHooks extends OutputHooks {
  /** Told about twice a second of work, and at the end. */
  onProgress?: (progress: WorkProgress) => void;
  /** Instead of the job's. */
  encoders?: EncoderFactory;
  clock?: Clock;
  /** Instead of the machine's: the idle part of its processors, 0 to 1. */
  idle?: () => number;
  /** Aborting it is `Composition.abort`. */
  signal?: AbortSignal;
  /** Live: how often the journal is looked at though nobody said that it grew. */
  pollMs?: number;
}

const POLL_MS = 500;
const PROGRESS_FRAMES = 15;
/** What it costs is measured over so many: 10 s. */
const COST_FRAMES = 300;
/** The sound of so many frames behind a span is encoded too, so that the last of its own does not end in silence. */
const TAIL_FRAMES = 2;

/** Composes one journal into one movie. For the whole life of a live recording, or over in a moment. */
export class Composition {
  readonly #job: ComposeJob;
  readonly #hooks: ComposeHooks;
  readonly #clock: Clock;
  #reader: JournalReader | null = null;
  #output: Output | null = null;
  #aborted = false;
  #lagMs = 0;
  #worstLagMs = 0;
  readonly #gaps: Gap[] = [];
  #preset: PresetState;
  readonly #cpu = new CpuUse();
  #cores: number | null = null;
  /** Where the present measurement of cost began. */
  #costFrom: { frames: number; seconds: number } | null = null;
  readonly #idle: () => number;

  constructor(job: ComposeJob, hooks: ComposeHooks = {}) {
    this.#job = job;
    this.#preset = firstPreset(job.preset);
    const machine = new MachineIdle();
    this.#idle = hooks.idle ?? (() => machine.share());
    this.#hooks = hooks;
    this.#clock = hooks.clock ?? systemClock;
    hooks.signal?.addEventListener('abort', () => this.abort(), { once: true });
    if (hooks.signal?.aborted) this.abort();
  }

  /** The journal has more to read. */
  grown(): void {
    this.#reader?.notify();
  }

  /** Writes the present picture to the job's `stillPath`. False where there is none yet. */
  still(): Promise<boolean> {
    return this.#output?.still() ?? Promise.resolve(false);
  }

  /** Stops, and leaves the unfinished movie for a later resume. */
  abort(): void {
    this.#aborted = true;
    this.#reader?.close();
  }

  /**
   * Throws `AppError`: `aborted`, `encoder_missing`, `encoder_failed`, `encoder_stuck`, `disk_full`,
   * `movie_write_failed`, `native_missing`, `journal_empty`.
   */
  async run(): Promise<RecordingReport> {
    const { job } = this;
    const addon = native();
    const binary = await findFfmpeg(job.ffmpegPath);
    const encoders = this.#hooks.encoders ?? (await openEncoders(job.encoder ?? defaultEncoder(), binary));
    const reader = readJournal(job.journalDir, { live: job.live });
    this.#reader = reader;
    const poll = job.live ? setInterval(() => reader.notify(), this.#hooks.pollMs ?? POLL_MS) : null;
    try {
      this.#throwIfAborted();
      const first = await reader.nextBatch();
      this.#throwIfAborted();
      if (!first || !reader.header) throw new AppError('journal_empty', 'The journal holds nothing.', { audience: 'operator' });
      const canvas = canvasSize(job.layout ?? firstLayout(first));
      const size = job.size ?? canvas;
      const movie = await MovieWriter.open(
        {
          path: job.moviePath,
          format: size,
          createdAtMs: reader.header.startedAtWallMs + msOf(this.#fromFrame),
        },
        job.resume,
      );
      const engine = new Engine({ native: addon, layout: job.layout ?? null, transitions: job.transitions ?? true, canvas, firstFrame: this.#fromFrame + movie.framesStored });
      const strip = job.sidecarDir === undefined ? null : await PreviewStrip.open(`${job.moviePath}.tiles`, size, movie.framesStored);
      const used = await UsedEncoders.open(`${job.moviePath}.encoders`, movie.framesStored);
      const presetNow = (): string => this.#presetNow();
      const output = new Output({ job, hooks: this.#hooks, encoders, binary, movie, canvas, size, strip, used, presetNow });
      this.#output = output;
      try {
        await this.#readAll(first, reader, engine, output);
        const { recordingId, startedAtWallMs } = reader.header;
        const fromMs = msOf(this.#fromFrame);
        const about = (frames: number): SidecarSource => ({
          recordingId,
          startedAtWallMs: startedAtWallMs + fromMs,
          durationMs: msOf(frames),
          facts: sliceOf(engine.chronicle, fromMs, fromMs + msOf(frames)),
        });
        return await this.#report(engine, reader, await output.finish(about), output);
      } finally {
        this.#output = null;
        engine.close();
        await output.close();
      }
    } finally {
      if (poll) clearInterval(poll);
      reader.close();
    }
  }

  get job(): ComposeJob {
    return this.#job;
  }

  async #readAll(first: JournalRecord[], reader: JournalReader, engine: Engine, output: Output): Promise<void> {
    const people = new PeopleFilter(this.#job.without ?? []);
    for (let batch: JournalRecord[] | null = first; batch; batch = await reader.nextBatch()) {
      for (const read of batch) {
        await this.#makeDue(engine, output, read.timeUs);
        const record = people.pass(read);
        if (engine.frames >= this.#toFrame + TAIL_FRAMES) return;
        if (!record) continue;
        engine.accept(record);
        if (record.type === 'event' && record.event.kind === 'dropped') {
          const { packets, reason } = record.event;
          this.#gaps.push({ fromUs: record.timeUs, toUs: record.timeUs, reason: `${packets} packets lost: ${reason}` });
        }
      }
    }
    this.#throwIfAborted();
    engine.end(reader.end?.timeUs ?? 0);
    engine.endNotBefore(this.#fromFrame + 1);
    await this.#makeDue(engine, output, Infinity);
  }

  async #makeDue(engine: Engine, output: Output, nowUs: number): Promise<void> {
    while (engine.frames < this.#toFrame + TAIL_FRAMES && engine.due(nowUs)) {
      const made = engine.make();
      await output.take(made, engine);
      this.#throwIfAborted();
      if (!made || engine.frames > this.#toFrame) continue;
      if (this.#job.live) this.#measureLag(made.timeUs);
      if (engine.frames % PROGRESS_FRAMES === 0) this.#tell(engine.frames - this.#fromFrame);
    }
  }

  /** Looks at the load where there is one to keep up with; called at keyframes. */
  #presetNow(): string {
    if (!this.#job.live) return this.#job.preset;
    const nowMs = this.#clock.monotonicUs() / 1000;
    this.#preset = nextPreset(this.#preset, { nowMs, lagMs: this.#lagMs, idle: this.#idle() });
    return this.#preset.preset;
  }

  #tell(frames: number): void {
    if (!this.#costFrom || frames >= this.#costFrom.frames + COST_FRAMES) this.#measureCost(frames);
    this.#hooks.onProgress?.({ frames, lagMs: this.#lagMs, cores: this.#cores });
  }

  /** A movie that is resumed passes over frames before its first: those do not count. */
  #measureCost(frames: number): void {
    const seconds = this.#cpu.seconds();
    if (seconds === null) return;
    const from = this.#costFrom;
    if (from) this.#cores = ((seconds - from.seconds) * FRAME_RATE_HZ) / (frames - from.frames);
    this.#costFrom = { frames, seconds };
  }

  #measureLag(timeUs: number): void {
    const header = this.#reader?.header;
    if (!header) return;
    const dueAtMs = header.startedAtWallMs + (timeUs + WAIT_US) / 1000;
    this.#lagMs = Math.max(0, Math.round(this.#clock.wallMs() - dueAtMs));
    this.#worstLagMs = Math.max(this.#worstLagMs, this.#lagMs);
  }

  async #report(engine: Engine, reader: JournalReader, bytes: number, output: Output): Promise<RecordingReport> {
    const fromMs = msOf(this.#fromFrame);
    const lengthMs = msOf(output.framesStored);
    const within = (timeUs: number): number => Math.round(engine.recordedUs(timeUs) / 1000) - fromMs;
    const gap = (span: Gap): RecordingGap[] => {
      const [startMs, endMs] = [within(span.fromUs), within(span.toUs)];
      if (endMs < 0 || startMs > lengthMs) return [];
      const from = Math.max(0, startMs);
      return [{ startMs: from, durationMs: Math.min(lengthMs, endMs) - from, reason: span.reason }];
    };
    const made = Math.min(engine.frames, this.#toFrame) - this.#fromFrame;
    this.#tell(made);
    return {
      frames: output.framesStored,
      late: engine.stats.late,
      missing: made - output.framesStored,
      skewMs: Math.round(engine.stats.skewUs / 1000),
      lagMs: this.#worstLagMs,
      encoder: output.encoders,
      preset: output.presets,
      durationMs: lengthMs,
      bytes,
      gaps: [...reader.gaps.map((found) => ({ ...found, reason: `the journal is damaged: ${found.reason}` })), ...this.#gaps].flatMap(gap),
      restarts: 0,
    };
  }

  get #fromFrame(): number {
    return this.#job.fromFrame ?? 0;
  }

  get #toFrame(): number {
    return this.#job.toFrame ?? Infinity;
  }

  #throwIfAborted(): void {
    if (this.#aborted) throw new AppError('aborted', 'Composing was stopped; it can be continued.', { audience: 'operator' });
  }
}

/**
 * Composes a journal and returns the report; for callers without a pool. An encoder that dies is started
 * again. Throws as `Composition.run` does.
 */
export function composeJournal(job: ComposeJob, hooks: ComposeHooks = {}): Promise<RecordingReport> {
  const start = (next: ComposeJob): Attempt => {
    let frames = 0;
    const onProgress: ComposeHooks['onProgress'] = (progress) => {
      frames = progress.frames;
      hooks.onProgress?.(progress);
    };
    return { done: new Composition(next, { ...hooks, onProgress }).run(), frames: () => frames };
  };
  return withRestarts(job, start, () => !hooks.signal?.aborted, () => undefined);
}

/** A journal begins by telling its layout; one that lost its beginning counts as the default. */
function firstLayout(first: readonly JournalRecord[]): LayoutName {
  for (const record of first) if (record.type === 'event' && record.event.kind === 'started') return record.event.layout;
  return DEFAULT_LAYOUT;
}

function msOf(frames: number): number {
  return Math.round((frames * 1000) / FRAME_RATE_HZ);
}

interface Gap {
  fromUs: number;
  toUs: number;
  reason: string;
}

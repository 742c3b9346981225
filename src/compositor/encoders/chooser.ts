import { readFile, rename, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import type { EncoderChoice, EncoderName } from '../../core/encoder-names.js';
import { messageOf } from '../../core/errors.js';
import type { Log } from '../../core/log.js';
import { findFfmpeg } from './ffmpeg-binary.js';
import { findGstreamer } from './gstreamer/find.js';
import { defaultEncoder } from './open.js';
import { tryEncoder, type EncoderTrial } from './trial.js';
import { bestEncoder, type TrialResult } from './verdict.js';
import { hasX264, x264Version } from './x264-encoders.js';

/** What was measured on a machine; `machine` tells whether it still holds. */
export interface RememberedTrials {
  machine: string;
  trials: EncoderTrial[];
}

/** Everything that a measurement depends on, in words. Throws `AppError` `encoder_missing` without an ffmpeg. */
export async function describeMachine(configuredFfmpeg: string): Promise<{ machine: string; candidates: EncoderName[] }> {
  const ffmpeg = await findFfmpeg(configuredFfmpeg);
  const gstreamer = await findGstreamer().catch(() => null);
  const elements = gstreamer?.elements ?? [];
  const machine = [
    hasX264() ? `libx264 ${await x264Version()}` : 'no libx264',
    `${ffmpeg.path} ${ffmpeg.version}`,
    gstreamer ? `GStreamer ${gstreamer.version} ${elements.join(' ')}` : 'no GStreamer',
    `Node ${process.versions.node}`,
    cpus()[0]?.model ?? process.arch,
  ].join('; ');
  return { machine, candidates: [...(hasX264() ? (['libx264'] as const) : []), 'ffmpeg', ...elements] };
}

/** The trials that were made on this machine as it is; null where there are none. */
export async function recallTrials(file: string, machine: string): Promise<EncoderTrial[] | null> {
  try {
    const remembered = JSON.parse(await readFile(file, 'utf8')) as RememberedTrials;
    return remembered.machine === machine && Array.isArray(remembered.trials) ? remembered.trials : null;
  } catch {
    return null;
  }
}

/** Keeps trials for the next start. Rejects where the file cannot be written. */
export async function rememberTrials(file: string, remembered: RememberedTrials): Promise<void> {
  await writeFile(`${file}.part`, `${JSON.stringify(remembered, null, 2)}\n`);
  await rename(`${file}.part`, file);
}

export interface EncoderChooserOptions {
  choice: EncoderChoice;
  /** As configured; empty: the newest that is found. */
  ffmpegPath: string;
  /** Where trials are remembered. */
  file: string;
  log: Log;
  /** Whether nothing is recorded; trials wait for it. */
  isIdle: () => boolean;
  /** Wait before each trial, and between two looks whether it is idle. */
  idleMs?: number;
  /** For tests: instead of looking and trying. */
  describe?: typeof describeMachine;
  tryOne?: (name: EncoderName, signal: AbortSignal) => Promise<EncoderTrial>;
}

/** People come in when a server has started; the trials leave them the machine. */
const IDLE_MS = 20_000;

/**
 * Chooses the encoder of recordings (D5). A recording asks for `current` when it begins and never waits: until
 * the trials are over it gets what encodes where nobody has chosen. They run once on a machine as it is, one after the other, in the background
 * while nothing is recorded.
 */
export class EncoderChooser {
  readonly #options: EncoderChooserOptions;
  readonly #closing = new AbortController();
  #current: EncoderName;
  #choosing: Promise<void> | null = null;
  #trying: Promise<unknown> | null = null;

  constructor(options: EncoderChooserOptions) {
    this.#options = options;
    const { choice } = options;
    this.#current = choice === 'auto' || choice === 'gstreamer' ? defaultEncoder() : choice;
  }

  get current(): EncoderName {
    return this.#current;
  }

  /** Begins to look and to try; resolves when that is over. Never rejects. */
  choose(): Promise<void> {
    this.#choosing ??= this.#choose().catch((error: unknown) => {
      if (!this.#closing.signal.aborted) this.#options.log.warn({ error: messageOf(error) }, 'no encoder could be chosen');
    });
    return this.#choosing;
  }

  /** Ends what it tries. Twice is fine. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#trying;
  }

  async #choose(): Promise<void> {
    const { choice, ffmpegPath, file, log, describe = describeMachine } = this.#options;
    const { machine, candidates } = await describe(ffmpegPath);
    if (choice !== 'auto' && choice !== 'gstreamer') {
      if (candidates.includes(choice)) return;
      this.#current = defaultEncoder();
      log.warn({ encoder: choice, instead: this.#current }, 'this machine has no such encoder; recordings use another');
      return;
    }
    // With one alone there is nothing to compare.
    if (candidates.length === 1) return;
    const trials = (await recallTrials(file, machine)) ?? (await this.#tryAll(machine, candidates));
    this.#throwIfClosing();
    this.#current = bestEncoder(choice, trials) ?? defaultEncoder();
    log.info({ encoder: this.#current, trials: trials.map(summary) }, 'the encoder of recordings is chosen');
  }

  async #tryAll(machine: string, candidates: readonly EncoderName[]): Promise<EncoderTrial[]> {
    const { ffmpegPath, file, log } = this.#options;
    const { signal } = this.#closing;
    const tryOne = this.#options.tryOne ?? ((name) => tryEncoder(name, { ffmpegPath, background: true, signal }));
    const trials: EncoderTrial[] = [];
    for (const name of candidates) {
      await this.#idle();
      const trying = tryOne(name, signal);
      this.#trying = trying;
      trials.push(await trying);
      this.#throwIfClosing();
    }
    await rememberTrials(file, { machine, trials }).catch((error: unknown) => {
      log.warn({ error: messageOf(error) }, 'the trials of encoders could not be kept');
    });
    return trials;
  }

  /** Rejects when it closes. */
  async #idle(): Promise<void> {
    const { isIdle, idleMs = IDLE_MS } = this.#options;
    do await setTimeout(idleMs, null, { signal: this.#closing.signal });
    while (!isIdle());
  }

  #throwIfClosing(): void {
    this.#closing.signal.throwIfAborted();
  }
}

function summary({ name, problem, cpuSeconds }: TrialResult): { name: string; problem?: string; cpuSeconds?: number } {
  return { name, ...(problem === null ? {} : { problem }), ...(cpuSeconds === null ? {} : { cpuSeconds }) };
}

/** For a command that composes once: what was measured before, else the default, or of GStreamer what is always there. */
export async function recallEncoder(choice: EncoderChoice, ffmpegPath: string, file: string): Promise<EncoderName> {
  if (choice !== 'auto' && choice !== 'gstreamer') return choice;
  const { machine } = await describeMachine(ffmpegPath);
  const trials = (await recallTrials(file, machine)) ?? [];
  return bestEncoder(choice, trials) ?? (choice === 'auto' ? defaultEncoder() : 'x264enc');
}


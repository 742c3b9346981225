import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { childEnvironment } from '../../core/config.js';
import { AppError } from '../../core/errors.js';

/** How long an encoder may take nothing and give nothing before it counts as stuck. */
export const STUCK_AFTER_MS = 30_000;

const STDERR_KEPT_BYTES = 4_096;

/**
 * Encoders allocate each raw frame anew. Below these sizes glibc keeps memory that was freed (mallopt(3)); else
 * every frame's 3 MB go back to the kernel, which clears 760 pages for the next one.
 */
const KEEP_FREED_MEMORY = { MALLOC_MMAP_THRESHOLD_: String(32 << 20), MALLOC_TRIM_THRESHOLD_: String(128 << 20) };

interface Waiter {
  resolve(): void;
  reject(error: AppError): void;
}

export interface EncoderChildOptions {
  /** In messages, e.g. `ffmpeg`. */
  name: string;
  path: string;
  args: string[];
  /** On top of the server's own environment. */
  env?: Readonly<Record<string, string>>;
  /** Writes that may be under way when `write` resolves. */
  maxInFlight: number;
  /** True: a write is under way until `acknowledge` is called for it. False: until the pipe has taken it. */
  acknowledged?: boolean;
  /** What the child inherits as file descriptor 3. */
  fd?: number;
  onOutput(chunk: Buffer): void;
  stuckAfterMs?: number;
}

/**
 * One child process that encodes: bytes in, bytes out, bounded, watched. The first thing that goes wrong is kept and
 * rejects everything that waits now or later.
 */
export class EncoderChild {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #maxInFlight: number;
  readonly #acknowledged: boolean;
  readonly #stuckAfterMs: number;
  #inFlight = 0;
  #roomWaiter: Waiter | null = null;
  #endWaiter: Waiter | null = null;
  #failure: AppError | null = null;
  #finished = false;
  #closed = false;
  #stderr = '';
  #watchdog: NodeJS.Timeout | null = null;

  constructor(options: EncoderChildOptions) {
    const { name, path, args, env = {} } = options;
    this.#maxInFlight = options.maxInFlight;
    this.#acknowledged = options.acknowledged ?? false;
    this.#stuckAfterMs = options.stuckAfterMs ?? STUCK_AFTER_MS;
    this.#child = spawn(path, args, {
      stdio: ['pipe', 'pipe', 'pipe', ...(options.fd === undefined ? [] : [options.fd])],
      env: childEnvironment({ ...KEEP_FREED_MEMORY, ...env }),
    }) as ChildProcessByStdio<Writable, Readable, Readable>;
    this.#child.on('error', (error) => {
      this.#fail(new AppError('encoder_missing', `${name} (${path}) does not start: ${error.message}`, OPERATOR));
    });
    // The child's death is reported by `close`, with what it said; the broken pipe is only its echo.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-STDERR_KEPT_BYTES);
    });
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#progressed();
      if (this.#closed || this.#failure) return;
      try {
        options.onOutput(chunk);
      } catch (error) {
        this.#fail(new AppError('encoder_failed', error instanceof Error ? error.message : String(error), OPERATOR));
      }
    });
    this.#child.on('close', (code, signal) => this.#onClose(code, signal));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Hands `bytes` to the child without copying them; resolves when there is room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    this.#inFlight++;
    this.#child.stdin.write(bytes, (error) => {
      // A broken pipe makes no room; the child's end is told by `close`.
      if (!error && !this.#acknowledged) this.acknowledge();
    });
    if (this.#inFlight <= this.#maxInFlight) return;
    await this.#wait((waiter) => (this.#roomWaiter = waiter));
  }

  /** The child has done with the oldest write that is under way. */
  acknowledge(): void {
    this.#inFlight--;
    this.#progressed();
    if (this.#inFlight <= this.#maxInFlight) this.#releaseRoom();
  }

  /** Closes the child's input; resolves when it has written all and left. */
  async end(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#finished) return;
    this.#child.stdin.end();
    await this.#wait((waiter) => (this.#endWaiter = waiter));
  }

  /** Kills the child. Twice is fine. Nothing is delivered afterwards. */
  close(): void {
    this.#closed = true;
    this.#stopWatching();
    this.#failure ??= new AppError('encoder_closed', 'The encoder was closed.', OPERATOR);
    this.#rejectAll(this.#failure);
    if (!this.#finished) this.#child.kill('SIGKILL');
  }

  #wait(keep: (waiter: Waiter) => void): Promise<void> {
    this.#watch();
    return new Promise((resolve, reject) => keep({ resolve, reject }));
  }

  #releaseRoom(): void {
    const waiter = this.#roomWaiter;
    this.#roomWaiter = null;
    if (!this.#endWaiter) this.#stopWatching();
    waiter?.resolve();
  }

  #progressed(): void {
    if (this.#watchdog) this.#watch();
  }

  /** The watchdog runs only while somebody waits for the child. */
  #watch(): void {
    this.#stopWatching();
    this.#watchdog = setTimeout(() => {
      this.#fail(new AppError('encoder_stuck', `The encoder took and gave nothing for ${this.#stuckAfterMs} ms.`, OPERATOR));
    }, this.#stuckAfterMs);
  }

  #stopWatching(): void {
    if (this.#watchdog) clearTimeout(this.#watchdog);
    this.#watchdog = null;
  }

  #onClose(code: number | null, signal: string | null): void {
    this.#finished = true;
    this.#stopWatching();
    if (this.#endWaiter && code === 0 && !this.#failure) {
      this.#endWaiter.resolve();
      this.#endWaiter = null;
      return;
    }
    const how = signal ? `was ended by ${signal}` : `left with code ${code}`;
    const said = this.#stderr.trim().split('\n').at(-1) ?? '';
    this.#fail(new AppError('encoder_failed', `The encoder ${how}${said ? `: ${said}` : ''}`, OPERATOR));
  }

  #fail(error: AppError): void {
    this.#failure ??= error;
    this.#stopWatching();
    this.#rejectAll(this.#failure);
    if (!this.#finished) this.#child.kill('SIGKILL');
  }

  #rejectAll(error: AppError): void {
    this.#roomWaiter?.reject(error);
    this.#endWaiter?.reject(error);
    this.#roomWaiter = null;
    this.#endWaiter = null;
  }
}

const OPERATOR = { audience: 'operator', status: 500 } as const;

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/paths.js';

export interface ServerOptions {
  dataDir: string;
  /** Added to the environment; an empty string stands for "not set". */
  env?: Record<string, string>;
  /** Default 0: the system chooses. */
  port?: number;
}

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const PROGRAM = join(packageRoot, 'dist', 'src', 'cli', 'index.js');
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

/** The real server as a process of its own, on free ports of the loopback address. */
export class ServerProcess {
  /** The printed link, without a slash at its end. */
  readonly url: string;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #output: () => string;

  private constructor(child: ChildProcess, url: string, ended: Promise<Ending>, output: () => string) {
    this.#child = child;
    this.url = url;
    this.ended = ended;
    this.#output = output;
  }

  /** Resolves when the link was printed; throws with the output when the process ends before. */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const { child, ended, output } = launch(options);
    const link = new Promise<string>((resolve) => {
      const look = (): void => {
        const found = /https?:\/\/[^\s/]+/.exec(output());
        if (found) resolve(found[0]);
      };
      child.stdout?.on('data', look);
    });
    const failed = ended.then(({ code, signal }): never => {
      throw new Error(`the server ended (${code ?? signal}) before it was ready:\n${output()}`);
    });
    const url = await withLimit(Promise.race([link, failed]), START_LIMIT_MS, () => `no link was printed:\n${output()}`).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw error;
    });
    failed.catch(() => undefined);
    return new ServerProcess(child, url, ended, output);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Standard output and standard error so far, the newest 200,000 characters. */
  get output(): string {
    return this.#output();
  }

  /** As a power cut to the process: nothing of it runs again. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** As Ctrl-C. Fails when the server does not close by itself. Twice is fine. */
  async stop(): Promise<Ending> {
    this.#child.kill('SIGTERM');
    return withLimit(this.ended, STOP_LIMIT_MS, () => `the server does not close:\n${this.output}`).catch((error: unknown) => {
      this.#child.kill('SIGKILL');
      throw error;
    });
  }
}

/** Runs a server that is expected not to come up, to its end. */
export async function failToStart(options: ServerOptions): Promise<Ending & { output: string }> {
  const { child, ended, output } = launch(options);
  const ending = await withLimit(ended, START_LIMIT_MS, () => `it runs on:\n${output()}`).finally(() => child.kill('SIGKILL'));
  return { ...ending, output: output() };
}

function launch({ dataDir, env = {}, port = 0 }: ServerOptions): { child: ChildProcess; ended: Promise<Ending>; output: () => string } {
  const args = ['--enable-source-maps', PROGRAM, 'serve', '--data', dataDir, '--host', '127.0.0.1', '--port', String(port)];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, REELROOM_RTC_PORT: '0', REELROOM_TIME_ZONE: 'UTC', REELROOM_ENCODER: 'ffmpeg', ...env },
  });
  let text = '';
  const keep = (part: Buffer): void => {
    text = (text + part.toString()).slice(-200_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }) as Ending);
  return { child, ended, output: () => text };
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line on a data directory. */
export function commandLine(dataDir: string, ...args: string[]): Promise<CommandResult> {
  return command(process.execPath, [PROGRAM, ...args], dataDir);
}

/** The same as a user of the checkout does, through npm; builds first what is stale. */
export function npmCommandLine(dataDir: string, ...args: string[]): Promise<CommandResult> {
  return command('npm', ['run', '--silent', 'reelroom', '--', ...args], dataDir);
}

async function command(program: string, args: string[], dataDir: string): Promise<CommandResult> {
  const child = spawn(program, args, {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, REELROOM_DATA: dataDir },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, stdout, stderr };
}

/** What `recordings list --json` says of one recording, as far as tests use it. */
export interface ListedRecording {
  id: string;
  roomId: string;
  sessionId: string;
  name: string;
  state: string;
  ownerId: string;
  startedAt: string;
  durationMs: number;
  bytes: number;
  path: string;
  health: unknown;
  report: { frames: number; late: number; missing: number; skewMs: number; encoder: string } | null;
}

export interface CreatedRoom {
  id: string;
  hostUrl: string;
  moderatorUrl: string;
  participantUrl: string;
}

export async function createRoom(server: ServerProcess, title: string, settings: object = {}): Promise<CreatedRoom> {
  const response = await fetch(`${server.url}/api/v1/rooms`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title, ...settings }),
  });
  if (!response.ok) throw new Error(`the room was refused: ${await response.text()}`);
  return (await response.json()) as CreatedRoom;
}

/**
 * A TCP port that is free now. A server that is to be started again on its port must not get it by 0: such
 * a port's sockets are without SO_REUSEADDR, and a killed server's connections keep it for a minute.
 */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** A folder for one test's data, and what removes it; with REELROOM_TEST_KEEP set it stays, to be looked at. */
export async function temporaryData(): Promise<{ dir: string; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'reelroom-e2e-'));
  if (process.env.REELROOM_TEST_KEEP) return { dir, remove: async () => console.log(`# kept ${dir}`) };
  return { dir, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Processes whose command line names `text` (a data directory): what a server has left behind. */
export function processesNaming(text: string): { pid: number; command: string }[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command.includes(text) && Number(name) !== process.pid ? [{ pid: Number(name), command }] : [];
    } catch {
      // It ended while the list was read.
      return [];
    }
  });
}

/** Processes below `pid`, at any depth. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      parents.set(Number(name), Number(fields[1]));
    } catch {
      // It ended while the list was read.
    }
  }
  const found: number[] = [];
  for (let ring = [pid]; ring.length > 0; ) {
    ring = [...parents].filter(([, parent]) => ring.includes(parent)).map(([child]) => child);
    found.push(...ring);
  }
  return found;
}

/** CPU time that a process's first thread has used so far, ms: in Node.js that of its event loop. */
export function eventLoopCpuMs(pid: number): number {
  // proc(5): fields 14 and 15, utime and stime; 100 ticks a second on Linux.
  const fields = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** True while a process runs (a zombie does not). */
export function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.startsWith('Z') === false;
  } catch {
    return false;
  }
}

/** Asks again and again until the answer is not null; throws with `complaint` after `limitMs`. */
export async function until<T>(ask: () => Promise<T | null> | T | null, limitMs: number, complaint: () => string): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms: ${complaint()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export async function withLimit<T>(work: Promise<T>, limitMs: number, complaint: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${limitMs} ms: ${complaint()}`)), limitMs);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { EncoderName } from '../../core/encoder-names.js';
import { programFiles } from '../../core/paths.js';
import type { TrialReport } from './trial-process.js';
import type { TrialResult } from './verdict.js';

export type EncoderTrial = TrialResult & TrialReport;

const TRIAL_TIMEOUT_MS = 60_000;

export interface TrialOptions {
  ffmpegPath: string;
  /** Leaves the machine to everybody else; CPU time stays what it is. */
  background?: boolean;
  signal?: AbortSignal;
}

/** Tries one encoder on two seconds of a meeting. Never rejects: what goes wrong is the problem that it tells. */
export function tryEncoder(name: EncoderName, { ffmpegPath, background = false, signal }: TrialOptions): Promise<EncoderTrial> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [programFiles.encoderTrial, name, ffmpegPath], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TRIAL_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      ...(signal ? { signal } : {}),
    });
    if (background && child.pid !== undefined) lowerPriority(child.pid);
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => (output += String(data)));
    child.stderr.on('data', (data) => (errors = (errors + String(data)).slice(-2000)));
    const failed = (problem: string): void => resolve({ name, version: null, problem, cpuSeconds: null, speed: null });
    child.on('error', (error) => failed(error.message));
    child.on('close', (code, ended) => {
      if (code === 0 && output !== '') resolve({ name, ...(JSON.parse(output) as TrialReport) });
      else failed(`the trial ${ended ? `was ended by ${ended}` : `left with code ${code}`}: ${errors.trim().split('\n').at(-1) ?? ''}`);
    });
  });
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already.
  }
}

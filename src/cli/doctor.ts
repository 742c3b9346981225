import { Command } from 'commander';
import { type Config, readConfig } from '../core/config.js';
import { AppError, messageOf } from '../core/errors.js';
import { recallCost, rememberCost } from '../compositor/known-cost.js';
import { DataPaths } from '../core/paths.js';
import { dataOption, jsonOption } from './data.js';
import { type Capacity, measureCapacity } from './doctor/capacity.js';
import { type Check, machineChecks } from './doctor/checks.js';
import { type EncoderDiagnosis, type TriedEncoder, tryEncoders } from './doctor/encoders.js';
import { machineName } from './machine.js';
import { print, printJson } from './output.js';

interface Diagnosis {
  /** Nothing that Reelroom needs is missing, and an encoder works. */
  ok: boolean;
  checks: Check[];
  encoders: TriedEncoder[];
  /** The encoder that recordings would use. */
  encoder: EncoderDiagnosis['chosen'];
  /** Encoders that this machine does not have, in a sentence. */
  encodersAbsent: string | null;
  /** Null where nothing could be composed, or `--quick` asked not to. */
  capacity: Capacity | null;
  capacityProblem: string | null;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say what is installed, which encoders work, and how many recordings this machine composes at once')
    .option('--quick', 'without measuring how many recordings fit', false)
    .addOption(jsonOption())
    .addOption(dataOption())
    .option('--encoder <name>', 'encoder of recordings (REELROOM_ENCODER)')
    .action(async (flags: { quick: boolean; json: boolean; data?: string; encoder?: string }) => {
      const diagnosis = await diagnose(readConfig(flags), flags.quick);
      if (flags.json) printJson(diagnosis);
      else printReport(diagnosis);
      if (!diagnosis.ok) throw new AppError('not_ready', 'Something that Reelroom needs is missing; see above.', { audience: 'operator' });
    });
}

async function diagnose(config: Config, quick: boolean): Promise<Diagnosis> {
  const checks = await machineChecks(config);
  const { encoders, chosen: encoder, absent: encodersAbsent } = await tryEncoders(config);
  let capacity: Capacity | null = null;
  let capacityProblem: string | null = null;
  try {
    if (!quick) {
      capacity = await measureCapacity(config.ffmpegPath, encoder);
      // A server that has composed nothing yet knows by it how much fits.
      const costs = { file: new DataPaths(config.dataDir).costs, machine: machineName() };
      if (recallCost(costs) === null) rememberCost(costs, capacity.coresPerRecording);
    }
  } catch (error) {
    capacityProblem = messageOf(error);
  }
  const ok = checks.every((check) => check.ok) && encoders.some(({ works, chosen }) => works && chosen) && capacityProblem === null;
  return { ok, checks, encoders, encoder, encodersAbsent, capacity, capacityProblem };
}

function printReport({ checks, encoders, encodersAbsent, capacity, capacityProblem }: Diagnosis): void {
  const line = (ok: boolean, name: string, detail: string): void => print(`${ok ? 'ok     ' : 'PROBLEM'}  ${name.padEnd(26)}  ${detail}`);
  for (const { ok, name, detail } of checks) line(ok, name, detail);
  for (const { works, origin, name, version, path, chosen, cpuSeconds, speed, problem } of encoders) {
    const where = path === null ? '' : ` (${path})`;
    const cost = `${cpuSeconds} s of CPU for 1 s of 1080p, ${speed} times real time`;
    line(works, `Encoder, ${origin}`, works ? `${version}: ${cost}${where}${chosen ? ', used' : ''}` : `${version ?? name}: ${problem}`);
  }
  if (encodersAbsent !== null) print(`         ${encodersAbsent}`);
  if (capacityProblem !== null) line(false, 'Recordings at once', capacityProblem);
  if (capacity) {
    const { recordings, coresPerRecording, cores, speed } = capacity;
    line(recordings > 0, 'Recordings at once', `${recordings} (each takes ${coresPerRecording} of ${cores} cores)`);
    // Both are measured; where they differ by far, something else keeps the machine busy.
    if (speed < recordings) print(`         Just now other programs keep the machine busy: it makes ${speed} s of movie in a second.`);
  }
}

import { Command, CommanderError } from 'commander';
import { AppError } from '../core/errors.js';
import { apiKeyCommand } from './apikey.js';
import { doctorCommand } from './doctor.js';
import { EXIT } from './exit-codes.js';
import { tellError } from './output.js';
import { recordingsCommand } from './recordings.js';
import { renderCommand } from './render.js';
import { roomCommand } from './room.js';
import { serveCommand } from './serve.js';
import { tokenCommand } from './token.js';
import { version } from './version.js';

/** Options that are the program's own; with any other first argument that begins with a dash, `serve` is meant. */
const OF_PROGRAM = new Set(['-h', '--help', '-V', '--version']);

/** Codes of wrong settings: as much the caller's mistake as a wrong flag. */
const USAGE_CODES = new Set(['config_invalid', 'usage']);

/** The commands and their options; parsing throws `CommanderError` on wrong usage instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('reelroom')
    .description('A room server that records meetings into one 1080p MP4. Without a command it serves.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .showHelpAfterError('(add --help for what there is)');
  for (const command of [serveCommand(), roomCommand(), tokenCommand(), apiKeyCommand(), recordingsCommand(), renderCommand(), doctorCommand()]) {
    program.addCommand(command);
  }
  exitByThrowing(program);
  return program;
}

/**
 * Runs one command and returns the exit code: 0 done, 1 failed, 2 wrong usage. `serve` returns when the
 * server has closed. Never throws.
 */
export async function runCommandLine(args: string[]): Promise<number> {
  const [first] = args;
  const command = first === undefined || (first.startsWith('-') && !OF_PROGRAM.has(first)) ? ['serve', ...args] : args;
  try {
    await createProgram().parseAsync(command, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    tellError(error);
    return error instanceof AppError && USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed;
  }
}

function exitByThrowing(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    exitByThrowing(child);
  }
}

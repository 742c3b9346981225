import { Command } from 'commander';
import { recordingsListCommand } from './recordings-list.js';
import { recordingsShowCommand } from './recordings-show.js';
import { recordingsVerifyCommand } from './recordings-verify.js';

export function recordingsCommand(): Command {
  return new Command('recordings')
    .description('look at recordings')
    .addCommand(recordingsListCommand())
    .addCommand(recordingsShowCommand())
    .addCommand(recordingsVerifyCommand());
}

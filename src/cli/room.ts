import { Command } from 'commander';
import { roomCreateCommand } from './room-create.js';
import { roomListCommand } from './room-list.js';

export function roomCommand(): Command {
  return new Command('room')
    .description('make and list rooms')
    .addCommand(roomCreateCommand())
    .addCommand(roomListCommand());
}

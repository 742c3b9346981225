import { randomUUID } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { ROLES, type Role } from '../core/roles.js';
import { roomLink } from '../signaling/tokens.js';
import { dataOption, jsonOption, withStorage } from './data.js';
import { baseUrl, baseUrlOption, tokensOf } from './links.js';
import { isoTime, print, printJson } from './output.js';

const DAY_MS = 24 * 60 * 60_000;

interface TokenFlags {
  role: Role;
  identity?: string;
  name?: string;
  days: number;
  baseUrl?: string;
  json: boolean;
  data?: string;
}

export function tokenCommand(): Command {
  return new Command('token')
    .description('make a join token, and the link that carries it')
    .argument('<room>', 'id of the room')
    .addOption(new Option('--role <role>', 'what its bearer may do').choices(ROLES).default('participant'))
    .option('--identity <id>', 'stable identity of the person; default: a new one')
    .option('--name <name>', 'name that the join page proposes')
    .option('--days <number>', 'days until it expires', days, 30)
    .addOption(baseUrlOption())
    .addOption(jsonOption())
    .addOption(dataOption())
    .action(makeToken);
}

async function makeToken(roomId: string, flags: TokenFlags): Promise<void> {
  const made = await withStorage(flags, async (storage, config) => {
    if (!storage.rooms.get(roomId)) throw new AppError('room_unknown', `There is no room "${roomId}".`, { status: 404 });
    const { role, identity = `${flags.role}-${randomUUID()}`, name } = flags;
    const lifetimeMs = flags.days * DAY_MS;
    const token = await tokensOf(config).sign({ roomId, role, identity, ...(name === undefined ? {} : { name }) }, lifetimeMs);
    const url = roomLink(baseUrl(flags.baseUrl, config), roomId, token);
    return { roomId, role, identity, token, url, expiresAt: isoTime(systemClock.wallMs() + lifetimeMs) };
  });
  if (flags.json) printJson(made);
  else print(made.url);
}

function days(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > 3650) throw new InvalidArgumentError('It takes a number of days up to 3650.');
  return value;
}

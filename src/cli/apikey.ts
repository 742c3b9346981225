import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../core/clock.js';
import { AppError } from '../core/errors.js';
import { createApiKey } from '../signaling/api-keys.js';
import type { ApiKeyRow } from '../storage/index.js';
import { dataOption, jsonOption, withNewStorage, withStorage, type DataFlags } from './data.js';
import { isoTime, print, printJson, table } from './output.js';

const MAX_NAME_LENGTH = 100;

export function apiKeyCommand(): Command {
  return new Command('apikey')
    .description("keys by which other programs make rooms and join tokens (docs/auth.md)")
    .addCommand(
      new Command('create')
        .description('make a key; its secret is shown this once')
        .requiredOption('--name <text>', 'what it is for', nameOf)
        .addOption(jsonOption())
        .addOption(dataOption())
        .action(create),
    )
    .addCommand(
      new Command('list').description('list the keys, oldest first, revoked ones too').addOption(jsonOption()).addOption(dataOption()).action(list),
    )
    .addCommand(
      new Command('revoke')
        .description('make a key void at once and for good, with every join token that was made with it')
        .argument('<key>', 'id of the key')
        .addOption(jsonOption())
        .addOption(dataOption())
        .action(revoke),
    );
}

async function create(flags: DataFlags & { name: string; json: boolean }): Promise<void> {
  const made = await withNewStorage(flags, (storage) => createApiKey(storage.apiKeys, flags.name, systemClock.wallMs()));
  if (flags.json) printJson({ id: made.id, name: flags.name, credential: made.credential });
  else print(made.credential);
}

async function list(flags: DataFlags & { json: boolean }): Promise<void> {
  const keys = await withStorage(flags, (storage) => storage.apiKeys.list().map(shown));
  if (flags.json) printJson(keys);
  else if (keys.length === 0) print('No keys yet.');
  else print(table(['KEY', 'CREATED', 'REVOKED', 'NAME'], keys.map(({ id, createdAt, revokedAt, name }) => [id, createdAt ?? '-', revokedAt ?? '-', name])));
}

async function revoke(id: string, flags: DataFlags & { json: boolean }): Promise<void> {
  const key = await withStorage(flags, (storage) => storage.apiKeys.revoke(id, systemClock.wallMs()));
  if (!key) throw new AppError('api_key_unknown', `There is no key "${id}".`, { status: 404 });
  if (flags.json) printJson(shown(key));
  else print(`Key ${id} is revoked.`);
}

function shown({ id, name, createdAtMs, revokedAtMs }: ApiKeyRow) {
  return { id, name, createdAt: isoTime(createdAtMs), revokedAt: isoTime(revokedAtMs) };
}

function nameOf(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > MAX_NAME_LENGTH) throw new InvalidArgumentError(`It takes 1 to ${MAX_NAME_LENGTH} characters.`);
  return name;
}

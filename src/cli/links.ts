import { Option } from 'commander';
import { systemClock } from '../core/clock.js';
import type { Config } from '../core/config.js';
import { AppError } from '../core/errors.js';
import { DataPaths } from '../core/paths.js';
import { baseUrlOf } from '../signaling/create-room.js';
import { loadSecrets, type Secrets } from '../signaling/secrets.js';
import { Tokens } from '../signaling/tokens.js';
import { tell } from './output.js';
import { runningServerUrl } from './server-file.js';

export const baseUrlOption = (): Option =>
  new Option('--base-url <url>', 'how people reach the server; default: where it runs, or would run by its settings');

/** Start of all links: as asked for, else of the server that runs, else of the one that the settings describe. */
export function baseUrl(asked: string | undefined, config: Config): string {
  if (asked === undefined) return runningServerUrl(config.dataDir) ?? baseUrlOf(config.host, config.httpPort);
  if (!/^https?:\/\/[^\s?#]+$/.test(asked)) {
    throw new AppError('usage', `--base-url is "${asked}"; it takes a link such as https://meet.example.org.`);
  }
  return asked.replace(/\/+$/, '');
}

/** Signs with the data directory's own key, as the server does. */
export function tokensOf(config: Config): Tokens {
  const { tokenKey } = loadSecrets(new DataPaths(config.dataDir).secrets, showAdminSecret);
  return new Tokens(tokenKey, systemClock.wallMs, { algorithm: config.tokenAlgorithm });
}

/** Whichever command makes the secrets says this one, and none after it. */
export function showAdminSecret({ adminSecret }: Secrets): void {
  tell(`Admin secret, shown this once: ${adminSecret}`);
}

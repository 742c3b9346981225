import { existsSync } from 'node:fs';
import { Option } from 'commander';
import { type Config, readConfig } from '../core/config.js';
import { AppError } from '../core/errors.js';
import { DataPaths } from '../core/paths.js';
import { openStorage, type Storage } from '../storage/index.js';

/** Commands that read the data directory work beside a running server: SQLite lets several processes in. */

export interface DataFlags {
  data?: string;
}

export const dataOption = (): Option => new Option('--data <folder>', 'data directory (REELROOM_DATA)');
export const jsonOption = (): Option => new Option('--json', 'print JSON').default(false);

/** Opens the data directory's database for `work`; without one, throws `AppError` `data_missing`. */
export async function withStorage<Result>(
  flags: DataFlags,
  work: (storage: Storage, config: Config) => Result | Promise<Result>,
): Promise<Result> {
  const config = readConfig(flags);
  if (!existsSync(new DataPaths(config.dataDir).database)) {
    throw new AppError(
      'data_missing',
      `There is no Reelroom data in ${config.dataDir}. Start the server or create a room there, or name another folder with --data.`,
      { audience: 'operator' },
    );
  }
  return withNewStorage(flags, work);
}

/** The same, making the data directory where there is none. */
export async function withNewStorage<Result>(
  flags: DataFlags,
  work: (storage: Storage, config: Config) => Result | Promise<Result>,
): Promise<Result> {
  const config = readConfig(flags);
  const storage = openStorage(new DataPaths(config.dataDir).database);
  try {
    return await work(storage, config);
  } finally {
    storage.close();
  }
}

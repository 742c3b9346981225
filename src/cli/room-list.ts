import { Command } from 'commander';
import { dataOption, jsonOption, withStorage } from './data.js';
import { isoTime, print, printJson, table } from './output.js';

export function roomListCommand(): Command {
  return new Command('list')
    .description('list the rooms, oldest first')
    .addOption(jsonOption())
    .addOption(dataOption())
    .action(async (flags: { json: boolean; data?: string }) => {
      const rooms = await withStorage(flags, (storage) =>
        storage.rooms.list().map(({ id, title, kind, ownerId, timeZone, createdAtMs }) => ({
          id,
          title,
          kind,
          ownerId,
          timeZone,
          createdAt: isoTime(createdAtMs),
          recordings: storage.recordings.list(id).length,
        })),
      );
      if (flags.json) printJson(rooms);
      else if (rooms.length === 0) print('No rooms yet.');
      else {
        const rows = rooms.map(({ id, kind, createdAt, recordings, title }) => [id, kind, createdAt ?? '-', String(recordings), title]);
        print(table(['ID', 'KIND', 'CREATED', 'RECORDINGS', 'TITLE'], rows));
      }
    });
}

import { Command } from 'commander';
import { type RecordingSummary, summaryOf } from '../storage/summary.js';
import { dataOption, jsonOption, withStorage } from './data.js';
import { byteSize, duration, print, printJson, table } from './output.js';

export function recordingsListCommand(): Command {
  return new Command('list')
    .description('list the recordings, newest first')
    .option('--room <id>', 'only those of this room')
    .addOption(jsonOption())
    .addOption(dataOption())
    .action(async (flags: { room?: string; json: boolean; data?: string }) => {
      const recordings = await withStorage(flags, (storage, { dataDir }) =>
        storage.recordings.list(flags.room).map((row) => summaryOf(row, dataDir, (id) => storage.recordings.get(id))),
      );
      if (flags.json) printJson(recordings);
      else print(recordings.length === 0 ? 'No recordings yet.' : asTable(recordings));
    });
}

function asTable(recordings: RecordingSummary[]): string {
  const headings = ['ID', 'STATE', 'STARTED', 'LENGTH', 'SIZE', 'HEALTH', 'NAME'];
  return table(
    headings,
    recordings.map(({ id, state, startedAt, durationMs, bytes, health, name }) => [
      id,
      state,
      startedAt ?? '-',
      duration(durationMs),
      byteSize(bytes),
      health ?? '-',
      name ?? '-',
    ]),
  );
}

import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import { AppError } from '../core/errors.js';
import { DataPaths } from '../core/paths.js';
import { SIDECAR_NAMES } from '../core/sidecars.js';
import type { ConsentRow, RecordingEventRow, RecordingRow } from '../storage/recordings.js';
import type { Storage } from '../storage/index.js';
import { type RecordingSummary, summaryOf } from '../storage/summary.js';
import { dataOption, jsonOption, withStorage } from './data.js';
import { byteSize, duration, isoTime, print, printJson, table } from './output.js';

interface RecordingDetails extends RecordingSummary {
  title: string;
  startedBy: string;
  /** Absolute paths of the files beside the movie that are there (docs/sidecars.md). */
  sidecars: string[];
  /** Every change of state, oldest first. */
  events: { at: string | null; from: string | null; to: string; actor: string | null; detail: Record<string, unknown> | null }[];
  /** R3's ledger. */
  consents: { identity: string; name: string; confirmedAt: string | null }[];
}

export function recordingsShowCommand(): Command {
  return new Command('show')
    .description('show one recording with its history and consents')
    .argument('<id>', 'id of the recording')
    .addOption(jsonOption())
    .addOption(dataOption())
    .action(async (id: string, flags: { json: boolean; data?: string }) => {
      const details = await withStorage(flags, (storage, { dataDir }) => detailsOf(recordingOf(storage, id), storage, dataDir));
      if (flags.json) printJson(details);
      else print(asText(details));
    });
}

/** Throws `AppError` `recording_unknown`. */
export function recordingOf(storage: Storage, id: string): RecordingRow {
  const row = storage.recordings.get(id);
  if (!row) throw new AppError('recording_unknown', `There is no recording "${id}".`, { status: 404 });
  return row;
}

function detailsOf(row: RecordingRow, storage: Storage, dataDir: string): RecordingDetails {
  const event = ({ atMs, fromState, toState, actor, detail }: RecordingEventRow): RecordingDetails['events'][number] => ({
    at: isoTime(atMs),
    from: fromState,
    to: toState,
    actor,
    detail,
  });
  const consent = ({ identity, name, confirmedAtMs }: ConsentRow): RecordingDetails['consents'][number] => ({
    identity,
    name,
    confirmedAt: isoTime(confirmedAtMs),
  });
  const paths = new DataPaths(dataDir);
  return {
    ...summaryOf(row, dataDir, (id) => storage.recordings.get(id)),
    title: row.title,
    startedBy: row.startedBy,
    sidecars: SIDECAR_NAMES.map((name) => paths.sidecar(row.id, name)).filter((path) => existsSync(path)),
    events: storage.recordings.events(row.id).map(event),
    consents: storage.recordings.consents(row.id).map(consent),
  };
}

function asText(details: RecordingDetails): string {
  const { report, failure } = details;
  const facts: [string, string][] = [
    ['id', details.id],
    ['title', details.title],
    ['state', details.state],
    ['file', details.path ?? details.name ?? '-'],
    ['started', `${details.startedAt ?? '-'} by ${details.startedBy}`],
    ['length', duration(details.durationMs)],
    ['size', byteSize(details.bytes)],
    ['owner', details.ownerId],
    ['room', details.roomId],
    ['session', details.sessionId],
    ['health', details.health ?? '-'],
    ...(details.previousId === null ? [] : [['part', `${details.part}, after ${details.previousId}`] satisfies [string, string]]),
  ];
  for (const path of details.sidecars) facts.push([basename(path), path]);
  if (failure) facts.push(['failure', `${failure.message} [${failure.code}]`]);
  for (const gap of details.gaps) facts.push(['gap', `${gap.startMs} ms, ${gap.durationMs} ms long: ${gap.reason}`]);
  if (report) {
    facts.push(['frames', `${report.frames}, ${report.late} late, ${report.missing} missing`]);
    facts.push(['skew', `${report.skewMs} ms`], ['lag', `${report.lagMs} ms`]);
    facts.push(['encoder', `${report.encoder}, ${report.preset}`]);
  }
  const width = Math.max(...facts.map(([name]) => name.length));
  const events = details.events.map(({ at, from, to, actor }) => [at ?? '-', `${from ?? ''} -> ${to}`, actor ?? 'server']);
  const consents = details.consents.map(({ confirmedAt, identity, name }) => [confirmedAt ?? '-', identity, name]);
  return [
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    table(['AT', 'CHANGE', 'BY'], events),
    ...(consents.length > 0 ? ['', table(['CONFIRMED', 'IDENTITY', 'NAME'], consents)] : []),
  ].join('\n');
}

import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import * as v from 'valibot';
import type { DataPaths } from '../core/paths.js';

const part = v.object({
  /** Counts from 1. */
  part: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** The recording whose folder has the journal: the first part's. */
  journalOf: v.string(),
  fromFrame: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Where the next part begins; null: there is none yet. */
  toFrame: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

/**
 * Which frames of a journal a recording is (R9). Parts share the journal of the first, so that each goes on
 * exactly where the one before ends. It lies as `part.json` in the recording's folder, for the folder is the
 * truth; a recording of one part has none.
 */
export type Part = v.InferOutput<typeof part>;

export function partOf(paths: DataPaths, recordingId: string): Part {
  return readPart(paths.part(recordingId)) ?? { part: 1, journalOf: recordingId, fromFrame: 0, toFrame: null };
}

/** Null where there is none at `path`, or none that can be read. */
export function readPart(path: string): Part | null {
  try {
    const parsed = v.safeParse(part, JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

/** On the disk when it returns: once a day and recording, so that it may wait for it. Throws what the file system does. */
export function writePart(paths: DataPaths, recordingId: string, what: Part): void {
  mkdirSync(paths.recording(recordingId), { recursive: true });
  const path = paths.part(recordingId);
  const file = openSync(`${path}.part`, 'w');
  try {
    writeSync(file, `${JSON.stringify(what)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.part`, path);
}

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/paths.js';
import type { SourceEvent } from './pattern.js';

/** What the pages of a recorded fixture say that they drew and sounded (scripts/record-fixtures.mjs). */
export interface Truth {
  says: string;
  people: { name: string; browser: string; colour: string; frequencyHz: number; events: SourceEvent[]; drawnAtMs: number[] }[];
}

export interface Fixture {
  name: string;
  /** The journal's folder. */
  dir: string;
  truth: Truth;
}

export async function fixtures(): Promise<Fixture[]> {
  const root = join(packageRoot, 'test', 'fixtures', 'journals');
  const names = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
  return Promise.all(
    names.map(async (name) => {
      const dir = join(root, name);
      return { name, dir, truth: JSON.parse(await readFile(join(dir, 'truth.json'), 'utf8')) as Truth };
    }),
  );
}

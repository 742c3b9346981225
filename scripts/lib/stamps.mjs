import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './process.mjs';

/** Tells whether a build step is up to date: a stamp beside its output holds the hash of its inputs. */

const SKIPPED = new Set(['node_modules', 'build', 'dist', '.cache', '.tap', '.vite']);

/** Hash of the files at and below `paths` (relative to the checkout) and of `facts`, such as the version of Node. */
export function hashOf(paths, facts = []) {
  const hash = createHash('sha256');
  for (const fact of facts) hash.update(`${fact}\0`);
  for (const file of paths.flatMap(filesBelow)) {
    hash.update(`${file}\0`);
    hash.update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** Files at or below a path, relative to the checkout, in a stable order. A missing path has none. */
export function filesBelow(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full)
    .sort()
    .filter((name) => !SKIPPED.has(name))
    .flatMap((name) => filesBelow(join(path, name)));
}

/** Does `work` unless the stamp says that it was done with the same inputs and the outputs are there. */
export async function step({ stamp, inputs, outputs }, work) {
  const file = join(root, stamp);
  const fresh = outputs.every((path) => existsSync(join(root, path)));
  if (fresh && existsSync(file) && readFileSync(file, 'utf8') === inputs) return false;
  rmSync(file, { force: true });
  await work();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, inputs);
  return true;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { violationsOf } from './lib/arrows.mjs';
import { root } from './lib/process.mjs';
import { filesBelow } from './lib/stamps.mjs';

/** Checks the arrows of the house; part of `npm run check`. */
const files = ['src', 'native', 'web/src']
  .flatMap(filesBelow)
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const violations = violationsOf(files);
for (const violation of violations) console.error(violation);
console.error(`arrows: ${files.length} files, ${violations.length} violations`);
process.exitCode = violations.length > 0 || files.length === 0 ? 1 : 0;

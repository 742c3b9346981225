import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/core/paths.js';
import { PARSERS } from '../support/fuzz-parsers.js';
import { HARNESSES } from '../support/fuzz-seeds.js';

/** For each of them; `npm run fuzz` takes longer. */
const SECONDS = 2;

t.setTimeout(280_000);

for (const name of [...HARNESSES, ...PARSERS]) {
  t.test(`damaged input for ${name}, ${SECONDS} s of it: refused or taken, in its bounds and in time`, async (t) => {
    const args = [join(packageRoot, 'scripts', 'fuzz.mjs'), '--only', name, '--seconds', String(SECONDS), '--seed', '1', '--fresh'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    t.equal(status, 0, stderr);
    const inputs = Number(/: (\d+) inputs/.exec(stdout)?.[1] ?? 0);
    t.ok(inputs > 100, `${inputs} inputs`);
  });
}

#!/usr/bin/env node
/**
 * Builds native/ into native/build/Release/*.node, unless a hash over its sources says that they are
 * there already. Downloads nothing: Node's headers come from beside the running node.
 * Run it with `npm run build:native`; `--force` builds in any case.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { checkCompiler, nodeHeaders } from './lib/machine.mjs';
import { ScriptError, main, root } from './lib/process.mjs';

const folder = join(root, 'native');
const addons = ['reelroom', 'reelroom_h264'].map((name) => join(folder, 'build', 'Release', `${name}.node`));
const stamp = join(folder, 'build', 'sources.sha256');
const require = createRequire(import.meta.url);

await main(() => {
  if (!process.argv.includes('--force') && isUpToDate()) return;
  checkCompiler();
  build();
});

function build() {
  const nodeGyp = join(dirname(require.resolve('node-gyp/package.json')), 'bin', 'node-gyp.js');
  const args = [nodeGyp, 'configure', 'build', '--release', `--nodedir=${nodeHeaders()}`];
  const result = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    throw new ScriptError('The native addon could not be built; the compiler said what is above.');
  }
  writeFileSync(stamp, sourcesHash());
}

function isUpToDate() {
  return addons.every((addon) => existsSync(addon)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesHash();
}

/** Whether the encoder that links libx264 is built, too (binding.gyp asks the same). */
function hasX264() {
  return spawnSync('pkg-config', ['--exists', 'x264']).status === 0;
}

/** Of everything that the addons are made from, the Node version included. */
function sourcesHash() {
  const hash = createHash('sha256').update(`${process.versions.modules} ${process.arch}`);
  hash.update(hasX264() ? 'x264' : '');
  const sources = ['src', 'x264'].flatMap((part) => readdirSync(join(folder, part)).sort().map((name) => join(folder, part, name)));
  for (const path of [join(folder, 'binding.gyp'), require.resolve('node-addon-api/package.json'), ...sources]) {
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { exclusively } from './lock.mjs';
import { checkCompiler, checkNode, hasGstreamerHeaders, nodeHeaders } from './machine.mjs';
import { Interrupted, ScriptError, root, run, say } from './process.mjs';
import { checkRights } from './rights.mjs';
import { filesBelow, hashOf, step } from './stamps.mjs';

/** The steps from a clean clone to a program that runs. Each does nothing when its inputs have not changed. */

const node = process.execPath;

/** Makes everything that is missing or stale. `forTests` also installs what only tests need. */
export async function prepare({ forTests = false, quiet = false } = {}) {
  checkNode();
  checkRights(root);
  await exclusively(async () => {
    await debianPackages(forTests);
    await npmPackages(quiet);
    await gstreamerBinding();
    await nativeAddon(quiet);
    await program(quiet);
    await webClient(quiet);
  });
}

async function debianPackages(forTests) {
  try {
    await run(join(root, 'scripts', 'setup'), forTests ? ['--test'] : [], { asks: true });
  } catch (error) {
    // The script has already said what to do.
    throw error instanceof ScriptError ? new ScriptError('Set-up is not complete.') : error;
  }
}

/**
 * Packages' own install scripts stay off: they would fetch binaries from outside the registry. The two
 * things that they are needed for are done here.
 */
async function npmPackages(quiet) {
  const inputs = hashOf(['package-lock.json'], [process.versions.modules, process.arch]);
  const sqlite = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node';
  await step({ stamp: 'node_modules/.reelroom', inputs, outputs: [sqlite] }, async () => {
    checkCompiler();
    const headers = nodeHeaders();
    say('Installing npm packages...');
    await npm(['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'], quiet);
    say('Building better-sqlite3 (a minute)...');
    await rebuild('better-sqlite3', headers);
    const bundled = join(root, 'node_modules', '@ffmpeg-installer', `linux-${process.arch}`, 'ffmpeg');
    if (existsSync(bundled)) chmodSync(bundled, 0o755);
  });
}

/** GStreamer's encoders are an addition: without its headers, or where they do not fit, Reelroom does without them. */
async function gstreamerBinding() {
  const folder = 'node_modules/gstreamer-superficial';
  if (!existsSync(join(root, folder)) || !hasGstreamerHeaders()) return;
  const inputs = hashOf([`${folder}/package.json`, `${folder}/binding.gyp`], [process.versions.modules, process.arch]);
  const outputs = [`${folder}/build/Release/gstreamer-superficial.node`];
  try {
    await step({ stamp: `${folder}/.reelroom`, inputs, outputs }, () => {
      say('Building the binding of GStreamer...');
      return rebuild('gstreamer-superficial', nodeHeaders());
    });
  } catch (error) {
    if (!(error instanceof ScriptError) || error instanceof Interrupted) throw error;
    say(`GStreamer's encoders stay out: ${error.message}`);
  }
}

/** Builds a package's addon with the headers that are there. */
async function rebuild(name, headers) {
  const gyp = join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const folder = join(root, 'node_modules', name);
  await run(node, [gyp, 'rebuild', '--release', '-j', 'max', `--nodedir=${headers}`, '-C', folder], { quiet: true });
}

async function npm(args, quiet) {
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) await run(node, [script, ...args], { quiet });
  else await run('npm', args, { quiet });
}

/** The script knows by itself whether its output is up to date. */
async function nativeAddon(quiet) {
  await run(node, [join('scripts', 'build-native.mjs')], { quiet });
}

/** Folders that the TypeScript build reads; of `web` the client library, which tests and benches share. */
const SOURCES = ['src', 'native', 'bench', 'test', 'web/src'];

async function program(quiet) {
  const sources = SOURCES.flatMap(filesBelow).filter((file) => file.endsWith('.ts'));
  const inputs = hashOf([...sources, 'tsconfig.json', 'package-lock.json']);
  await step({ stamp: 'dist/.stamps/program', inputs, outputs: ['dist/src/cli/index.js'] }, async () => {
    say('Compiling...');
    await run(node, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'], { quiet });
    removeOrphans(new Set(sources));
  });
}

/** Deletes what was compiled from sources that are gone: a test without a source must not run. */
function removeOrphans(sources) {
  for (const folder of SOURCES) {
    for (const file of filesBelow(join('dist', folder))) {
      const source = file.slice('dist/'.length).replace(/(\.js(\.map)?|\.d\.ts)$/, '.ts');
      if (!sources.has(source)) rmSync(join(root, file));
    }
  }
}

async function webClient(quiet) {
  const inputs = hashOf(['web', 'src/signaling/protocol.ts', 'src/core', 'package-lock.json']);
  await step({ stamp: 'dist/.stamps/web', inputs, outputs: ['dist/web/index.html'] }, async () => {
    say('Building the web client...');
    await run(node, [join('node_modules', 'vite', 'bin', 'vite.js'), 'build', 'web', '--logLevel', 'warn'], { quiet });
  });
}

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ScriptError } from './process.mjs';

/** Looks for what a build needs of the machine. */

const NODE_AT_LEAST = [20, 20];

/** What has to be on the machine, how it is looked for, and the Debian package that has it. */
const NEEDED = [
  { name: 'make', debian: 'make', found: () => runs('make', ['--version']) },
  { name: 'python3', debian: 'python3', found: () => runs('python3', ['--version']) },
  { name: 'a C++ compiler', debian: 'g++', found: () => runs(compiler(), ['--version']) },
  { name: 'libyuv', debian: 'libyuv-dev', found: () => compiles('libyuv.h') },
  { name: 'libvpx', debian: 'libvpx-dev', found: () => compiles('vpx/vpx_decoder.h') },
  { name: 'dav1d', debian: 'libdav1d-dev', found: () => compiles('dav1d/dav1d.h') },
  { name: 'libavcodec', debian: 'libavcodec-dev', found: () => compiles('libavcodec/avcodec.h') },
  { name: 'libopus', debian: 'libopus-dev', found: () => compiles('opus/opus.h') },
];

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > NODE_AT_LEAST[0] || (major === NODE_AT_LEAST[0] && minor >= NODE_AT_LEAST[1])) return;
  throw new ScriptError(`Reelroom needs Node ${NODE_AT_LEAST.join('.')} or newer; this is ${process.versions.node} (${process.execPath}).`);
}

/** Throws a `ScriptError` that names all that is missing. */
export function checkCompiler() {
  const missing = NEEDED.filter((need) => !need.found());
  if (missing.length === 0) return;
  throw new ScriptError(
    `To build the native addon this machine needs ${missing.map((need) => need.name).join(', ')}. ` +
      `On Debian: sudo apt-get install --yes ${missing.map((need) => need.debian).join(' ')}`,
  );
}

/** The folder whose include/node has the headers of this Node, so that node-gyp downloads nothing. */
export function nodeHeaders() {
  const candidates = [...new Set([dirname(dirname(realpathSync(process.execPath))), '/usr', '/usr/local'])];
  const major = process.versions.node.split('.')[0];
  for (const folder of candidates) {
    const header = join(folder, 'include', 'node', 'node_version.h');
    if (existsSync(header) && readFileSync(header, 'utf8').includes(`#define NODE_MAJOR_VERSION ${major}\n`)) return folder;
  }
  throw new ScriptError(
    `The C++ headers of Node ${major} are missing: there is no include/node in ${candidates.join(', ')}. ` +
      'The packages and archives of nodejs.org and NodeSource bring them along; install Node from one of these.',
  );
}

/** Whether the binding of GStreamer, which is optional, can be built. */
export function hasGstreamerHeaders() {
  return runs('pkg-config', ['--exists', 'gstreamer-1.0', 'gstreamer-app-1.0', 'gstreamer-video-1.0']);
}

function compiler() {
  return process.env.CXX ?? 'g++';
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function compiles(header) {
  const result = spawnSync(compiler(), ['-x', 'c++', '-E', '-'], {
    input: `#include <${header}>\n`,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return result.status === 0;
}

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/core/paths.js';

const SETUP = join(packageRoot, 'scripts', 'setup');

interface Machine {
  /** Name of the folder of a copy of the script; default: the script of this checkout. */
  folder?: string;
  uid: number;
  /** Packages that dpkg-query does not find. */
  missing: string[];
  /** What `sudo` answers: it works without a prompt, it would ask, or it is not installed. */
  sudo: 'works' | 'asks' | 'none';
  /** Exit code of apt-get. */
  apt?: number;
  /** Another apt-get holds the lock of the lists at the first attempt. */
  busy?: boolean;
}

/** Runs the script on a machine of doubles; `asked` is what apt-get was called with, and each sudo. */
function setup(t: Test, machine: Machine, ...args: string[]): { status: number | null; text: string; asked: string; script: string } {
  const bin = t.testdir();
  const log = join(bin, 'apt.log');
  const double = (name: string, body: string): void => {
    writeFileSync(join(bin, name), `#!/bin/bash\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  double('id', `echo "\${AS_ROOT-${machine.uid}}"`);
  double('dpkg-query', `case " ${machine.missing.join(' ')} " in *" \${*: -1} "*) exit 1 ;; *) echo installed ;; esac`);
  const held = machine.busy ? `[ -e ${log} ] || { echo > ${log}; echo 'E: Could not get lock /var/lib/apt/lists/lock.' >&2; exit 100; }; ` : '';
  double('apt-get', `${held}echo "$*" >> ${log}; exit ${machine.apt ?? 0}`);
  if (machine.sudo === 'works') double('sudo', `echo sudo >> ${log}; case $1 in -n) exit ;; -p) shift 2 ;; esac; AS_ROOT=0 exec "$@"`);
  if (machine.sudo === 'asks') double('sudo', 'exit 1');
  for (const tool of ['bash', 'env', 'dirname', 'sleep', 'true']) double(tool, `exec /usr/bin/${tool} "$@"`);
  const script = machine.folder === undefined ? SETUP : join(bin, machine.folder, 'setup');
  if (script !== SETUP) cpSync(SETUP, script);
  const run = spawnSync('/bin/bash', [script, ...args], { encoding: 'utf8', env: { PATH: bin }, stdio: ['ignore', 'pipe', 'pipe'] });
  return { status: run.status, text: run.stdout + run.stderr, asked: existsSync(log) ? readFileSync(log, 'utf8') : '', script };
}

t.test('nothing missing: says nothing and asks nobody', async (t) => {
  t.same(setup(t, { uid: 1000, missing: ['chromium'], sudo: 'none' }), { status: 0, text: '', asked: '', script: SETUP });
});

t.test('root installs what is missing, and only that', async (t) => {
  const { status, asked } = setup(t, { uid: 0, missing: ['libyuv-dev', 'chromium'], sudo: 'none' }, '--test');
  t.equal(status, 0);
  t.match(asked, /update\n.*install --yes --no-install-recommends libyuv-dev chromium\n$/);
});

t.test('a user with sudo installs through it', async (t) => {
  const { status, asked } = setup(t, { uid: 1000, missing: ['ffmpeg'], sudo: 'works' });
  t.equal(status, 0);
  t.match(asked, /^sudo\nsudo\n.*update\n.*install .*ffmpeg\n$/, 'after the look whether it works, so that it asks for one password at most');
});

t.test('without rights it prints the one command and stops with an error', async (t) => {
  const asks = setup(t, { uid: 1000, missing: ['firefox-esr'], sudo: 'asks' }, '--test');
  t.match(asks, { status: 1, asked: '' });
  t.match(asks.text, `\n    sudo ${SETUP} --test\n`);
  const none = setup(t, { uid: 1000, missing: ['ffmpeg'], sudo: 'none' });
  t.match(none, { status: 1, asked: '' });
  t.match(none.text, `\n    su -c '${SETUP}'\n`);
});

t.test('the one command is right in a folder of any name', async (t) => {
  for (const sudo of ['asks', 'none'] as const) {
    const { text, script } = setup(t, { folder: "Ann's rooms", uid: 1000, missing: ['ffmpeg'], sudo });
    const command = /^ {4}(.*)$/m.exec(text)?.[1] ?? '';
    const named = spawnSync('/bin/bash', ['-c', `sudo() { echo "$1"; }; su() { eval "sudo $2"; }; ${command}`], { encoding: 'utf8' });
    t.equal(named.stdout, `${script}\n`, command);
  }
});

t.test('it waits for an update that runs already', async (t) => {
  const { status, text, asked } = setup(t, { uid: 0, missing: ['ffmpeg'], sudo: 'none', busy: true });
  t.equal(status, 0, text);
  t.match(text, 'Waiting for another apt-get...\n');
  t.match(asked, /update\n.*install .*ffmpeg\n$/);
});

t.test('an installation that fails is an error', async (t) => {
  t.equal(setup(t, { uid: 0, missing: ['ffmpeg'], sudo: 'none', apt: 100 }).status, 1);
  t.equal(setup(t, { uid: 1000, missing: ['ffmpeg'], sudo: 'works', apt: 100 }).status, 1);
});

t.test('an unknown flag is wrong usage', async (t) => {
  t.equal(setup(t, { uid: 0, missing: [], sudo: 'none' }, '--tests').status, 2);
});

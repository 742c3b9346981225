import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/core/paths.js';

/** Nobody. Root may write everything, whatever a folder's mode says. */
const OTHER_USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** The scripts in a checkout without anything built, which every user may look into. */
function checkout(t: Test): string {
  const base = mkdtempSync(join(tmpdir(), 'reelroom-house-'));
  t.teardown(() => rmSync(base, { recursive: true }));
  const folder = join(base, "Ann's rooms");
  cpSync(join(packageRoot, 'scripts'), join(folder, 'scripts'), { recursive: true });
  cpSync(join(packageRoot, 'package-lock.json'), join(folder, 'package-lock.json'));
  chmodSync(base, 0o755);
  return folder;
}

t.test('a checkout of another user: prints the one command and stops with an error', async (t) => {
  const folder = checkout(t);
  for (const closed of ['node_modules', '.cache']) {
    mkdirSync(join(folder, closed));
    chmodSync(folder, 0o777);
    chmodSync(join(folder, closed), 0o555);
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'scripts', 'build.mjs')], { encoding: 'utf8', ...OTHER_USER });
    t.equal(status, 1);
    const [sentence = '', command = ''] = stderr.split('\n');
    t.match(sentence, `may not write to ${join(folder, closed)}. Run this once, then start again:`);
    const named = spawnSync('/bin/bash', ['-c', `sudo() { echo "$4"; }; su() { eval "sudo $2"; }; ${command}`], { encoding: 'utf8' });
    t.equal(named.stdout, `${folder}\n`, command);
  }
});

t.test('without a compiler it says so before it installs anything', async (t) => {
  const folder = checkout(t);
  const bin = t.testdir();
  const double = (name: string, body: string): void => writeFileSync(join(bin, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  double('bash', 'exec /bin/bash "$@"');
  double('dpkg-query', 'echo installed');
  double('make', '');
  double('npm', `: > '${join(bin, 'asked')}'`);
  const { status, stderr } = spawnSync(process.execPath, [join(folder, 'scripts', 'build.mjs')], { encoding: 'utf8', env: { PATH: bin } });
  t.equal(status, 1);
  t.match(stderr, /^To build the native addon this machine needs python3, a C\+\+ compiler, .*apt-get install --yes python3 g\+\+ /);
  t.notOk(existsSync(join(bin, 'asked')));
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { packageRoot } from '../../src/core/paths.js';
import { descendantsOf, isRunning, until, withLimit } from '../support/server.js';

t.test('a signal to npm ends the server cleanly, and no process is left', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const npm = spawn('npm', ['start', '--', '--port', '0', '--data', t.testdir()], { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()));
    const closed = once(npm, 'close');
    await until(() => (output.includes('Reelroom is ready: ') ? true : null), 60_000, () => output);
    const below = descendantsOf(npm.pid ?? 0);
    t.teardown(() => below.filter(isRunning).forEach((pid) => process.kill(pid, 'SIGKILL')));
    npm.kill(signal);
    await withLimit(closed, 20_000, () => `npm runs on:\n${output}`);
    t.same(below.filter(isRunning), [], signal);
    t.match(output, /^Closed\.$/m, signal);
  }
});

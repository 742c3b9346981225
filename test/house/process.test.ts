import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { packageRoot } from '../../src/core/paths.js';
import { isRunning, until, withLimit } from '../support/server.js';

const PROCESS = pathToFileURL(join(packageRoot, 'scripts', 'lib', 'process.mjs')).href;

t.test('a signal during a step of the build ends all that the step has started', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    const body = `import { main, run } from '${PROCESS}'; await main(() => run('bash', ['-c', 'sleep 600 & echo pid $!; wait']));`;
    const script = spawn(process.execPath, ['--input-type=module', '--eval', body], { stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    script.stderr.on('data', (part: Buffer) => (output += part.toString()));
    const ended = once(script, 'exit');
    const pid = await until(() => Number(/pid (\d+)\n/.exec(output)?.[1]) || null, 20_000, () => output);
    t.teardown(() => isRunning(pid) && process.kill(pid, 'SIGKILL'));
    script.kill(signal);
    t.same(await withLimit(ended, 20_000, () => output), [1, null], signal);
    await until(() => (isRunning(pid) ? null : true), 20_000, () => `${signal}: the step's own process runs on`);
    t.match(output, `Ended by ${signal}.\n`);
  }
});

import { spawnSync } from 'node:child_process';
import { root } from './process.mjs';

/** What `npm run check` is made of. */
const bin = (name, file) => ['node_modules', name, 'bin', file].join('/');

export const CHECKS = [
  { name: 'types', args: [bin('typescript', 'tsc'), '-p', '.', '--noEmit'] },
  { name: 'types of the web client', args: [bin('typescript', 'tsc'), '-p', 'web'] },
  { name: 'types of the client library, without DOM and Node', args: [bin('typescript', 'tsc'), '-p', 'web/client.tsconfig.json'] },
  { name: 'lint', args: [bin('oxlint', 'oxlint'), 'src', 'native', 'bench', 'test', 'scripts', 'examples', 'web/src'] },
  { name: 'arrows', args: ['scripts/arrows.mjs'] },
];

/** Runs a check; its output is shown when it fails. */
export function passes(check) {
  const result = spawnSync(process.execPath, check.args, { cwd: root, encoding: 'utf8' });
  const good = result.status === 0;
  process.stdout.write(`${good ? 'ok    ' : 'FAILED'}  check: ${check.name}\n`);
  if (!good) process.stdout.write(`${result.stdout}${result.stderr}`);
  return good;
}

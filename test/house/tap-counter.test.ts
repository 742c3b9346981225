import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { packageRoot } from '../../src/core/paths.js';

interface Counter {
  passed: number;
  failed: string[];
  push(text: string): void;
  end(exit: { code: number | null; signal: string | null; timedOut: boolean }): void;
}
const { TapCounter } = (await import(pathToFileURL(join(packageRoot, 'scripts/lib/tap.mjs')).href)) as {
  TapCounter: new () => Counter;
};

const CLEAN = { code: 0, signal: null, timedOut: false };

function count(text: string, exit: Parameters<Counter['end']>[0] = CLEAN): Counter {
  const counter = new TapCounter();
  // In two pieces, cut anywhere: output comes in chunks.
  counter.push(text.slice(0, text.length / 3));
  counter.push(text.slice(text.length / 3));
  counter.end(exit);
  return counter;
}

t.test('top-level points are the tests', async (t) => {
  const text = 'TAP version 14\n# Subtest: a\n    ok 1 - inner\n    1..1\nok 1 - a # time=1ms\n\nok 2 - b\n1..2\n';
  t.match(count(text), { passed: 2, failed: [] });
});

t.test('a failed test is named', async (t) => {
  t.match(count('ok 1 - a\nnot ok 2 - b\n1..2\n', { ...CLEAN, code: 1 }), { passed: 1, failed: ['b'] });
});

t.test('skipped and unfinished tests are failures, at any depth', async (t) => {
  t.match(count('ok 1 - a # SKIP no browser\n1..1\n'), { passed: 0, failed: [/no browser/] });
  t.match(count('not ok 1 - a # TODO later\n1..1\n'), { passed: 0, failed: [/later/] });
  t.match(count('    ok 1 - deep # SKIP no\n    1..1\nok 1 - a\nok 2 - b\n1..2\n'), { passed: 1, failed: [/a: deep/] });
});

t.test('a file that does not come to its end fails', async (t) => {
  t.match(count('', CLEAN), { passed: 0, failed: ['no test ran'] });
  t.match(count('ok 1 - a\n'), { passed: 1, failed: [/-1 tests planned/] });
  t.match(count('ok 1 - a\n1..2\n'), { passed: 1, failed: ['2 tests planned, 1 ran'] });
  t.match(count('ok 1 - a\n1..1\n', { code: 7, signal: null, timedOut: false }), { passed: 1, failed: ['exit code 7'] });
  t.match(count('ok 1 - a\n', { code: null, signal: 'SIGSEGV', timedOut: false }), { failed: ['ended by SIGSEGV'] });
  t.match(count('ok 1 - a\n', { code: null, signal: 'SIGKILL', timedOut: true }), { failed: [/took too long/] });
});

import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { packageRoot } from '../../src/core/paths.js';
import { loadSecrets } from '../../src/signaling/secrets.js';

t.test('secrets are made once, for their owner only', async (t) => {
  const path = join(t.testdir(), 'data', 'secrets.json');
  const made = loadSecrets(path);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.equal(Buffer.from(made.tokenKey, 'base64url').length, 32);
  t.equal(Buffer.from(made.adminSecret, 'base64url').length, 32);
  t.not(made.tokenKey, made.adminSecret);
  t.same(loadSecrets(path, () => t.fail('nothing is made twice')), made);
  const told: string[] = [];
  const others = loadSecrets(join(t.testdirName, 'other', 'secrets.json'), ({ adminSecret }) => told.push(adminSecret));
  t.same(told, [others.adminSecret], 'whoever makes them hears of it');
  t.same(readdirSync(join(path, '..')), ['secrets.json'], 'no draft is left');
});

t.test('a damaged file is reported and kept', async (t) => {
  const path = join(t.testdir(), 'secrets.json');
  for (const text of ['', '{"tokenKey":"short"}', 'garbage']) {
    writeFileSync(path, text);
    t.throws(() => loadSecrets(path), { code: 'secrets_unreadable', audience: 'operator' });
    t.equal(readFileSync(path, 'utf8'), text);
  }
  const folder = join(t.testdirName, 'folder');
  mkdirSync(folder);
  t.throws(() => loadSecrets(folder), { code: 'secrets_unreadable' }, 'neither is what is no file');
});

t.test('processes that start at once share one set of secrets', async (t) => {
  const path = join(t.testdir(), 'secrets.json');
  const module = join(packageRoot, 'dist', 'src', 'signaling', 'secrets.js');
  const script = `const { loadSecrets } = await import(${JSON.stringify(module)}); console.log(loadSecrets(${JSON.stringify(path)}).tokenKey);`;
  const runs = Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]));
  const keys = (await Promise.all(runs)).map(({ stdout }) => stdout.trim());
  t.equal(new Set(keys).size, 1);
  t.match(keys[0], /^[A-Za-z0-9_-]{43}$/);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import t from 'tap';
import { build } from 'vite';
import { packageRoot } from '../../src/core/paths.js';

/** What the first visit may load of scripts, compressed. */
const BUDGET_BYTES = 150_000;

t.test('the first load is small, and everything it needs is its own', async (t) => {
  const outDir = t.testdir();
  await build({ root: join(packageRoot, 'web'), logLevel: 'error', build: { outDir } });
  const page = readFileSync(join(outDir, 'index.html'), 'utf8');
  const linked = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  t.ok(linked.some((path) => path.endsWith('.js')) && linked.some((path) => path.endsWith('.css')));
  for (const path of linked) t.match(path, /^\/[^/]/, 'nothing comes from elsewhere');

  const files = readdirSync(join(outDir, 'assets')).map((name) => readFileSync(join(outDir, 'assets', name)));
  const gzip = files.reduce((sum, file) => sum + gzipSync(file).byteLength, 0);
  const brotli = files.reduce((sum, file) => sum + brotliCompressSync(file).byteLength, 0);
  t.comment(`${gzip} bytes by gzip, ${brotli} by brotli`);
  t.ok(gzip <= BUDGET_BYTES, `${gzip} bytes`);
});

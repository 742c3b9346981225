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

  // Of the scripts: what the page names, and what these import at once. What they import later is the rest.
  const scripts = new Map<string, Buffer>();
  const take = (path: string): void => {
    if (scripts.has(path)) return;
    const script = readFileSync(join(outDir, path));
    scripts.set(path, script);
    for (const [, from] of script.toString().matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+\.js)"/g)) take(`/assets/${from}`);
  };
  for (const path of linked.filter((path) => path.endsWith('.js'))) take(path);
  const later = readdirSync(join(outDir, 'assets')).filter((name) => name.endsWith('.js') && !scripts.has(`/assets/${name}`));
  const sizes = (path: string): string => `${gzipSync(readFileSync(join(outDir, 'assets', path))).byteLength}`;
  const gzip = [...scripts.values()].reduce((sum, file) => sum + gzipSync(file).byteLength, 0);
  const brotli = [...scripts.values()].reduce((sum, file) => sum + brotliCompressSync(file).byteLength, 0);
  t.comment(`scripts of the first load: ${gzip} bytes by gzip, ${brotli} by brotli; later: ${later.map((name) => `${name} ${sizes(name)}`).join(', ')}`);
  t.ok(gzip <= BUDGET_BYTES, `${gzip} bytes`);
  t.ok(later.some((name) => name.startsWith('ar-')), 'another language than English comes when it is wanted');
});

import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import preact from '@preact/preset-vite';
import { defineConfig, type Plugin } from 'vite';

const outDir = fileURLToPath(new URL('../dist/web', import.meta.url));

/**
 * Removes the previous build's hashed files. Vite's own emptying would also remove the client library
 * that the TypeScript build puts below `dist/web/src` for tests and benches.
 */
function clearAssets(): Plugin {
  let assets = '';
  return {
    name: 'reelroom-clear-assets',
    apply: 'build',
    configResolved(config) {
      assets = resolve(config.root, config.build.outDir, config.build.assetsDir);
    },
    buildStart() {
      rmSync(assets, { recursive: true, force: true });
    },
  };
}

export default defineConfig({
  base: '/',
  plugins: [preact(), clearAssets()],
  build: { outDir, emptyOutDir: false, target: 'es2022', sourcemap: false },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } } },
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/core/paths.js';

const read = (path: string): string => readFileSync(join(packageRoot, path), 'utf8');
const PAGES = ['README.md', 'CONTRIBUTING.md', ...readdirSync(join(packageRoot, 'docs')).map((name) => `docs/${name}`)].filter((page) =>
  page.endsWith('.md'),
);

t.test('links between the pages lead somewhere', async (t) => {
  for (const page of PAGES) {
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (!/^https?:/.test(target)) t.ok(existsSync(join(packageRoot, dirname(page), target)), `${page} -> ${target}`);
    }
  }
});

t.test('the README names every setting, and none that is not there', async (t) => {
  const names = (text: string): string[] => [...new Set(text.match(/REELROOM_[A-Z_]+/g))].sort();
  t.same(names(read('README.md')), names(read('src/core/config.ts')));
});

t.test('npm scripts that the pages name are there', async (t) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const page of PAGES) {
    for (const [, name = ''] of read(page).matchAll(/npm run (?:--silent )?([a-z:]+)/g)) t.ok(scripts[name], `${page}: npm run ${name}`);
  }
});

t.test('the folders that CONTRIBUTING shows are there', async (t) => {
  for (const [, folder = ''] of read('CONTRIBUTING.md').matchAll(/^((?:src|native|web)[\w/.-]*) {2,}/gm)) {
    t.ok(existsSync(join(packageRoot, folder)), folder);
  }
});

t.test('the bot on its page is the one that runs', async (t) => {
  t.match(read('docs/bot.md'), `\`\`\`js\n${read('examples/bot.mjs')}\`\`\``);
});

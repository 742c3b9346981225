import { join, resolve } from 'node:path';
import { prepare } from './lib/build.mjs';
import { main, say } from './lib/process.mjs';

/**
 * `node scripts/contact-sheets.mjs DIR [NAME...]`: sheets of all layouts as PNG, to be looked at, and
 * `overview.jpg`, the picture of docs/layouts.md.
 */
await main(async () => {
  const [dir = 'contact-sheets', ...names] = process.argv.slice(2);
  await prepare({ forTests: true, quiet: true });
  const { SHEETS, writeContactSheets, writeOverview } = await import('../dist/test/support/contact-sheets.js');
  const wanted = names.length > 0 ? names : SHEETS.map(({ name }) => name);
  await writeContactSheets(resolve(dir), wanted);
  if (names.length === 0) await writeOverview(join(resolve(dir), 'overview.jpg'));
  say(`${wanted.length} sheets are in ${resolve(dir)}.`);
});

import { prepare } from './lib/build.mjs';
import { main } from './lib/process.mjs';

/**
 * `npm start`: installs and builds what is missing, then serves in this very process, so that signals
 * and the exit code are the server's. Arguments are those of `reelroom serve`.
 */
await main(async () => {
  await prepare();
  process.setSourceMapsEnabled(true);
  const { runCommandLine } = await import('../dist/src/cli/program.js');
  process.exitCode = await runCommandLine(['serve', ...process.argv.slice(2)]);
});

import { prepare } from './lib/build.mjs';
import { main } from './lib/process.mjs';

/** `npm run --silent reelroom -- ARGS`: the command line of a checkout. Builds what is stale first; only the command writes to standard output. */
await main(async () => {
  await prepare({ quiet: true });
  process.setSourceMapsEnabled(true);
  const { runCommandLine } = await import('../dist/src/cli/program.js');
  process.exitCode = await runCommandLine(process.argv.slice(2));
});

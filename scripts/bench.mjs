import { prepare } from './lib/build.mjs';
import { main } from './lib/process.mjs';

/** `npm run bench [-- --json] [-- --only NAME]`: builds what is stale, then measures. Exits with 1 where a budget is not kept. */
await main(async () => {
  await prepare({ quiet: true });
  const { runBench } = await import('../dist/bench/main.js');
  process.exitCode = await runBench(process.argv.slice(2));
});

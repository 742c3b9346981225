import { prepare } from './lib/build.mjs';
import { main } from './lib/process.mjs';

/** `npm run build`: everything that is missing or stale, and nothing else. */
await main(() => prepare());

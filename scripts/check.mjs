import { CHECKS, passes } from './lib/checks.mjs';

/** `npm run check`: types, lint, arrows. All of them run, so that one look shows everything. */
const failed = CHECKS.filter((check) => !passes(check));
process.exitCode = failed.length === 0 ? 0 : 1;

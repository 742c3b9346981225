import t from 'tap';
import { checkKills } from '../support/kill-checks.js';

/** `kill -9` at any moment of a recording: it is finished by the next start, and next to nothing is lost. */
t.setTimeout(590_000);
await checkKills(20);

import t from 'tap';
import { checkKills } from '../support/kill-checks.js';

t.setTimeout(4 * 3_600_000);
await checkKills(200);

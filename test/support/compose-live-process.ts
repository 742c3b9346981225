import { composeJournal } from '../../src/compositor/compose.js';
import { jobIn } from './compose-job.js';

/** Composes the journal of the folder that its argument names while that grows, and prints the report. */
const report = await composeJournal(jobIn(String(process.argv[2]), { live: true, preset: 'superfast' }));
process.stdout.write(JSON.stringify(report));

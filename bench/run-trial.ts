import { MissingProgram } from './trial.js';
import { TRIALS } from './trials.js';

/** Runs the trial that its argument names, and prints its measurement as one line of JSON. */
const trial = TRIALS.find(({ name }) => name === process.argv[2]);
if (!trial) throw new Error(`There is no trial "${process.argv[2]}".`);
try {
  process.stdout.write(`${JSON.stringify(await trial.run())}\n`);
} catch (error) {
  if (!(error instanceof MissingProgram)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

import { MissingProgram } from './trial.js';
import { TRIALS } from './trials.js';

/** Runs the trial that its argument names, and prints its measurement as one line of JSON. */
const trial = TRIALS.find(({ name }) => name === process.argv[2]);
if (!trial) throw new Error(`There is no trial "${process.argv[2]}".`);
try {
  const measurement = await trial.run();
  if (!Number.isFinite(measurement.value)) throw new Error(`The value is ${measurement.value}.`);
  process.stdout.write(`${JSON.stringify(measurement)}\n`);
} catch (error) {
  if (!(error instanceof MissingProgram)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pino } from 'pino';
import { CompositorPool } from '../../src/compositor/pool.js';
import { jobIn } from '../support/compose-job.js';
import { descendantsOf } from '../support/server.js';
import { syntheticRecords, writeRecords } from '../support/synthetic-journal.js';

t.setTimeout(120_000);

const log = pino({ level: 'silent' });

const REPORT = {
  ...{ frames: 1, late: 0, missing: 0, skewMs: 0, lagMs: 0, encoder: 'none', preset: 'none', durationMs: 33, bytes: 1, gaps: [], restarts: 0 },
};

/** Field 19 of `stat`, see proc(5). */
function nicenessOf(ids: number[], folder: string): number[] {
  return ids.map((id) => Number(readFileSync(`${folder}/${id}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[16]));
}

t.test('a job in a worker ends with its report, and close is fine twice', async (t) => {
  const dir = t.testdir();
  await writeRecords(join(dir, 'journal'), await syntheticRecords({ durationMs: 2_000, tracks: [] }));
  const pool = new CompositorPool({ slots: 1, log });
  const progress: number[] = [];
  const task = pool.compose(jobIn(dir), ({ frames }) => progress.push(frames));
  const report = await task.done;
  t.equal(report.frames, 60);
  t.equal(progress.at(-1), 60);
  await pool.close();
  await pool.close();
  t.throws(() => pool.compose(jobIn(dir)), { code: 'compositor_closed' });
});

t.test('a live job ends by abort and can be continued; one that waits for its slot leaves at once', async (t) => {
  const dir = t.testdir();
  await writeRecords(join(dir, 'journal'), await syntheticRecords({ durationMs: 3_000, tracks: [], end: null }));
  const pool = new CompositorPool({ slots: 1, log });
  let sawFrames = (): void => undefined;
  const running = new Promise<void>((resolve) => (sawFrames = resolve));
  const live = pool.compose(jobIn(dir, { live: true, stillPath: join(dir, 'now.jpg') }), ({ frames }) => frames >= 30 && sawFrames());
  await running;
  const [own = 0] = nicenessOf([process.pid], '/proc');
  const nicer = Math.min(19, own + 5);
  t.ok(nicenessOf(readdirSync('/proc/self/task').map(Number), '/proc/self/task').includes(nicer), 'the worker gives way to the meeting');
  const children = nicenessOf(descendantsOf(process.pid), '/proc');
  t.ok(children.length > 0 && children.every((niceness) => niceness === nicer), `and so do the encoders: ${children}`);
  t.not(nicer, own, 'which does not');
  t.same(await Promise.all([live.still(), live.still()]), [true, true], 'the present picture can be had');
  t.same([...readFileSync(join(dir, 'now.jpg')).subarray(0, 3)], [0xff, 0xd8, 0xff]);
  const waiting = pool.compose(jobIn(dir, { moviePath: join(dir, 'other.mp4') }));
  waiting.abort();
  await t.rejects(waiting.done, { code: 'aborted' });
  live.grown();
  live.abort();
  live.abort();
  await t.rejects(live.done, { code: 'aborted' });
  const report = await pool.compose(jobIn(dir, { resume: true })).done;
  t.ok(report.frames >= 88, `${report.frames} frames`);
  await pool.close();
});

t.test('a worker that dies is replaced, a few times', async (t) => {
  const dir = t.testdir();
  const workerFile = join(dir, 'worker.mjs');
  writeFileSync(
    workerFile,
    `import { existsSync, writeFileSync } from 'node:fs';
export default async ({ job, port }) => {
  if (job.preset === 'always' || !existsSync(job.moviePath)) {
    writeFileSync(job.moviePath, '');
    process.exit(1);
  }
  port.postMessage({ kind: 'done', report: { ...${JSON.stringify(REPORT)}, preset: String(job.resume) } });
  port.close();
};
`,
  );
  const pool = new CompositorPool({ slots: 1, log, workerFile });
  const report = await pool.compose(jobIn(dir)).done;
  t.equal(report.restarts, 1);
  t.equal(report.preset, 'true', 'the second one resumes');
  await t.rejects(pool.compose(jobIn(dir, { preset: 'always' })).done, { code: 'worker_died' });
  await pool.close();
});

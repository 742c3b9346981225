import t from 'tap';
import type { ComposeJob } from '../../src/compositor/messages.js';
import { withRestarts } from '../../src/compositor/restarts.js';
import { AppError } from '../../src/core/errors.js';
import type { RecordingReport } from '../../src/core/recording.js';
import { jobIn } from '../support/compose-job.js';

const REPORT: RecordingReport = {
  ...{ frames: 60, late: 0, missing: 0, skewMs: 0, lagMs: 0, encoder: 'none', preset: 'none', durationMs: 2_000, bytes: 1, gaps: [], restarts: 0 },
};

/** An attempt's end: an error's code and the frames until then, or null for a report. */
type End = [code: string, frames: number] | null;

/** Runs a job whose attempts end like this; what each of them was asked. */
async function run(first: Partial<ComposeJob>, ends: End[]): Promise<{ asked: (string | undefined)[]; resumed: boolean[]; report: RecordingReport | string }> {
  const asked: (string | undefined)[] = [];
  const resumed: boolean[] = [];
  const start = (job: ComposeJob) => {
    const end = ends[asked.length] ?? null;
    asked.push(job.encoder);
    resumed.push(job.resume);
    return { done: end ? Promise.reject(new AppError(end[0], end[0])) : Promise.resolve(REPORT), frames: () => end?.[1] ?? 60 };
  };
  const report = await withRestarts(jobIn('/', first), start, () => true, () => undefined).catch((error: AppError) => error.code);
  return { asked, resumed, report };
}

t.test('what a new start can mend is started again behind what there is', async (t) => {
  const { asked, resumed, report } = await run({ encoder: 'vah264enc' }, [['encoder_failed', 30], ['worker_died', 90], null]);
  t.same(asked, ['vah264enc', 'vah264enc', 'vah264enc']);
  t.same(resumed, [false, true, true]);
  t.match(report, { restarts: 2 });
});

t.test('an encoder that does not come to life is replaced by ffmpeg', async (t) => {
  t.same((await run({ encoder: 'nvh264enc' }, [['encoder_failed', 0], ['encoder_failed', 0], null])).asked, ['nvh264enc', 'nvh264enc', 'ffmpeg'], 'it never gave anything');
  t.same((await run({ encoder: 'nvh264enc' }, [['encoder_failed', 600], ['encoder_stuck', 600], null])).asked, ['nvh264enc', 'nvh264enc', 'ffmpeg']);
  t.same((await run({}, [['encoder_failed', 0], ['encoder_failed', 0], null])).asked, [undefined, undefined, 'ffmpeg'], 'the default too');
  t.same((await run({ encoder: 'nvh264enc' }, [['worker_died', 30], ['worker_died', 30], null])).asked, ['nvh264enc', 'nvh264enc', 'nvh264enc']);
});

t.test('one that is not there is replaced at once; without ffmpeg nothing helps', async (t) => {
  t.same((await run({ encoder: 'vah264enc' }, [['encoder_missing', 0], null])).asked, ['vah264enc', 'ffmpeg']);
  t.match(await run({ encoder: 'ffmpeg' }, [['encoder_missing', 0]]), { asked: ['ffmpeg'], report: 'encoder_missing' });
  t.match(await run({ encoder: 'vah264enc' }, [['encoder_missing', 0], ['encoder_missing', 0]]), { asked: ['vah264enc', 'ffmpeg'], report: 'encoder_missing' });
});

t.test('what no start mends fails with its code', async (t) => {
  const always: End[] = Array.from({ length: 9 }, () => ['encoder_failed', 0]);
  t.match(await run({ encoder: 'x264enc' }, always), { asked: ['x264enc', 'x264enc', 'ffmpeg', 'ffmpeg'], report: 'encoder_failed' });
  t.match(await run({}, [['disk_full', 0]]), { asked: [undefined], report: 'disk_full' });
});

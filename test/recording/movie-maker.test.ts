import t from 'tap';
import { createLog } from '../../src/core/log.js';
import { MovieMaker } from '../../src/recording/movie-maker.js';
import { FakeCompositor } from './doubles.js';

const job = { journalDir: 'j', moviePath: '/tmp/none', posterPath: 'p', ffmpegPath: '', preset: 'superfast' };

function maker(live: boolean) {
  const compositor = new FakeCompositor();
  const made = new MovieMaker({ compositor, job, resume: !live, log: createLog('silent'), onProgress: () => undefined }, live);
  const report = made.make();
  const how = async (index: number) => {
    const { live: isLive, resume } = (await compositor.job(index)).job;
    return { live: isLive, resume };
  };
  return { compositor, made, report, how };
}

t.test('a hopeless live composition waits for the journal, then goes on, then begins anew, then gives up', async (t) => {
  const { compositor, made, report, how } = maker(true);
  t.same(await how(0), { live: true, resume: false });
  (await compositor.job(0)).fail('encoder_failed');
  await new Promise(setImmediate);
  t.equal(compositor.jobs.length, 1);
  made.journalEnded(false);
  t.same(await how(1), { live: false, resume: true });
  (await compositor.job(1)).fail('encoder_failed');
  t.same(await how(2), { live: false, resume: false });
  (await compositor.job(2)).fail('encoder_failed');
  await t.rejects(report, { code: 'encoder_failed' });
});

t.test('a journal that was cut has no end to wait for: it is read as a finished one', async (t) => {
  const { compositor, made, report, how } = maker(true);
  await compositor.job(0);
  made.journalEnded(true);
  t.same(await how(1), { live: false, resume: true });
  (await compositor.job(1)).fail('disk_full');
  await t.rejects(report, { code: 'disk_full' });
  t.equal(compositor.jobs.length, 2, 'a full disk is not tried again');
});

t.test('a journal that ends well only wakes the compositor', async (t) => {
  const { compositor, made, report } = maker(true);
  made.grown();
  made.journalEnded(false);
  made.journalEnded(true);
  const first = await compositor.job(0);
  t.equal(first.grown, 2);
  made.abort();
  made.abort();
  await t.rejects(report, { code: 'aborted' });
  t.equal(compositor.jobs.length, 1);
});

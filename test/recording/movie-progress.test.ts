import t from 'tap';
import { MovieWatch } from '../../src/recording/movie-progress.js';

t.test('a movie that is made at twice the pace is whole in half of what it lacks', async (t) => {
  const watch = new MovieWatch();
  t.same(watch.progress(60_000), { recordedMs: 60_000, behindMs: 60_000, leftMs: null, waits: false });
  watch.saw({ madeMs: 0, waits: true }, 0);
  t.match(watch.progress(60_000), { behindMs: 60_000, leftMs: null, waits: true });
  for (let nowMs = 10_000; nowMs <= 30_000; nowMs += 500) watch.saw({ madeMs: (nowMs - 10_000) * 2, waits: false }, nowMs);
  t.same(watch.progress(60_000), { recordedMs: 60_000, behindMs: 20_000, leftMs: 10_000, waits: false });
});

t.test('where the length is not known, or it does not go on, nothing is foretold', async (t) => {
  const watch = new MovieWatch();
  for (let nowMs = 0; nowMs <= 20_000; nowMs += 500) watch.saw({ madeMs: 100, waits: false }, nowMs);
  t.match(watch.progress(60_000), { behindMs: 59_900, leftMs: null });
  t.same(watch.progress(null), { recordedMs: null, behindMs: null, leftMs: null, waits: false });
  watch.saw({ madeMs: 0, waits: false }, 20_500);
  t.match(watch.progress(60_000), { leftMs: null }, 'a worker that began again has no pace yet');
});

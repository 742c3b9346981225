import t from 'tap';
import { EndingWatch, type EndingSigns } from '../../src/recording/ending.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What is told at each minute of recorded time: the reason and the minutes left. */
function told(signs: (minute: number) => Partial<EndingSigns>, minutes: number): string[] {
  const watch = new EndingWatch();
  return Array.from({ length: minutes }, (_, minute) => {
    const ending = watch.look({ recordedMs: minute * MINUTE, diskMs: Infinity, capMs: null, ...signs(minute) });
    if (ending === undefined) return [];
    return ending === null ? [`${minute}: over`] : [`${minute}: ${ending.reason} ${ending.leftMs / MINUTE}`];
  }).flat();
}

t.test('a cap is told 5 minutes and 1 minute before (R9)', async (t) => {
  t.same(told((minute) => ({ capMs: (60 - minute) * MINUTE }), 60), ['55: cap 5', '59: cap 1']);
});

t.test('a disk is told from half an hour on, and again in its last minutes', async (t) => {
  t.same(told((minute) => ({ diskMs: (60 - minute) * MINUTE }), 60), ['31: disk-full 29', '55: disk-full 5', '59: disk-full 1']);
});

t.test('a disk that lasts longer than was thought is told anew, not all the time', async (t) => {
  const slow = told((minute) => ({ diskMs: (29 - minute / 4) * MINUTE }), 40);
  t.ok(slow.length > 3 && slow.length < 14, slow.join(', '));
});

t.test('a disk at the limit does not come and go', async (t) => {
  const wavering = told((minute) => ({ diskMs: HOUR / 2 + (minute % 2 === 0 ? -1 : 1) * 1000 }), 30);
  t.notOk(wavering.some((words) => words.endsWith('over')), wavering.join(', '));
  t.same(told((minute) => ({ diskMs: minute < 3 ? HOUR / 2 - 1 : HOUR }), 6).at(-1), '3: over');
  t.same(told(() => ({ diskMs: HOUR / 2 }), 6), []);
});

t.test('of two ends the sooner is told', async (t) => {
  t.same(told((minute) => ({ capMs: (5 - minute) * MINUTE, diskMs: minute < 2 ? 20 * MINUTE : MINUTE }), 3), ['0: cap 5', '2: disk-full 1']);
});

import t from 'tap';
import { QualityMeter, type StreamReport } from '../../../src/media/rtp/quality.js';

const S = 1_000_000;

/** Levels of seconds with these reports; of each the newest packet is of its end unless `ages` says how old it is, s. */
function levels(seconds: Partial<StreamReport>[][], ages: (number | null)[] = []): (number | null)[] {
  const meter = new QualityMeter();
  return seconds.map((reports, at) => {
    const nowUs = (at + 10) * S;
    const age = ages[at] === undefined ? 0 : ages[at];
    return meter.add(reports.map((report) => ({ kind: 'video', loss: 0, jitterMs: 0, ...report })), age === null ? null : nowUs - age * S, nowUs);
  });
}

t.test('loss of the worst stream decides', async (t) => {
  const of = (loss: number): number | null => levels([[{ loss: 0 }, { loss }]])[0] ?? null;
  t.same([0, 0.019, 0.02, 0.059, 0.06, 0.19, 0.2, 1].map(of), [3, 3, 2, 2, 1, 1, 0, 0]);
});

t.test('a voice’s jitter counts, a picture’s does not', async (t) => {
  const of = (kind: 'audio' | 'video', jitterMs: number): number | null => levels([[{ kind, jitterMs }]])[0] ?? null;
  t.same([0, 29, 30, 60, 150, 5000].map((ms) => of('audio', ms)), [3, 3, 2, 1, 1, 1]);
  t.equal(of('video', 5000), 3);
});

t.test('one bad second is told as less, and is forgotten after some good ones', async (t) => {
  t.same(levels([[{}], [{ loss: 0.3 }], ...Array.from({ length: 7 }, () => [{}])]), [3, 1, 1, 1, 1, 1, 1, 2, 2]);
  t.same(levels([[{}], [{ loss: 0.3 }], ...Array.from({ length: 11 }, () => [{}])]).at(-1), 3);
});

t.test('what comes and goes is one weakness: the level falls at once, and rises when it has been better for a while', async (t) => {
  const wavering = Array.from({ length: 40 }, (_, second) => [{ loss: second % 4 === 0 ? 0.3 : 0 }]);
  const told = levels([[{}], ...wavering]);
  t.same([...new Set(told.slice(2))], [1], 'it does not flicker');
  const changes = told.slice(1).filter((level, at) => level !== told[at]).length;
  t.equal(changes, 1);
});

t.test('what does not come at all is the worst, unless it is muted or has not begun', async (t) => {
  t.same(levels([[], [{}], [{}], [{}]], [0, 0, 2.9, 3]), [null, 3, 3, 0]);
  t.same(levels([[{}], [{}], [{}]], [0, null, null]), [3, 3, 3]);
});

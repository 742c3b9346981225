import fc from 'fast-check';
import t from 'tap';
import { RecordedTime, frameTimeUs, framesIn } from '../../src/compositor/recorded-time.js';

t.test('without pauses recorded time is the journal clock', async (t) => {
  const time = new RecordedTime();
  t.equal(time.recordedUs(1_234_567), 1_234_567);
  t.equal(time.journalUs(1_234_567), 1_234_567);
});

t.test('a pause is cut out at a whole frame', async (t) => {
  const time = new RecordedTime();
  time.pause(1_010_000);
  t.equal(time.recordedUs(5_000_000), 1_000_000, 'what began after the last whole frame is not in the movie');
  t.equal(time.journalUs(999_999), 999_999);
  t.equal(time.journalUs(1_000_000), null, 'nobody knows yet when it goes on');
  time.resume(3_000_000);
  t.equal(time.journalUs(1_000_000), 3_000_000);
  t.equal(time.recordedUs(3_500_000), 1_500_000);
  t.equal(time.recordedUs(2_000_000), 1_000_000);
});

t.test('pausing twice and resuming what runs change nothing', async (t) => {
  const time = new RecordedTime();
  time.resume(500_000);
  time.pause(1_000_000);
  time.pause(2_000_000);
  time.resume(3_000_000);
  time.resume(4_000_000);
  t.equal(time.recordedUs(4_000_000), 2_000_000);
});

/** The last frame that begins at or before this recorded time, by trying. */
function lastFrameBy(recordedUs: number): number {
  let frame = Math.ceil((recordedUs * 30) / 1_000_000) + 1;
  while (frameTimeUs(frame) > recordedUs) frame--;
  return frame;
}

t.test('a pause right after another one takes no frame away', async (t) => {
  for (let frame = 1; frame < 300; frame++) {
    const time = new RecordedTime();
    time.pause(frameTimeUs(frame));
    time.resume(20_000_000);
    time.pause(20_000_000);
    t.equal(time.recordedUs(30_000_000), frameTimeUs(frame));
    if (!t.passing()) break;
  }
});

t.test('any pauses: recorded time never runs back and never counts a pause', async () => {
  const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000_000 }), fc.integer({ min: 0, max: 5_000_000 })), { maxLength: 8 });
  fc.assert(
    fc.property(gaps, (pauses) => {
      const time = new RecordedTime();
      let now = 0;
      let recorded = 0;
      for (const [running, paused] of pauses) {
        now += running;
        time.pause(now);
        recorded = frameTimeUs(lastFrameBy(recorded + running));
        now += paused;
        time.resume(now);
      }
      if (time.recordedUs(now) !== recorded) return false;
      let before = 0;
      for (let at = 0; at <= now + 100_000; at += 50_000) {
        const here = time.recordedUs(at);
        if (here < before || here > at) return false;
        before = here;
      }
      for (let frame = 0; frameTimeUs(frame) < recorded; frame++) {
        const at = time.journalUs(frameTimeUs(frame));
        if (at === null || Math.abs(time.recordedUs(at) - frameTimeUs(frame)) > 1) return false;
      }
      return true;
    }),
  );
});

t.test('frames fill the recorded time, and every recording has one', async (t) => {
  t.equal(framesIn(0), 1);
  t.equal(framesIn(10_000_000), 300);
  t.equal(framesIn(frameTimeUs(2_592_000)), 2_592_000, '24 hours to the frame');
});

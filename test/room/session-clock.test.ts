import fc from 'fast-check';
import t from 'tap';
import { SessionClock, type ClockSignal, type SessionLimits } from '../../src/room/session-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const limits: SessionLimits = { hostTimeoutMs: 15 * MINUTE, maxLengthMs: 24 * HOUR };

/** Follows the clock from deadline to deadline as signaling does; [minute, signal] of each. */
function run(clock: SessionClock, fromMs: number): [number, ClockSignal][] {
  const told: [number, ClockSignal][] = [];
  for (let nowMs = fromMs; ; ) {
    nowMs = Math.max(nowMs, clock.nextDeadlineMs());
    const signal = clock.advance(nowMs);
    if (!signal) continue;
    told.push([nowMs / MINUTE, signal]);
    if (signal.kind === 'ended') return told;
  }
}

t.test('with a host there, a session lasts to its maximum length, told before (S3)', async (t) => {
  t.same(run(new SessionClock(0, limits), 0), [
    [24 * 60 - 5, { kind: 'ending', leftMs: 5 * MINUTE, reason: 'max-length' }],
    [24 * 60 - 1, { kind: 'ending', leftMs: MINUTE, reason: 'max-length' }],
    [24 * 60, { kind: 'ended', reason: 'max-length' }],
  ]);
});

t.test('15 minutes after the last host it ends, told 5 minutes and 1 minute before (S2)', async (t) => {
  const clock = new SessionClock(0, limits);
  clock.setHostPresent(false, 10 * MINUTE);
  t.same(run(clock, 10 * MINUTE), [
    [20, { kind: 'ending', leftMs: 5 * MINUTE, reason: 'host-timeout' }],
    [24, { kind: 'ending', leftMs: MINUTE, reason: 'host-timeout' }],
    [25, { kind: 'ended', reason: 'host-timeout' }],
  ]);
});

t.test('a host who returns stops the time-out; the next one starts anew, warnings included', async (t) => {
  const clock = new SessionClock(0, limits);
  clock.setHostPresent(false, 0);
  t.match(clock.advance(10 * MINUTE), { kind: 'ending' });
  clock.setHostPresent(true, 14.9 * MINUTE);
  t.equal(clock.advance(20 * MINUTE), null);
  t.equal(clock.hostlessSinceMs, null);
  clock.setHostPresent(false, 30 * MINUTE);
  t.match(run(clock, 30 * MINUTE).map(([minute]) => minute), [40, 44, 45]);
});

t.test('saying twice that no host is there does not put the end off', async (t) => {
  const clock = new SessionClock(0, limits);
  clock.setHostPresent(false, 0);
  clock.setHostPresent(false, 14 * MINUTE);
  t.match(clock.advance(15 * MINUTE), { kind: 'ended', reason: 'host-timeout' });
});

t.test('a short time-out leaves out the warnings that do not fit', async (t) => {
  const clock = new SessionClock(0, { ...limits, hostTimeoutMs: 3 * MINUTE });
  clock.setHostPresent(false, 0);
  t.same(run(clock, 0).map(([minute]) => minute), [2, 3]);
  const shorter = new SessionClock(0, { ...limits, hostTimeoutMs: 1000 }, 0);
  t.same(run(shorter, 0).map(([, { kind }]) => kind), ['ended']);
});

t.test('after a sleep over both warnings only the true one is given', async (t) => {
  const clock = new SessionClock(0, limits);
  clock.setHostPresent(false, 0);
  t.same(clock.advance(14.5 * MINUTE), { kind: 'ending', leftMs: 0.5 * MINUTE, reason: 'host-timeout' });
  t.equal(clock.advance(14.5 * MINUTE), null);
});

t.test('a clock made again from its stored times ends at the same moment (S4)', async () => {
  const minute = fc.integer({ min: 0, max: 40 * 60 });
  fc.assert(
    fc.property(minute, minute, fc.integer({ min: 0, max: 30 }), (startMinute, leftAfter, restartAfter) => {
      const start = startMinute * MINUTE;
      const left = start + leftAfter * MINUTE;
      const before = new SessionClock(start, limits);
      before.setHostPresent(false, left);
      const restored = new SessionClock(start, limits, before.hostlessSinceMs);
      const [lastBefore] = run(before, left).slice(-1);
      const [lastRestored] = run(restored, left + restartAfter * MINUTE).slice(-1);
      const expected = Math.max(lastBefore![0], (left + restartAfter * MINUTE) / MINUTE);
      return lastRestored![0] === expected && JSON.stringify(lastRestored![1]) === JSON.stringify(lastBefore![1]);
    }),
  );
});

t.test('the deadline never lies behind what advance has done, and following it always comes to an end', async () => {
  const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 8 * HOUR }), present: fc.boolean() }), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (list) => {
      const clock = new SessionClock(0, limits);
      let nowMs = 0;
      for (const { waitMs, present } of list) {
        nowMs += waitMs;
        if (clock.advance(nowMs)?.kind === 'ended') return nowMs >= 15 * MINUTE;
        if (clock.nextDeadlineMs() <= nowMs) return false;
        clock.setHostPresent(present, nowMs);
      }
      const told = run(clock, nowMs);
      return told.length <= 5 && told.at(-1)![0] <= 24 * 60;
    }),
  );
});

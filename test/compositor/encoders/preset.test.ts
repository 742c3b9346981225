import fc from 'fast-check';
import t from 'tap';
import { firstPreset, LADDER, nextPreset, type Load, type PresetState } from '../../../src/compositor/encoders/preset.js';

/** Looks each 2 s, as keyframes come; what the preset was after each. */
function presets(first: string, loads: Omit<Load, 'nowMs'>[]): string[] {
  let state = firstPreset(first);
  return loads.map((load, look) => (state = nextPreset(state, { ...load, nowMs: look * 2_000 })).preset);
}

const times = (count: number, load: Omit<Load, 'nowMs'>): Omit<Load, 'nowMs'>[] => Array.from({ length: count }, () => load);
const CALM = { lagMs: 100, idle: 0.8 };
const BUSY = { lagMs: 100, idle: 0.2 };

t.test('a machine that is busy and in time keeps the preset', async (t) => {
  t.same(new Set(presets('superfast', times(1_000, BUSY))), new Set(['superfast']));
  t.same(new Set(presets('superfast', times(1_000, { lagMs: 1_000, idle: 0.9 }))), new Set(['superfast']));
});

t.test('where there is room for half a minute it goes up, to the top and no further', async (t) => {
  const seen = presets('superfast', times(200, CALM));
  t.equal(seen.indexOf('veryfast'), 15);
  t.equal(seen.at(-1), 'veryfast');
  t.equal(presets('superfast', [...times(14, CALM), BUSY, ...times(14, CALM), BUSY, ...times(14, CALM)]).at(-1), 'superfast', 'room that comes and goes is none');
});

t.test('while the lag grows it goes down, to the bottom and no further', async (t) => {
  const growing = Array.from({ length: 40 }, (_, look) => ({ lagMs: look * 500, idle: 0 }));
  const seen = presets('veryfast', growing);
  t.equal(seen[5], 'superfast', 'at the second look beyond 2 s at which it had grown');
  t.same([...new Set(seen)], ['veryfast', 'superfast', 'ultrafast']);
  t.equal(seen.at(-1), 'ultrafast');
});

t.test('a lag that shrinks is left alone, one that is far behind is not', async (t) => {
  const shrinking = Array.from({ length: 40 }, (_, look) => ({ lagMs: 14_000 - look * 300, idle: 0 }));
  t.same(new Set(presets('superfast', shrinking)), new Set(['superfast']));
  t.equal(presets('superfast', times(4, { lagMs: 20_000, idle: 0 }))[3], 'ultrafast', 'after waiting for what the beginning shows');
});

t.test('each time that it had to go down it waits longer before it goes up again', async (t) => {
  const overload = [...times(3, { lagMs: 2_500, idle: 0 }), { lagMs: 3_000, idle: 0 }, { lagMs: 3_500, idle: 0 }, { lagMs: 4_000, idle: 0 }];
  const seen = presets('superfast', [...overload, ...times(100, CALM)]);
  const down = seen.indexOf('ultrafast');
  const up = seen.indexOf('superfast', down);
  t.ok(down > 0);
  t.ok((up - down) * 2 >= 60, `up again after ${(up - down) * 2} s`);
});

t.test('a preset that is not on the ladder stays', async (t) => {
  t.same(new Set(presets('medium', [...times(50, CALM), ...times(50, { lagMs: 60_000, idle: 0 })])), new Set(['medium']));
});

t.test('whatever the load: always a preset of the ladder, one step at a time, never twice within 6 s', async () => {
  const load = fc.record({ lagMs: fc.integer({ min: 0, max: 30_000 }), idle: fc.double({ min: 0, max: 1, noNaN: true }), stepMs: fc.integer({ min: 0, max: 20_000 }) });
  fc.assert(
    fc.property(fc.constantFrom(...LADDER), fc.array(load, { maxLength: 200 }), (first, loads) => {
      let state: PresetState = firstPreset(first);
      let nowMs = 0;
      let changedAtMs = -Infinity;
      return loads.every(({ lagMs, idle, stepMs }) => {
        nowMs += stepMs;
        const before = state.preset;
        state = nextPreset(state, { nowMs, lagMs, idle });
        const step = Math.abs(LADDER.indexOf(state.preset) - LADDER.indexOf(before));
        const isRare = step === 0 || nowMs - changedAtMs >= 6_000;
        if (step > 0) changedAtMs = nowMs;
        return LADDER.includes(state.preset) && step <= 1 && isRare;
      });
    }),
  );
});

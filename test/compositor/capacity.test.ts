import t from 'tap';
import { Capacity } from '../../src/compositor/capacity.js';

/** How many fit when each costs what is expected. */
function most(capacity: Capacity): number {
  const running: number[] = [];
  while (capacity.fits(running) && running.length < 1000) running.push(capacity.expected);
  return running.length;
}

t.test('one recording always fits, and as many as the cores carry', async (t) => {
  t.equal(most(new Capacity(1)), 1);
  t.equal(most(new Capacity(2)), 2, 'before anything was measured');
  t.equal(most(new Capacity(2, 0.4)), 4);
  t.equal(most(new Capacity(8, 0.39)), 17);
  t.equal(most(new Capacity(1, 5)), 1);
});

t.test('what recordings really cost is learnt: dear ones soon, cheap ones slowly', async (t) => {
  const capacity = new Capacity(2);
  for (let window = 0; window < 10; window++) capacity.learn(0.9);
  t.ok(capacity.expected > 0.85, String(capacity.expected));
  t.equal(most(capacity), 1);
  for (let window = 0; window < 10; window++) capacity.learn(0.3);
  t.ok(capacity.expected > 0.7, 'a minute of less says little');
  for (let window = 0; window < 500; window++) capacity.learn(0.3);
  t.ok(capacity.expected < 0.35);
  for (let window = 0; window < 5000; window++) capacity.learn(0.01);
  t.ok(capacity.expected >= 0.2, 'an empty room is not what is reckoned with');
});

t.test('the first measurements replace the guess within a minute', async (t) => {
  const fresh = new Capacity(2);
  const known = new Capacity(2, 0.6);
  for (let window = 0; window < 6; window++) for (const capacity of [fresh, known]) capacity.learn(0.4);
  t.ok(fresh.expected < 0.46, String(fresh.expected));
  t.ok(known.expected > 0.58, String(known.expected));
});

t.test('what runs counts by what it costs, an idle meeting by half of what it may', async (t) => {
  const capacity = new Capacity(4, 0.5);
  t.notOk(capacity.fits([1.5, 1.5]));
  t.ok(capacity.fits([0.5, 0.5, null]));
  t.ok(capacity.fits(Array<number>(11).fill(0.01)));
  t.notOk(capacity.fits(Array<number>(12).fill(0.01)));
});

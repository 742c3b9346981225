import t from 'tap';
import { Turns } from '../../src/compositor/turns.js';

t.test('who came first is first, and a place that is left is given on', async (t) => {
  const turns = new Turns((running) => running.length < 2);
  const [a, b, c, d] = [turns.enter(), turns.enter(), turns.enter(), turns.enter()];
  await Promise.all([a.came, b.came]);
  t.same([a, b, c, d].map(({ waits }) => waits), [false, false, true, true]);
  b.leave();
  b.leave();
  await c.came;
  t.same([c.waits, d.waits], [false, true]);
  a.leave();
  await d.came;
});

t.test('one that waits may leave, with a reason; nobody is let in for it', async (t) => {
  const turns = new Turns((running) => running.length < 1);
  const [a, b, c] = [turns.enter(), turns.enter(), turns.enter()];
  b.leave(new Error('stopped'));
  await t.rejects(b.came, { message: 'stopped' });
  t.ok(c.waits);
  a.leave();
  await c.came;
});

t.test('when one costs less than was thought, the next may come', async (t) => {
  const turns = new Turns((running) => running.length === 0 || running.reduce<number>((sum, cost) => sum + (cost ?? 1), 0) < 1);
  const [a, b] = [turns.enter(), turns.enter()];
  t.ok(b.waits);
  a.cost = 0.5;
  turns.look();
  await b.came;
});

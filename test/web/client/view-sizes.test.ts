import { mock } from 'node:test';
import t from 'tap';
import { RoomSocket } from '../../../web/src/client/socket.js';
import { ViewReporter, viewChanges } from '../../../web/src/client/view-sizes.js';
import { FakeSocket, settled } from '../doubles.js';

const size = (widthPx: number, heightPx: number) => ({ widthPx, heightPx });

t.test('only what changed is told', async (t) => {
  const told = new Map([['a', size(10, 10)], ['b', size(10, 10)], ['c', size(10, 10)]]);
  const shown = new Map([['a', size(10, 10)], ['b', size(20, 10)], ['d', size(5, 5)]]);
  t.same(viewChanges(told, shown), [
    { trackId: 'b', size: size(20, 10) },
    { trackId: 'd', size: size(5, 5) },
    { trackId: 'c', size: null },
  ]);
  t.same(viewChanges(shown, shown), []);
});

t.test('the first change goes at once, those that follow go together', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const fake = new FakeSocket();
  const reporter = new ViewReporter(new RoomSocket(fake));
  fake.open();
  reporter.show(new Map([['a', size(100, 50)]]));
  for (let width = 101; width < 150; width += 1) reporter.show(new Map([['a', size(width, 50)]]));
  reporter.show(new Map([['a', size(150, 75)], ['b', size(1, 1)]]));
  await settled();
  t.match(fake.sent, [{ type: 'view', tracks: [{ trackId: 'a', size: size(100, 50) }] }]);
  t.equal(fake.sent.length, 1);
  mock.timers.tick(250);
  await settled();
  t.match(fake.sent[1], { tracks: [{ trackId: 'a', size: size(150, 75) }, { trackId: 'b', size: size(1, 1) }] });
  reporter.show(new Map());
  reporter.close();
  reporter.close();
  mock.timers.tick(1000);
  await settled();
  t.equal(fake.sent.length, 2, 'nothing after close');
});

t.test('more tracks than one message takes are told in several', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const fake = new FakeSocket();
  const reporter = new ViewReporter(new RoomSocket(fake));
  fake.open();
  reporter.show(new Map(Array.from({ length: 70 }, (_, index) => [`t${index}`, size(16, 9)])));
  await settled();
  mock.timers.tick(250);
  await settled();
  const counts = fake.sent.map((message) => (message.type === 'view' ? message.tracks.length : 0));
  t.same(counts, [64, 6]);
  reporter.close();
});

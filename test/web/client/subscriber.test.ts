import t from 'tap';
import type { RemoteTrack } from '../../../web/src/client/state.js';
import { RoomSocket } from '../../../web/src/client/socket.js';
import { Subscriber } from '../../../web/src/client/subscriber.js';
import { FakePlatform, FakeSocket, settled, type FakePeerConnection } from '../doubles.js';

const section = (mid: string, trackId: string) => ({ mid, trackId, memberId: 'a', kind: 'video' as const, source: 'camera' as const });
const offer = (offerId: number, ...sections: ReturnType<typeof section>[]) => ({
  type: 'subscribe-offer' as const,
  offerId,
  offer: `offer ${sections.map(({ mid }) => mid).join(' ')}`,
  sections,
});

function build(): { fake: FakeSocket; subscriber: Subscriber; connection: FakePeerConnection; tracks: RemoteTrack[][] } {
  const platform = new FakePlatform();
  const fake = new FakeSocket();
  const subscriber = new Subscriber(platform, new RoomSocket(fake));
  const tracks: RemoteTrack[][] = [];
  subscriber.events.on('tracks', (list) => tracks.push(list));
  fake.open();
  return { fake, subscriber, connection: platform.connections[0]!, tracks };
}

t.test('offers are answered in order, each by its id', async (t) => {
  const { fake, subscriber, tracks } = build();
  const first = subscriber.offered(offer(1, section('0', 'ta')));
  const second = subscriber.offered(offer(2, section('0', 'ta'), section('1', 'tb')));
  const answer = await fake.takes('subscribe-answer');
  t.match(answer, { offerId: 1, answer: 'answer' });
  await settled();
  t.equal(fake.sent.length, 1, 'the second waits for the first');
  fake.serve({ type: 'ok', id: answer.id });
  const next = await fake.takes('subscribe-answer', 1);
  t.equal(next.offerId, 2);
  fake.serve({ type: 'ok', id: next.id });
  await Promise.all([first, second]);
  t.same(tracks.map((list) => list.map(({ trackId }) => trackId)), [['ta'], ['ta', 'tb']]);
});

t.test('a section that is used again shows its new track', async (t) => {
  const { fake, subscriber, tracks } = build();
  for (const [index, message] of [offer(1, section('0', 'ta')), offer(2, section('0', 'tc'))].entries()) {
    const done = subscriber.offered(message);
    fake.serve({ type: 'ok', id: (await fake.takes('subscribe-answer', index)).id });
    await done;
  }
  t.same(tracks.at(-1)?.map(({ trackId }) => trackId), ['tc']);
  t.equal(tracks[0]?.[0]?.track, tracks[1]?.[0]?.track);
});

t.test('an offer that cannot be answered fails the receiving side', async (t) => {
  const { fake, subscriber } = build();
  let failed = 0;
  subscriber.events.on('failed', () => (failed += 1));
  const done = subscriber.offered(offer(1, section('0', 'ta')));
  const { id } = await fake.takes('subscribe-answer');
  fake.serve({ type: 'error', id, code: 'sdp_invalid', message: 'No.' });
  await done;
  t.equal(failed, 1);
});

t.test('an offer that was overtaken, or whose socket is gone, is no failure', async (t) => {
  for (const code of ['offer_unknown', 'connection_lost']) {
    const { fake, subscriber } = build();
    subscriber.events.on('failed', () => t.fail(code));
    const done = subscriber.offered(offer(1, section('0', 'ta')));
    const { id } = await fake.takes('subscribe-answer');
    fake.serve({ type: 'error', id, code, message: 'No.' });
    await done;
    void subscriber.offered(offer(2, section('0', 'ta')));
    t.match(await fake.takes('subscribe-answer', 1), { offerId: 2 });
  }
});

t.test('nothing happens after close', async (t) => {
  const { fake, subscriber, connection, tracks } = build();
  subscriber.close();
  subscriber.close();
  t.ok(connection.closed);
  await subscriber.offered(offer(1, section('0', 'ta')));
  t.same(fake.sent, []);
  t.same(tracks, []);
});

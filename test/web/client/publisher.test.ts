import t from 'tap';
import type { TrackSource } from '../../../src/core/media.js';
import { Publisher, type LocalSource } from '../../../web/src/client/publisher.js';
import { RoomSocket } from '../../../web/src/client/socket.js';
import { FakePlatform, FakeSocket, FakeTrack, settled, type FakePeerConnection } from '../doubles.js';

const microphone = (): LocalSource => ({ track: new FakeTrack('audio', 'mic'), muted: false, size: null });
const camera = (): LocalSource => ({ track: new FakeTrack('video', 'cam'), muted: false, size: { widthPx: 1280, heightPx: 720 } });
const screen = (): LocalSource => ({ track: new FakeTrack('video', 'screen'), muted: false, size: null });

interface Bench {
  fake: FakeSocket;
  publisher: Publisher;
  connection: FakePeerConnection;
}

function build(): Bench {
  const platform = new FakePlatform();
  const fake = new FakeSocket();
  const publisher = new Publisher(platform, new RoomSocket(fake));
  fake.open();
  return { fake, publisher, connection: platform.connections[0]! };
}

const sources = (entries: Partial<Record<TrackSource, LocalSource>>): Map<TrackSource, LocalSource> =>
  new Map(Object.entries(entries) as [TrackSource, LocalSource][]);

/** Answers everything that comes, until the publisher is where it should be. */
async function answerAll(fake: FakeSocket, done: Promise<void>, from: number): Promise<void> {
  let over = false;
  void done.then(() => (over = true));
  for (let next = from; !over; await settled()) {
    const message = fake.sent[next];
    if (!message) continue;
    next += 1;
    if (message.type === 'publish') fake.serve({ type: 'published', id: message.id, answer: 'v=0' });
    else fake.serve({ type: 'ok', id: message.id });
  }
}

async function publish({ fake, publisher }: Bench, entries: Parameters<typeof sources>[0]): Promise<typeof fake.sent> {
  const from = fake.sent.length;
  await answerAll(fake, publisher.publish(sources(entries)), from);
  return fake.sent.slice(from);
}

t.test('one offer carries all sources with what they show', async (t) => {
  const bench = build();
  const sent = await publish(bench, { microphone: microphone(), camera: camera() });
  t.match(sent, [
    { type: 'publish', offer: 'offer 1', sections: [{ mid: '0', source: 'microphone' }, { mid: '1', source: 'camera' }] },
  ]);
  t.equal(sent.length, 1);
  const [, video] = bench.connection.transceivers;
  t.same(video?.parameters.encodings.map(({ rid }) => rid), ['q', 'h', 'f']);
  t.same(video?.codecs.map(({ mimeType }) => mimeType), ['video/VP8', 'video/rtx']);
});

t.test('muting and stopping the camera need no offer; the server is told', async (t) => {
  const bench = build();
  const mic = microphone();
  await publish(bench, { microphone: mic, camera: camera() });
  const sent = await publish(bench, { microphone: { ...mic, muted: true }, camera: { track: null, muted: true, size: null } });
  t.match(sent, [
    { type: 'mute', source: 'microphone', muted: true },
    { type: 'mute', source: 'camera', muted: true },
  ]);
  t.equal(bench.connection.transceivers[1]?.track, null, 'nothing is sent from a stopped camera');
  const again = await publish(bench, { microphone: mic, camera: camera() });
  t.match(again, [{ type: 'mute', muted: false }, { type: 'mute', muted: false }]);
  t.not(bench.connection.transceivers[1]?.track, null);
});

t.test('a source that begins muted is said to be so', async (t) => {
  const bench = build();
  const sent = await publish(bench, { microphone: { ...microphone(), muted: true } });
  t.match(sent, [{ type: 'publish' }, { type: 'mute', source: 'microphone', muted: true }]);
});

t.test('a source that never had a track is not mentioned', async (t) => {
  t.same(await publish(build(), { camera: { track: null, muted: true, size: null } }), []);
});

t.test('a share that ends leaves its section free, and the next share uses it again', async (t) => {
  const bench = build();
  const mic = microphone();
  await publish(bench, { microphone: mic, screen: screen() });
  const ended = await publish(bench, { microphone: mic });
  t.match(ended, [{ type: 'publish', sections: [{ source: 'microphone' }] }]);
  t.equal(bench.connection.transceivers[1]?.direction, 'inactive');
  const again = await publish(bench, { microphone: mic, screen: screen() });
  t.match(again, [{ type: 'publish', sections: [{ mid: '0' }, { mid: '1', source: 'screen' }] }]);
  t.equal(bench.connection.transceivers[1]?.direction, 'sendonly');
  t.equal(bench.connection.transceivers.length, 2);
});

t.test('changes during an offer wait for its answer', async (t) => {
  const bench = build();
  const mic = microphone();
  const first = bench.publisher.publish(sources({ microphone: mic }));
  await bench.fake.takes('publish');
  const second = bench.publisher.publish(sources({ microphone: mic, camera: camera() }));
  void bench.publisher.publish(sources({ microphone: mic, screen: screen() }));
  await settled();
  t.equal(bench.fake.sent.length, 1);
  await answerAll(bench.fake, Promise.all([first, second]).then(() => undefined), 0);
  t.match(bench.fake.sent, [{ sections: [{ source: 'microphone' }] }, { sections: [{ source: 'microphone' }, { source: 'screen' }] }]);
  t.equal(bench.fake.sent.length, 2, 'what was wanted in between is skipped');
});

t.test('a change at whatever moment of an update is sent', async (t) => {
  for (let turns = 0; turns < 40; turns += 1) {
    const bench = build();
    const mic = microphone();
    await publish(bench, { microphone: mic });
    void bench.publisher.publish(sources({ microphone: { ...mic, muted: true } }));
    const { id } = await bench.fake.takes('mute');
    bench.fake.serve({ type: 'ok', id });
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    void bench.publisher.publish(sources({ microphone: mic }));
    await settled();
    t.match(bench.fake.sent.at(-1), { type: 'mute', muted: false }, `after ${turns} turns`);
  }
});

t.test('a refused offer is taken back, so that the next one can be made', async (t) => {
  const bench = build();
  const refused: string[] = [];
  bench.publisher.events.on('refused', ({ code }) => refused.push(code));
  const done = bench.publisher.publish(sources({ camera: camera() }));
  const { id } = await bench.fake.takes('publish');
  bench.fake.serve({ type: 'error', id, code: 'no_usable_codec', message: 'No codec of this offer can be used.' });
  await done;
  t.same(refused, ['no_usable_codec']);
  t.equal(bench.connection.signalingState, 'stable');
  const sent = await publish(bench, { microphone: microphone() });
  t.match(sent, [{ type: 'publish', sections: [{ source: 'microphone' }] }]);
});

t.test('layers that nobody wants are switched off and on again', async (t) => {
  const bench = build();
  await bench.publisher.setWantedHeight('camera', 180);
  await publish(bench, { camera: camera() });
  const transceiver = bench.connection.transceivers[0]!;
  const active = (): (boolean | undefined)[] => transceiver.parameters.encodings.map((encoding) => encoding.active);
  t.same(active(), [true, false, false], 'what was wanted before the track was there counts');
  await bench.publisher.setWantedHeight('camera', 1080);
  t.same(active(), [true, true, true]);
  const changes = transceiver.parameterChanges;
  await bench.publisher.setWantedHeight('camera', 900);
  t.equal(transceiver.parameterChanges, changes, 'nothing to change, nothing set');
});

t.test('a restart offers the same with new ICE credentials, and one whose answer is lost is made again', async (t) => {
  const bench = build();
  await bench.publisher.restart();
  t.same(bench.fake.sent, [], 'nothing is published');
  const sources = { microphone: microphone() };
  await publish(bench, sources);
  const from = bench.fake.sent.length;
  const lost = bench.publisher.restart();
  const { id } = await bench.fake.takes('publish', from);
  bench.fake.serve({ type: 'error', id, code: 'connection_lost', message: 'The connection was lost.' });
  await lost;
  t.equal(bench.connection.signalingState, 'stable');
  t.match(await publish(bench, sources), [{ type: 'publish', sections: [{ mid: '0', source: 'microphone' }] }]);
  t.match(await publish(bench, sources), [], 'once is enough');
  t.same(bench.connection.restarts, [false, true, true]);
});

t.test('a closed publisher does nothing more', async (t) => {
  const bench = build();
  bench.publisher.close();
  bench.publisher.close();
  await bench.publisher.publish(sources({ camera: camera() }));
  await bench.publisher.restart();
  t.same(bench.fake.sent, []);
});

t.test('a platform that cannot switch layers off sends them all, and nobody is troubled', async (t) => {
  const bench = build();
  await publish(bench, { camera: camera() });
  const problems: unknown[] = [];
  bench.publisher.events.on('refused', (error) => problems.push(error));
  bench.connection.transceivers[0]!.sender.setParameters = () => Promise.reject(new Error('InvalidModificationError'));
  await bench.publisher.setWantedHeight('camera', 180);
  t.same(problems, []);
});

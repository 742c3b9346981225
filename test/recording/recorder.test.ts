import t from 'tap';
import { createLog } from '../../src/core/log.js';
import type { JournalRecord } from '../../src/journal/records.js';
import { SERVER_EXTENSION_IDS } from '../../src/media/rtp/extensions.js';
import { buildRtp } from '../../src/media/rtp/packet.js';
import { Recorder } from '../../src/recording/recorder.js';
import { FakeClock, FakeHub, FakeRoom, member, track } from './doubles.js';

function recording(prepare: (room: FakeRoom, hub: FakeHub) => void = () => {}) {
  const clock = new FakeClock();
  const hub = new FakeHub();
  const room = new FakeRoom('room');
  prepare(room, hub);
  const records: JournalRecord[] = [];
  const journal = { full: false, append: (record: JournalRecord) => !journal.full && records.push({ ...record }) > 0 };
  const recorder = new Recorder({
    room,
    sessionId: 's',
    hub,
    journal,
    originUs: clock.us,
    monotonicUs: clock.monotonicUs,
    log: createLog('silent'),
  });
  const kinds = (): string[] => records.map((record) => (record.type === 'event' ? record.event.kind : record.type));
  return { clock, hub, room, records, journal, recorder, kinds };
}

/** A packet of a voice that is well heard (RFC 6464). */
const spoken = (ms: number): Uint8Array =>
  buildRtp(
    { marker: false, payloadType: 111, sequence: ms / 20, timestamp: ms * 48, ssrc: 1, extensions: [{ id: SERVER_EXTENSION_IDS.audioLevel, data: Uint8Array.of(25) }] },
    new Uint8Array(10),
  );

const packet = Uint8Array.of(128, 96, 0, 1);

t.test('who and what is there at the start is told first', async (t) => {
  const { records, hub } = recording((room) => {
    room.join(member('ann'));
    room.join(member('eve', 'participant', { onStage: false }));
    room.publish(track('ann', 'camera'));
    room.publish(track('ann', 'microphone'));
    room.mute('ann-microphone', true);
    room.highlighted = 'ann';
  });
  t.match(records, [
    { event: { kind: 'started', roomId: 'room', sessionId: 's', title: 'Weekly' } },
    { event: { kind: 'member-on-stage', memberId: 'ann', name: 'ANN' } },
    { event: { kind: 'highlight', memberId: 'ann' } },
    { event: { kind: 'track-started', track: 0, description: { trackId: 'ann-camera' } } },
    { event: { kind: 'track-started', track: 1, description: { trackId: 'ann-microphone' } } },
    { event: { kind: 'track-muted', track: 1, muted: true } },
  ]);
  t.equal(hub.of('ann-camera').keyframes, 1, 'pictures need a keyframe');
  t.equal(hub.of('ann-microphone').keyframes, 0);
});

t.test('what happens in the room is told in its order, and numbers are never used twice', async (t) => {
  const { room, kinds, records, hub } = recording();
  room.join(member('ann'));
  room.publish(track('ann', 'camera'));
  room.facts.emit('member-changed', member('ann'));
  room.end('ann-camera');
  room.publish(track('ann', 'camera'));
  hub.of('ann-camera').sink.ended();
  room.leave('ann');
  t.same(kinds(), ['started', 'member-on-stage', 'track-started', 'track-ended', 'track-started', 'track-ended', 'member-off-stage']);
  t.match(records[4], { event: { track: 1 } });
  t.ok(hub.subscriptions.every(({ open }) => !open));
});

t.test('a pause keeps no media, and what comes after it starts with a keyframe', async (t) => {
  const { room, kinds, recorder, hub, clock, records } = recording();
  room.join(member('ann'));
  room.publish(track('ann', 'camera'));
  const { sink } = hub.of('ann-camera');
  recorder.pause();
  sink.rtp(packet, clock.us);
  sink.senderReport({ ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3 }, clock.us);
  recorder.resume();
  t.equal(hub.of('ann-camera').keyframes, 2);
  clock.advance(10);
  sink.rtp(packet, clock.us);
  t.same(kinds().slice(3), ['paused', 'sender-report', 'resumed', 'packet']);
  t.match(records.at(-1), { timeUs: 10_000, track: 0, data: packet });
});

t.test('a packet that came before the recording began is at its start', async (t) => {
  const { room, hub, clock, records } = recording();
  room.publish(track('ann', 'camera'));
  hub.of('ann-camera').sink.rtp(packet, clock.us - 500);
  t.match(records.at(-1), { type: 'packet', timeUs: 0 });
});

t.test('after packets that the journal could not take, a keyframe is asked for', async (t) => {
  const { room, hub, clock, journal } = recording();
  room.publish(track('ann', 'camera'));
  const entry = hub.of('ann-camera');
  journal.full = true;
  entry.sink.rtp(packet, clock.us);
  entry.sink.rtp(packet, clock.us);
  t.equal(entry.keyframes, 1);
  journal.full = false;
  entry.sink.rtp(packet, clock.us);
  entry.sink.rtp(packet, clock.us);
  t.equal(entry.keyframes, 2);
});

t.test('a track that is gone already is ended, and nothing else suffers', async (t) => {
  const { kinds, hub } = recording((room, hubBefore) => {
    hubBefore.unknown.add('ann-camera');
    room.publish(track('ann', 'camera'));
    room.publish(track('bob', 'microphone'));
  });
  t.same(kinds(), ['started', 'track-started', 'track-ended', 'track-started']);
  t.ok(hub.of('bob-microphone').open);
});

t.test('no larger layer than the tile is asked for; stage content always at its best', async (t) => {
  const { room, hub } = recording();
  room.join(member('m0'));
  room.publish(track('m0', 'camera'));
  t.same(hub.of('m0-camera').wanted, { widthPx: 1920, heightPx: 1080 });
  for (const name of ['m1', 'm2', 'm3']) {
    room.join(member(name));
    room.publish(track(name, 'camera'));
  }
  const four = hub.of('m0-camera').wanted as { widthPx: number };
  t.ok(four.widthPx <= 960 && four.widthPx > 640);
  room.publish(track('m0', 'screen'));
  t.equal(hub.of('m0-screen').wanted, 'best');
  t.ok((hub.of('m0-camera').wanted as { widthPx: number }).widthPx <= 480);
  room.end('m0-screen');
  for (const name of ['m1', 'm2', 'm3']) room.mute(`${name}-camera`, true);
  t.same(hub.of('m0-camera').wanted, { widthPx: 1920, heightPx: 1080 });
});

t.test('the layout is told with the start and whenever it changes, and sizes follow it', async (t) => {
  const { room, hub, records } = recording((before) => {
    before.picture = { layout: 'grid', transitions: false, initials: false };
  });
  t.match(records[0], { event: { kind: 'started', layout: 'grid', transitions: false, initials: false } });
  for (const name of ['m0', 'm1', 'm2', 'm3']) {
    room.join(member(name));
    room.publish(track(name, 'camera'));
    room.publish(track(name, 'microphone'));
  }
  const widths = (): number[] => ['m0', 'm1', 'm2', 'm3'].map((name) => (hub.of(`${name}-camera`).wanted as { widthPx: number }).widthPx);
  t.equal(new Set(widths()).size, 1);
  room.setLayout('speaker');
  t.match(records.at(-1), { event: { kind: 'layout', layout: 'speaker' } });
  t.ok(widths()[0]! > 3 * widths()[1]!, 'the first one is large while nobody spoke');
  const { sink } = hub.of('m2-microphone');
  for (let ms = 0; ms < 1_000; ms += 20) sink.rtp(spoken(ms), 6_000_000 + ms * 1000);
  t.ok(widths()[2]! > 3 * widths()[0]!, 'then who speaks');
  room.setLayout('content-only');
  t.same(widths(), [160, 160, 160, 160]);
});

t.test('who comes back has the place that they had, whatever their connection is called', async (t) => {
  const { room, records } = recording();
  const seats = (): unknown[] => records.flatMap((record) => (record.type === 'event' && record.event.kind === 'member-on-stage' ? [record.event.seat] : []));
  for (const name of ['ann', 'bob', 'cleo']) room.join(member(name));
  room.leave('ann');
  room.join(member('dan'));
  room.join(member('ann-again', 'host', { identity: 'id-ann', name: 'ANN' }));
  t.same(seats(), [0, 1, 2, 3, 0]);
  room.join(member('ann-twice', 'host', { identity: 'id-ann', name: 'ANN' }));
  t.same(seats().at(-1), 4, 'in a second tab they are somebody else');
  room.join(member('other', 'host', { identity: 'id-ann', name: 'Guest of the same link' }));
  t.same(seats().at(-1), 5);
});

t.test('after close nothing is written', async (t) => {
  const { room, recorder, hub, clock, records } = recording();
  room.publish(track('ann', 'camera'));
  const { sink } = hub.of('ann-camera');
  const before = records.length;
  recorder.close();
  recorder.close();
  sink.rtp(packet, clock.us);
  sink.ended();
  recorder.pause();
  room.join(member('bob'));
  t.equal(records.length, before);
  t.ok(hub.subscriptions.every(({ open }) => !open));
});

t.test('a track that changes its codec says so before the packets, once', async (t) => {
  const { room, records, hub } = recording();
  room.join(member('ann'));
  room.publish(track('ann', 'camera'));
  const { sink } = hub.of('ann-camera');
  const h264 = { name: 'H264', payloadType: 102, clockRateHz: 90_000, fmtp: 'packetization-mode=1' } as const;
  sink.setCodec(track('ann', 'camera').codec, 0);
  sink.setCodec(h264, 0);
  sink.setCodec(h264, 0);
  sink.rtp(packet, 6_000_000);
  t.match(records.slice(3), [{ event: { kind: 'track-codec', track: 0, codec: h264 } }, { type: 'packet' }]);
  t.equal(records.length, 5);
});

t.test('what people write is told where the room keeps its chat, once, and not in a pause', async (t) => {
  const { room, recorder, records } = recording((house) => {
    house.keepsChat = true;
    house.say('ann', 'before the recording');
  });
  const hello = room.say('ann', 'hello');
  room.facts.emit('chat', { ...hello, reactions: { '👍': ['bob'] } });
  recorder.pause();
  room.say('bob', 'off the record');
  recorder.resume();
  room.say('bob', 'and on');
  const written = records.flatMap((record) => (record.type === 'event' && record.event.kind === 'chat' ? [record.event] : []));
  t.same(written, [
    { kind: 'chat', memberId: 'ann', name: 'ANN', text: 'hello' },
    { kind: 'chat', memberId: 'bob', name: 'BOB', text: 'and on' },
  ]);
  const other = recording();
  other.room.say('ann', 'hello');
  t.notOk(other.kinds().includes('chat'), 'by default it is not');
});

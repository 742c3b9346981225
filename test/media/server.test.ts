import t from 'tap';
import { systemClock } from '../../src/core/clock.js';
import { createLog } from '../../src/core/log.js';
import { hostAddresses } from '../../src/media/transport/addresses.js';
import { createMediaServer } from '../../src/media/server.js';
import { SAMPLE_OFFER } from './support/sample-offer.js';

const open = (port = 0, announcedAddresses: string[] = []) =>
  createMediaServer({ host: '127.0.0.1', port, announcedAddresses, clock: systemClock, log: createLog('silent') });

/** The lines of one media section of an answer, by its mid. */
const section = (sdp: string, mid: string): string => sdp.split(/(?=^m=)/m).find((part) => part.includes(`a=mid:${mid}\r\n`)) ?? '';

t.test('an answer takes VP8 and Opus, and rejects all else', async (t) => {
  const server = await open(0, ['203.0.113.9']);
  t.teardown(() => server.close());
  const connection = server.openConnection('room', 'alice');
  const answer = connection.publish(SAMPLE_OFFER, [{ mid: '1', source: 'camera' }]);
  t.match(answer, /a=ice-lite/);
  t.match(answer, /a=group:BUNDLE 1\r\n/);
  t.match(section(answer, '0'), /^m=audio 0 /, 'not published');
  t.match(section(answer, '2'), /^m=application 0 /);
  const video = section(answer, '1');
  t.match(video, /^m=video 9 UDP\/TLS\/RTP\/SAVPF 96 97\r\n/);
  t.match(video, new RegExp(`typ host`));
  t.match(video, `203.0.113.9 ${server.port} typ host`, 'announced addresses win');
  for (const line of ['a=setup:passive', 'a=recvonly', 'a=rtcp-rsize', 'a=rtcp-fb:96 nack pli', 'a=fmtp:97 apt=96', 'a=simulcast:recv q;f']) {
    t.ok(video.includes(`${line}\r\n`) || video.includes(line), line);
  }
  t.same(server.tracks('room').map((track) => track.source), ['camera']);
});

t.test('a section left out is ended, and its transceiver lives on', async (t) => {
  const server = await open();
  t.teardown(() => server.close());
  const connection = server.openConnection('room', 'alice');
  connection.publish(SAMPLE_OFFER, [{ mid: '0', source: 'microphone' }, { mid: '1', source: 'camera' }]);
  const ended: string[] = [];
  server.events.on('track-ended', (track) => ended.push(track.source));
  const answer = connection.publish(SAMPLE_OFFER, [{ mid: '0', source: 'microphone' }]);
  t.same(ended, ['camera']);
  t.match(section(answer, '1'), /a=inactive/);
  t.match(section(answer, '1'), /^m=video 9 /);
});

t.test('offers that cannot be used are refused and change nothing', async (t) => {
  const server = await open();
  t.teardown(() => server.close());
  const connection = server.openConnection('room', 'alice');
  const camera = [{ mid: '1', source: 'camera' as const }];
  const throwsCode = (code: string, run: () => unknown): void => void t.throws(run, { code });
  throwsCode('sdp_invalid', () => connection.publish('hello', camera));
  throwsCode('no_usable_codec', () => connection.publish(SAMPLE_OFFER.replaceAll('VP8', 'VP7').replaceAll('H264', 'H265'), camera));
  throwsCode('sdp_invalid', () => connection.publish(SAMPLE_OFFER, [{ mid: '1', source: 'microphone' }]));
  throwsCode('too_many_tracks', () => connection.publish(SAMPLE_OFFER, Array.from({ length: 9 }, (_, i) => ({ mid: String(i), source: 'camera' as const }))));
  throwsCode('offer_unknown', () => connection.acceptAnswer(1, SAMPLE_OFFER));
  throwsCode('track_unknown', () => server.subscribe('nothing', { rtp() {}, senderReport() {}, setCodec() {}, ended() {} }, 'best'));
  t.same(server.tracks('room'), []);
});

t.test('a sink is told once that its track ended, and close twice is fine', async (t) => {
  const server = await open();
  const connection = server.openConnection('room', 'alice');
  connection.publish(SAMPLE_OFFER, [{ mid: '1', source: 'camera' }]);
  const heights: number[] = [];
  server.events.on('wanted-height', ({ heightPx }) => heights.push(heightPx));
  let ended = 0;
  const sink = { rtp() {}, senderReport() {}, setCodec() {}, ended: () => (ended += 1) };
  const subscription = server.subscribe(server.tracks('room')[0]!.trackId, sink, { widthPx: 640, heightPx: 360 });
  subscription.setWanted({ widthPx: 1_280, heightPx: 720 });
  const left = server.subscribe(server.tracks('room')[0]!.trackId, { ...sink, ended: () => t.fail('closed before') }, 'best');
  left.close();
  left.close();
  t.same(heights, [360, 720, 8_192, 720]);
  connection.close();
  connection.close();
  t.equal(ended, 1);
  await server.close();
  await server.close();
  t.throws(() => server.openConnection('room', 'bob'), { code: 'media_closed' });
});

t.test('a subscriber is offered the tracks it is to have, and a free section is used again', async (t) => {
  const server = await open();
  t.teardown(() => server.close());
  const alice = server.openConnection('room', 'alice');
  alice.publish(SAMPLE_OFFER, [{ mid: '1', source: 'camera' }]);
  const bob = server.openConnection('room', 'bob');
  const offers: { offerId: number; sdp: string; tracks: string[] }[] = [];
  bob.events.on('subscribe-offer', ({ offerId, sdp, sections }) => offers.push({ offerId, sdp, tracks: sections.map((one) => one.trackId) }));
  const answer = (sdp: string): string => sdp.replace('a=sendonly', 'a=recvonly').replace('a=setup:actpass', 'a=setup:active');
  const [first] = server.tracks('room');
  bob.setSubscriptions([first!.trackId, 'unknown']);
  t.same(offers[0]?.tracks, [first!.trackId]);
  bob.setSubscriptions([]);
  t.equal(offers.length, 1, 'the next offer waits for the answer');
  bob.acceptAnswer(offers[0]!.offerId, answer(offers[0]!.sdp));
  t.same(offers[1]?.tracks, []);
  t.match(offers[1]?.sdp, /a=inactive/);
  bob.acceptAnswer(offers[1]!.offerId, answer(offers[1]!.sdp));
  bob.setSubscriptions([first!.trackId]);
  t.equal(offers[2]?.sdp.match(/^m=/gm)?.length, 1);
  const carol = server.openConnection('other-room', 'carol');
  carol.events.on('subscribe-offer', () => t.fail('nothing of another room'));
  carol.setSubscriptions([first!.trackId]);
});

t.test('a subscriber that can decode nothing of what there is, is offered what comes later', async (t) => {
  const server = await open();
  t.teardown(() => server.close());
  const h264 = SAMPLE_OFFER.replace('96 97 102 103', '102 103 96 97');
  server.openConnection('room', 'alice').publish(h264, [{ mid: '1', source: 'camera' }]);
  const bob = server.openConnection('room', 'bob');
  const offers: { offerId: number; sdp: string }[] = [];
  bob.events.on('subscribe-offer', (offer) => offers.push(offer));
  const camera = server.tracks('room')[0]!;
  t.equal(camera.codec.name, 'H264');
  bob.setSubscriptions([camera.trackId]);
  const rejected = ['v=0', 'o=- 1 2 IN IP4 0.0.0.0', 's=-', 't=0 0', 'm=video 0 UDP/TLS/RTP/SAVPF 120', 'c=IN IP4 0.0.0.0', 'a=inactive', 'a=mid:0', ''].join('\r\n');
  bob.acceptAnswer(offers[0]!.offerId, rejected);
  server.openConnection('room', 'carol').publish(SAMPLE_OFFER, [{ mid: '0', source: 'microphone' }]);
  bob.setSubscriptions(server.tracks('room').map(({ trackId }) => trackId));
  t.match(offers[1]?.sdp, /m=audio 9 /);
});

t.test('a taken port is said so', async (t) => {
  const server = await open();
  t.teardown(() => server.close());
  await t.rejects(open(server.port), { code: 'rtc_port_unavailable' });
});

t.test('addresses: a wildcard tells the machine’s own, loopback serves this machine only', async (t) => {
  const interfaces = () => ({
    lo: [{ address: '127.0.0.1', family: 'IPv4', internal: true }],
    eth0: [{ address: '192.0.2.7', family: 'IPv4', internal: false }, { address: 'fd00::7', family: 'IPv6', internal: false }],
  });
  const of = (host: string, announced: string[] = []) => hostAddresses(host, announced, interfaces as never);
  t.same(of('0.0.0.0').announced(), ['192.0.2.7', '127.0.0.1']);
  t.same(of('127.0.0.1').announced(), ['127.0.0.1', '192.0.2.7']);
  t.same(of('192.0.2.7').announced(), ['192.0.2.7']);
  t.same(of('0.0.0.0', ['203.0.113.1']).announced(), ['203.0.113.1']);
  t.ok(of('127.0.0.1').accepts('192.0.2.7'));
  t.notOk(of('127.0.0.1').accepts('192.0.2.8'));
  t.ok(of('0.0.0.0').accepts('192.0.2.8'));
});

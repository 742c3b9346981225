import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { classes, Message, methods, parseMessage } from 'werift';
import { createLog } from '../../../src/core/log.js';
import { createMediaServer } from '../../../src/media/server.js';
import type { MediaConnection } from '../../../src/media/types.js';
import { SAMPLE_OFFER } from '../support/sample-offer.js';
import { waitFor } from '../support/wait.js';

/** A check as a controlling agent makes it, written by werift's codec. */
function check(fragment: string, password: string, nominate: boolean): Buffer {
  const request = new Message(methods.BINDING, classes.REQUEST);
  request.setAttribute('USERNAME', `${fragment}:peer`);
  request.setAttribute('PRIORITY', 1);
  if (nominate) request.setAttribute('USE-CANDIDATE', null);
  request.addMessageIntegrity(Buffer.from(password));
  request.addFingerprint();
  return request.bytes;
}

interface Bench {
  server: Awaited<ReturnType<typeof createMediaServer>>;
  connection: MediaConnection;
  states: string[];
  clock: { nowUs: number };
  /** The fragment and password of an answer. */
  credentials(answer: string): [string, string];
  send(data: Uint8Array): void;
  /** Sends a check, and resolves with the response to it. */
  checked(fragment: string, password: string, nominate: boolean): Promise<Message | undefined>;
  /** Sends a check that is not answered. */
  dropped(fragment: string, password: string): Promise<void>;
  address: [string, number];
}

async function build(t: Test): Promise<Bench> {
  const time = { nowUs: 0 };
  const clock = { wallMs: () => 0, monotonicUs: () => time.nowUs };
  const server = await createMediaServer({ host: '127.0.0.1', port: 0, announcedAddresses: [], clock, log: createLog('silent') });
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(async () => {
    socket.close();
    await server.close();
  });
  const connection = server.openConnection('room', 'alice');
  const states: string[] = [];
  connection.events.on('state', ({ state }) => states.push(state));
  const send = (data: Uint8Array): void => void socket.send(data, server.port, '127.0.0.1');
  return {
    ...{ server, connection, states, clock: time, send, address: ['127.0.0.1', socket.address().port] },
    credentials: (answer) => ['ice-ufrag', 'ice-pwd'].map((name) => new RegExp(`a=${name}:(\\S+)`).exec(answer)?.[1] ?? '') as [string, string],
    async checked(fragment, password, nominate) {
      const answered = once(socket, 'message');
      send(check(fragment, password, nominate));
      const [bytes] = (await answered) as [Buffer];
      return parseMessage(bytes, Buffer.from(password));
    },
    async dropped(fragment, password) {
      const { droppedUnknownAddress: before } = server.stats();
      send(check(fragment, password, true));
      await waitFor('it is dropped', () => (server.stats().droppedUnknownAddress > before ? true : null));
    },
  };
}

t.test('checks with the right password are answered, and a peer that falls silent for 90 s is given up', async (t) => {
  const { server, connection, states, clock, credentials, send, checked, dropped, address } = await build(t);
  const [fragment, password] = credentials(connection.publish(SAMPLE_OFFER, [{ mid: '1', source: 'camera' }]));

  await dropped(fragment, 'not the password, but as long');
  send(Buffer.from('16fefd0000000000000000001001000004000000000000000401020304', 'hex'));
  await waitFor('both are dropped', () => (server.stats().droppedUnknownAddress === 2 ? true : null));
  t.equal(server.stats().packetsOut, 0);

  const response = await checked(fragment, password, true);
  t.equal(response?.messageClass, classes.RESPONSE);
  t.same(response?.getAttributeValue('XOR-MAPPED-ADDRESS'), address);

  clock.nowUs = 89_000_000;
  await checked(fragment, password, false);
  clock.nowUs = 178_900_000;
  const stopped = server.stats().packetsIn;
  send(Buffer.from([0xff]));
  await waitFor('time has passed', () => (server.stats().packetsIn > stopped ? true : null));
  t.same(states, ['connecting'], 'consent was renewed');
  t.ok(connection.alive);
  clock.nowUs = 179_100_000;
  await waitFor('the transport failed', () => (states.includes('failed') ? true : null));
  t.notOk(connection.alive);
  t.same(server.tracks('room'), [], 'what it published has ended');
});

t.test('an ICE restart has new credentials, and the former ones count until the peer is there with them', async (t) => {
  const { server, connection, credentials, checked, dropped } = await build(t);
  const publish = (ufrag: string): [string, string] =>
    credentials(connection.publish(SAMPLE_OFFER.replace(/a=ice-ufrag:\S+/g, `a=ice-ufrag:${ufrag}`), [{ mid: '1', source: 'camera' }]));
  const first = publish('aaaa');
  await checked(...first, true);
  const [track] = server.tracks('room');
  t.same(publish('aaaa'), first, 'the same offer restarts nothing');

  const second = publish('bbbb');
  const third = publish('cccc');
  t.equal(new Set([first, second, third].flat()).size, 6);
  await dropped(...second);
  await dropped(third[0], first[1]);
  t.equal((await checked(...first, true))?.messageClass, classes.RESPONSE, 'media goes on where it was');
  t.equal((await checked(...third, false))?.messageClass, classes.RESPONSE);
  t.equal((await checked(...first, true))?.messageClass, classes.RESPONSE, 'nothing was nominated yet');
  await checked(...third, true);
  await dropped(...first);
  await checked(...third, true);
  t.same(server.tracks('room'), [track], 'the track is the same one');
  connection.close();
  await dropped(...third);
});

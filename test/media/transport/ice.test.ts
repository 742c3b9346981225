import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import t from 'tap';
import { classes, Message, methods, parseMessage } from 'werift';
import { createLog } from '../../../src/core/log.js';
import { createMediaServer } from '../../../src/media/server.js';
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

t.test('checks with the right password are answered, and a peer that falls silent is given up after 15 s', async (t) => {
  let nowUs = 0;
  const clock = { wallMs: () => 0, monotonicUs: () => nowUs };
  const server = await createMediaServer({ host: '127.0.0.1', port: 0, announcedAddresses: [], clock, log: createLog('silent') });
  const socket = createSocket('udp4');
  t.teardown(async () => {
    socket.close();
    await server.close();
  });
  const connection = server.openConnection('room', 'alice');
  const states: string[] = [];
  connection.events.on('state', ({ state }) => states.push(state));
  const answer = connection.publish(SAMPLE_OFFER, [{ mid: '1', source: 'camera' }]);
  const [fragment, password] = ['ice-ufrag', 'ice-pwd'].map((name) => new RegExp(`a=${name}:(\\S+)`).exec(answer)?.[1] ?? '');
  const send = (data: Uint8Array): void => void socket.send(data, server.port, '127.0.0.1');

  send(check(fragment!, 'not the password, but as long', true));
  send(Buffer.from('16fefd0000000000000000001001000004000000000000000401020304', 'hex'));
  await waitFor('both are dropped', () => (server.stats().droppedUnknownAddress === 2 ? true : null));
  t.equal(server.stats().packetsOut, 0);

  const answered = once(socket, 'message');
  send(check(fragment!, password!, true));
  const [bytes] = (await answered) as [Buffer];
  const response = parseMessage(bytes, Buffer.from(password!));
  t.equal(response?.messageClass, classes.RESPONSE);
  t.same(response?.getAttributeValue('XOR-MAPPED-ADDRESS'), ['127.0.0.1', socket.address().port]);

  nowUs = 14_900_000;
  const again = once(socket, 'message');
  send(check(fragment!, password!, false));
  await again;
  nowUs = 29_000_000;
  const stopped = server.stats().packetsIn;
  send(Buffer.from([0xff]));
  await waitFor('time has passed', () => (server.stats().packetsIn > stopped ? true : null));
  t.same(states, ['connecting'], 'consent was renewed');
  nowUs = 30_000_000;
  await waitFor('the transport failed', () => (states.includes('failed') ? true : null));
  t.same(server.tracks('room'), [], 'what it published has ended');
});

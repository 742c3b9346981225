import fc from 'fast-check';
import { REACTIONS } from '../../src/core/chat.js';
import { LAYOUTS } from '../../src/core/layouts.js';
import { ROLES } from '../../src/core/roles.js';
import { PROTOCOL_VERSION, type ClientMessage } from '../../src/signaling/protocol.js';

/** Random client messages that fit the protocol, and texts that nearly do, for fuzz tests. */

const id = fc.integer({ min: 0, max: 2 ** 31 });
const identifier = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const source = fc.constantFrom('camera' as const, 'microphone' as const, 'screen' as const, 'screen-audio' as const);
const sdp = fc.oneof(fc.constant('v=0\r\n'), fc.string({ maxLength: 200 }));
const pixels = fc.integer({ min: 1, max: 8192 });
const size = fc.option(fc.record({ widthPx: pixels, heightPx: pixels }));
const mid = fc.stringMatching(/^[a-z0-9]{1,16}$/);

function plain<T extends ClientMessage['type']>(type: T): fc.Arbitrary<{ type: T; id: number }> {
  return fc.record({ type: fc.constant(type), id });
}

export const clientMessages: fc.Arbitrary<ClientMessage> = fc.oneof(
  fc.record({
    type: fc.constant('join' as const),
    id,
    protocol: fc.constant(PROTOCOL_VERSION),
    token: fc.string({ maxLength: 50 }),
    name: fc.stringMatching(/^[a-z]{1,100}$/),
    mobile: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('join' as const),
    id,
    protocol: fc.constant(PROTOCOL_VERSION),
    token: fc.string({ maxLength: 50 }),
    name: fc.stringMatching(/^[a-z]{1,100}$/),
    mobile: fc.boolean(),
    resume: fc.record({ memberId: identifier, key: identifier, keepsMedia: fc.boolean() }),
  }),
  fc.record({ type: fc.constant('publish' as const), id, offer: sdp, sections: fc.array(fc.record({ mid, source }), { maxLength: 8 }) }),
  fc.record({ type: fc.constant('mute' as const), id, source, muted: fc.boolean() }),
  fc.record({ type: fc.constant('subscribe-answer' as const), id, offerId: id, answer: sdp }),
  fc.record({ type: fc.constant('view' as const), id, tracks: fc.array(fc.record({ trackId: identifier, size }), { maxLength: 64 }) }),
  fc.record({ type: fc.constant('highlight' as const), id, memberId: fc.option(identifier) }),
  fc.record({ type: fc.constant('set-layout' as const), id, layout: fc.constantFrom(...LAYOUTS) }),
  fc.record({ type: fc.constant('set-role' as const), id, memberId: identifier, role: fc.constantFrom(...ROLES) }),
  fc.record({ type: fc.constant('raise-hand' as const), id, raised: fc.boolean() }),
  fc.record({ type: fc.constant('lower-hand' as const), id, memberId: identifier }),
  fc.record({ type: fc.constant('stage-invite' as const), id, memberId: identifier }),
  fc.record({ type: fc.constant('stage-answer' as const), id, accepted: fc.boolean() }),
  plain('subscribe-restart'),
  plain('stage-enter'),
  plain('stage-leave'),
  fc.record({ type: fc.constant('stage-leave' as const), id, memberId: identifier }),
  fc.record({ type: fc.constant('mute-member' as const), id, memberId: identifier, source }),
  fc.record({ type: fc.constant('remove-member' as const), id, memberId: identifier }),
  fc.record({ type: fc.constant('lock' as const), id, locked: fc.boolean() }),
  fc.record({ type: fc.constant('admit' as const), id, memberId: identifier }),
  fc.record({ type: fc.constant('decline' as const), id, memberId: identifier }),
  fc.record({ type: fc.constant('chat' as const), id, text: fc.stringMatching(/^[a-z]{1,40}$/) }),
  fc.record({ type: fc.constant('chat-react' as const), id, number: fc.integer({ min: 1, max: 300 }), reaction: fc.constantFrom(...REACTIONS) }),
  plain('recording-start'),
  plain('recording-pause'),
  plain('recording-resume'),
  plain('recording-stop'),
  fc.record({ type: fc.constant('mark' as const), id }),
  fc.record({ type: fc.constant('mark' as const), id, label: fc.stringMatching(/^[a-z ]{0,50}$/) }),
  fc.record({ type: fc.constant('recording-confirm' as const), id, recordingId: identifier }),
  plain('leave'),
  plain('end-session'),
  plain('ping'),
);

/** A fitting message with one thing wrong: a field dropped, added or of another type, or its text cut or flipped. */
export const mutated = (messages: fc.Arbitrary<ClientMessage>): fc.Arbitrary<string> => fc
  .tuple(messages, fc.nat(), fc.jsonValue(), fc.constantFrom('drop', 'replace', 'add', 'cut', 'flip'))
  .map(([message, where, value, how]) => {
    const text = JSON.stringify(message);
    if (how === 'cut') return text.slice(0, where % text.length);
    if (how === 'flip') {
      const at = where % text.length;
      return text.slice(0, at) + String.fromCharCode((text.charCodeAt(at) ^ (1 << (where % 7))) || 1) + text.slice(at + 1);
    }
    const entries = Object.entries(message);
    const index = where % entries.length;
    if (how === 'add') entries.push([`extra${where % 10}`, value]);
    else if (how === 'drop') entries.splice(index, 1);
    else entries[index] = [entries[index]![0], value];
    return JSON.stringify(Object.fromEntries(entries));
  });

export const mutatedText: fc.Arbitrary<string> = mutated(clientMessages);

import t from 'tap';
import { FUZZERS, fuzzProtocol, MESSAGE_TYPES } from './protocol-fuzz.js';

/** A share of what `npm run fuzz -- protocol` does. */
const MESSAGES_EACH = 3000;

/** What a host does not get done here (see `aimed`), and what takes luck: one knocker, few tracks, one invitation. */
const NOT_DONE = ['end-session', 'join', 'remove-member', 'set-role', 'admit', 'decline', 'mute', 'mute-member', 'recording-confirm', 'stage-answer', 'subscribe-answer'];

for (const fuzzer of FUZZERS) {
  t.test(`${fuzzer.name} says anything`, { timeout: 120_000 }, async (t) => {
    const seed = Date.now() % 2 ** 31;
    const { messages, connections, codes, done, failures } = await fuzzProtocol(fuzzer, { messages: MESSAGES_EACH, seed });
    t.comment(`seed ${seed}, ${messages} messages, ${connections} connections; refused: ${codes.join(' ')}; done: ${done.join(' ')}`);
    t.same(failures, [], `seed ${seed}`);
    t.ok(messages >= MESSAGES_EACH);
    for (const code of codes) t.match(code, /^[a-z]+(_[a-z]+)*$/);
    if (fuzzer.role === 'host') t.same(MESSAGE_TYPES.filter((type) => !done.includes(type) && !NOT_DONE.includes(type)), [], 'everything else is done');
  });
}

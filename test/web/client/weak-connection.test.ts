import t from 'tap';
import { WeakConnection } from '../../../web/src/client/weak-connection.js';

/** What is said of seconds that are weak (`-`) or well (`+`): its name and its second. */
function said(seconds: string): string[] {
  const connection = new WeakConnection();
  return [...seconds].flatMap((how, second) => {
    const change = connection.look(how === '-', second * 1000);
    return change === null ? [] : [`${change} ${second}`];
  });
}

t.test('a weak connection is told once, and taken back when it is well', async (t) => {
  t.same(said('++------++'), ['tell 5', 'over 8']);
});

t.test('what passes at once is not told', async (t) => {
  t.same(said('+---+---+---+'), []);
});

t.test('one that wavers is told once, and again only after a minute that was well', async (t) => {
  t.same(said(`----${'++------'.repeat(20)}`), ['tell 3', 'over 4']);
  t.same(said(`----${'+'.repeat(61)}----`), ['tell 3', 'over 4', 'tell 68']);
});

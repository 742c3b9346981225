import t from 'tap';
import { arrange, type Scene } from '../../../web/src/ui/arrange.js';
import { nextSpeaker } from '../../../web/src/ui/active-speaker.js';
import { member } from '../samples.js';

const people = ['a', 'b', 'c'].map((id) => member(id));
const scene = (changes: Partial<Scene> = {}): Scene => ({ people, presenter: null, view: 'stage', highlighted: null, pinned: null, speaker: null, ...changes });

/** As `large | others`; what is presented is in capitals. */
function shape(changes: Partial<Scene>): string {
  const { large, others } = arrange(scene(changes));
  const name = ({ kind, member: { memberId } }: { kind: string; member: { memberId: string } }): string => (kind === 'content' ? memberId.toUpperCase() : memberId);
  return `${large ? name(large) : '-'} | ${others.map(name).join(' ')}`;
}

const presenter = people[1] ?? null;

t.test('stage with webcams: what is shown is large, else who is highlighted, else a grid (V2)', async (t) => {
  t.equal(shape({}), '- | a b c');
  t.equal(shape({ presenter }), 'B | a b c');
  t.equal(shape({ highlighted: 'c' }), 'c | a b');
  t.equal(shape({ presenter, highlighted: 'c' }), 'B | c a b', 'beside content the highlighted come first');
  t.equal(shape({ people: people.slice(0, 1), highlighted: 'a' }), '- | a', 'one alone is large anyway');
});

t.test('grid: nobody is large', async (t) => {
  t.equal(shape({ view: 'grid', highlighted: 'c' }), '- | c a b');
  t.equal(shape({ view: 'grid', presenter }), '- | B a b c');
});

t.test('speaker: who speaks is large, and first beside content; a highlight comes before', async (t) => {
  t.equal(shape({ view: 'speaker', speaker: 'b' }), 'b | a c');
  t.equal(shape({ view: 'speaker' }), 'a | b c');
  t.equal(shape({ view: 'speaker', speaker: 'c', presenter }), 'B | c a b');
  t.equal(shape({ view: 'speaker', speaker: 'c', highlighted: 'b' }), 'b | a c');
  t.equal(shape({ view: 'speaker', speaker: 'gone' }), 'a | b c');
});

t.test('a pin comes before everything, in every view; the rest keeps its order', async (t) => {
  for (const view of ['stage', 'grid', 'speaker'] as const) t.equal(shape({ view, pinned: 'c', speaker: 'b' }).split(' ')[0], 'c');
  t.equal(shape({ pinned: 'c', presenter, highlighted: 'a' }), 'c | B a b');
  t.equal(shape({ pinned: 'gone' }), '- | a b c');
  t.equal(shape({ pinned: 'a', people: people.slice(0, 1) }), '- | a');
});

t.test('the speaker changes when another one speaks on, not with every word', async (t) => {
  const next = (speaker: string | null, since: [string, number][], nowMs: number): string | null => nextSpeaker({ since: new Map(since), speaker }, nowMs);
  t.equal(next(null, [], 0), null);
  t.equal(next('a', [], 5000), 'a', 'who spoke last stays');
  t.equal(next('a', [['a', 4900], ['b', 0]], 5000), 'a', 'while they speak, too');
  t.equal(next('a', [['b', 4800]], 5000), 'a', 'a short word is none');
  t.equal(next('a', [['c', 4000], ['b', 3000]], 5000), 'b', 'who speaks for the longest');
});

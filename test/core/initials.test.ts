import t from 'tap';
import { initials } from '../../src/core/initials.js';

t.test('initials are of the first and last word, whatever the script', async (t) => {
  t.equal(initials('Ann Bell'), 'AB');
  t.equal(initials('  ann maria bell '), 'AB');
  t.equal(initials('Bo'), 'B');
  t.equal(initials('李 小龍'), '李小');
  t.equal(initials('🦊 fox'), '🦊F');
  t.equal(initials(''), '');
});

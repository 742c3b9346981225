import fc from 'fast-check';
import t from 'tap';
import { AppError } from '../../src/core/errors.js';
import { cleanTitle, MAX_TITLE_CHARACTERS } from '../../src/room/title.js';

t.test('ordinary and odd titles are kept', async (t) => {
  for (const title of ['Weekly', '../../etc/passwd', 'a/b\\c', '🎬🍿', '\u202Eabc\u202C', '...', 'Größe 日本語', 'e\u0301']) {
    t.equal(cleanTitle(title), title);
  }
  t.equal(cleanTitle('  a\n\tb \u0000 c\u2028d\uD800 '), 'a b c d');
  t.equal(cleanTitle('x'.repeat(200)).length, 200);
  t.equal([...cleanTitle('🎬'.repeat(200))].length, 200, 'characters are counted, not UTF-16 units');
});

t.test('a title without anything to see, or too long, is refused', async (t) => {
  for (const title of ['', '   ', '\n', '\u200B\u200F', '\u0000']) t.throws(() => cleanTitle(title), { code: 'title_invalid' });
  for (const length of [201, 1000, 100_000]) t.throws(() => cleanTitle('x'.repeat(length)), { code: 'title_too_long' });
});

t.test('whatever comes is refused with a code or becomes one short line that stays as it is', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      let title: string;
      try {
        title = cleanTitle(text);
      } catch (error) {
        return error instanceof AppError && error.code.startsWith('title_');
      }
      const length = [...title].length;
      return length >= 1 && length <= MAX_TITLE_CHARACTERS && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(title) && cleanTitle(title) === title;
    }),
    { numRuns: 2000 },
  );
});

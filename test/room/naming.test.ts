import fc from 'fast-check';
import t from 'tap';
import { isTimeZone, recordingFileName, safeText, storedFileName } from '../../src/room/naming.js';

const startedAtWallMs = Date.UTC(2026, 10, 23, 8, 31, 5, 900);
const name = (title: string, attempt = 1, timeZone = 'Europe/Berlin') =>
  recordingFileName({ title, startedAtWallMs, timeZone }, attempt);

t.test('a name has date and time in the room\'s zone, seconds and the title (F1)', async (t) => {
  t.equal(name('Weekly'), 'Rec - 2026-11-23 09-31-05 - Weekly.mp4');
  t.equal(name('Weekly', 1, 'Asia/Kolkata'), 'Rec - 2026-11-23 14-01-05 - Weekly.mp4');
  t.equal(name('Weekly', 1, 'America/Los_Angeles'), 'Rec - 2026-11-23 00-31-05 - Weekly.mp4', 'midnight is 00');
  t.equal(name('Weekly', 1, 'No/Where'), 'Rec - 2026-11-23 08-31-05 - Weekly.mp4', 'an unknown zone is UTC');
});

t.test('a taken name gets a number', async (t) => {
  t.equal(name('Weekly', 2), 'Rec - 2026-11-23 09-31-05 - Weekly (2).mp4');
  t.equal(name('Weekly', 11), 'Rec - 2026-11-23 09-31-05 - Weekly (11).mp4');
});

t.test('a part after the first says which it is (R9)', async (t) => {
  const named = { title: 'Weekly', startedAtWallMs: Date.UTC(2026, 10, 23, 9, 31, 5), timeZone: 'UTC' };
  t.equal(recordingFileName({ ...named, part: 1 }), 'Rec - 2026-11-23 09-31-05 - Weekly.mp4');
  t.equal(recordingFileName({ ...named, part: 2 }), 'Rec - 2026-11-23 09-31-05 - Weekly - part 2.mp4');
  t.equal(recordingFileName({ ...named, part: 3 }, 2), 'Rec - 2026-11-23 09-31-05 - Weekly - part 3 (2).mp4');
  t.match(recordingFileName({ ...named, title: 'x'.repeat(1000), part: 2 }), /x - part 2\.mp4$/);
});

t.test('a file that is put there keeps its name as far as that is safe, and ends as what it is', async (t) => {
  const png = (given: string, attempt = 1) => storedFileName(given, ['.png'], attempt);
  const jpeg = (given: string) => storedFileName(given, ['.jpg', '.jpeg']);
  t.equal(png('Plan.png'), 'Plan.png');
  t.equal(png('Plan.PNG', 2), 'Plan (2).png');
  t.equal(jpeg('Plan.jpeg'), 'Plan.jpg');
  t.equal(png('evil.html'), 'evil.html.png');
  t.equal(png('../../etc/passwd'), '_.._etc_passwd.png');
  t.equal(png('C:\\Plan.png'), 'C__Plan.png');
  t.equal(png('.png'), 'File.png');
  t.equal(png('.hidden.png'), 'hidden.png');
  t.equal(png('nul.png'), '_nul.png');
  t.equal(png('a\u202egnp.exe'), 'agnp.exe.png');
  t.equal(png('خطة 🎬.png'), 'خطة 🎬.png');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 1, max: 1000 }), (given, attempt) => {
      const made = png(given, attempt);
      t.ok(Buffer.byteLength(made) <= 255 && made.endsWith('.png') && !/[/\\\0]/.test(made) && !made.startsWith('.'), JSON.stringify(made));
      t.equal(png(made), made, 'a safe name stays as it is');
    }),
    { numRuns: 200 },
  );
});

t.test('titles as people write them', async (t) => {
  for (const [title, safe] of [
    ['a/b\\c:d*e?f"g<h>i|j', 'a_b_c_d_e_f_g_h_i_j'],
    ['../../etc/passwd', '.._.._etc_passwd'],
    ['Kick-off 🎬 👩‍👩‍👧 déjà vu', 'Kick-off 🎬 👩‍👩‍👧 déjà vu'],
    ['cod\u202egpj.exe\u200f', 'codgpj.exe'],
    ['  two\n lines\t\u0000', 'two lines'],
    ['...', 'Meeting'],
    ['', 'Meeting'],
    ['///', 'Meeting'],
    ['NUL', '_NUL'],
    ['com1.txt', '_com1.txt'],
    ['Console', 'Console'],
    ['e\u0301', '\u00e9'],
    ['half \ud83d emoji', 'half _ emoji'],
  ] as const) {
    t.equal(safeText(title), safe, JSON.stringify(title));
  }
});

t.test('a thousand characters are cut to 255 bytes, and no character is split', async (t) => {
  const cut = name('é'.repeat(1000));
  t.equal(Buffer.byteLength(cut), 255 - ((255 - Buffer.byteLength(name('').replace('Meeting', ''))) % 2));
  t.notOk(cut.includes('\ufffd'));
  const family = name('👩‍👩‍👧'.repeat(200), 2);
  t.ok(Buffer.byteLength(family) <= 255);
  t.match(family, /- (👩‍👩‍👧)+ \(2\)\.mp4$/u);
  t.ok(Buffer.byteLength(name(`e${'\u0301'.repeat(999)}`)) <= 255, 'one endless character is cut all the same');
});

t.test('any title gives a name that every file system takes', async (t) => {
  const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 1000 }), fc.string({ unit: 'grapheme', maxLength: 1000 }));
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 1000 }), fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }), (title, attempt, date) => {
      const file = recordingFileName({ title, startedAtWallMs: date.getTime(), timeZone: 'UTC' }, attempt);
      t.ok(Buffer.byteLength(file) <= 255);
      t.notMatch(file, /[\p{Cc}/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
      t.match(file, /^Rec - \d{4}-\d\d-\d\d \d\d-\d\d-\d\d - .+\.mp4$/su);
      t.equal(Buffer.from(file).toString(), file, 'it is well-formed');
    }),
  );
});

t.test('time zones are known or not', async (t) => {
  t.ok(isTimeZone('Europe/Paris'));
  t.notOk(isTimeZone('Mars/Olympus'));
  t.notOk(isTimeZone(''));
});

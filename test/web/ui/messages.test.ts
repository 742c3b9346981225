import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseSync } from 'vite';
import { AppError } from '../../../src/core/errors.js';
import { packageRoot } from '../../../src/core/paths.js';
import { FAILURE_CODES, RECORDING_STATES } from '../../../src/core/recording.js';
import { ar } from '../../../web/src/messages/ar.js';
import { en } from '../../../web/src/messages/en.js';
import { counted, formatDateTime, isolated } from '../../../web/src/messages/formats.js';
import { formatBytes, formatDuration, formatShare, formatWait, language, setLanguage, text, wordsOfError, wordsOfFailure } from '../../../web/src/messages/index.js';
import { chooseLanguage } from '../../../web/src/messages/languages.js';

/** Attributes that people read or hear. */
const SPOKEN = new Set(['aria-label', 'aria-description', 'title', 'placeholder', 'alt', 'label', 'words', 'name', 'hint', 'heading']);
/** Values of `name` that are the program's own. */
const ICONS = /^[a-z]+$/;

interface Node {
  type: string;
  [key: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Texts that a component has of its own: between tags, or in an attribute that is read out. */
function ownTexts(source: string, name: string): string[] {
  const found: string[] = [];
  const hasLetters = (value: unknown): value is string => typeof value === 'string' && /\p{L}/u.test(value);
  const literals = (node: unknown): string[] => {
    if (!isNode(node)) return [];
    if (node.type === 'Literal') return hasLetters(node.value) ? [node.value] : [];
    if (node.type === 'ConditionalExpression') return [...literals(node.consequent), ...literals(node.alternate)];
    if (node.type === 'LogicalExpression') return [...literals(node.left), ...literals(node.right)];
    if (node.type === 'TemplateLiteral') return hasLetters(source.slice(Number(node.start), Number(node.end)).replace(/\$\{[^}]*\}/g, '')) ? ['template'] : [];
    return [];
  };
  const visit = (node: Node, insideAttribute: boolean): void => {
    if (node.type === 'JSXText' && hasLetters(node.value)) found.push(node.value.trim());
    if (node.type === 'JSXExpressionContainer' && !insideAttribute) found.push(...literals(node.expression));
    if (node.type === 'JSXAttribute' && isNode(node.name) && SPOKEN.has(String(node.name.name))) {
      const value = isNode(node.value) && node.value.type === 'JSXExpressionContainer' ? node.value.expression : node.value;
      found.push(...literals(value).filter((words) => node.name !== 'name' && !ICONS.test(words)));
    }
    for (const child of Object.values(node).flat()) if (isNode(child)) visit(child, node.type === 'JSXAttribute');
  };
  const { program, errors } = parseSync(name, source, { lang: 'tsx' });
  if (errors.length > 0) throw new Error(`${name} does not parse`);
  visit(program as unknown as Node, false);
  return found;
}

t.test('the search finds texts wherever they hide', async (t) => {
  const found = (source: string): string[] => ownTexts(source, 'x.tsx');
  t.same(found('const a = <p>Hello</p>'), ['Hello']);
  t.same(found("const a = <p>{x ? 'Yes' : text.no}</p>"), ['Yes']);
  t.same(found('const a = <p>{`${n} people`}</p>'), ['template']);
  t.same(found('const a = <button aria-label="Close it" class="some words"><i /></button>'), ['Close it']);
  t.same(found("const a = <p class={b ? 'one two' : 'three'}>{text.hello} · {n}</p>"), []);
});

t.test('components take every text from the catalogue', async (t) => {
  const folder = join(packageRoot, 'web', 'src', 'ui');
  const files = readdirSync(folder).filter((file) => file.endsWith('.tsx'));
  t.ok(files.length > 10);
  for (const file of files) t.same(ownTexts(readFileSync(join(folder, file), 'utf8'), file), [], file);
});

/** Paths of a catalogue's words, with how many values each takes. */
function wordsOf(part: object, path = ''): [path: string, words: unknown][] {
  return Object.entries(part).flatMap(([key, value]: [string, unknown]) => (typeof value === 'object' && value !== null ? wordsOf(value, `${path}${key}.`) : [[`${path}${key}`, value]]));
}

t.test('every language has the same words, each in its own letters', async (t) => {
  const [english, arabic] = [wordsOf(en), wordsOf(ar)];
  t.same(arabic.map(([path]) => path).sort(), english.map(([path]) => path).sort());
  const plain = new Map(english);
  for (const [path, words] of arabic) {
    if (path === 'product') continue;
    const sample: unknown = typeof words === 'function' ? (words as (value: unknown) => unknown)(3) : words;
    t.match(sample, /\p{Script=Arabic}/u, path);
    t.not(words, plain.get(path), path);
  }
});

t.test('the language is the one that was chosen, else the first of the browser that there is, else English', async (t) => {
  t.same(chooseLanguage('', ['de', 'ar-EG', 'en-GB']), { language: 'ar', locale: 'ar-EG' });
  t.same(chooseLanguage('', ['en-GB', 'ar']), { language: 'en', locale: 'en-GB' });
  t.same(chooseLanguage('ar', ['en-GB']), { language: 'ar', locale: 'ar' });
  t.same(chooseLanguage('tlh', ['fr']), { language: 'en', locale: 'en' });
  t.same(chooseLanguage('constructor', []), { language: 'en', locale: 'en' });
});

t.test('what is in use follows the choice, and the last of two choices counts', async (t) => {
  t.teardown(() => setLanguage({ language: 'en', locale: 'en' }));
  const first = setLanguage({ language: 'ar', locale: 'ar-EG' });
  const second = setLanguage({ language: 'en', locale: 'en-GB' });
  await Promise.all([first, second]);
  t.equal(language.value, 'en');
  t.equal(text.join.join, 'Join');
  t.match(formatDateTime('2026-03-05T09:30:00Z'), /^5 Mar 2026/);

  await setLanguage({ language: 'ar', locale: 'ar-EG' });
  t.equal(text.join.join, ar.join.join);
  t.equal(formatDuration(3_723_000), '١:٠٢:٠٣');
  t.same([0, 1, 2, 3, 11, 100].map(text.room.people), ['لا أحد', 'شخص واحد', 'شخصان', '٣ أشخاص', '١١ شخصًا', '١٠٠ شخص']);
  t.equal(formatWait(120_000), 'دقيقتان');
  t.match(text.room.optionsOf('Ada'), isolated('Ada'), 'a name in other letters is isolated');
  await setLanguage({ language: 'ar', locale: 'ar-MA' });
  t.equal(formatDuration(3_723_000), '1:02:03', 'the region decides about the digits');
});

t.test('a number has the plural of the language, and a word may leave it out', async (t) => {
  t.same([1, 2, 1234].map((count) => counted(count, { one: '# day', other: '# days' })), ['1 day', '2 days', '1,234 days']);
  t.match([1, 5].map(text.recording.diskHolds), [/^This disk holds about 1 more minute of recording\./, /^This disk holds about 5 more minutes of recording\./]);
});

t.test('a stable code of an error has words of the catalogue, any other the sentence that came with it', async (t) => {
  t.equal(wordsOfError(new AppError('room_full', 'It takes 7 people.')), en.errors.room_full);
  t.equal(wordsOfError(new AppError('made_up', 'A sentence.')), 'A sentence.');
  t.equal(wordsOfError(new AppError('toString', 'A sentence.')), 'A sentence.');
  t.equal(wordsOfError(new Error('Plain.')), 'Plain.');
});

t.test('a failed recording says why and what is left of it, in the language of the page (R12)', async (t) => {
  t.teardown(() => setLanguage({ language: 'en', locale: 'en' }));
  const failure = { code: 'encoder_missing', message: 'No ffmpeg. It is kept in /data.', kept: true };
  for (const [code, words] of [['en', en], ['ar', ar]] as const) {
    await setLanguage({ language: code, locale: code });
    t.same(Object.keys(words.failures.reasons).sort(), [...FAILURE_CODES].sort());
    t.equal(wordsOfFailure(failure), `${words.failures.reasons.encoder_missing} ${words.failures.kept}`);
    t.equal(wordsOfFailure({ ...failure, kept: false }), `${words.failures.reasons.encoder_missing} ${words.failures.lost}`);
    t.equal(wordsOfFailure({ ...failure, code: 'of_a_later_version' }), failure.message);
  }
});

/** Codes below these folders that no recording ends with: of commands, exports, and what is caught on the way. */
const NOT_OF_A_FAILURE = new Set(['aborted', 'export_failed', 'file_taken', 'forbidden', 'no_session', 'server_stopping', 'journal_header_invalid', 'journal_record_invalid']);

t.test('whatever a recording fails by has words', async (t) => {
  const folders = ['src/compositor', 'src/recording', 'src/journal'].map((folder) => join(packageRoot, folder));
  const sources = folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join(folder, name), 'utf8')));
  const given = sources.flatMap((source) => [...source.matchAll(/new AppError\(([^,]*),/g)].flatMap(([, code = '']) => [...code.matchAll(/'([a-z_]+)'/g)].map(([, found = '']) => found)));
  t.ok(given.length > 20, `${given.length} found`);
  const known = new Set<string>(FAILURE_CODES);
  t.same([...new Set(given)].filter((code) => !known.has(code) && !NOT_OF_A_FAILURE.has(code) && !code.startsWith('recording_')), []);
});

t.test('the texts of the recording flow are those of the specification', async (t) => {
  t.match(text.recording, {
    startQuestion: 'Do you want to start recording?',
    start: 'Start Recording',
    starting: 'Recording will start momentarily, please wait...',
    recorded: 'This session is being recorded.',
    confirm: 'Confirm',
    stop: 'Stop recording',
    uploadStarted: 'Recording ended, starting upload',
    completed: 'Recording has completed',
    available: 'Your recording is available',
  });
  t.match(text.menu, { record: 'Record', pause: 'Pause recording', resume: 'Resume recording', files: 'Media and Files' });
});

t.test('every state of a recording has a word (R12)', async (t) => {
  t.same(Object.keys(text.files.states).sort(), [...RECORDING_STATES].sort());
});

t.test('durations and sizes are written as people do', async (t) => {
  t.same([0, 7999, 754_000, 3_723_000, 90_000_000, -5].map(formatDuration), ['0:00', '0:07', '12:34', '1:02:03', '25:00:00', '0:00']);
  t.same([0, 999, 52_000, 1_400_000, 734_003_200, 2.5e12].map(formatBytes), ['0 byte', '999 byte', '52 kB', '1.4 MB', '734 MB', '2.5 TB']);
});

t.test('waits are told in round numbers', async (t) => {
  t.same([0, 14_000, 44_000, 55_000, 100_000, 3_000_000, 6_000_000].map(formatWait), [
    ...['10 seconds', '10 seconds', '40 seconds', '1 minute', '2 minutes', '50 minutes', '2 hours'],
  ]);
  t.same([-1, 0.621, 2].map(formatShare), ['0%', '62%', '100%']);
});

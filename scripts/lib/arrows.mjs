/**
 * The arrows of the house (docs: CONTRIBUTING.md): which folder may import which, who alone imports an
 * outside library, and which folders are pure. Works on the text of import statements.
 */

/** Each folder of src/ and those that it may import from; every folder may import itself and `core`. */
const MAY_IMPORT = {
  core: [],
  room: [],
  journal: [],
  storage: [],
  media: ['room'],
  compositor: ['journal', 'media/rtp', 'native'],
  recording: ['room', 'journal', 'compositor', 'storage'],
  signaling: ['room', 'media', 'recording', 'storage'],
  native: [],
  web: ['signaling/protocol'],
};

/** Outside libraries with few importers: paths that begin with one of these. */
const ONLY_IMPORTED_BY = {
  werift: ['src/media/'],
  'uWebSockets.js': ['src/signaling/server.ts'],
  piscina: ['src/compositor/pool.ts'],
  'drizzle-orm': ['src/storage/'],
  'better-sqlite3': ['src/storage/'],
  pino: ['src/core/log.ts'],
  commander: ['src/cli/'],
};

/** The client library runs wherever JavaScript does: what it may import from outside and of the house. */
const CLIENT = { folder: 'web/src/client/', libraries: ['valibot'], house: ['web/src/client/', 'src/core/', 'src/signaling/protocol.ts'] };

/** Where rules live that tests run on a fake clock: no clocks, timers, chance or I/O. */
const PURE = [
  /^src\/room\//,
  /^src\/journal\/format\b/,
  /^src\/media\/rtp\//,
  /^src\/compositor\/([\w-]+\/)*(layout|frame-clock|mixer|jitter|speakers|timeline|chronicle|stage-changes|chapters|cues|titles|webvtt|slice)\b/,
];

/** Parts of core that are pure themselves. `clock.ts` may be imported for its type alone. */
const PURE_CORE = /^src\/core\/(errors|events|file-types|initials|layouts|media|quality|recording|roles|sidecars|stage)\.ts$/;

const IMPURE = [
  [/\bDate\.now\s*\(/, 'reads the clock (Date.now)'],
  [/\bnew Date\(\s*\)/, 'reads the clock (new Date)'],
  [/\bperformance\./, 'reads the clock (performance)'],
  [/\bsystemClock\b/, 'reads the clock (systemClock)'],
  [/\bset(Timeout|Interval|Immediate)\s*\(/, 'sets a timer'],
  [/\bMath\.random\b/, 'uses chance (Math.random)'],
  [/\bcrypto\./, 'uses chance (crypto)'],
  [/\bprocess\./, 'reads the process'],
  [/\bfetch\s*\(/, 'uses the network (fetch)'],
];

/** @param files {{ path: string, text: string }[]} Paths relative to the checkout. Returns one sentence a violation. */
export function violationsOf(files) {
  return files.flatMap((file) => {
    const imports = importsOf(file.text).map((one) => ({ ...one, target: resolveFrom(file.path, one.from) }));
    return [...badArrows(file, imports), ...badLibraries(file, imports), ...dependencies(file, imports), ...impurities(file, imports), ...environment(file)].map(
      (what) => `${file.path}: ${what}`,
    );
  });
}

/** Imports, re-exports and dynamic imports: what from, and whether for types alone. */
export function importsOf(text) {
  const code = withoutComments(text);
  const found = [];
  for (const [, clause, from] of code.matchAll(/\b(?:import|export)\b([^'";]*?)\bfrom\s*['"]([^'"]+)['"]/g)) {
    found.push({ from, typeOnly: /^\s*type\b/.test(clause) });
  }
  for (const [, from] of code.matchAll(/\bimport\s*\(?\s*['"]([^'"]+)['"]/g)) found.push({ from, typeOnly: false });
  return found;
}

function badArrows(file, imports) {
  const own = roomOf(file.path);
  if (own === undefined || MAY_IMPORT[own] === undefined) return [];
  const allowed = [own, 'core', ...MAY_IMPORT[own]];
  return imports
    .filter(({ target }) => target?.startsWith('src/') || target?.startsWith('native/') || target?.startsWith('web/'))
    .filter(({ target }) => !allowed.some((room) => isIn(target, room)))
    .map(({ target }) => `${own} may not import ${target}`);
}

function badLibraries(file, imports) {
  if (!/^(src|native|web)\//.test(file.path)) return [];
  return imports.flatMap(({ from }) => {
    const library = Object.keys(ONLY_IMPORTED_BY).find((name) => from === name || from.startsWith(`${name}/`));
    if (library === undefined || ONLY_IMPORTED_BY[library].some((path) => file.path.startsWith(path))) return [];
    return [`${library} may be imported only by ${ONLY_IMPORTED_BY[library].join(', ')}`];
  });
}

function dependencies(file, imports) {
  if (!file.path.startsWith(CLIENT.folder)) return [];
  return imports
    .filter(({ from, target }) => (target === undefined ? !CLIENT.libraries.includes(from) : !CLIENT.house.some((path) => target.startsWith(path))))
    .map(({ from }) => `the client library may not import ${from}`);
}

function impurities(file, imports) {
  if (!PURE.some((pattern) => pattern.test(file.path))) return [];
  const code = withoutComments(file.text);
  return [
    ...imports.filter(({ from }) => from.startsWith('node:')).map(({ from }) => `is pure and may not import ${from}`),
    ...imports
      .filter(({ target, typeOnly }) => target?.startsWith('src/core/') && !typeOnly && !PURE_CORE.test(target))
      .map(({ target }) => `is pure and may import ${target} for its types alone`),
    ...IMPURE.filter(([pattern]) => pattern.test(code)).map(([, what]) => `is pure, but ${what}`),
  ];
}

function environment(file) {
  if (!file.path.startsWith('src/') || file.path === 'src/core/config.ts') return [];
  return /\bprocess\.env\b/.test(withoutComments(file.text)) ? ['only src/core/config.ts may read process.env'] : [];
}

/** The first folder below src/, or `native` or `web`; files directly in src/ and the cli may import all. */
function roomOf(path) {
  const [first, second, third] = path.split('/');
  if (first !== 'src') return first;
  return third === undefined ? undefined : second;
}

function isIn(target, room) {
  if (room === 'native' || room === 'web') return target.startsWith(`${room}/`);
  return target.startsWith(`src/${room}/`) || target === `src/${room}.ts`;
}

/** Path in the checkout of a relative import, with its source's ending; undefined for a package. */
function resolveFrom(path, from) {
  if (!from.startsWith('.')) return undefined;
  const parts = path.split('/').slice(0, -1);
  for (const part of from.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/').replace(/\.js$/, '.ts');
}

function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

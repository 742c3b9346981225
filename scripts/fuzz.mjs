import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './lib/build.mjs';
import { HARNESS_NAMES, buildHarness, runHarness } from './lib/harnesses.mjs';
import { ScriptError, main, root } from './lib/process.mjs';

/**
 * `npm run fuzz`: damaged frames, packets, messages and journals. First the C++ of native/ with sanitizers (libFuzzer),
 * then the parsers in TypeScript; a failing input is saved and its path told. Then clients of every role that say
 * anything to a live server (`protocol`); a failure is made again by its seed.
 *   NAME, --only NAME  only one
 *   --seconds N   for each of them; default 60
 *   --messages N  of `protocol`, of each role; default 100000
 *   --seed N     of the first inputs; default: another one each time, which is printed
 *   --fresh      forgets what earlier runs have found
 */
await main(async () => {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: { type: 'string', default: '60' }, messages: { type: 'string', default: '100000' }, only: { type: 'string' }, seed: { type: 'string' }, fresh: { type: 'boolean', default: false } },
  });
  const seconds = wholeNumber(flags.seconds, '--seconds');
  const seed = flags.seed === undefined ? 1 + Math.floor(Math.random() * 2 ** 31) : wholeNumber(flags.seed, '--seed');
  await prepare({ forTests: true });
  const { PARSERS, fuzzParser } = await import(join(root, 'dist/test/support/fuzz-parsers.js'));
  const { writeFuzzSeeds } = await import(join(root, 'dist/test/support/fuzz-seeds.js'));
  const all = [...HARNESS_NAMES, ...PARSERS, 'protocol'];
  const [only = flags.only] = positionals;
  const names = all.filter((name) => only === undefined || only === name);
  if (names.length === 0) throw new ScriptError(`There is ${all.join(', ')}; no "${only}".`);
  const seeds = mkdtempSync(join(tmpdir(), 'reelroom-fuzz-'));
  try {
    await writeFuzzSeeds(seeds);
    const out = join(root, 'native/build/fuzz');
    for (const name of names) {
      if (name === 'protocol') {
        await fuzzRoles(wholeNumber(flags.messages, '--messages'), seed);
        continue;
      }
      let inputs;
      if (HARNESS_NAMES.includes(name)) {
        await buildHarness(name);
        const corpus = join(out, 'corpus', name);
        if (flags.fresh) rmSync(corpus, { recursive: true, force: true });
        inputs = await runHarness(name, { seconds, seed, seeds: join(seeds, name), corpus });
      } else {
        const found = await fuzzParser(name, { seconds, seed, out });
        if (found.failure) throw new ScriptError(`${name} failed (seed ${seed}): ${found.failure}`);
        ({ inputs } = found);
      }
      console.log(`${name}: ${inputs} inputs, seed ${seed}`);
    }
  } finally {
    rmSync(seeds, { recursive: true, force: true });
  }
});

async function fuzzRoles(messages, seed) {
  const { FUZZERS, fuzzProtocol } = await import(join(root, 'dist/test/signaling/protocol-fuzz.js'));
  for (const fuzzer of FUZZERS) {
    const found = await fuzzProtocol(fuzzer, { messages, seed });
    if (found.failures.length > 0) throw new ScriptError(`protocol, ${fuzzer.name} (seed ${seed}): ${found.failures.join('; ')}`);
    console.log(`protocol, ${fuzzer.name}: ${found.messages} messages on ${found.connections} connections, seed ${seed}; refused with ${found.codes.join(', ')}`);
  }
}

function wholeNumber(text, flag) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new ScriptError(`${flag} is a whole number from 1 on.`);
  return number;
}

import { join } from 'node:path';
import t from 'tap';
import { fixtures } from '../support/fixtures.js';
import { journalFacts } from '../support/journal-facts.js';
import { judgeMovie } from '../support/judge-movie.js';
import { run } from '../support/media-tools.js';
import { departuresFromV1, inspectMovie } from '../support/movie-facts.js';
import { commandLine, temporaryData } from '../support/server.js';

/** Journals of real browsers, composed without any: the same judgement as in the live meeting. */
t.setTimeout(400_000);
const data = await temporaryData();
t.teardown(() => data.remove());
const all = await fixtures();
t.ok(all.length >= 4, 'the fixtures are there');

for (const { name, dir, truth } of all) {
  t.test(`${name}: ${truth.says}`, { timeout: 120_000 }, async (t) => {
    const journal = await journalFacts(dir);
    t.match(journal.end, { end: 'clean' });
    const movie = join(data.dir, `${name}.mp4`);
    const { code, stdout, stderr } = await commandLine(data.dir, 'render', dir, movie);
    t.equal(code, 0, stdout + stderr);
    const facts = await inspectMovie(movie);
    t.same(departuresFromV1(facts), []);
    t.ok(Math.abs(facts.durationMs - journal.lastMs) < 100, `${facts.durationMs} ms of ${journal.lastMs} ms`);
    const people = truth.people.map(({ events, drawnAtMs, ...person }) => ({ ...person, source: { events, drawnAtMs } }));
    const { checks, notes } = await judgeMovie(movie, journal, people);
    for (const note of notes) t.comment(note);
    for (const { holds, says } of checks) t.ok(holds, says);
  });
}

t.test('the same journal gives the same pictures and sound again', { timeout: 120_000 }, async (t) => {
  const [first] = all;
  if (!first) throw new Error('no fixture');
  const again = join(data.dir, 'again.mp4');
  t.equal((await commandLine(data.dir, 'render', first.dir, again)).code, 0);
  const digest = async (path: string): Promise<string> => (await run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'hash', '-hash', 'md5', '-'])).toString();
  t.equal(await digest(again), await digest(join(data.dir, `${first.name}.mp4`)));
});

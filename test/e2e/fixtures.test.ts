import { join } from 'node:path';
import t from 'tap';
import { fixtures } from '../support/fixtures.js';
import { journalFacts } from '../support/journal-facts.js';
import { run } from '../support/media-tools.js';
import { judgeMovie } from '../support/judge-movie.js';
import { departuresFromV1, inspectMovie } from '../support/movie-facts.js';
import { commandLine, temporaryData } from '../support/server.js';

/**
 * Journals of real browsers, composed without any: form, length and repeatability of the movie (V1), and
 * what is seen and heard in it, lip-sync included (V2, V3, V7), judged as in the live meeting.
 */
t.setTimeout(500_000);
const data = await temporaryData();
t.teardown(() => data.remove());
const all = await fixtures();
t.ok(all.length >= 4, 'the fixtures are there');

const digestOf = async (path: string): Promise<string> =>
  (await run('ffmpeg', ['-v', 'error', '-i', path, '-f', 'hash', '-hash', 'md5', '-'])).toString();

for (const { name, dir, truth } of all) {
  t.test(`${name}: ${truth.says}`, { timeout: 200_000 }, async (t) => {
    const journal = await journalFacts(dir);
    t.match(journal.end, { end: 'clean' });
    const digests: string[] = [];
    for (const turn of ['first', 'again']) {
      const movie = join(data.dir, `${name}-${turn}.mp4`);
      const { code, stdout, stderr } = await commandLine(data.dir, 'render', dir, movie);
      t.equal(code, 0, stdout + stderr);
      const facts = await inspectMovie(movie);
      t.same(departuresFromV1(facts), []);
      t.ok(Math.abs(facts.durationMs - journal.lastMs) < 100, `${facts.durationMs} ms of ${journal.lastMs} ms`);
      digests.push(await digestOf(movie));
    }
    t.equal(digests[0], digests[1], 'the same journal gives the same pictures and sound');
    const people = truth.people.map(({ events, drawnAtMs, ...person }) => ({ ...person, source: { events, drawnAtMs } }));
    const { checks, notes } = await judgeMovie(join(data.dir, `${name}-first.mp4`), journal, people);
    for (const note of notes) t.comment(note);
    for (const { holds, says } of checks) t.ok(holds, says);
  });
}

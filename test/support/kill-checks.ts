import t from 'tap';
import { killAgainAndAgain, type Kill } from './kill-runs.js';

const LOST_MS = 100;

/** The kill test, short in `npm test` and long in `npm run test:soak`. Prints the seed, so that a run can be repeated. */
export async function checkKills(count: number): Promise<void> {
  const seed = Number(process.argv[2] ?? Date.now() % 2 ** 32);
  t.comment(`seed ${seed}: node dist/test/e2e/kill.test.js ${seed}`);
  const kills: Kill[] = [];
  await killAgainAndAgain(count, seed, (kill) => {
    kills.push(kill);
    judge(kill);
  });
  t.equal(kills.length, count);
  const states = new Map<string, number>();
  for (const { stateAtKill } of kills) states.set(stateAtKill ?? 'none', (states.get(stateAtKill ?? 'none') ?? 0) + 1);
  t.comment(`killed while ${[...states].map(([state, times]) => `${state} ${times}`).join(', ')}`);
  const running = kills.filter(({ stateAtKill, journal }) => stateAtKill === 'recording' && journal !== null);
  t.ok(running.length >= count / 5, 'enough kills hit a running recording');
  t.comment(`last record before the kill: ${running.map(({ behindKillMs }) => Math.round(behindKillMs)).sort((a, b) => a - b)} ms`);
}

function judge({ number, atMs, stateAtKill, journal, lostMs, behindKillMs, after, faults, recoveredMs, leftovers }: Kill): void {
  const name = `kill ${number}, ${atMs} ms after Record, while ${stateAtKill ?? 'nothing had begun'}`;
  t.comment(`${name}: lost ${lostMs.toFixed(0)} ms, ${behindKillMs.toFixed(0)} ms before the kill; ${after?.state} after ${recoveredMs.toFixed(0)} ms`);
  if (journal && journal.records > 0) t.equal(after?.state, 'available', `${name}: available (${after?.failure_code ?? ''} ${after?.failure_message ?? ''})`);
  t.same(faults, [], `${name}: plays, as long as what was kept`);
  t.same(leftovers, [], `${name}: no process stays behind`);
  t.equal(journal?.gaps ?? 0, 0, `${name}: the journal has no gap`);
  if (stateAtKill === 'recording' && journal) t.ok(lostMs <= LOST_MS, `${name}: ${lostMs.toFixed(0)} ms lost`);
}

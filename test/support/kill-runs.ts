import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { recordingRows, type RecordingRow } from './database.js';
import { journalFacts, type JournalFacts } from './journal-facts.js';
import { run } from './media-tools.js';
import { departuresFromV1, inspectMovie } from './movie-facts.js';
import { PEOPLE } from './pattern.js';
import { Publishers } from './publishers.js';
import { generator } from './random.js';
import { createRoom, descendantsOf, freePort, isRunning, ServerProcess, temporaryData, until, withLimit } from './server.js';

/** When the server is killed, counted from pressing Record; Stop is pressed at `STOP_AT_MS`. */
const LATEST_KILL_MS = 3600;
const STOP_AT_MS = 2200;
/** Between questions to the server, whose answers prove that it was alive. */
const PULSE_EVERY_MS = 10;

export interface Kill {
  number: number;
  /** Milliseconds from pressing Record. */
  atMs: number;
  /** What the index said when the process was dead; null: no recording had begun. */
  stateAtKill: RecordingRow['state'] | null;
  /** The journal as the dead process left it; null: there was none. */
  journal: JournalFacts | null;
  /**
   * From the journal's last record to the newest moment at which the server is known to have run: when
   * the last question that it answered was asked. A stalled machine receives nothing and loses nothing.
   */
  lostMs: number;
  /** From the journal's last record to the kill by the wall clock, stalls and all. */
  behindKillMs: number;
  after: RecordingRow | null;
  /** What is wrong with the movie; none: it plays and is as long as what was kept. */
  faults: string[];
  recoveredMs: number;
  leftovers: number[];
}

/** Kills the server `count` times at random moments and looks at what came of each recording. */
export async function killAgainAndAgain(count: number, seed: number, told: (kill: Kill) => void): Promise<void> {
  const random = generator(seed);
  const data = await temporaryData();
  const publishers = new Publishers();
  const port = await freePort();
  let server = await ServerProcess.start({ dataDir: data.dir, port });
  try {
    const room = await createRoom(server, 'Killed again');
    publishers.join('host', room.hostUrl, PEOPLE.host, { widthPx: 320, fps: 15 });
    publishers.join('guest', room.participantUrl, PEOPLE.participant, { widthPx: 320, fps: 15 });
    for (let number = 1; number <= count; number++) {
      const atMs = Math.round(random() * LATEST_KILL_MS);
      await untilMeeting(publishers);
      const before = new Set(recordingRows(data.dir).map((row) => row.id));
      const killed = await recordAndKill(server, publishers, atMs);
      const found = recordingRows(data.dir).find((row) => !before.has(row.id)) ?? null;
      const journal = found && (await readJournalOf(data.dir, found.id));
      const startedMs = performance.now();
      server = await ServerProcess.start({ dataDir: data.dir, port });
      // A server that dies every few seconds is waited for longer and longer.
      publishers.hintAtNetwork();
      const after = found && (await untilSettled(data.dir, found.id, server));
      const lastWallMs = keptUntilWallMs(found, journal) ?? killed.atWallMs;
      told({
        number,
        atMs,
        stateAtKill: found?.state ?? null,
        journal,
        lostMs: killed.aliveAtWallMs - lastWallMs,
        behindKillMs: killed.atWallMs - lastWallMs,
        after,
        faults: after?.state === 'available' ? await faultsOf(data.dir, after, journal) : [],
        recoveredMs: performance.now() - startedMs,
        leftovers: await stillRunning(killed.children),
      });
    }
  } finally {
    await publishers.close();
    await server.stop();
    await data.remove();
  }
}

/** Both are in the room and receive each other's picture and sound. */
async function untilMeeting(publishers: Publishers): Promise<void> {
  for (const key of ['host', 'guest']) {
    await publishers.untilState(key, (state) => state.connection === 'joined' && state.members === 2 && state.receiving >= 2, 30_000);
  }
}

async function recordAndKill(
  server: ServerProcess,
  publishers: Publishers,
  atMs: number,
): Promise<{ atWallMs: number; aliveAtWallMs: number; children: number[] }> {
  const pressedMs = performance.now();
  const at = (momentMs: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, Math.max(0, pressedMs + momentMs - performance.now())));
  void publishers.command('host', { type: 'recording-start' });
  const pulse = { aliveAtWallMs: 0, on: true };
  void beat(server.url, pulse);
  if (atMs > STOP_AT_MS) {
    await at(STOP_AT_MS);
    void publishers.command('host', { type: 'recording-stop' });
  }
  await at(atMs);
  const children = descendantsOf(server.pid);
  const killed = server.kill();
  const atWallMs = Date.now();
  await killed;
  pulse.on = false;
  return { atWallMs, aliveAtWallMs: pulse.aliveAtWallMs, children };
}

async function beat(url: string, pulse: { aliveAtWallMs: number; on: boolean }): Promise<void> {
  while (pulse.on) {
    const askedAtWallMs = Date.now();
    try {
      await (await fetch(`${url}/healthz`)).arrayBuffer();
    } catch {
      // It is dead: the last answer stands.
      return;
    }
    pulse.aliveAtWallMs = askedAtWallMs;
    await new Promise((resolve) => setTimeout(resolve, PULSE_EVERY_MS));
  }
}

async function readJournalOf(dataDir: string, recordingId: string): Promise<JournalFacts | null> {
  const dir = join(dataDir, 'recordings', recordingId, 'journal');
  return existsSync(dir) ? journalFacts(dir) : null;
}

/** A journal whose first write was still under way has no header: nothing is kept since the recording's start. */
function keptUntilWallMs(row: RecordingRow | null, journal: JournalFacts | null): number | null {
  if (journal === null) return null;
  return journal.records > 0 ? journal.startedAtWallMs + journal.lastMs : (row?.started_at_ms ?? null);
}

async function untilSettled(dataDir: string, recordingId: string, server: ServerProcess): Promise<RecordingRow> {
  const look = (): RecordingRow | null => {
    const row = recordingRows(dataDir).find(({ id }) => id === recordingId);
    if (!row) throw new Error(`recording ${recordingId} vanished`);
    return row.state === 'available' || row.state === 'failed' ? row : null;
  };
  return until(look, 60_000, () => `${JSON.stringify(recordingRows(dataDir).at(-1))}\n${server.output.slice(-3000)}`);
}

async function faultsOf(dataDir: string, row: RecordingRow, journal: JournalFacts | null): Promise<string[]> {
  if (row.path === null) return ['it has no file'];
  const path = join(dataDir, row.path);
  const faults: string[] = [];
  const facts = await inspectMovie(path);
  faults.push(...departuresFromV1(facts));
  await run('ffmpeg', ['-v', 'error', '-xerror', '-i', path, '-f', 'null', '-']).catch((error: unknown) => faults.push(String(error)));
  // Once the movie is verified the journal is gone; then the index says how long it was.
  const keptMs = journal?.lastMs ?? row.duration_ms ?? 0;
  if (Math.abs(facts.durationMs - keptMs) > 200) faults.push(`it lasts ${facts.durationMs} ms, the journal ${keptMs} ms`);
  return faults;
}

/** Of a dead server's children those that do not end by themselves. */
async function stillRunning(pids: number[]): Promise<number[]> {
  const ended = until(() => (pids.some(isRunning) ? null : true), 10_000, () => 'children of the killed server run on');
  return withLimit(ended, 11_000, () => '').then(
    () => [],
    () => pids.filter(isRunning),
  );
}

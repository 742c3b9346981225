import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { RecordingReport } from '../../src/core/recording.js';
import type { JournalRecord } from '../../src/journal/records.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { readMp4Info } from '../../src/recording/mp4-info.js';
import { until } from '../support/server.js';
import { syntheticRecords } from '../support/synthetic-journal.js';

/**
 * The real encoder without the processor that it needs: worker and encoder share one core with programs that never
 * rest and go before them. A machine that is busy with other things only makes it worse, so that the test holds there, too.
 */

t.setTimeout(400_000);
const SECONDS = 40;
const COMPOSER = fileURLToPath(new URL('../support/compose-live-process.js', import.meta.url));

/** A core that this process may use. */
function oneCore(): string {
  return /Cpus_allowed_list:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '0';
}

function onOneCore(program: string, ...args: string[]): ChildProcess {
  return spawn('taskset', ['--cpu-list', oneCore(), program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Writes records as a meeting does, each when its time has come. */
class Meeting {
  readonly #startedMs = Date.now();
  readonly #records: JournalRecord[];
  readonly #writer: JournalWriter;
  readonly #timer: NodeJS.Timeout;
  #next = 0;

  static async begin(dir: string, records: JournalRecord[]): Promise<Meeting> {
    const startedAtWallMs = Date.now();
    const writer = await JournalWriter.create({ dir, recordingId: 'overload', startedAtWallMs, nowUs: () => (Date.now() - startedAtWallMs) * 1000 });
    return new Meeting(writer, records);
  }

  private constructor(writer: JournalWriter, records: JournalRecord[]) {
    this.#writer = writer;
    this.#records = records;
    this.#timer = setInterval(() => this.#write(), 20);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writer.close('stopped');
  }

  #write(): void {
    const nowUs = (Date.now() - this.#startedMs) * 1000;
    for (let record = this.#records[this.#next]; record && record.timeUs <= nowUs; record = this.#records[++this.#next]) this.#writer.append(record);
  }
}

t.test('while the encoder cannot keep up the preset goes down, and the report says so (R12)', async (t) => {
  const dir = t.testdir();
  const records = await syntheticRecords({
    durationMs: SECONDS * 1000,
    end: null,
    tracks: [
      { memberId: 'ann', source: 'screen', picture: { widthPx: 1280, heightPx: 720, fps: 15, colour: [40, 60, 200], mark: true, flash: true } },
      { memberId: 'bob', source: 'camera', picture: { widthPx: 640, heightPx: 360, fps: 15, colour: [200, 60, 40], mark: true } },
    ],
  });
  const busy = [onOneCore(process.execPath, '-e', 'for (;;);'), onOneCore(process.execPath, '-e', 'for (;;);')];
  const endBusy = (): void => busy.forEach((child) => child.kill('SIGKILL'));
  t.teardown(endBusy);
  const meeting = await Meeting.begin(join(dir, 'journal'), records);
  const composer = onOneCore('nice', '-n', '12', process.execPath, '--enable-source-maps', COMPOSER, dir);
  t.teardown(() => composer.kill('SIGKILL'));
  let output = '';
  composer.stdout?.on('data', (part: Buffer) => (output += part.toString()));
  const used = (): string => {
    try {
      return readFileSync(join(dir, 'movie.mp4.encoders'), 'utf8');
    } catch {
      return '';
    }
  };
  await until(() => (used().includes('ultrafast') ? true : null), 240_000, () => `the preset stays: ${used()}`);
  endBusy();
  await meeting.end();
  const [code] = (await once(composer, 'close')) as [number | null];
  t.equal(code, 0);
  const report = JSON.parse(output) as RecordingReport;
  t.equal(report.preset, 'superfast, ultrafast');
  t.ok(report.lagMs > 2_000, `${report.lagMs} ms behind at its worst`);
  t.match(report, { missing: 0, gaps: [], restarts: 0 }, 'nothing is lost for it');
  t.equal((await readMp4Info(join(dir, 'movie.mp4')))?.tracks.find(({ handler }) => handler === 'vide')?.samples, report.frames);
});

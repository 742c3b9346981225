import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { CompositorPool } from '../../src/compositor/pool.js';
import { createLog } from '../../src/core/log.js';
import type { JournalRecord } from '../../src/journal/records.js';
import { readJournal } from '../../src/journal/reader.js';
import { verifyMovie } from '../../src/recording/verify.js';
import { soundOf } from '../support/movie-sound.js';
import { syntheticRecords } from '../support/synthetic-journal.js';
import { house, member, track, type House } from './doubles.js';

/** Real packets through the service, the journal and the real compositor into a real file. */

t.setTimeout(120_000);
const DURATION_MS = 3000;
const host = member('ann');
const pool = new CompositorPool({ slots: 1, log: createLog('silent') });
t.teardown(() => pool.close());

const records = await syntheticRecords({
  durationMs: DURATION_MS,
  tracks: [
    { memberId: 'ann', source: 'camera', picture: { widthPx: 320, heightPx: 180, fps: 30, colour: [200, 40, 40], mark: true } },
    { memberId: 'ann', source: 'microphone', sound: { kind: 'tone' } },
  ],
});

/** Plays the packets to whoever is subscribed, on the test's clock. */
async function play(h: House): Promise<void> {
  const originUs = h.clock.us;
  const sinks = new Map<number, string>([[1, 'ann-camera'], [2, 'ann-microphone']]);
  for (const [index, record] of records.entries()) {
    const atUs = originUs + record.timeUs;
    if (atUs > h.clock.us) h.clock.advance((atUs - h.clock.us) / 1000);
    deliver(h, record, sinks, atUs);
    // The writer's turn to write.
    if (index % 20 === 0) await new Promise(setImmediate);
  }
}

function deliver(h: House, record: JournalRecord, sinks: Map<number, string>, atUs: number): void {
  if (record.type !== 'packet' && record.type !== 'sender-report') return;
  const { sink } = h.hub.of(sinks.get(record.track) ?? '');
  if (record.type === 'packet') sink.rtp(record.data, atUs);
  else sink.senderReport(record.report, atUs);
}

function meeting(h: House): void {
  h.room.join(host);
  h.room.publish(track('ann', 'camera', h.room.roomId));
  h.room.publish(track('ann', 'microphone', h.room.roomId));
}

async function checkMovie(t: Tap, h: House, recordingId: string): Promise<void> {
  const row = h.storage.recordings.get(recordingId);
  const seen = await verifyMovie(join(h.dir, row?.path ?? ''), { ffmpegPath: 'ffmpeg', mode: 'full', wallMs: DURATION_MS });
  t.match(seen, { ok: true, problems: [], black: [], silent: [] });
  t.ok(Math.abs(seen.frames - 90) <= 2, `${seen.frames} pictures`);
  t.match(row, { health: 'complete', report: { missing: 0 } });
}
type Tap = { match(found: unknown, wanted: unknown): void; ok(value: unknown, name: string): void };

t.test('a live meeting becomes a movie', async (t) => {
  const h = house(t, { pool });
  meeting(h);
  const { recordingId } = await h.service.start(h.room, host);
  await play(h);
  await h.service.stop(h.room.roomId, host);
  const view = await Promise.race([h.until('available'), h.until('failed')]);
  t.match(view, { state: 'available', failure: null });
  await checkMovie(t, h, recordingId);
});

t.test('a server that died while it recorded: its next start finishes the movie', async (t) => {
  const place = t.testdir({});
  const h = house(t, { dir: join(place, 'alive') });
  meeting(h);
  const { recordingId } = await h.service.start(h.room, host);
  await play(h);
  // What a kill leaves: the data directory as it is at this moment, without an end of the journal.
  let kept = 0;
  while (kept < records.filter(({ type }) => type === 'packet').length) {
    await new Promise(setImmediate);
    kept = 0;
    for await (const record of readJournal(h.paths.journal(recordingId))) if (record.type === 'packet') kept++;
  }
  const dir = join(place, 'killed');
  await cp(h.dir, dir, { recursive: true });
  const next = house(t, { dir, roomId: h.room.roomId, pool });
  await next.service.recover();
  const view = await Promise.race([next.until('available'), next.until('failed')]);
  t.match(view, { state: 'available', recordingId, failure: null });
  await checkMovie(t, next, recordingId);
  t.same((await readdir(next.paths.recordingsFolder(h.room.roomId))).length, 1);
  t.match(next.storage.recordings.events(recordingId)[2], { toState: 'finalising', detail: { recovered: true } });
});

t.test('a meeting longer than the cap becomes movies without a gap between them (R9)', async (t) => {
  const h = house(t, { pool, options: { capMs: 1_100, watchEveryMs: 1 } });
  meeting(h);
  const { recordingId } = await h.service.start(h.room, host);
  await play(h);
  await h.service.stop(h.room.roomId, host);
  const last = h.service.current(h.room.roomId)?.recordingId ?? '';
  t.match(await Promise.race([h.until('available', last), h.until('failed')]), { state: 'available', failure: null });
  await h.until('available', recordingId);
  const parts = h.storage.recordings.list().reverse();
  // 1.1 s are 33 frames, and 32 where a movie may end.
  t.same(parts.map(({ report }) => report?.frames), [32, 32, 26]);
  t.same(parts.map(({ previousId }) => previousId), [null, parts[0]?.id, parts[1]?.id]);
  t.same(parts.map(({ name }) => /(?: - part \d)?\.mp4$/.exec(name ?? '')?.[0]), ['.mp4', ' - part 2.mp4', ' - part 3.mp4']);
  const sounds = await Promise.all(parts.map(({ path }) => soundOf(join(h.dir, path ?? ''))));
  const sound = Float32Array.from(sounds.flatMap((each) => [...each]));
  // A sine's samples follow from the two before; the first third of a second is its coming in.
  const factor = 2 * Math.cos((2 * Math.PI * 1_000) / 48_000);
  let worst = 0;
  for (let n = 16_000; n < sound.length - 4_800; n++) {
    worst = Math.max(worst, Math.abs((sound[n] ?? 0) - factor * (sound[n - 1] ?? 0) + (sound[n - 2] ?? 0)));
  }
  t.ok(worst < 0.01, `the tone goes on through both seams: ${worst.toFixed(4)}`);
});

import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { composeJournal } from '../../../src/compositor/compose.js';
import { exportTracks, type ExportJob } from '../../../src/compositor/tracks/export-tracks.js';
import type { JournalRecord } from '../../../src/journal/records.js';
import { parseRtp } from '../../../src/media/rtp/packet.js';
import { jobIn } from '../../support/compose-job.js';
import { fixtures } from '../../support/fixtures.js';
import { run } from '../../support/media-tools.js';
import { beepsOf, soundOf } from '../../support/movie-sound.js';
import { syntheticRecords, writeRecords, type SyntheticJournal } from '../../support/synthetic-journal.js';

t.setTimeout(180_000);

const NETWORK = { jitterMs: 15, loss: 0.01, repaired: 0.5 };
const MEETING: SyntheticJournal = {
  seed: 6,
  durationMs: 12_000,
  tracks: [
    { memberId: 'ann', source: 'camera', picture: { widthPx: 320, heightPx: 180, fps: 30, colour: [200, 40, 40] }, network: NETWORK, fromMs: 2_000, senderPpm: 200 },
    { memberId: 'ann', source: 'microphone', sound: { kind: 'beep', hz: 1_000 }, network: NETWORK, fromMs: 2_500, senderPpm: 200, rtpPpm: 100 },
    { memberId: 'bob', source: 'microphone', sound: { kind: 'beep', hz: 1_000 }, network: NETWORK },
  ],
  events: [
    { atMs: 4_500, event: { kind: 'track-muted', track: 3, muted: true } },
    { atMs: 6_500, event: { kind: 'track-muted', track: 3, muted: false } },
    { atMs: 8_500, event: { kind: 'paused' } },
    { atMs: 9_500, event: { kind: 'resumed' } },
  ],
};

interface Packet {
  pts_time: string;
  flags: string;
  data_hash: string;
}

async function packetsOf(path: string): Promise<Packet[]> {
  const args = ['-v', 'error', '-of', 'json', '-show_packets', '-show_data_hash', 'sha256', '-show_entries', 'packet=pts_time,flags,data_hash', path];
  return (JSON.parse((await run('ffprobe', args)).toString()) as { packets: Packet[] }).packets;
}

async function exported(dir: string, more: Partial<ExportJob> = {}): Promise<Map<string, string>> {
  const tracks = await exportTracks({ journalDir: join(dir, 'journal'), dir: join(dir, 'tracks'), without: [], ...more });
  return new Map(tracks.map(({ name, source, path }) => [`${name} ${source}`, path]));
}

/** Whole seconds at which there are beeps; how far they are from them, ms. */
async function beeps(path: string): Promise<{ atS: number[]; offMs: number }> {
  const starts = beepsOf(await soundOf(path), 1_000).map(({ startMs }) => startMs);
  return { atS: starts.map((ms) => Math.round(ms / 1000)), offMs: Math.max(...starts.map((ms) => Math.abs(ms - Math.round(ms / 1000) * 1000))) };
}

t.test('tracks begin at 0, keep their times, and are what was received', async (t) => {
  const dir = t.testdir();
  const records = await syntheticRecords(MEETING);
  await writeRecords(join(dir, 'journal'), records);
  const paths = await exported(dir);
  t.same([...paths.keys()].sort(), ['ann camera', 'ann microphone', 'bob microphone']);

  // The pause of a second is cut out; its beep at 9 s with it.
  const ann = await beeps(paths.get('ann microphone') ?? '');
  t.same(ann.atS, [3, 4, 5, 6, 7, 8, 9, 10], 'silence until she came');
  const bob = await beeps(paths.get('bob microphone') ?? '');
  t.same(bob.atS, [0, 1, 2, 3, 4, 7, 8, 9, 10], 'and while he was muted');
  t.ok(ann.offMs < 60 && bob.offMs < 60, `${ann.offMs.toFixed(0)} and ${bob.offMs.toFixed(0)} ms from their places`);
  for (const who of ['ann', 'bob']) {
    const sound = await soundOf(paths.get(`${who} microphone`) ?? '');
    t.ok(Math.abs(sound.length - 11 * 48_000) <= 960, `${who}'s sound lasts to the end: ${sound.length}`);
  }

  const frames = await packetsOf(paths.get('ann camera') ?? '');
  const times = frames.map(({ pts_time }) => Number(pts_time));
  t.ok(Math.abs((times[0] ?? 0) - 4) < 0.2, `the camera begins at ${times[0]} s, with its first keyframe after it came`);
  t.match(frames[0]?.flags, /^K/);
  t.ok(times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0)), 'in order');

  const sent = new Set(payloads(records, 2).map(hash));
  const kept = (await packetsOf(paths.get('ann microphone') ?? '')).filter(({ data_hash }) => sent.has(data_hash.replace('SHA256:', '')));
  t.ok(kept.length > 370, `${kept.length} packets of hers are there as she sent them`);
  t.notOk((await run('ffmpeg', ['-v', 'warning', '-i', paths.get('bob microphone') ?? '', '-f', 'null', '-'])).length);
});

t.test('they fit the movie, and so do spans and people that are left out', async (t) => {
  const dir = t.testdir();
  await writeRecords(join(dir, 'journal'), await syntheticRecords(MEETING));
  const span = { fromFrame: 75, toFrame: 225, without: ['bob'] };
  const job = jobIn(dir, span);
  t.match(await composeJournal(job), { frames: 150 });
  const paths = await exported(dir, span);
  t.same([...paths.keys()].sort(), ['ann camera', 'ann microphone']);
  const own = beepsOf(await soundOf(paths.get('ann microphone') ?? ''), 1_000).map(({ startMs }) => startMs);
  const mixed = beepsOf(await soundOf(job.moviePath), 1_000).map(({ startMs }) => startMs);
  t.equal(own.length, 5);
  t.equal(mixed.length, 5, 'nobody else is heard');
  const apart = Math.max(...own.map((ms, i) => Math.abs(ms - (mixed[i] ?? 0))));
  // The movie goes on moving her sound until picture and sound have found each other (V7).
  t.ok(apart < 40, `${apart.toFixed(1)} ms apart`);
  await t.rejects(exported(dir, span), { code: 'file_taken' }, 'nothing is overwritten');
});

t.test('the fixtures of real browsers give files without a complaint of their decoder', async (t) => {
  for (const { name, dir } of await fixtures()) {
    const out = join(t.testdir(), name);
    const tracks = await exportTracks({ journalDir: dir, dir: out, without: [] });
    t.equal(readdirSync(out).length, tracks.length);
    t.ok(tracks.length >= 4, `${name}: ${tracks.length} tracks`);
    for (const { path } of tracks) await run('ffmpeg', ['-v', 'warning', '-xerror', '-i', path, '-f', 'null', '-']);
  }
});

function payloads(records: readonly JournalRecord[], track: number): Uint8Array[] {
  return records.flatMap((record) => {
    if (record.type !== 'packet' || record.track !== track) return [];
    const header = parseRtp(record.data);
    return header ? [record.data.subarray(header.headerBytes, header.headerBytes + header.payloadBytes)] : [];
  });
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

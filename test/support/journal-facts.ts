import { link, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJournal, type JournalEnd } from '../../src/journal/reader.js';
import type { TrackDescription } from '../../src/core/media.js';
import type { TimelineEvent } from '../../src/journal/records.js';

export interface JournalTrack {
  description: TrackDescription;
  packets: number;
  /** Arrival of each different RTP timestamp's first packet, journal time, ms. */
  framesAtMs: number[];
  /** Their RTP timestamps, ms; the origin is any. */
  framesSentMs: number[];
}

/** What a journal holds, as far as tests ask. */
export interface JournalFacts {
  /** The journal's folder. */
  dir: string;
  startedAtWallMs: number;
  /** Time of the last record, ms. */
  lastMs: number;
  records: number;
  end: JournalEnd | null;
  gaps: number;
  tracks: JournalTrack[];
  events: { timeMs: number; event: TimelineEvent }[];
}

export async function journalFacts(dir: string): Promise<JournalFacts> {
  const reader = readJournal(dir);
  const tracks = new Map<number, JournalTrack & { timestamps: Set<number>; firstTimestamp?: number }>();
  const events: JournalFacts['events'] = [];
  let records = 0;
  let lastMs = 0;
  for await (const record of reader) {
    records++;
    lastMs = record.timeUs / 1000;
    if (record.type === 'event') {
      events.push({ timeMs: lastMs, event: record.event });
      if (record.event.kind === 'track-started') {
        const { track, description } = record.event;
        tracks.set(track, { description, packets: 0, framesAtMs: [], framesSentMs: [], timestamps: new Set() });
      }
    } else if (record.type === 'packet') {
      const track = tracks.get(record.track);
      if (!track) throw new Error(`a packet of track ${record.track}, which never started`);
      track.packets++;
      const view = new DataView(record.data.buffer, record.data.byteOffset, record.data.byteLength);
      const timestamp = view.getUint32(4);
      if (!track.timestamps.has(timestamp)) {
        track.framesAtMs.push(lastMs);
        track.firstTimestamp ??= timestamp;
        track.framesSentMs.push((((timestamp - track.firstTimestamp) | 0) * 1000) / track.description.codec.clockRateHz);
      }
      track.timestamps.add(timestamp);
    }
  }
  return {
    dir,
    startedAtWallMs: reader.header?.startedAtWallMs ?? 0,
    lastMs,
    records,
    end: reader.end,
    gaps: reader.gaps.length,
    tracks: [...tracks.values()].map(({ description, packets, framesAtMs, framesSentMs }) => ({ description, packets, framesAtMs, framesSentMs })),
    events,
  };
}

/**
 * Keeps a journal that is being written: hard links to its segments, which grow on with it and stay when
 * the server deletes its own. Links what is there now; call again for later segments.
 */
export async function keepJournal(dir: string, into: string): Promise<void> {
  await mkdir(into, { recursive: true });
  const kept = new Set(await readdir(into));
  for (const name of await readdir(dir)) if (!kept.has(name)) await link(join(dir, name), join(into, name));
}

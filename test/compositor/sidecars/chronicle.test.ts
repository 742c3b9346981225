import t from 'tap';
import { sliceOf } from '../../../src/compositor/sidecars/slice.js';
import { chaptersOf, MAX_CHAPTERS } from '../../../src/compositor/sidecars/chapters.js';
import { Chronicle } from '../../../src/compositor/sidecars/chronicle.js';
import { speakerCues } from '../../../src/compositor/sidecars/cues.js';
import type { Happening } from '../../../src/compositor/sidecars/happening.js';
import { chaptersVtt, speakersVtt, thumbnailsVtt } from '../../../src/compositor/sidecars/webvtt.js';
import type { TrackSource } from '../../../src/core/media.js';
import type { TimelineEvent } from '../../../src/journal/records.js';

function started(track: number, memberId: string, source: TrackSource): TimelineEvent {
  const kind = source === 'camera' || source === 'screen' ? 'video' : 'audio';
  const codec = { name: kind === 'video' ? 'VP8' : 'opus', payloadType: 96, clockRateHz: 90_000 } as const;
  return { kind: 'track-started', track, description: { trackId: `t${track}`, roomId: 'r', memberId, kind, source, codec } };
}

/** A chronicle of events at their times, ms, without pauses. */
function told(events: [number, TimelineEvent][], limits?: { happenings?: number }): Chronicle {
  const chronicle = new Chronicle(limits);
  for (const [atMs, event] of events) chronicle.apply(event, atMs * 1000, atMs * 1000);
  return chronicle;
}

const ANN: TimelineEvent = { kind: 'member-on-stage', memberId: 'ann', name: 'Ann' };
const BOB: TimelineEvent = { kind: 'member-on-stage', memberId: 'bob', name: 'Bob' };

function titles(happenings: Happening[], durationMs = 3_600_000): [number, string][] {
  return chaptersOf(happenings, durationMs).chapters.map(({ startMs, title }) => [startMs, title]);
}

t.test('content, highlights, pauses and marks are told and make chapters without names (F8, V3)', async (t) => {
  const chronicle = told([[0, ANN], [0, BOB], [0, started(1, 'ann', 'camera')], [5_000, started(2, 'bob', 'screen')]]);
  chronicle.apply({ kind: 'highlight', memberId: 'ann' }, 9_000_000, 9_000_000);
  chronicle.apply({ kind: 'paused' }, 12_000_000, 12_000_000);
  chronicle.apply({ kind: 'resumed' }, 72_000_000, 12_000_000);
  chronicle.apply({ kind: 'mark', memberId: 'ann', label: '' }, 80_000_000, 20_000_000);
  chronicle.apply({ kind: 'mark', memberId: 'bob', label: ' Decision ' }, 90_000_000, 30_000_000);
  chronicle.apply({ kind: 'track-muted', track: 2, muted: true }, 95_000_000, 35_000_000);
  chronicle.apply({ kind: 'highlight', memberId: null }, 99_000_000, 39_000_000);
  const { happenings, people } = chronicle.facts();
  t.same(people, [{ memberId: 'ann', name: 'Ann' }, { memberId: 'bob', name: 'Bob' }]);
  t.match(happenings.find(({ kind }) => kind === 'pause'), { atMs: 12_000, lengthMs: 60_000 });
  t.match(happenings.find(({ kind }) => kind === 'content-off'), { atMs: 35_000, memberId: 'bob' });
  t.same(titles(happenings), [
    [0, 'Beginning'],
    [5_000, 'Shared content'],
    [9_000, 'Highlight'],
    [12_000, 'After a pause'],
    [20_000, 'Marked moment 1'],
    [30_000, 'Decision'],
    [35_000, 'Shared content ended'],
    [39_000, 'Highlight ended'],
  ]);
});

t.test('what follows at once is one chapter, and a second screen is none', async (t) => {
  const share = (atMs: number, kind: 'content-on' | 'content-off', memberId = 'ann'): Happening => ({ kind, atMs, memberId });
  const mark = (atMs: number): Happening => ({ kind: 'mark', atMs, memberId: 'ann', label: '' });
  t.same(titles([share(200, 'content-on')]), [[0, 'Shared content']], 'the beginning takes its title');
  t.same(titles([share(5_000, 'content-on'), share(9_000, 'content-off'), share(9_100, 'content-on', 'bob')]), [
    [0, 'Beginning'],
    [5_000, 'Shared content'],
    [9_000, 'Shared content'],
  ]);
  t.same(titles([share(5_000, 'content-on'), share(8_000, 'content-on', 'bob'), share(9_900, 'content-off'), share(20_000, 'content-off', 'bob')]).map(([at]) => at), [0, 5_000, 20_000]);
  t.same(titles([mark(5_000), share(5_300, 'content-on')]), [[0, 'Beginning'], [5_000, 'Marked moment 1']], 'a mark stays');
  t.same(titles([share(5_000, 'content-on'), mark(5_300), mark(5_400)]).map(([, title]) => title), ['Beginning', 'Marked moment 1', 'Marked moment 2']);
  t.same(titles([]), [], 'where nothing happened there are none');
  t.same(titles([mark(5_000)], 4_000), [], 'nor behind the end');
});

t.test('of too many chapters the marks are kept, and the others are counted', async (t) => {
  const many = Array.from({ length: 1_000 }, (_, i): Happening =>
    i % 10 === 0 ? { kind: 'mark', atMs: i * 5_000, memberId: 'ann', label: '' } : { kind: i % 2 ? 'highlight-on' : 'highlight-off', atMs: i * 5_000, memberId: 'ann' },
  );
  const { chapters, dropped } = chaptersOf(many, 6_000_000);
  t.equal(chapters.length, MAX_CHAPTERS);
  t.equal(chapters.filter(({ kind }) => kind === 'mark').length, 100);
  t.equal(chapters.length + dropped, 1_000);
  const chronicle = told(Array.from({ length: 50 }, (_, i) => [i * 2_000, { kind: 'mark', memberId: 'ann', label: '' }]), { happenings: 20 });
  t.equal(chronicle.facts().happenings.length, 20);
  t.equal(chronicle.facts().dropped.happenings, 30);
});

t.test('turns run on while they are heard, across a pause too', async (t) => {
  const chronicle = told([[0, ANN]]);
  const recorded = (timeUs: number): number => (timeUs <= 2_000_000 ? timeUs : Math.max(2_000_000, timeUs - 5_000_000));
  chronicle.hear([{ memberId: 'ann', fromUs: 1_000_000, untilUs: 1_500_000 }], recorded);
  chronicle.hear([{ memberId: 'ann', fromUs: 1_000_000, untilUs: 9_000_000 }], recorded);
  chronicle.hear([{ memberId: 'bob', fromUs: 1_200_000, untilUs: 1_300_000 }, { memberId: 'ann', fromUs: 10_000_000, untilUs: 11_000_000 }], recorded);
  t.same(chronicle.facts().turns, [
    { memberId: 'ann', startMs: 1_000, endMs: 4_000 },
    { memberId: 'bob', startMs: 1_200, endMs: 1_300 },
    { memberId: 'ann', startMs: 5_000, endMs: 6_000 },
  ]);
});

t.test('cues name everybody who speaks, do not overlap, and can be read', async (t) => {
  const people = [{ memberId: 'ann', name: 'Ann <b>\n' }, { memberId: 'bob', name: 'Bob & Co' }];
  const turns = [
    { memberId: 'ann', startMs: 1_000, endMs: 4_000 },
    { memberId: 'bob', startMs: 3_000, endMs: 5_000 },
    { memberId: 'bob', startMs: 8_000, endMs: 8_100 },
    { memberId: 'ann', startMs: 9_900, endMs: 20_000 },
  ];
  const { cues, dropped } = speakerCues(turns, people, 10_000, 4);
  t.same(cues, [
    { startMs: 1_000, endMs: 3_000, text: 'Ann <b>' },
    { startMs: 3_000, endMs: 4_000, text: 'Ann <b>, Bob & Co' },
    { startMs: 4_000, endMs: 5_000, text: 'Bob & Co' },
    { startMs: 8_000, endMs: 8_700, text: 'Bob & Co' },
  ]);
  t.equal(dropped, 1);
  t.match(speakersVtt(cues), /^WEBVTT\n\n00:00:01\.000 --> 00:00:03\.000\nAnn &lt;b&gt;\n\n/);
});

t.test('WebVTT says hours, the last chapter\'s end, and where a thumbnail is', async (t) => {
  const chapters = [{ startMs: 0, title: 'Beginning', kind: 'beginning' as const }, { startMs: 3_661_001, title: 'a --> b', kind: 'mark' as const }];
  t.equal(
    chaptersVtt(chapters, 90_000_000),
    'WEBVTT\n\n00:00:00.000 --> 01:01:01.001\nBeginning\n\n01:01:01.001 --> 25:00:00.000\na --&gt; b\n',
  );
  t.equal(
    thumbnailsVtt('thumbnails.jpg', [{ startMs: 0, x: 0, y: 0, width: 192, height: 108 }, { startMs: 2_000, x: 192, y: 0, width: 192, height: 108 }], 3_000),
    'WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nthumbnails.jpg#xywh=0,0,192,108\n\n00:00:02.000 --> 00:00:03.000\nthumbnails.jpg#xywh=192,0,192,108\n',
  );
});

t.test('what people wrote is told at its recorded time, and cut with the movie', async (t) => {
  const chronicle = new Chronicle();
  chronicle.apply({ kind: 'chat', memberId: 'ann', name: 'Ann', text: 'one' }, 5_000_000, 1_000_000);
  chronicle.apply({ kind: 'chat', memberId: 'bob', name: 'Bob', text: 'two' }, 9_000_000, 5_000_000);
  const facts = chronicle.facts();
  t.same(facts.chat, [
    { atMs: 1_000, memberId: 'ann', name: 'Ann', text: 'one' },
    { atMs: 5_000, memberId: 'bob', name: 'Bob', text: 'two' },
  ]);
  t.same(sliceOf(facts, 2_000, 6_000).chat, [{ atMs: 3_000, memberId: 'bob', name: 'Bob', text: 'two' }]);
});

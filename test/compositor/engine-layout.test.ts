import t from 'tap';
import { native } from '../../native/index.js';
import { Engine, type EngineOptions, type MadeFrame } from '../../src/compositor/engine.js';
import type { Tile } from '../../src/compositor/layout.js';
import { canvasSize } from '../../src/core/layouts.js';
import type { JournalRecord } from '../../src/journal/records.js';
import { syntheticRecords, type SyntheticJournal } from '../support/synthetic-journal.js';

const picture = { widthPx: 160, heightPx: 90, fps: 15, colour: [90, 90, 90] } as const;
const camera = (memberId: string) => ({ memberId, source: 'camera' as const, picture });

/** Three people who speak in turn; the layout changes, and the second one is highlighted for a while. */
const MEETING: SyntheticJournal = {
  durationMs: 10_000,
  layout: 'speaker',
  tracks: [
    camera('ann'),
    { memberId: 'ann', source: 'microphone', speaksMs: [[0, 3_000]] },
    camera('bob'),
    { memberId: 'bob', source: 'microphone', speaksMs: [[4_000, 5_500]] },
    camera('cleo'),
  ],
  events: [
    { atMs: 6_000, event: { kind: 'layout', layout: 'grid' } },
    { atMs: 7_000, event: { kind: 'highlight', memberId: 'cleo' } },
    { atMs: 8_000, event: { kind: 'highlight', memberId: null } },
    { atMs: 8_100, event: { kind: 'layout', layout: 'content-only' } },
    { atMs: 9_000, event: { kind: 'layout', layout: 'stage' } },
  ],
};

function frames(records: readonly JournalRecord[], options: Partial<EngineOptions> = {}): Map<number, MadeFrame> {
  const engine = new Engine({ native: native(), layout: null, canvas: canvasSize('speaker'), firstFrame: 0, ...options });
  const made = new Map<number, MadeFrame>();
  const make = (): void => {
    const frame = engine.make();
    if (frame) made.set(frame.number, frame);
  };
  for (const record of records) {
    while (engine.due(record.timeUs)) make();
    engine.accept(record);
  }
  while (engine.due(Infinity)) make();
  engine.close();
  return made;
}

const records = await syntheticRecords(MEETING);
const straight = frames(records);
const tilesAt = (ms: number, of = straight): Tile[] => of.get(Math.round(ms * 0.03))?.tiles ?? [];
/** Track ids are those of the order in `MEETING`. */
const PERSON: Record<string, string> = { 'track-1': 'ann', 'track-3': 'bob', 'track-5': 'cleo' };
const people = (tiles: Tile[]): (string | undefined)[] => tiles.map(({ trackId }) => PERSON[trackId]);

t.test('who speaks is large, and stays it until somebody else speaks', async (t) => {
  t.same(people(tilesAt(2_000)), ['ann', 'bob', 'cleo']);
  t.same(people(tilesAt(3_900)), ['ann', 'bob', 'cleo'], 'in the silence after');
  t.same(people(tilesAt(5_300)), ['bob', 'ann', 'cleo']);
  t.ok(tilesAt(5_300).every((tile) => !tile.outlined));
});

t.test('layout and highlight change where the journal says, for that time', async (t) => {
  const widths = (ms: number): number[] => tilesAt(ms).map(({ rect }) => rect.width);
  t.same(new Set(widths(6_500)).size, 1, 'a grid');
  t.same(people(tilesAt(6_500)), ['ann', 'bob', 'cleo']);
  t.same(people(tilesAt(7_500)), ['cleo', 'ann', 'bob']);
  t.ok((widths(7_500)[0] ?? 0) > 1_400);
  t.same(tilesAt(8_500), [], 'content only, and there is none');
  t.same(people(tilesAt(9_500)), ['ann', 'bob', 'cleo']);
});

t.test('tiles move for 200 ms after a change, and not at all where transitions are off', async (t) => {
  const moving = [...straight.values()].filter((frame) => frame.moving).map(({ timeUs }) => timeUs / 1000);
  t.ok(moving.some((ms) => ms >= 6_000 && ms < 6_200), 'while the grid comes');
  t.notOk(moving.some((ms) => ms > 6_200 && ms < 7_000));
  for (const off of [frames(records, { transitions: false }), frames(await syntheticRecords({ ...MEETING, transitions: false }))]) {
    t.equal([...off.values()].filter((frame) => frame.moving).length, 0);
    t.same(tilesAt(6_034, off).map(({ rect }) => rect), tilesAt(6_500).map(({ rect }) => rect));
  }
});

t.test('a movie that is resumed in the middle of a move goes on with it', async (t) => {
  for (const firstFrame of [125, 135, 140, 181, 183, 212, 241, 244, 272]) {
    const resumed = frames(records, { firstFrame });
    t.equal(resumed.size, straight.size - firstFrame);
    for (const [number, { tiles, moving }] of resumed) {
      const before = straight.get(number);
      if (JSON.stringify([tiles, moving]) !== JSON.stringify([before?.tiles, before?.moving])) {
        t.fail(`from ${firstFrame}, frame ${number}`);
        break;
      }
    }
  }
});

import t from 'tap';
import { Speakers } from '../../src/compositor/speakers.js';
import { SERVER_EXTENSION_IDS } from '../../src/media/rtp/extensions.js';
import { buildRtp } from '../../src/media/rtp/packet.js';

const FRAME_MS = 1000 / 30;
const QUIET = 80;

/** Who says what: the level at a moment, or null where no packet is sent. */
type Voices = Record<string, (ms: number) => number | null>;

function packet(level: number | null): Uint8Array {
  const extensions = level === null ? [] : [{ id: SERVER_EXTENSION_IDS.audioLevel, data: Uint8Array.of(level) }];
  return buildRtp({ marker: false, payloadType: 111, sequence: 1, timestamp: 1, ssrc: 1, extensions }, new Uint8Array(20));
}

/** The active speaker whenever that changes, `at` whole tenths of a second. */
function course(voices: Voices, seconds: number, isLive: (track: number) => boolean = () => true): [number, string | null][] {
  const speakers = new Speakers();
  const changes: [number, string | null][] = [];
  let sentMs = 0;
  let before: string | null | undefined;
  for (let frame = 0; frame < seconds * 30; frame++) {
    for (; sentMs <= frame * FRAME_MS; sentMs += 20) {
      for (const [track, [memberId, levelAt]] of Object.entries(voices).entries()) {
        const level = levelAt(sentMs);
        if (level !== null) speakers.packet(track, memberId, packet(level), sentMs * 1000);
      }
    }
    speakers.advance(Math.round(frame * FRAME_MS * 1000), isLive);
    const [active] = speakers.recent;
    if ((active ?? null) !== before) changes.push([Math.round(frame / 3) / 10, active ?? null]);
    before = active ?? null;
  }
  return changes;
}

const speaks =
  (...spans: [number, number][]) =>
  (ms: number): number =>
    spans.some(([from, to]) => ms >= from && ms < to) ? 25 : QUIET;

t.test('who speaks becomes the active speaker, and stays it in silence', async (t) => {
  const changes = course({ ann: speaks([1_000, 3_000]), bob: speaks() }, 8);
  t.same(changes, [[0, null], [1.5, 'ann']]);
});

t.test('a cough, a click and a beep each second make nobody the speaker', async (t) => {
  const cough = course({ ann: speaks([1_000, 4_000]), bob: speaks([5_000, 5_200], [6_000, 6_100]) }, 8);
  t.same(cough.at(-1)?.[1], 'ann');
  t.same(course({ ann: (ms) => (ms % 1000 < 100 ? 20 : QUIET) }, 8), [[0, null]]);
});

t.test('speakers take turns; a pause between words is none', async (t) => {
  const words = (from: number, to: number) => (ms: number) => (ms >= from && ms < to && ms % 600 < 300 ? 25 : QUIET);
  const changes = course({ ann: words(0, 4_000), bob: words(5_000, 9_000) }, 11);
  t.same(changes.map(([, who]) => who), [null, 'ann', 'bob']);
});

t.test('who talks over somebody takes over only by being louder for long', async (t) => {
  const both = (level: number): Voices => ({ ann: () => 30, bob: (ms) => (ms > 4_000 ? level : QUIET) });
  t.same(course(both(30), 12).map(([, who]) => who), [null, 'ann'], 'as loud: no change');
  const louder = course(both(12), 12);
  t.same(louder.map(([, who]) => who), [null, 'ann', 'bob']);
  t.ok((louder[2]?.[0] ?? 0) >= 6, `not before two seconds: ${louder[2]?.[0]}`);
});

t.test('two who answer each other at once do not flip the picture', async (t) => {
  const quick = (phase: number) => (ms: number) => (Math.floor(ms / 450) % 2 === phase ? 25 : QUIET);
  const changes = course({ ann: quick(0), bob: quick(1) }, 20);
  t.ok(changes.length <= 3, JSON.stringify(changes));
});

t.test('a muted microphone, and one that tells no levels, are silent', async (t) => {
  t.same(course({ ann: speaks([0, 5_000]) }, 6, () => false), [[0, null]]);
  t.same(course({ ann: () => null }, 3), [[0, null]]);
  const speakers = new Speakers();
  for (let ms = 0; ms < 2_000; ms += 20) speakers.packet(0, 'ann', packet(null), ms * 1000);
  speakers.packet(0, 'ann', new Uint8Array(3), 2_000_000);
  speakers.advance(3_000_000, () => true);
  t.same(speakers.recent, []);
});

t.test('a turn is over when packets stop', async (t) => {
  const speakers = new Speakers();
  for (let ms = 0; ms < 2_000; ms += 20) speakers.packet(0, 'ann', packet(25), ms * 1000);
  speakers.advance(1_990_000, () => true);
  t.ok(speakers.speaks('ann'));
  speakers.advance(2_900_000, () => true);
  t.notOk(speakers.speaks('ann'));
  t.same(speakers.recent, ['ann']);
});

t.test('how often it is asked before a moment changes little, what comes after it nothing', async (t) => {
  const ahead = new Speakers();
  const behind = new Speakers();
  for (let ms = 0; ms < 4_000; ms += 20) ahead.packet(0, 'ann', packet(25), ms * 1000);
  for (let frame = 0; frame < 90; frame++) {
    const timeUs = Math.round(frame * FRAME_MS * 1000);
    for (let ms = Math.ceil((timeUs - FRAME_MS * 1000) / 20_000) * 20; ms * 1000 <= timeUs; ms += 20) {
      if (ms >= 0 && ms * 1000 > timeUs - Math.round(FRAME_MS * 1000)) behind.packet(0, 'ann', packet(25), ms * 1000);
    }
    ahead.advance(timeUs, () => true);
    behind.advance(timeUs, () => true);
    if (ahead.speaks('ann') !== behind.speaks('ann')) t.fail(`frame ${frame}`);
  }
  t.same(ahead.recent, behind.recent);
});

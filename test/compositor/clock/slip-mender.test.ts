import t from 'tap';
import { RecentDelays } from '../../../src/compositor/clock/recent-delays.js';
import { SlipMender } from '../../../src/compositor/clock/slip-mender.js';
import { generator } from '../../support/random.js';

/** The first timestamp lies shortly before the wrap. */
const FIRST = 2 ** 32 - 48_000;
const PACKET_MS = 20;
/** As in the compositor: a moment is made a second after it, and up to three where something is open. */
const WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 3_000;

/** Packets wait up to this long on their way. */
const JITTER_MS = 15;

interface Sending {
  seconds?: number;
  /** Sound that the sender loses before the moment, ms by ms. */
  lost?: Record<number, number>;
  /** How much longer the way takes at a moment, ms. */
  wayMs?: (ms: number) => number;
  /** How much later than its sound a picture is sent at a moment, ms; undefined: there is no picture. */
  pictureMs?: ((ms: number) => number) | null;
  /** How much later than its sound a packet is sent at a moment, ms. */
  lateMs?: (ms: number) => number;
  /** When the sender's sound stands still: from, to, ms. What it caught meanwhile is sent at the end. */
  standstill?: [number, number];
}

/** The error of each packet's mended timestamp, ms: positive where it says too late a time. */
function mend({ seconds = 20, lost = {}, wayMs = () => 0, pictureMs = () => 0, lateMs = () => 0, standstill = [0, 0] }: Sending): { ms: number; errorMs: number }[] {
  const random = generator(7);
  const picture = new RecentDelays();
  const mender = new SlipMender(48_000, () => (pictureMs === null ? undefined : picture));
  const arrivals: { atMs: number; take: () => void }[] = [];
  const captured = new Map<number, number>();
  let lostMs = 0;
  let number = 0;
  for (let ms = 0; ms < seconds * 1000; ms += PACKET_MS) {
    const here = Object.entries(lost).find(([at]) => Number(at) === ms)?.[1] ?? 0;
    lostMs += here;
    ms += here;
    const sentMs = ms >= standstill[0] && ms < standstill[1] ? standstill[1] : ms + lateMs(ms);
    const arrivalMs = sentMs + 30 + wayMs(sentMs) + random() * JITTER_MS;
    const timestamp = (FIRST + (ms - lostMs) * 48) % 2 ** 32;
    const id = number++;
    captured.set(id, ms);
    arrivals.push({ atMs: arrivalMs, take: () => mender.packet(Uint8Array.of(id >> 8, id & 255), timestamp, arrivalMs * 1000) });
    if (pictureMs === null || id % 2 === 1) continue;
    const pictureArrivalMs = ms + 40 + wayMs(ms) + pictureMs(ms) + random() * JITTER_MS;
    arrivals.push({ atMs: pictureArrivalMs, take: () => picture.observe(pictureArrivalMs * 1000, (pictureArrivalMs - ms) * 1000) });
  }
  arrivals.sort((a, b) => a.atMs - b.atMs);
  const errors: { ms: number; errorMs: number }[] = [];
  const settleTo = (madeMs: number): void => {
    for (let next = mender.next((madeMs + 200) * 1000, () => false); next; next = mender.next((madeMs + 200) * 1000, () => false)) {
      if (next.kind !== 'packet') continue;
      const ms = captured.get(((next.data[0] ?? 0) << 8) | (next.data[1] ?? 0)) as number;
      errors.push({ ms, errorMs: ((next.timestamp - FIRST) >>> 0) / 48 - ms });
    }
  };
  let madeMs = 0;
  for (const { atMs, take } of arrivals) {
    while (madeMs + WAIT_MS <= atMs) {
      const timestamp = (FIRST + Math.round((madeMs - 30) * 48)) % 2 ** 32;
      if (madeMs + LONGEST_WAIT_MS > atMs && mender.isInDoubt((timestamp + 2 ** 32) % 2 ** 32, atMs * 1000)) break;
      settleTo(madeMs);
      madeMs += 1000 / 30;
    }
    take();
  }
  settleTo(Infinity);
  return errors;
}

function worst(errors: { ms: number; errorMs: number }[], fromMs = 0, toMs = Infinity): number {
  return errors.filter(({ ms }) => ms >= fromMs && ms < toMs).reduce((most, { errorMs }) => Math.max(most, Math.abs(errorMs)), 0);
}

t.test('even sound is left as it is', async (t) => {
  t.equal(worst(mend({})), 0);
  t.equal(mend({}).length, 1_000, 'every packet goes on');
});

t.test('a loss is found where it happened, whatever its size', async (t) => {
  for (const lostMs of [10, 20, 60, 140, 400]) {
    const errors = mend({ lost: { 8_000: lostMs } });
    const apart = [...errors.filter(({ ms }) => Math.abs(ms - 8_000) > 40)];
    t.ok(worst(apart) < 6, `${lostMs} ms lost: at most ${worst(apart)} ms off`);
    t.ok(worst(errors) <= JITTER_MS, `and ${worst(errors)} ms in the packets next to it`);
  }
});

t.test('a microphone that loses a little in every second is followed', async (t) => {
  const lost = Object.fromEntries(Array.from({ length: 38 }, (_, i) => [1_000 + i * 500, 10]));
  t.ok(worst(mend({ lost })) <= JITTER_MS, `${worst(mend({ lost }))} ms off at most`);
});

t.test('a longer way is no loss: the picture tells', async (t) => {
  for (const wayMs of [20, 60, 150]) {
    const way = (ms: number): number => (ms >= 8_000 ? wayMs : 0);
    t.equal(worst(mend({ wayMs: way })), 0, `${wayMs} ms longer`);
    const both = mend({ wayMs: way, lost: { 14_000: 60 } });
    t.ok(worst(both) <= JITTER_MS, `and a loss later on is found: ${worst(both)} ms off`);
  }
});

t.test('a queue that grows and shrinks is no loss, and hides none', async (t) => {
  const queue = (seed: number): ((ms: number) => number) => {
    const random = generator(seed);
    const levels = Array.from({ length: 100 }, () => random() * 100);
    return (ms) => {
      const [at, part] = [Math.floor(ms / 350), (ms / 350) % 1];
      return (levels[at] ?? 0) * (1 - part) + (levels[at + 1] ?? 0) * part;
    };
  };
  const seeds = Array.from({ length: 12 }, (_, seed) => seed + 1);
  const even = seeds.map((seed) => worst(mend({ wayMs: queue(seed) })));
  t.ok(even.filter((ms) => ms > JITTER_MS).length <= 1, `${even.map(Math.round)} ms off`);
  t.ok(worst(even.map((errorMs) => ({ ms: 0, errorMs }))) < 50, 'and never by much');
  // How much was lost is known as well as the least of the queue around it.
  const lossy = seeds.map((seed) => worst(mend({ wayMs: queue(seed), lost: { 8_000: 140 } }), 8_500)).sort((a, b) => a - b);
  t.ok((lossy[6] ?? 0) < 40 && (lossy[11] ?? 0) < 80, `${lossy.map(Math.round)} ms off behind a loss of 140`);
});

t.test('a picture that is late itself hides no loss', async (t) => {
  const errors = mend({ lost: { 8_000: 60 }, pictureMs: (ms) => (ms > 7_000 && ms < 10_000 ? 150 + (ms % 90) : 0) });
  t.ok(worst(errors) <= JITTER_MS, `${worst(errors)} ms off`);
});

t.test('sound without a picture goes by its arrivals', async (t) => {
  const errors = mend({ lost: { 8_000: 60 }, pictureMs: null });
  t.ok(worst(errors) <= JITTER_MS, `${worst(errors)} ms off`);
});

t.test('a standstill is waited for and is no loss; with one it is sized by what comes after', async (t) => {
  t.equal(worst(mend({ standstill: [8_000, 8_900] })), 0);
  t.equal(worst(mend({ standstill: [8_000, 9_700] })), 0, 'for longer than a moment is held back otherwise');
  const errors = mend({ standstill: [8_000, 8_900], lost: { 8_400: 60 } });
  t.ok(worst(errors, 0, 8_000) === 0 && worst(errors, 8_400) < 6, `${worst(errors, 8_400)} ms off behind it`);
  t.ok(worst(errors) <= 66, 'within it the place of the loss is open');
});

t.test('what was taken for a loss is taken back when packets come in time again', async (t) => {
  const errors = mend({ lateMs: (ms) => (ms >= 8_000 && ms < 12_000 ? 50 : 0) });
  t.ok(worst(errors, 8_100, 11_900) > 40, 'nobody can tell it from a loss while it lasts');
  t.ok(worst(errors, 13_000) <= JITTER_MS, `${worst(errors, 13_000)} ms off behind it`);
});

t.test('packets in any order keep their own place, and a report follows those around it', async (t) => {
  const mender = new SlipMender(48_000, () => undefined);
  const send = (n: number, arrivalMs: number): void => mender.packet(Uint8Array.of(n), (FIRST + n * 960) % 2 ** 32, arrivalMs * 1000);
  for (const n of [0, 2, 1, 4, 3]) send(n, n * 20);
  for (let n = 36; n < 41; n++) send(n, n * 20);
  mender.report({ ntpSeconds: 1, ntpFraction: 0, rtpTimestamp: (FIRST + 2 * 960) % 2 ** 32 }, 70_000);
  const seen: (number | string)[] = [];
  for (let next = mender.next(1e9, () => false); next; next = mender.next(1e9, () => false)) seen.push(next.kind === 'packet' ? (next.data[0] as number) : 'report');
  t.same(seen, [0, 1, 2, 3, 4, 36, 37, 38, 'report', 39, 40]);
  send(1, 200);
  t.match(mender.next(1e9, () => false), { kind: 'packet', timestamp: (FIRST + 960) % 2 ** 32 }, 'a late one goes on at once');
});

t.test('timestamps that jump begin anew, and losses after that are found', async (t) => {
  const jumps = [-1_000_000_000, 1_000_000_000];
  for (const jump of jumps) {
    const mender = new SlipMender(48_000, () => undefined);
    const late = (n: number): number => (n >= 300 ? 60 : 0);
    const steps = new Set<number>();
    for (let n = 0; n < 500; n++) {
      const timestamp = (FIRST + n * 960 + (n >= 100 ? jump + 2 ** 32 : 0)) % 2 ** 32;
      mender.packet(Uint8Array.of(n >> 8, n & 255), timestamp, (n * 20 + late(n)) * 1000);
      for (let next = mender.next((n * 20 - 800) * 1000, () => false); next; next = mender.next((n * 20 - 800) * 1000, () => false)) {
        if (next.kind !== 'packet') continue;
        const gone = ((next.data[0] ?? 0) << 8) | (next.data[1] ?? 0);
        if (gone >= 100) steps.add((((next.timestamp - FIRST - jump) >>> 0) - gone * 960) / 48 - late(gone));
      }
    }
    t.same([...steps], [0]);
  }
});

t.test('a report is mended like the packets around it, and left out where sound was lost or nothing had come', async (t) => {
  const mender = new SlipMender(48_000, () => undefined);
  const reportAt = (n: number): void => mender.report({ ntpSeconds: 1, ntpFraction: 0, rtpTimestamp: (FIRST + n * 960) % 2 ** 32 }, n * 20_000);
  reportAt(0);
  for (let n = 1; n < 300; n++) mender.packet(Uint8Array.of(n), (FIRST + n * 960) % 2 ** 32, (n * 20 + (n >= 150 ? 100 : 0)) * 1000);
  for (const n of [40, 130, 160, 220]) reportAt(n);
  const seen: number[] = [];
  for (let next = mender.next(1e9, () => false); next; next = mender.next(1e9, () => false)) if (next.kind === 'report') seen.push((next.report.rtpTimestamp - FIRST) >>> 0);
  t.same(seen, [40 * 960, 220 * 960 + 4_800]);
});

t.test('only what is due or wanted goes on, and what is held is bounded', async (t) => {
  const mender = new SlipMender(48_000, () => undefined);
  const timestampOf = (n: number): number => (FIRST + n * 960) % 2 ** 32;
  for (let n = 0; n < 10; n++) mender.packet(Uint8Array.of(n), timestampOf(n), n * 20_000);
  t.equal(mender.next(-1, () => false), null);
  t.match(mender.next(0, () => false), { kind: 'packet', timestamp: timestampOf(0) });
  t.equal(mender.next(0, () => false), null);
  t.match(mender.next(0, (timestamp) => timestamp === timestampOf(1)), { kind: 'packet', timestamp: timestampOf(1) });
  for (let n = 10; n < 3_000; n++) mender.packet(Uint8Array.of(n), timestampOf(n), n * 20_000);
  let gone = 0;
  while (mender.next(0, () => false)) gone++;
  t.equal(gone, 3_000 - 2 - 1_000);
});

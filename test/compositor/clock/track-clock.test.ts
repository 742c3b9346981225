import t from 'tap';
import { OffsetEstimate } from '../../../src/compositor/clock/offset-estimate.js';
import { RtpClock } from '../../../src/compositor/clock/rtp-clock.js';
import { TrackClock } from '../../../src/compositor/clock/track-clock.js';
import type { SenderReport } from '../../../src/core/media.js';
import { generator } from '../../support/random.js';

const NTP_1970_S = 2_208_988_800;

function reportOf(ntpMs: number, rtpTimestamp: number): SenderReport {
  return {
    ntpSeconds: Math.floor(ntpMs / 1000) + NTP_1970_S,
    ntpFraction: Math.floor(((ntpMs % 1000) / 1000) * 2 ** 32),
    rtpTimestamp: ((Math.round(rtpTimestamp) % 2 ** 32) + 2 ** 32) % 2 ** 32,
  };
}

interface Simulation {
  hours: number;
  /** Sender's clock against the server's, and each track's RTP clock against the sender's. */
  senderPpm: number;
  audioPpm: number;
  seed: number;
}

/** Picture and sound of one person over hours; gives for every second the error of each track's place, ms. */
function simulate({ hours, senderPpm, audioPpm, seed }: Simulation): { skewMs: number[]; audioStepMs: number } {
  const random = generator(seed);
  const member = new OffsetEstimate();
  const tracks = [
    { clock: new TrackClock(90_000, member), rate: 90_000, ppm: 0, first: 2 ** 32 - 45_000, delayMs: 60 },
    { clock: new TrackClock(48_000, member), rate: 48_000, ppm: audioPpm, first: 2 ** 32 - 96_000, delayMs: 30 },
  ];
  const ntpStartMs = Date.UTC(2026, 4, 1);
  const rtpAt = (track: (typeof tracks)[number], ms: number): number =>
    track.first + (ms / 1000) * track.rate * (1 + senderPpm / 1e6) * (1 + track.ppm / 1e6);
  const skewMs: number[] = [];
  let audioStepMs = 0;
  let lastAudio: number | null = null;
  for (let second = 0; second < hours * 3600; second++) {
    for (const track of tracks) {
      for (const part of [0, 250, 500, 750]) {
        const ms = second * 1000 + part;
        const arrivalMs = ms + track.delayMs + random() * 20;
        track.clock.packet(Math.round(rtpAt(track, ms)) % 2 ** 32, Math.round(arrivalMs * 1000));
      }
      if (second % 5 === 1) {
        const ms = second * 1000 + 900;
        const report = reportOf(ntpStartMs + ms * (1 + senderPpm / 1e6) + (random() - 0.5) * 2, rtpAt(track, ms));
        track.clock.report(report, Math.round((ms + 20 + random() * 20) * 1000));
      }
    }
    if (second < 10) continue;
    const ms = second * 1000;
    // Places of one captured moment on both tracks; extended timestamps begin at 2^33 + the first one.
    const places = tracks.map((track) => track.clock.toJournalUs(2 ** 33 + Math.round(rtpAt(track, ms))) / 1000);
    skewMs.push((places[0] as number) - (places[1] as number));
    const audio = (places[1] as number) - ms;
    if (lastAudio !== null) audioStepMs = Math.max(audioStepMs, Math.abs(audio - lastAudio));
    lastAudio = audio;
  }
  return { skewMs, audioStepMs };
}

t.test('picture and sound keep together for 24 hours of drifting clocks', async (t) => {
  for (const [senderPpm, audioPpm] of [[200, 100], [-200, -150]] as const) {
    const { skewMs, audioStepMs } = simulate({ hours: 24, senderPpm, audioPpm, seed: 5 });
    const sorted = skewMs.map(Math.abs).sort((a, b) => a - b);
    t.ok((sorted[Math.floor(sorted.length * 0.95)] as number) < 5, `95 % of the skew is ${sorted[Math.floor(sorted.length * 0.95)]} ms`);
    t.ok((sorted.at(-1) as number) < 10, `the most is ${sorted.at(-1)} ms`);
    t.ok(audioStepMs <= 10.1, `sound moves by ${audioStepMs} ms in a second at most`);
  }
});

t.test('timestamps are extended exactly over the wrap, back and forth', async (t) => {
  const clock = new RtpClock(90_000);
  const first = clock.extend(2 ** 32 - 10);
  t.equal(clock.extend(5) - first, 15);
  t.equal(clock.extend(2 ** 32 - 3) - first, 7, 'a late one from before the wrap');
  t.equal(clock.extend(2 ** 31 - 20) - first, 2 ** 31 - 10);
});

t.test('absurd reports change nothing', async (t) => {
  const clock = new RtpClock(48_000);
  const at = clock.extend(1_000_000);
  t.notOk(clock.report({ ntpSeconds: 0, ntpFraction: 0, rtpTimestamp: 1_000_000 }, 0), 'no time');
  t.notOk(clock.report(reportOf(1_700_000_000_000, 1_000_000 + 48_000 * 100), 0), 'a timestamp 100 s away');
  t.ok(clock.report(reportOf(1_700_000_000_000, 1_000_000), 0));
  clock.believe(null, 0);
  const before = clock.ntpUs(at, 1_000);
  t.notOk(clock.report(reportOf(1_700_000_900_000, 1_000_000), 1_000), 'one that jumps by 15 minutes');
  t.equal(clock.ntpUs(at, 2_000), before);
  t.ok(clock.report(reportOf(1_700_000_000_001, 1_000_000), 2_000), 'the next good one counts');
  t.equal(clock.ignoredReports, 3);
});

t.test('a wall clock that was set does not move the media', async (t) => {
  const clock = new RtpClock(48_000);
  const at = clock.extend(48_000);
  clock.report(reportOf(1_700_000_000_000, 48_000), 0);
  clock.believe(null, 0);
  const before = clock.ntpUs(at, 0) as number;
  for (let s = 1; s < 9; s++) {
    clock.report(reportOf(1_700_003_600_000 + s * 1000, 48_000 + s * 48_000), s * 1_000_000);
    clock.believe(null, s * 1_000_000);
  }
  t.ok(Math.abs((clock.ntpUs(at, 9_000_000) as number) - before) < 1);
});

t.test('of the last reports the middle one counts', async (t) => {
  const clock = new RtpClock(48_000);
  const at = clock.extend(48_000);
  const errorsMs = [0, -190, 3, 2, -60, 1, -240, -2];
  for (const [second, errorMs] of errorsMs.entries()) {
    clock.report(reportOf(1_700_000_000_000 + second * 5_000 + errorMs, 48_000 + second * 240_000), second * 5_000_000);
    clock.believe(null, second * 5_000_000);
    const off = (clock.ntpUs(at, second * 5_000_000) as number) - 1_700_000_000_000_000;
    t.ok(Math.abs(off) < 5_000, `after one that is off by ${errorMs} ms the clock is off by ${off} us`);
  }
  for (let second = 8; second < 12; second++) {
    clock.report(reportOf(1_700_000_000_105 + second * 5_000, 48_000 + second * 240_000), second * 5_000_000);
    clock.believe(null, second * 5_000_000);
  }
  t.ok(Math.abs((clock.ntpUs(at, 60_000_000) as number) - 1_700_000_000_105_000) < 5_000, 'what most say is so');
});

t.test('a first report that contradicts the packets is believed when another one confirms it', async (t) => {
  for (const [errorMs, believed] of [[-230, false], [-40, false], [-20, true], [120, true], [400, false]] as const) {
    const clock = new RtpClock(48_000);
    const at = clock.extend(48_000);
    const expectedUs = 1_700_000_000_000_000 - clock.mediaUs(at);
    const told = 1_700_000_000_000 + errorMs;
    clock.report(reportOf(told, 48_000), 0);
    clock.believe(expectedUs, 0);
    t.equal(clock.ntpUs(at, 0) !== null, believed, `off by ${errorMs} ms`);
    clock.report(reportOf(told + 5_004, 288_000), 5_000_000);
    clock.believe(expectedUs, 5_000_000);
    t.ok(Math.abs((clock.ntpUs(at, 5_000_000) ?? 0) - told * 1000) < 5_000, 'the second one says it, too');
  }
});

t.test('a sound whose reports are wrong at first keeps with its picture by its arrivals', async (t) => {
  const member = new OffsetEstimate();
  const picture = new TrackClock(90_000, member);
  const sound = new TrackClock(48_000, member, () => picture);
  const ntpMs = 1_700_000_000_000;
  let skewMs = 0;
  for (let ms = 0; ms < 30_000; ms += 20) {
    const heard = sound.packet(ms * 48, (ms + 30 + (ms % 7)) * 1000);
    const seen = picture.packet(ms * 90, (ms + 40 + (ms % 11)) * 1000);
    if (ms % 1000 === 700) picture.report(reportOf(ntpMs + ms, ms * 90), (ms + 30) * 1000);
    if (ms % 5000 === 400) sound.report(reportOf(ntpMs + ms - (ms < 5000 ? 235 : 0), ms * 48), (ms + 30) * 1000);
    if (ms > 1000) skewMs = Math.max(skewMs, Math.abs(picture.toJournalUs(seen) - sound.toJournalUs(heard)) / 1000);
  }
  t.ok(skewMs < 15, `${skewMs} ms apart at most`);
});

t.test('without reports a track goes by its arrivals', async (t) => {
  const clock = new TrackClock(90_000, new OffsetEstimate());
  let extended = 0;
  for (let i = 0; i < 100; i++) extended = clock.packet(i * 3_000, i * 33_333 + 50_000 + (i % 3) * 4_000);
  t.ok(Math.abs(clock.toJournalUs(extended) - (99 * 33_333 + 50_000)) < 100);
});

t.test('timestamps that jump are followed', async (t) => {
  const clock = new TrackClock(48_000, new OffsetEstimate());
  for (let i = 0; i < 50; i++) clock.packet(i * 960, i * 20_000);
  clock.report(reportOf(1_700_000_000_000, 0), 1_000_000);
  let extended = 0;
  for (let i = 50; i < 100; i++) extended = clock.packet(1_000_000_000 + i * 960, i * 20_000);
  t.ok(Math.abs(clock.toJournalUs(extended) - 99 * 20_000) < 1_000);
});

import t from 'tap';
import { bestEncoder, faultOf, type TrialEvidence, type TrialResult } from '../../../src/compositor/encoders/verdict.js';
import type { SpsFacts } from '../../../src/compositor/encoders/sps.js';

const SPS: SpsFacts = {
  ...{ profileIdc: 100, levelIdc: 40, chromaFormatIdc: 1, bitDepth: 8, widthPx: 1920, heightPx: 1080, progressive: true },
  colour: { primaries: 1, transfer: 1, matrix: 1, fullRange: false },
};

const GOOD: TrialEvidence = {
  ...{ size: { widthPx: 1920, heightPx: 1080 }, gopFrames: 60, framesIn: 75, speed: 4, hardware: true },
  keyframes: Array.from({ length: 75 }, (_, at) => at % 60 === 0),
  sps: [SPS, SPS],
  psnrDb: Array.from({ length: 75 }, () => 40),
};

t.test('an encoder that does all that V1 asks has no fault', async (t) => {
  t.equal(faultOf(GOOD), null);
  t.equal(faultOf({ ...GOOD, hardware: false, speed: 0.5 }), null, 'software may be slow: it is the last resort');
});

t.test('one that does not is passed over with a reason', async (t) => {
  const withSps = (change: Partial<SpsFacts>): Partial<TrialEvidence> => ({ sps: [SPS, { ...SPS, ...change }] });
  const faults: [Partial<TrialEvidence>, RegExp][] = [
    [{ keyframes: GOOD.keyframes.slice(1) }, /74 pictures came out of 75/],
    [{ keyframes: GOOD.keyframes.map((_, at) => at % 30 === 0) }, /keyframes are not 60 pictures apart/],
    [{ keyframes: GOOD.keyframes.map((_, at) => at === 0) }, /keyframes are not 60/],
    [{ sps: [SPS, null] }, /no parameter set/],
    [withSps({ profileIdc: 66 }), /profile is 66, not High/],
    [withSps({ levelIdc: 51 }), /level is 5.1, above 4.2/],
    [withSps({ bitDepth: 10 }), /10 bits/],
    [withSps({ chromaFormatIdc: 3 }), /chroma 3/],
    [withSps({ progressive: false }), /interlaced/],
    [withSps({ heightPx: 1088 }), /1920x1088, not 1920x1080/],
    [withSps({ colour: null }), /BT.709/],
    [withSps({ colour: { primaries: 1, transfer: 1, matrix: 1, fullRange: true } }), /limited range/],
    [withSps({ colour: { primaries: 1, transfer: 1, matrix: 6, fullRange: false } }), /BT.709/],
    [{ psnrDb: GOOD.psnrDb.slice(3) }, /72 pictures of 75 can be decoded/],
    [{ psnrDb: [...GOOD.psnrDb.slice(1), 12.34] }, /12.3 dB/],
    [{ speed: 1.1 }, /1.1 s of movie in a second/],
  ];
  for (const [change, reason] of faults) t.match(faultOf({ ...GOOD, ...change }), reason);
});

const result = (name: TrialResult['name'], cpuSeconds: number | null): TrialResult => ({
  ...{ name, cpuSeconds },
  problem: cpuSeconds === null ? 'broken' : null,
});

t.test('the choice: hardware that works, else the cheapest, else what stands first', async (t) => {
  const [ffmpeg, x264enc] = [result('ffmpeg', 0.4), result('x264enc', 0.39)];
  t.equal(bestEncoder('auto', [ffmpeg, x264enc]), 'ffmpeg', 'a twentieth is noise');
  t.equal(bestEncoder('auto', [ffmpeg, result('x264enc', 0.3)]), 'x264enc');
  t.equal(bestEncoder('auto', [ffmpeg, x264enc, result('vah264enc', 0.15), result('nvh264enc', 0.1)]), 'nvh264enc');
  t.equal(bestEncoder('auto', [ffmpeg, x264enc, result('vah264enc', null)]), 'ffmpeg', 'hardware that fails is passed over');
  t.equal(bestEncoder('auto', [result('ffmpeg', null), x264enc]), 'x264enc');
  t.equal(bestEncoder('gstreamer', [ffmpeg, result('x264enc', 0.6)]), 'x264enc');
  t.equal(bestEncoder('gstreamer', [ffmpeg, x264enc, result('v4l2h264enc', 0.5)]), 'v4l2h264enc');
  t.equal(bestEncoder('gstreamer', [result('libx264', 0.1), ffmpeg]), null);
  t.equal(bestEncoder('auto', [result('libx264', 0.25), ffmpeg, x264enc]), 'libx264');
  t.equal(bestEncoder('auto', []), null);
  t.equal(bestEncoder('vah264enc', []), 'vah264enc', 'what is named is not questioned');
});

import t from 'tap';
import { AnnexBSplitter } from '../../../src/compositor/encoders/annexb.js';
import type { AccessUnit } from '../../../src/compositor/encoders/encoder.js';
import { readSps, withColour } from '../../../src/compositor/encoders/sps.js';
import { run } from '../../support/media-tools.js';

const HIGH_420 = { profileIdc: 100, chromaFormatIdc: 1, bitDepth: 8, progressive: true };
const BT709 = { primaries: 1, transfer: 1, matrix: 1, fullRange: false };

/** The parameter sets of a picture of this size, encoded with more flags of ffmpeg. */
async function setsOf(size: string, flags: string[]): Promise<{ sps: Uint8Array; pps: Uint8Array; picture: Uint8Array }> {
  const stream = await run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `color=gray:s=${size}`, '-frames:v', '1', '-pix_fmt', 'yuv420p',
    '-c:v', 'libx264', '-profile:v', 'high', ...flags, '-bsf:v', 'h264_metadata=aud=insert', '-f', 'h264', '-']);
  let unit: AccessUnit | null = null;
  const splitter = new AnnexBSplitter((found) => (unit = found));
  splitter.push(stream);
  splitter.flush();
  const { parameterSets, data } = unit as unknown as AccessUnit;
  return { sps: parameterSets?.sps ?? new Uint8Array(), pps: parameterSets?.pps ?? new Uint8Array(), picture: lastNalOf(data) };
}

/** The picture itself, behind the encoder's message of its options. */
function lastNalOf(data: Uint8Array): Uint8Array {
  const view = Buffer.from(data);
  let at = 0;
  while (at + 4 + view.readUInt32BE(at) < view.length) at += 4 + view.readUInt32BE(at);
  return view.subarray(at + 4);
}

/** Bytes of a string of bits, blanks left out. */
function bytesOf(bits: string): Uint8Array {
  const plain = bits.replaceAll(' ', '');
  return Uint8Array.from(plain.padEnd(Math.ceil(plain.length / 8) * 8, '0').match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
}

/** What ffprobe reads in a stream of these NAL units. */
async function probed(nals: Uint8Array[]): Promise<Record<string, unknown>> {
  const stream = Buffer.concat(nals.flatMap((nal) => [Buffer.from([0, 0, 0, 1]), nal]));
  const json = (await run('ffprobe', ['-v', 'error', '-of', 'json', '-show_streams', '-f', 'h264', '-i', 'pipe:0'], stream)).toString();
  return (JSON.parse(json) as { streams: Record<string, unknown>[] }).streams[0] ?? {};
}

t.test('a parameter set says size, depth and colours', async (t) => {
  const tagged = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'];
  t.same(readSps((await setsOf('1920x1080', ['-level', '4.0', ...tagged])).sps), { ...HIGH_420, levelIdc: 40, widthPx: 1920, heightPx: 1080, colour: BT709 });
  const upright = readSps((await setsOf('1080x1920', ['-level', '4.2', '-x264-params', 'cqm=jvt'])).sps);
  t.same(upright, { ...HIGH_420, levelIdc: 42, widthPx: 1080, heightPx: 1920, colour: null });
  t.match(readSps((await setsOf('322x178', ['-colorspace', 'smpte170m', '-color_range', 'pc'])).sps), {
    ...{ widthPx: 322, heightPx: 178 },
    colour: { matrix: 6, fullRange: true },
  });
});

t.test('colours are put in, whatever was there, and nothing else changes', async (t) => {
  for (const flags of [
    [],
    ['-bsf:v', 'h264_metadata=aud=insert'],
    ['-colorspace', 'smpte170m', '-color_range', 'pc', '-aspect', '4:3'],
    ['-x264-params', 'nal-hrd=vbr:vbv-maxrate=2000:vbv-bufsize=4000:cqm=jvt'],
  ]) {
    const { sps, pps, picture } = await setsOf('640x360', flags);
    const mended = withColour(sps);
    t.same(readSps(mended), { ...readSps(sps), colour: BT709 });
    t.same(withColour(mended), mended, 'twice changes nothing');
    const before = await probed([sps, pps, picture]);
    const after = await probed([mended, pps, picture]);
    t.match(after, { color_range: 'tv', color_space: 'bt709', color_transfer: 'bt709', color_primaries: 'bt709' });
    for (const fact of ['width', 'height', 'profile', 'level', 'has_b_frames', 'sample_aspect_ratio', 'refs']) {
      t.equal(after[fact], before[fact], fact);
    }
  }
});

t.test('a set without VUI gets one', async (t) => {
  // High, level 3.1, 80 by 45 macroblocks, one reference frame.
  const head = bytesOf('01100111 01100100 00000000 00011111');
  const bare = Buffer.concat([head, bytesOf('1 010 1 1 0 0 1 011 010 0 0000001010000 00000101101 1 1 0 0 1')]);
  const facts = readSps(bare);
  t.same(facts, { ...HIGH_420, levelIdc: 31, widthPx: 1280, heightPx: 720, colour: null });
  t.same(readSps(withColour(bare)), { ...facts, colour: BT709 });
});

t.test('what ends too early is an error, not a hang', async (t) => {
  t.throws(() => readSps(Uint8Array.from([0x67, 100, 0, 40])), /too early/);
  t.throws(() => readSps(new Uint8Array(0)), /too early/);
});

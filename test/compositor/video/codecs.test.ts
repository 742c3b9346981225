import t from 'tap';
import { native, type DecodedPicture } from '../../../native/index.js';
import { TrackDecoder, openVideoDecoder } from '../../../src/compositor/video/decoders.js';
import { FrameBuffer, type EncodedFrame } from '../../../src/compositor/video/frame-buffer.js';
import type { CodecName } from '../../../src/core/media.js';
import { samples } from '../../native/support/pictures.js';
import { codedVideo, psnrDb, type VideoSpec } from '../../support/coded-video.js';
import { packetsOf, type Packetising, type SentPacket } from '../../support/packetise.js';
import { generator } from '../../support/random.js';

/** Streams of Debian's encoders through packets, frame buffer and decoder, compared with their source. */

interface Case extends VideoSpec, Packetising {
  name: string;
  minDb: number;
}

const SIZE = { widthPx: 320, heightPx: 180, frames: 20 };
const x264 = (profile: string, more: string[] = []): string[] => ['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-profile:v', profile, '-b:v', '1M', ...more];

const CASES: Case[] = [
  { name: 'VP8', codec: 'VP8', ...SIZE, minDb: 26 },
  { name: 'VP8 of odd size', codec: 'VP8', ...SIZE, widthPx: 321, heightPx: 179, minDb: 26 },
  { name: 'VP9', codec: 'VP9', ...SIZE, minDb: 28 },
  { name: 'VP9 of odd size', codec: 'VP9', ...SIZE, widthPx: 641, heightPx: 359, minDb: 28 },
  { name: 'VP9 profile 2, 10 bits', codec: 'VP9', ...SIZE, pixelFormat: 'yuv420p10le', minDb: 28 },
  { name: 'VP9 profile 2, 12 bits', codec: 'VP9', ...SIZE, pixelFormat: 'yuv420p12le', minDb: 28 },
  { name: 'AV1', codec: 'AV1', ...SIZE, minDb: 28 },
  { name: 'AV1 of odd size', codec: 'AV1', ...SIZE, widthPx: 641, heightPx: 359, minDb: 28 },
  { name: 'AV1 of 10 bits', codec: 'AV1', ...SIZE, pixelFormat: 'yuv420p10le', minDb: 28 },
  { name: 'AV1 by another encoder', codec: 'AV1', ...SIZE, encoder: ['-c:v', 'libsvtav1', '-preset', '12', '-svtav1-params', 'pred-struct=1:lookahead=0'], minDb: 28 },
  { name: 'H.264 baseline', codec: 'H264', ...SIZE, encoder: x264('baseline'), minDb: 28 },
  { name: 'H.264 baseline, packetization mode 0', codec: 'H264', ...SIZE, encoder: x264('baseline', ['-slice-max-size', '1000']), singleNals: true, minDb: 28 },
  { name: 'H.264 main, in slices', codec: 'H264', ...SIZE, encoder: x264('main', ['-slices', '4']), minDb: 28 },
  { name: 'H.264 high', codec: 'H264', ...SIZE, encoder: x264('high'), minDb: 28 },
  { name: 'H.264 high, interlaced', codec: 'H264', ...SIZE, heightPx: 192, encoder: x264('high', ['-flags', '+ildct+ilme']), minDb: 28 },
  { name: 'H.264 high of 10 bits', codec: 'H264', ...SIZE, encoder: x264('high10'), pixelFormat: 'yuv420p10le', minDb: 28 },
  { name: 'H.264 of 642x358', codec: 'H264', ...SIZE, widthPx: 642, heightPx: 358, minDb: 26 },
];

/** What is shown of each picture: null where the frame gave none. */
interface Shown {
  frame: number;
  picture: DecodedPicture;
  samples: Uint8Array;
}

/** A stand-in for the track: packets in, decoded pictures out. */
function play(packets: readonly SentPacket[], codecs: Record<number, CodecName>): { shown: Shown[]; failed: number } {
  const buffer = new FrameBuffer();
  for (const [payloadType, codec] of Object.entries(codecs)) buffer.setFormat(Number(payloadType), codec);
  let origin: number | null = null;
  for (const { data } of packets) buffer.push(data, 0, (timestamp) => ((timestamp - (origin ??= timestamp)) | 0) + 1e9);
  const shown: Shown[] = [];
  let failed = 0;
  const decoder = new TrackDecoder((codec) => openVideoDecoder(native(), codec));
  for (let frame: EncodedFrame | null = buffer.next(() => true); frame; frame = buffer.next(() => true)) {
    try {
      const picture = decoder.decode(frame);
      if (picture) shown.push({ frame: Math.round((frame.timestamp - 1e9) / 3_000), picture, samples: samples(picture) });
    } catch {
      failed++;
      buffer.breakChain();
    }
  }
  decoder.close();
  return { shown, failed };
}

for (const [index, one] of CASES.entries()) {
  t.test(`${one.name}: all pictures, near to their source`, async (t) => {
    const { frames, source } = codedVideo(one);
    t.equal(frames.length, one.frames);
    const packets = packetsOf(one.codec, frames, { ...one, firstSequence: index % 2 === 0 ? 65_500 : 1_000 });
    const { shown, failed } = play(packets, { 96: one.codec });
    t.equal(failed, 0);
    t.same(shown.map(({ frame }) => frame), source.map((_, n) => n));
    const worst = Math.min(...shown.map(({ frame, samples: seen }) => psnrDb(seen, source[frame]!)));
    t.ok(worst >= one.minDb, `${worst.toFixed(1)} dB`);
    t.same([shown[0]?.picture.width, shown[0]?.picture.height], [one.widthPx, one.heightPx]);
  });
}

const CODECS = [...new Set(CASES.map(({ codec }) => codec))];

for (const codec of CODECS) {
  t.test(`${codec}: pictures change their size in the middle, and go on`, async (t) => {
    const sizes = [[320, 180], [640, 360], [176, 144]] as const;
    const videos = sizes.map(([widthPx, heightPx]) => codedVideo({ codec, widthPx, heightPx, frames: 8 }));
    const packets = packetsOf(codec, videos.flatMap(({ frames }) => frames), { firstSequence: 65_510 });
    const { shown, failed } = play(packets, { 96: codec });
    t.equal(failed, 0);
    t.same(shown.map(({ picture: { width, height } }) => [width, height]), sizes.flatMap((size) => Array(8).fill(size)));
    const source = videos.flatMap((video) => video.source);
    t.ok(shown.every(({ frame, samples: seen }) => psnrDb(seen, source[frame]!) > 24));
  });

  t.test(`${codec}: after loss only pictures that are whole are shown`, async (t) => {
    const { frames, source } = codedVideo({ codec, ...SIZE, frames: 60, more: ['-g', '10'] });
    const random = generator(0x10c + codec.length);
    for (const loss of [0.02, 0.1]) {
      const packets = packetsOf(codec, frames, { firstSequence: 65_480 }).filter(() => random() >= loss);
      const { shown } = play(packets, { 96: codec });
      t.ok(shown.length >= 8 && shown.length < 60, `${shown.length} of 60 shown`);
      const worst = Math.min(...shown.map(({ frame, samples: seen }) => psnrDb(seen, source[frame]!)));
      t.ok(worst > 22, `${worst.toFixed(1)} dB`);
    }
  });
}

t.test('the codec changes in the middle of a track', async (t) => {
  const packets: SentPacket[] = [];
  const formats: Record<number, CodecName> = {};
  const source: Uint8Array[] = [];
  for (const [index, codec] of [...CODECS, ...CODECS].entries()) {
    const payloadType = 96 + CODECS.indexOf(codec);
    formats[payloadType] = codec;
    const video = codedVideo({ codec, ...SIZE, frames: 5 });
    packets.push(...packetsOf(codec, video.frames, { firstSequence: 65_500 + packets.length, payloadType, firstFrame: index * 5 }));
    source.push(...video.source);
  }
  const { shown, failed } = play(packets, formats);
  t.equal(failed, 0);
  t.same(shown.map(({ frame }) => frame), source.map((_, n) => n));
  t.ok(shown.every(({ frame, samples: seen }) => psnrDb(seen, source[frame]!) > 24));
});

t.test('garbage in packets never ends a track: it goes on with the next whole keyframe', async (t) => {
  for (const codec of CODECS) {
    const random = generator(77);
    const { frames, source } = codedVideo({ codec, ...SIZE, frames: 30, more: ['-g', '5'] });
    const packets = packetsOf(codec, frames, { firstSequence: 65_530 });
    const spoilt = packets.map(({ frame, data }) => {
      if (frame >= 20 || random() < 0.7) return { frame, data };
      const bytes = data.slice();
      for (let flips = 1 + Math.floor(random() * 6); flips > 0; flips--) bytes[12 + Math.floor(random() * (bytes.length - 12))] = Math.floor(random() * 256);
      return { frame, data: bytes };
    });
    const { shown } = play(spoilt, { 96: codec });
    const last = shown.filter(({ frame }) => frame >= 20);
    t.ok(last.length >= 10, `${codec}: ${last.length} of the ten last`);
    t.ok(last.every(({ frame, samples: seen }) => psnrDb(seen, source[frame]!) > 22), codec);
  }
});

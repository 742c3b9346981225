import t from 'tap';
import { native, type I420 } from '../../../native/index.js';
import { OffsetEstimate } from '../../../src/compositor/clock/offset-estimate.js';
import { TrackClock } from '../../../src/compositor/clock/track-clock.js';
import { wrapPicture } from '../../../src/compositor/picture.js';
import { openVideoDecoder } from '../../../src/compositor/video/decoders.js';
import { VideoTrack } from '../../../src/compositor/video/video-track.js';
import { paint, picture, planes, samples } from '../../native/support/pictures.js';
import { codedVideo, psnrDb } from '../../support/coded-video.js';
import { packetsOf } from '../../support/packetise.js';
import { generator } from '../../support/random.js';

/** The plain twin of the kernel: a quarter turn to the right, as often as it takes. */
function turned(source: I420, degrees: number): I420 {
  if (degrees === 0) return source;
  const from = planes(source);
  const target = picture(source.height, source.width);
  paint(target, (plane, x, y) => from[plane]!.data[(from[plane]!.height - 1 - x) * from[plane]!.stride + y]!);
  return turned(target, degrees - 90);
}

t.test('the kernel turns pictures of any size', async (t) => {
  const random = generator(0x707);
  for (let round = 0; round < 60; round++) {
    const [width, height] = [1 + Math.floor(random() * 90), 1 + Math.floor(random() * 90)];
    const source = paint(picture(width, height, round % 5), () => Math.floor(random() * 256));
    for (const degrees of [90, 180, 270] as const) {
      const target = degrees === 180 ? picture(width, height, 3) : picture(height, width, 3);
      native().rotate(target, source, degrees);
      t.ok(Buffer.from(samples(target)).equals(samples(turned(source, degrees))), `${width}x${height} by ${degrees}`);
    }
  }
  const source = picture(16, 8);
  for (const degrees of [0, 45, 360, 1.5]) t.throws(() => native().rotate(picture(8, 16), source, degrees as 90), { code: 'native_bad_argument' });
  t.throws(() => native().rotate(picture(16, 8), source, 90), { code: 'native_bad_argument' });
});

t.test('a track is shown upright, and follows when its sender is turned in the middle', async (t) => {
  const size = { widthPx: 322, heightPx: 180 };
  const { frames, source } = codedVideo({ codec: 'VP8', ...size, frames: 24 });
  // Said with keyframes and changes, and with each frame that is not upright, as libwebrtc does.
  const told = [null, 90, 180, 270, 0] as const;
  const turnOf = (frame: number): 0 | 90 | 180 | 270 => told[Math.floor(frame / 5)] ?? 0;
  const rotation = (frame: number) => (turnOf(frame) !== 0 || (frame > 0 && turnOf(frame - 1) !== 0) ? turnOf(frame) : null);
  const tools = { openDecoder: () => openVideoDecoder(native(), 'VP8'), rotate: native().rotate };
  const track = new VideoTrack(new TrackClock(90_000, new OffsetEstimate()), tools, 'camera');
  track.setCodec({ name: 'VP8', payloadType: 96, clockRateHz: 90_000 });
  for (const { frame, data } of packetsOf('VP8', frames, { firstSequence: 65_530, rotation })) track.packet(data, Math.round((frame * 1e6) / 30));
  for (const frame of frames.keys()) {
    const timeUs = Math.round((frame * 1e6) / 30);
    track.advance(timeUs, true);
    const shown = track.shown(timeUs);
    const expected = turned(wrapPicture(source[frame]!, size.widthPx, size.heightPx), turnOf(frame));
    t.same(track.size, { widthPx: expected.width, heightPx: expected.height });
    const db = shown ? psnrDb(samples(shown), samples(expected)) : 0;
    t.ok(db > 24, `frame ${frame}, by ${turnOf(frame)}: ${db.toFixed(1)} dB`);
    t.equal(shown?.matrix, 'bt601');
  }
  track.close();
});

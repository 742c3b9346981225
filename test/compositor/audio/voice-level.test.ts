import t from 'tap';
import type { OpusDecoder } from '../../../native/index.js';
import { AudioTrack } from '../../../src/compositor/audio/audio-track.js';
import { Limiter } from '../../../src/compositor/audio/limiter.js';
import { VoiceLevel } from '../../../src/compositor/audio/voice-level.js';
import { OffsetEstimate } from '../../../src/compositor/clock/offset-estimate.js';
import { TrackClock } from '../../../src/compositor/clock/track-clock.js';
import { SERVER_EXTENSION_IDS } from '../../../src/media/rtp/extensions.js';
import { buildRtp } from '../../../src/media/rtp/packet.js';
import { run } from '../../support/media-tools.js';
import { loudness } from '../../support/movie-sound.js';

const PACKETS_A_SECOND = 50;
const PACKET_SAMPLES = 960;
const FRAME_SAMPLES = 1_600;

const dB = (gain: number): number => 20 * Math.log10(gain);

/** A voice that is heard at these levels for so many seconds, then its gain, dB. */
function after(seconds: number, levelAt: (packet: number) => number, voice = new VoiceLevel()): number {
  for (let packet = 0; packet < seconds * PACKETS_A_SECOND; packet++) voice.hear(levelAt(packet));
  return dB(voice.gain);
}

/** Words of a third of a second with pauses between them, over a room. */
const talks = (level: number, room = -65) => (packet: number) => (packet % 25 < 16 ? level : room);

t.test('a quiet voice is raised and a loud one lowered to -16 LUFS, as far as that is wise', async (t) => {
  for (const [level, gain] of [[-16.5, 0], [-26, 9.5], [-10, -6.5], [-40, 14], [-3, -10]] as const) {
    const found = after(30, talks(Math.round(level)));
    t.ok(Math.abs(found - gain) < 1.2, `${level} dBov: ${found.toFixed(1)} dB`);
  }
});

t.test('pauses and noise move nothing, for hours', async (t) => {
  const voice = new VoiceLevel();
  const spoken = after(60, talks(-25, -48), voice);
  t.equal(after(3_600, () => -70, voice), spoken, 'a still room');
  after(4 * 3_600, () => -48, voice);
  const back = after(20, talks(-25, -48), voice);
  t.ok(Math.abs(back - spoken) < 1, `a fan of -48 dBov for four hours: ${spoken.toFixed(1)}, then ${back.toFixed(1)} dB`);
});

t.test('the gain moves slowly: 3 dB in a second of speech at most, a cough hardly', async (t) => {
  const voice = new VoiceLevel();
  let [before, most] = [0, 0];
  for (let packet = 0; packet < 2_000; packet++) {
    voice.hear(packet < 1_000 ? -12 : -38);
    most = Math.max(most, Math.abs(dB(voice.gain) - before));
    before = dB(voice.gain);
  }
  t.ok(most <= 0.0601, `${most.toFixed(3)} dB a packet`);
  const settled = after(60, talks(-25));
  const coughed = new VoiceLevel();
  after(60, talks(-25), coughed);
  const after1 = after(0.2, () => -4, coughed);
  t.ok(Math.abs(after1 - settled) < 1, `${settled.toFixed(1)}, after a cough ${after1.toFixed(1)} dB`);
});

t.test('whoever moves away from the microphone is followed within a minute or two', async (t) => {
  const voice = new VoiceLevel();
  after(300, talks(-18), voice);
  const gain = after(150, talks(-26), voice);
  t.ok(gain > 6, `${gain.toFixed(1)} dB`);
});

const TEXT =
  'Good morning everybody, thank you for joining. Today we look at the numbers of the last quarter, and at what they mean ' +
  'for the people who build this. I think that we should talk about the new room first.';

/** Speech of the Flite synthesiser, 48 kHz mono. */
async function speech(voice: string, gainDb: number): Promise<Float32Array> {
  const filter = `flite=voice=${voice}:text='${TEXT}'`;
  const bytes = await run('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', filter, '-ar', '48000', '-ac', '1', '-af', `volume=${gainDb}dB`, '-f', 'f32le', 'pipe:1'],
  ]);
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** "Decodes" a packet to what a microphone heard then. */
class Heard implements OpusDecoder {
  constructor(readonly samples: Float32Array) {}
  decode(packet: Uint8Array): Float32Array {
    const from = (((packet[0] ?? 0) << 8) | (packet[1] ?? 0)) * PACKET_SAMPLES;
    const decoded = new Float32Array(PACKET_SAMPLES * 2);
    this.samples.subarray(from, from + PACKET_SAMPLES).forEach((sample, i) => (decoded[2 * i] = decoded[2 * i + 1] = sample));
    return decoded;
  }
  conceal(frames: number): Float32Array {
    return new Float32Array(frames * 2);
  }
  close(): void {}
}

/** Level of a packet as libwebrtc writes it: RMS against full scale, -127 to 0 (RFC 6464 section 3). */
function levelOf(samples: Float32Array): number {
  const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
  return Math.max(-127, Math.round(10 * Math.log10(power + 1e-13)));
}

t.test('people at very different distances are heard equally loud, between -18 and -14 LUFS (V6)', async (t) => {
  const people = await Promise.all([speech('slt', 0), speech('rms', -10), speech('awb', -6), speech('kal', 3)]);
  // They talk in turns, twice.
  const turns = [...people, ...people].map((samples, turn) => ({ person: turn % people.length, samples }));
  const total = turns.reduce((sum, { samples }) => sum + Math.ceil(samples.length / FRAME_SAMPLES) * FRAME_SAMPLES, 0);
  const mix = new Float32Array(total * 2);
  const spans: [number, number][] = [];
  const microphones = people.map((_, person) => {
    const sound = new Float32Array(total);
    let at = 0;
    for (const turn of turns) {
      if (turn.person === person) sound.set(turn.samples, at);
      at += Math.ceil(turn.samples.length / FRAME_SAMPLES) * FRAME_SAMPLES;
    }
    return sound;
  });
  let begin = 0;
  for (const { samples } of turns) {
    spans.push([begin, begin + samples.length]);
    begin += Math.ceil(samples.length / FRAME_SAMPLES) * FRAME_SAMPLES;
  }
  const tracks = microphones.map((sound) => {
    const clock = new TrackClock(48_000, new OffsetEstimate());
    return new AudioTrack(clock, new Heard(sound), { voice: new VoiceLevel() });
  });
  let sent = 0;
  for (let frame = 0; frame * FRAME_SAMPLES < total; frame++) {
    for (; sent * PACKET_SAMPLES < (frame + 12) * FRAME_SAMPLES; sent++) {
      for (const [person, track] of tracks.entries()) {
        const block = (microphones[person] as Float32Array).subarray(sent * PACKET_SAMPLES, (sent + 1) * PACKET_SAMPLES);
        const level = block.length > 0 ? -levelOf(block) : 127;
        const extensions = [{ id: SERVER_EXTENSION_IDS.audioLevel, data: Uint8Array.of(level) }];
        const header = { payloadType: 111, marker: false, sequence: (65_500 + sent) & 0xffff, timestamp: sent * PACKET_SAMPLES, ssrc: person };
        const packet = buildRtp({ ...header, extensions }, Uint8Array.of(sent >> 8, sent & 0xff));
        track.packet(packet, sent * 20_000);
      }
    }
    const target = mix.subarray(frame * FRAME_SAMPLES * 2, (frame + 1) * FRAME_SAMPLES * 2);
    for (const track of tracks) track.mixInto(target, (frame * FRAME_SAMPLES * 1e6) / 48_000, false, true);
  }
  const limiter = new Limiter();
  for (let at = 0; at < mix.length; at += FRAME_SAMPLES * 2) limiter.process(mix.subarray(at, at + FRAME_SAMPLES * 2));
  const whole = loudness(mix);
  const each = spans.slice(people.length).map(([from, to]) => loudness(mix.slice(from * 2, to * 2)).integrated);
  t.comment(`all ${whole.integrated} LUFS, ${whole.truePeak} dBTP; second turns ${each.join(', ')} LUFS`);
  t.ok(whole.integrated >= -18 && whole.integrated <= -14, `${whole.integrated} LUFS`);
  t.ok(whole.truePeak <= -1, `${whole.truePeak} dBTP`);
  t.ok(Math.max(...each) - Math.min(...each) <= 2, `they differ by ${(Math.max(...each) - Math.min(...each)).toFixed(1)} LU`);
});

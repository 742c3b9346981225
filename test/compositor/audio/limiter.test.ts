import fc from 'fast-check';
import t from 'tap';
import { CEILING, LIMITER_DELAY_SAMPLES, Limiter } from '../../../src/compositor/audio/limiter.js';
import { resampleStereo } from '../../../src/compositor/audio/resample.js';
import { loudness } from '../../support/movie-sound.js';
import { generator } from '../../support/random.js';

t.test('what is below the ceiling comes out as it went in, delayed', async (t) => {
  const limiter = new Limiter();
  const input = Float32Array.from({ length: 4_000 }, (_, i) => Math.sin(i / 20) * 0.7);
  const output = input.slice();
  limiter.process(output);
  const delay = LIMITER_DELAY_SAMPLES * 2;
  t.ok(output.subarray(0, delay).every((sample) => sample === 0));
  t.ok(output.subarray(delay).every((sample, i) => Math.abs(sample - (input[i] as number)) < 1e-6));
});

t.test('nothing comes out above the ceiling, in blocks of any size', async () => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: 2, maxLength: 3_000 }), fc.integer({ min: 1, max: 500 }), (values, block) => {
      const samples = Float32Array.from(values.slice(0, values.length & ~1));
      const limiter = new Limiter();
      for (let at = 0; at < samples.length; at += block * 2) limiter.process(samples.subarray(at, at + block * 2));
      return samples.every((sample) => Math.abs(sample) <= CEILING + 1e-6);
    }),
  );
});

t.test('a loud mix is turned down, not cut off', async (t) => {
  const limiter = new Limiter();
  const samples = Float32Array.from({ length: 96_000 }, (_, i) => Math.sin((2 * Math.PI * 440 * (i >> 1)) / 48_000) * 2);
  limiter.process(samples);
  const settled = samples.subarray(48_000);
  const peak = settled.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  t.ok(peak > CEILING * 0.95 && peak <= CEILING + 1e-6);
  // A clipped sine stays at its limit; this one has the shape of a sine.
  const atLimit = settled.filter((sample) => Math.abs(sample) > CEILING * 0.98).length / settled.length;
  t.ok(atLimit < 0.15, `${atLimit} of the samples are at the limit`);
});

t.test('reading between samples keeps a tone, to 80 dB', async (t) => {
  const source = Float32Array.from({ length: 20_000 }, (_, i) => Math.sin((2 * Math.PI * 1_000 * (i >> 1)) / 48_000));
  const target = new Float32Array(8_000);
  resampleStereo(target, source, 0, 100.25, 1.0003);
  const worst = target.reduce(
    (most, sample, i) => Math.max(most, Math.abs(sample - Math.sin((2 * Math.PI * 1_000 * (100.25 + (i >> 1) * 1.0003)) / 48_000))),
    0,
  );
  t.ok(worst < 1e-3, `${worst}`);
});

/** Somebody who speaks: harmonics of a voice, syllables of a fifth of a second, a hiss now and then. */
function voice(seed: number, seconds: number): Float32Array {
  const random = generator(seed);
  const base = 90 + random() * 160;
  const sound = new Float32Array(seconds * 48_000);
  for (let from = 0; from < sound.length; from += 9_600) {
    const loud = random() < 0.3 ? 0 : 0.1 + 0.3 * random();
    const hiss = random() < 0.2;
    const pitch = base * (0.9 + 0.2 * random());
    for (let i = from; i < Math.min(from + 9_600, sound.length); i++) {
      const shape = loud * Math.sin((Math.PI * (i - from)) / 9_600);
      let value = 0;
      if (hiss) value = random() * 2 - 1;
      else for (let harmonic = 1; harmonic <= 12; harmonic++) value += Math.sin((2 * Math.PI * pitch * harmonic * i) / 48_000) / harmonic;
      sound[i] = shape * value;
    }
  }
  return sound;
}

t.test('25 voices at once and loud stage sound stay below -1 dBTP, and stereo stays stereo (V6)', async (t) => {
  const seconds = 12;
  const mix = new Float32Array(seconds * 48_000 * 2);
  for (let person = 0; person < 25; person++) {
    voice(person + 1, seconds).forEach((value, i) => {
      mix[i * 2] = (mix[i * 2] as number) + value;
      mix[i * 2 + 1] = (mix[i * 2 + 1] as number) + value;
    });
  }
  // From the sixth second on everybody is still but a film, on the left alone.
  voice(99, seconds).forEach((value, i) => {
    if (i < 6 * 48_000) return;
    mix[i * 2] = 2 * value;
    mix[i * 2 + 1] = 0;
  });
  const limiter = new Limiter();
  for (let at = 0; at < mix.length; at += 3_200) limiter.process(mix.subarray(at, at + 3_200));
  const { integrated, truePeak } = loudness(mix);
  t.comment(`${integrated.toFixed(1)} LUFS, ${truePeak.toFixed(2)} dBTP`);
  t.ok(truePeak <= -1, `${truePeak.toFixed(2)} dBTP`);
  t.ok(integrated > -18, `and it is not turned down more than that: ${integrated} LUFS`);
  const film = mix.subarray(7 * 48_000 * 2);
  t.ok(film.some((value, i) => i % 2 === 0 && Math.abs(value) > 0.2), 'the film is heard on its side');
  t.ok(film.every((value, i) => i % 2 === 0 || value === 0), 'and only there');
});

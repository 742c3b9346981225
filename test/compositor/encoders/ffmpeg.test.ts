import t from 'tap';
import { testEncoder } from '../../support/encoder-suite.js';
import { encodersUnderTest } from '../../support/encoders.js';

t.setTimeout(280_000);

const tried = (await encodersUnderTest()).filter(({ name }) => name === 'ffmpeg');

t.test('both ffmpegs are there', async (t) => {
  t.equal(tried.length, 2);
});

for (const encoder of tried) t.test(encoder.title, (t) => testEncoder(t, encoder));

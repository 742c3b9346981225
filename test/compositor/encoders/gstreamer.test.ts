import t from 'tap';
import { testEncoder } from '../../support/encoder-suite.js';
import { encodersUnderTest } from '../../support/encoders.js';

t.setTimeout(280_000);

const tried = (await encodersUnderTest()).filter(({ name }) => !['ffmpeg', 'libx264'].includes(name));

t.test('x264enc is there, and what this machine has of hardware', async (t) => {
  t.ok(tried.some(({ name }) => name === 'x264enc'));
});

for (const encoder of tried) t.test(encoder.title, (t) => testEncoder(t, encoder));

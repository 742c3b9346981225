import t from 'tap';
import { LADDER } from '../../../src/compositor/encoders/preset.js';
import { TrialCanvas } from '../../../src/compositor/encoders/trial-canvas.js';
import { isHardware } from '../../../src/compositor/encoders/verdict.js';
import { encodeAll, encodersUnderTest, optionsOf } from '../../support/encoders.js';

t.setTimeout(120_000);

t.test('every encoder in software has the same parameter sets at every preset', async (t) => {
  for (const size of [{ widthPx: 1920, heightPx: 1080 }, { widthPx: 1080, heightPx: 1920 }]) {
    const canvas = new TrialCanvas(size).frame(0);
    const sets = new Map<string, string>();
    for (const { title, name, factory } of await encodersUnderTest()) {
      if (isHardware(name)) continue;
      for (const preset of LADDER) {
        const [unit] = await encodeAll(factory, optionsOf({ ...size, preset }), [canvas]);
        const { sps, pps } = unit?.parameterSets ?? { sps: new Uint8Array(), pps: new Uint8Array() };
        sets.set(`${title}, ${preset}`, `${Buffer.from(sps).toString('hex')} ${Buffer.from(pps).toString('hex')}`);
      }
    }
    t.equal(new Set(sets.values()).size, 1, JSON.stringify([...sets]));
  }
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { canvasOf, layoutTiles } from '../../src/compositor/layout.js';
import { Painter } from '../../src/compositor/painter.js';
import { canvasSize } from '../../src/core/layouts.js';
import { pictureOfSheet, SHEETS, sheetScene, writeContactSheets } from '../support/contact-sheets.js';
import { run } from '../support/media-tools.js';

const GOLDEN: string[] = [
  'stage eef36260',
  'stage-content c56b8150',
  'grid eef36260',
  'grid-content 5883f852',
  'speaker 1e6a08c4',
  'speaker-content 13c01223',
  'content-only 539dbeda',
  'content-only-content 44bac1f9',
  'portrait 14f42ca5',
  'portrait-content 46728e96',
  'stage-highlight c4933037',
  'stage-content-highlight b0191900',
  'stage-wide-content 8403e704',
  'stage-small-content 197b204e',
];

t.test('the sheets of layouts are written', async (t) => {
  const dir = t.testdir();
  await writeContactSheets(dir, ['stage', 'portrait-content']);
  t.same(readdirSync(dir).sort(), ['portrait-content.png', 'stage.png']);
  const size = await run('ffprobe', ['-v', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', join(dir, 'stage.png')]);
  t.equal(size.toString().trim(), '1960,564');
});

t.test('nine people in each layout look like this on every machine', async (t) => {
  const hashes = SHEETS.map((sheet) => {
    const painter = new Painter({ size: canvasSize(sheet.layout), fast: false });
    const scene = sheetScene(sheet, 9);
    painter.paint(layoutTiles(scene, canvasOf(sheet.layout)), pictureOfSheet(scene), null);
    return `${sheet.name} ${painter.hash()}`;
  });
  t.same(hashes, GOLDEN);
});

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
  'stage-content ac72f70b',
  'grid eef36260',
  'grid-content 826c8446',
  'speaker 942304a6',
  'speaker-content 0f1da769',
  'content-only 539dbeda',
  'content-only-content 44bac1f9',
  'portrait 14f42ca5',
  'portrait-content 5ea9395d',
  'stage-highlight 5bff4962',
  'stage-content-highlight 9de4cebd',
  'stage-wide-content d51348df',
  'stage-small-content 70625615',
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

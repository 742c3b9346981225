import t from 'tap';
import { bestGrid } from '../../../web/src/ui/layout.js';

t.test('the grid fits its box and keeps the shape of cameras', async (t) => {
  for (let count = 1; count <= 25; count += 1) {
    for (const [width, height] of [[360, 500], [1248, 620], [2500, 1300], [900, 200]] as const) {
      const grid = bestGrid(count, width, height, 12);
      const name = `${count} in ${width} x ${height}`;
      t.ok(grid.columns * grid.rows >= count, name);
      t.ok(grid.columns * grid.width + (grid.columns - 1) * 12 <= width, name);
      // Tiles that would be too small to show anybody are scrolled instead.
      t.ok(grid.width >= 104, name);
      if (grid.width > 120) t.ok(grid.rows * grid.height + (grid.rows - 1) * 12 <= height, name);
      t.ok(Math.abs(grid.width / grid.height - (height > width ? 4 / 3 : 16 / 9)) < 0.05, name);
    }
  }
});

t.test('shapes are those that people expect', async (t) => {
  const shape = (count: number, width: number, height: number): number[] => {
    const { columns, rows } = bestGrid(count, width, height, 12);
    return [columns, rows];
  };
  t.same(shape(2, 1280, 640), [2, 1]);
  t.same(shape(4, 1280, 640), [2, 2]);
  t.same(shape(3, 340, 560), [1, 3]);
  t.same(shape(9, 1280, 720), [3, 3]);
  t.same(shape(25, 374, 420), [3, 9], 'of a phone below a shared screen');
});

t.test('a box without size gives no negative tiles', async (t) => {
  t.match(bestGrid(3, 0, 0, 12), { width: 0, height: 0 });
  t.match(bestGrid(0, 100, 100, 12), { columns: 1 });
});

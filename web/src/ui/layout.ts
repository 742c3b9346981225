/** Where tiles go. Pure, in CSS pixels. */

export interface GridShape {
  columns: number;
  rows: number;
  /** Size of one tile. */
  width: number;
  height: number;
}

/** As cameras are, and the same with a quarter cropped where the box is upright, as a phone is (V4). */
const WIDE = 16 / 9;
const NARROW = 4 / 3;
/** A smaller tile shows nobody; more of them than fit are scrolled. */
const MIN_WIDTH = 104;

/** The grid of `count` tiles that makes them largest in a box. */
export function bestGrid(count: number, boxWidth: number, boxHeight: number, gap: number): GridShape {
  const aspect = boxHeight > boxWidth ? NARROW : WIDE;
  let best: GridShape = { columns: 1, rows: Math.max(1, count), width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const roomWidth = Math.max(0, (boxWidth - gap * (columns - 1)) / columns);
    const roomHeight = Math.max(0, (boxHeight - gap * (rows - 1)) / rows);
    const width = Math.floor(Math.min(roomWidth, roomHeight * aspect));
    if (width > best.width) best = { columns, rows, width, height: Math.floor(width / aspect) };
  }
  if (count === 0 || best.width >= MIN_WIDTH || boxWidth < MIN_WIDTH) return best;
  const columns = Math.min(count, Math.floor((boxWidth + gap) / (MIN_WIDTH + gap)));
  const width = Math.floor((boxWidth - gap * (columns - 1)) / columns);
  return { columns, rows: Math.ceil(count / columns), width, height: Math.floor(width / aspect) };
}

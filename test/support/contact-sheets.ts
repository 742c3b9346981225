import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layoutTiles, canvasOf, type Scene, type ScenePerson } from '../../src/compositor/layout.js';
import { Painter } from '../../src/compositor/painter.js';
import { bt709, createPicture, type PackedPicture } from '../../src/compositor/picture.js';
import { canvasSize, LAYOUTS, type LayoutName } from '../../src/core/layouts.js';
import { ffmpeg } from './synthetic-media.js';

/** Sheets of canvases to be looked at: each layout with few and many people, painted by the painter itself. */

export const PEOPLE_ON_SHEETS = [1, 2, 3, 4, 5, 9, 16, 25] as const;

type Rgb = readonly [number, number, number];

export interface SheetScene {
  name: string;
  layout: LayoutName;
  content: { widthPx: number; heightPx: number } | null;
  highlighted: number | null;
}

/** What a sheet shows for each number of people. */
export const SHEETS: readonly SheetScene[] = [
  ...LAYOUTS.flatMap((layout): SheetScene[] => [
    { name: layout, layout, content: null, highlighted: null },
    { name: `${layout}-content`, layout, content: { widthPx: 1920, heightPx: 1080 }, highlighted: null },
  ]),
  { name: 'stage-highlight', layout: 'stage', content: null, highlighted: 1 },
  { name: 'stage-content-highlight', layout: 'stage', content: { widthPx: 1920, heightPx: 1080 }, highlighted: 1 },
  { name: 'stage-wide-content', layout: 'stage', content: { widthPx: 3440, heightPx: 1440 }, highlighted: null },
  { name: 'stage-small-content', layout: 'stage', content: { widthPx: 1280, heightPx: 720 }, highlighted: null },
];

/** Most people have 16:9 webcams; some have 4:3 ones, and some hold a phone upright. */
function cameraSize(index: number): [number, number] {
  if (index % 7 === 3) return [640, 480];
  return index % 11 === 6 ? [360, 640] : [640, 360];
}

export function sheetScene({ layout, content, highlighted }: SheetScene, count: number): Scene {
  const people = Array.from({ length: count }, (_, index): ScenePerson => {
    const [widthPx, heightPx] = cameraSize(index);
    return { memberId: `${index}`, trackId: `${index}`, joinedOrder: index, highlighted: index === highlighted, widthPx, heightPx };
  });
  return { layout, content: content && { trackId: 'screen', ...content }, people, speaker: '2' };
}

const drawn = new Map<string, PackedPicture>();

/** `marks`: a frame at each picture's edge shows what is cut off, and dots count people. */
export function pictureOfSheet({ content }: Scene, marks = true): (trackId: string) => PackedPicture {
  return (trackId) => {
    const key = `${trackId === 'screen' ? `${content?.widthPx}x${content?.heightPx}` : trackId} ${marks}`;
    const made = (): PackedPicture =>
      trackId === 'screen' && content ? slide(content.widthPx, content.heightPx, marks) : webcam(Number(trackId), ...cameraSize(Number(trackId)), marks);
    const picture = drawn.get(key) ?? made();
    drawn.set(key, picture);
    return picture;
  };
}

/** One PNG a sheet: the canvases of `PEOPLE_ON_SHEETS`, four in a row. */
export async function writeContactSheets(dir: string, names: readonly string[] = SHEETS.map(({ name }) => name)): Promise<void> {
  mkdirSync(dir, { recursive: true });
  for (const sheet of SHEETS.filter(({ name }) => names.includes(name))) {
    const { widthPx, heightPx } = canvasSize(sheet.layout);
    const canvases = PEOPLE_ON_SHEETS.map((count) => {
      const scene = sheetScene(sheet, count);
      const painter = new Painter({ size: { widthPx, heightPx } });
      painter.paint(layoutTiles(scene, canvasOf(sheet.layout)), pictureOfSheet(scene), null);
      return painter.canvas.bytes;
    });
    const small = widthPx > heightPx ? '480:270' : '270:480';
    const filter = `scale=${small}:flags=area,tile=4x2:margin=8:padding=8:color=0x777777`;
    const input = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${widthPx}x${heightPx}`, '-i', 'pipe:0'];
    await ffmpeg([...input, '-vf', filter, '-frames:v', '1', join(dir, `${sheet.name}.png`)], canvases);
  }
}

/** The picture of docs/layouts.md, a JPEG: six people in each layout; above with content, below without. */
export async function writeOverview(path: string): Promise<void> {
  const shared = { widthPx: 1920, heightPx: 1080 };
  const cells = [['stage', shared], ['stage', null], ['speaker', shared], ['speaker', null], ['grid', null], ['content-only', shared], ['portrait', shared]] as const;
  const inputs: string[] = [];
  const dir = mkdtempSync(join(tmpdir(), 'reelroom-overview-'));
  for (const [layout, content] of cells) {
    const scene: Scene = { ...sheetScene({ name: '', layout, content, highlighted: null }, 6), speaking: true };
    const { widthPx, heightPx } = canvasSize(layout);
    const painter = new Painter({ size: { widthPx, heightPx } });
    painter.paint(layoutTiles(scene), pictureOfSheet(scene, false), null);
    const raw = join(dir, `${inputs.length}.yuv`);
    writeFileSync(raw, painter.canvas.bytes);
    inputs.push('-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${widthPx}x${heightPx}`, '-i', raw);
  }
  const small = cells.map(([layout], index) => {
    const [width, height] = layout === 'portrait' ? [270, 480] : [420, 236];
    return `[${index}]scale=${width}:${height}:flags=area,pad=${width + 8}:${height + 8}:4:4:white[c${index}]`;
  });
  const joined = '[c0][c2][c4]hstack=3[above];[c1][c3][c5]hstack=3[below];[above][below]vstack[wide];[wide][c6]hstack,scale=out_range=pc,format=yuvj420p';
  await ffmpeg([...inputs, '-filter_complex', [...small, joined].join(';'), '-frames:v', '1', '-q:v', '4', path]);
  rmSync(dir, { recursive: true });
}

/** A person before a wall. */
function webcam(index: number, width: number, height: number, marks: boolean): PackedPicture {
  const hue = (index * 47) % 360;
  const wall = hsl(hue, 0.35, 0.45);
  const shirt = hsl((hue + 150) % 360, 0.45, 0.3);
  const unit = Math.min(width, height * 1.2);
  const [headX, headY, head] = [width / 2, height * 0.42, unit * 0.15];
  return draw(width, height, (x, y) => {
    const edge = Math.min(x, y, width - 1 - x, height - 1 - y);
    if (marks && edge < 4) return [255, 255, 255];
    const dot = Math.floor((x - 24) / 14);
    if (marks && y >= 20 && y < 30 && (x - 24) % 14 < 10 && dot >= 0 && dot <= index) return [255, 255, 255];
    if ((x - headX) ** 2 + ((y - headY) * 0.85) ** 2 < head ** 2) return [224, 178, 148];
    const shoulders = ((x - headX) / (unit * 0.34)) ** 2 + ((y - height * 1.05) / (height * 0.4)) ** 2;
    return shoulders < 1 ? shirt : ([0, 1, 2].map((i) => (wall[i] ?? 0) * (1.15 - (0.4 * y) / height)) as unknown as Rgb);
  });
}

/** A white slide with lines of text. */
function slide(width: number, height: number, marks: boolean): PackedPicture {
  return draw(width, height, (x, y) => {
    if (marks && Math.min(x, y, width - 1 - x, height - 1 - y) < 6) return [220, 40, 40];
    const [u, v] = [x / width, y / height];
    if (u > 0.08 && u < 0.6 && v > 0.1 && v < 0.17) return [30, 60, 120];
    if (u > 0.62 && u < 0.92 && v > 0.3 && v < 0.85) return [(u * 250) | 0, 150, (v * 200) | 0];
    const line = (v - 0.3) * 16;
    return u > 0.08 && u < 0.56 - ((Math.floor(line) * 7) % 5) * 0.02 && line > 0 && line < 9 && line % 1 < 0.35 ? [90, 90, 90] : [250, 250, 248];
  });
}

function draw(width: number, height: number, colourAt: (x: number, y: number) => Rgb): PackedPicture {
  const picture = createPicture(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = bt709(...colourAt(x, y));
      picture.y[y * width + x] = colour.y;
      const chroma = (y >> 1) * picture.strideU + (x >> 1);
      picture.u[chroma] = colour.u;
      picture.v[chroma] = colour.v;
    }
  }
  return picture;
}

function hsl(hue: number, saturation: number, lightness: number): Rgb {
  const channel = (offset: number): number => {
    const k = (offset + hue / 30) % 12;
    return 255 * (lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [channel(0), channel(8), channel(4)];
}

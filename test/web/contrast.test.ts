import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/core/paths.js';

/** Words over a picture: what is behind them is not known to any program that looks at a page, so the worst is reckoned with. */
const style = (name: string): string => readFileSync(join(packageRoot, 'web', 'src', 'styles', `${name}.css`), 'utf8');
/** WCAG 2.2, 1.4.3. */
const LEAST = 4.5;

function numbers(text: string, pattern: RegExp, base = 10): number[] {
  const found = pattern.exec(text);
  if (!found) throw new Error(`${pattern} is not in the style sheet`);
  return found.slice(1).map((digits) => (base === 10 ? Number(digits) : Number.parseInt(digits, base)));
}

function over(top: readonly number[], share: number, below: readonly number[]): number[] {
  return top.map((value, index) => value * share + (below[index] ?? 0) * (1 - share));
}

/** Relative luminance of an sRGB colour, 0 to 1. */
function luminance(colour: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: readonly number[], other: readonly number[]): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

t.test('the name and the role on a tile are read over a white picture as over a black one', async (t) => {
  const tokens = style('tokens');
  const [red = 0, green = 0, blue = 0, share = 1] = numbers(tokens, /--tile-shade: rgb\((\d+) (\d+) (\d+) \/ ([\d.]+)\)/);
  const ink = numbers(tokens, /--tile-ink: #(..)(..)(..);/, 16);
  const [opacity = 1] = numbers(style('room'), /\.badge \{\s*opacity: ([\d.]+);/);
  for (const picture of [[255, 255, 255], [0, 0, 0]]) {
    const shade = over([red, green, blue], share, picture);
    t.ok(contrast(ink, shade) >= LEAST, `the name: ${contrast(ink, shade).toFixed(1)}`);
    const badge = over(ink, opacity, shade);
    t.ok(contrast(badge, shade) >= LEAST, `the role: ${contrast(badge, shade).toFixed(1)}`);
  }
});

t.test('the sign of a weak connection is seen on a tile over a white picture as over a black one', async (t) => {
  const tokens = style('tokens');
  const [red = 0, green = 0, blue = 0, share = 1] = numbers(tokens, /--tile-shade: rgb\((\d+) (\d+) (\d+) \/ ([\d.]+)\)/);
  for (const name of ['warning', 'danger']) {
    const ink = numbers(tokens, new RegExp(`--tile-${name}: #(..)(..)(..);`), 16);
    for (const picture of [[255, 255, 255], [0, 0, 0]]) {
      const found = contrast(ink, over([red, green, blue], share, picture));
      // WCAG 2.2, 1.4.11.
      t.ok(found >= 3, `${name}: ${found.toFixed(1)}`);
    }
  }
});
